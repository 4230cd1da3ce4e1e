terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "console_operator" {
  statement {
    sid    = "ReadAndWriteApps"
    effect = "Allow"

    actions = [
      "dynamodb:DescribeTable",
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:Scan",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    ]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]
  }

  statement {
    sid    = "FindAppByKey"
    effect = "Allow"

    actions = ["dynamodb:Query"]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps/index/AppKeyIndex"]
  }
}

resource "aws_iam_policy" "console_operator" {
  name   = "console-operator-apps"
  policy = data.aws_iam_policy_document.console_operator.json
}
