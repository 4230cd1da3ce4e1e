terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "trust_cross_account" {
  statement {
    sid    = "Trust"
    effect = "Allow"

    actions = ["sts:AssumeRole"]

    principals {
      type = "AWS"

      identifiers = ["arn:aws:iam::999988887777:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"

      values = ["an-external-id-of-the-tests"]
    }
  }
}

resource "aws_iam_role" "trust_cross_account" {
  name               = "trust-cross-account-apps"
  assume_role_policy = data.aws_iam_policy_document.trust_cross_account.json
}
