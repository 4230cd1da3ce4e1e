terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "bootstrap" {
  statement {
    sid    = "BootstrapAppsTable"
    effect = "Allow"

    actions = [
      "dynamodb:CreateTable",
      "dynamodb:DescribeTable",
      "dynamodb:UpdateTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:UpdateTimeToLive",
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:TagResource",
      "dynamodb:ListTagsOfResource",
    ]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]
  }
}

resource "aws_iam_policy" "bootstrap" {
  name   = "bootstrap-apps"
  policy = data.aws_iam_policy_document.bootstrap.json
}
