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
        "id",
        "AppId",
        "key",
        "AppKey",
        "enabled",
        "Enabled",
        "enableClientMessages",
        "EnableClientMessages",
        "enable_client_messages",
        "enableUserAuthentication",
        "EnableUserAuthentication",
        "enable_user_authentication",
        "maxConnections",
        "MaxConnections",
        "max_connections",
        "maxBackendEventsPerSecond",
        "MaxBackendEventsPerSecond",
        "max_backend_events_per_sec",
        "maxClientEventsPerSecond",
        "MaxClientEventsPerSecond",
        "max_client_events_per_sec",
        "maxReadRequestsPerSecond",
        "MaxReadRequestsPerSecond",
        "max_read_req_per_sec",
        "maxPresenceMembersPerChannel",
        "MaxPresenceMembersPerChannel",
        "max_presence_members_per_channel",
        "maxPresenceMemberSizeInKb",
        "MaxPresenceMemberSizeInKb",
        "max_presence_member_size_in_kb",
        "maxChannelNameLength",
        "MaxChannelNameLength",
        "max_channel_name_length",
        "maxEventChannelsAtOnce",
        "MaxEventChannelsAtOnce",
        "max_event_channels_at_once",
        "maxEventNameLength",
        "MaxEventNameLength",
        "max_event_name_length",
        "maxEventPayloadInKb",
        "MaxEventPayloadInKb",
        "max_event_payload_in_kb",
        "maxEventBatchSize",
        "MaxEventBatchSize",
        "max_event_batch_size",
        "webhooks",
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
