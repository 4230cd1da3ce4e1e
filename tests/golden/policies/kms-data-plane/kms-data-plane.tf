terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "kms_data_plane" {
  statement {
    sid    = "UseTableKey"
    effect = "Allow"

    actions = [
      "kms:Decrypt",
      "kms:DescribeKey",
    ]

    resources = ["arn:aws:kms:us-east-1:123456789012:key/mrk-1111"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"

      values = ["dynamodb.us-east-1.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "kms_data_plane" {
  name   = "kms-data-plane-apps"
  policy = data.aws_iam_policy_document.kms_data_plane.json
}
