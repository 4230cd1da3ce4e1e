terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "tenant" {
  statement {
    sid    = "OneTenant"
    effect = "Allow"

    actions = [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ]

    resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/apps"]

    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"

      values = ["tenant-a-*"]
    }
  }
}

resource "aws_iam_policy" "tenant" {
  name   = "tenant-apps"
  policy = data.aws_iam_policy_document.tenant.json
}
