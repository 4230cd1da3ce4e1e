terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "console_viewer_no_secret" {
  statement {
    sid    = "DescribeApps"
    effect = "Allow"

    actions = ["dynamodb:DescribeTable"]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]
  }

  statement {
    sid    = "ReadAppsWithoutSecret"
    effect = "Allow"

    actions = [
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:Scan",
    ]

    resources = [
      "arn:aws:dynamodb:us-east-1:123456789012:table/apps",
      "arn:aws:dynamodb:us-east-1:123456789012:table/apps/index/AppKeyIndex",
    ]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"

      values = [
        "AppId",
        "AppKey",
        "Enabled",
        "EnableClientMessages",
        "EnableUserAuthentication",
        "MaxConnections",
        "MaxBackendEventsPerSecond",
        "MaxClientEventsPerSecond",
        "MaxReadRequestsPerSecond",
        "MaxPresenceMembersPerChannel",
        "MaxPresenceMemberSizeInKb",
        "MaxChannelNameLength",
        "MaxEventChannelsAtOnce",
        "MaxEventNameLength",
        "MaxEventPayloadInKb",
        "MaxEventBatchSize",
        "Webhooks",
      ]
    }

    condition {
      test     = "StringEquals"
      variable = "dynamodb:Select"

      values = ["SPECIFIC_ATTRIBUTES"]
    }
  }
}

resource "aws_iam_policy" "console_viewer_no_secret" {
  name   = "console-viewer-no-secret-apps"
  policy = data.aws_iam_policy_document.console_viewer_no_secret.json
}
