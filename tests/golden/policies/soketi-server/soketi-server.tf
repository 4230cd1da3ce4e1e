terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "soketi_server" {
  statement {
    sid    = "FindAppById"
    effect = "Allow"

    actions = ["dynamodb:GetItem"]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]
  }

  statement {
    sid    = "FindAppByKey"
    effect = "Allow"

    actions = ["dynamodb:Query"]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps/index/AppKeyIndex"]
  }
}

resource "aws_iam_policy" "soketi_server" {
  name   = "soketi-server-apps"
  policy = data.aws_iam_policy_document.soketi_server.json
}
