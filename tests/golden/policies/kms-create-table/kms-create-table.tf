terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "kms_create_table" {
  statement {
    sid    = "CreateEncryptedTable"
    effect = "Allow"

    actions = [
      "kms:Encrypt",
      "kms:Decrypt",
      "kms:ReEncrypt*",
      "kms:GenerateDataKey*",
      "kms:DescribeKey",
      "kms:CreateGrant",
    ]

    resources = ["arn:aws:kms:us-east-1:123456789012:key/mrk-1111"]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"

      values = ["dynamodb.*.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "kms_create_table" {
  name   = "kms-create-table-apps"
  policy = data.aws_iam_policy_document.kms_create_table.json
}
