terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "lawcket" {
  statement {
    sid    = "SyncConnections"
    effect = "Allow"

    actions = [
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
    ]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]
  }

  statement {
    sid    = "PublishToConnections"
    effect = "Allow"

    actions = ["execute-api:ManageConnections"]

    resources = ["arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/POST/@connections/*"]
  }
}

resource "aws_iam_policy" "lawcket" {
  name   = "lawcket-apps"
  policy = data.aws_iam_policy_document.lawcket.json
}
