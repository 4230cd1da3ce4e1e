terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "trust_lambda" {
  statement {
    sid    = "Trust"
    effect = "Allow"

    actions = ["sts:AssumeRole"]

    principals {
      type = "Service"

      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "trust_lambda" {
  name               = "trust-lambda-apps"
  assume_role_policy = data.aws_iam_policy_document.trust_lambda.json
}
