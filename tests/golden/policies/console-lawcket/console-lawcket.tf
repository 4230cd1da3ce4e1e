terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "console_lawcket" {
  statement {
    sid    = "BrowseConnections"
    effect = "Allow"

    actions = [
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:Scan",
      "dynamodb:GetItem",
      "dynamodb:DeleteItem",
    ]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]
  }

  statement {
    sid    = "ProbePublishDisconnect"
    effect = "Allow"

    actions = ["execute-api:ManageConnections"]

    resources = [
      "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/@connections/*",
      "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/POST/@connections/*",
      "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/DELETE/@connections/*",
    ]
  }
}

resource "aws_iam_policy" "console_lawcket" {
  name   = "console-lawcket-apps"
  policy = data.aws_iam_policy_document.console_lawcket.json
}
