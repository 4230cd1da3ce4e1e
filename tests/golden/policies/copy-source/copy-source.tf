terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "copy_source" {
  statement {
    sid    = "ReadSource"
    effect = "Allow"

    actions = [
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "dynamodb:DescribeTable",
      "dynamodb:PartiQLSelect",
    ]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]
  }
}

resource "aws_iam_policy" "copy_source" {
  name   = "copy-source-apps"
  policy = data.aws_iam_policy_document.copy_source.json
}
