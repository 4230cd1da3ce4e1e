terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "vpc_endpoint" {
  statement {
    sid    = "SoketiAppsOnly"
    effect = "Allow"

    actions = [
      "dynamodb:GetItem",
      "dynamodb:Query",
    ]

    resources = [
      "arn:aws:dynamodb:us-east-1:123456789012:table/apps",
      "arn:aws:dynamodb:us-east-1:123456789012:table/apps/index/AppKeyIndex",
    ]

    principals {
      type = "*"

      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"

      values = ["123456789012"]
    }
  }
}

variable "vpc_endpoint_id" {
  type = string
}

resource "aws_vpc_endpoint_policy" "vpc_endpoint" {
  vpc_endpoint_id = var.vpc_endpoint_id
  policy          = data.aws_iam_policy_document.vpc_endpoint.json
}
