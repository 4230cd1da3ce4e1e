terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "vpc_only" {
  statement {
    sid    = "OnlyThroughEndpoint"
    effect = "Deny"

    actions = ["dynamodb:*"]

    resources = [
      "arn:aws:dynamodb:us-east-1:123456789012:table/apps",
      "arn:aws:dynamodb:us-east-1:123456789012:table/apps/*",
    ]

    condition {
      test     = "StringNotEquals"
      variable = "aws:SourceVpce"

      values = ["vpce-0123456789abcdef0"]
    }
  }
}

resource "aws_iam_policy" "vpc_only" {
  name   = "vpc-only-apps"
  policy = data.aws_iam_policy_document.vpc_only.json
}
