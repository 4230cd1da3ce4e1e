terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "trust_ec2" {
  statement {
    sid    = "Trust"
    effect = "Allow"

    actions = ["sts:AssumeRole"]

    principals {
      type = "Service"

      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "trust_ec2" {
  name               = "trust-ec2-apps"
  assume_role_policy = data.aws_iam_policy_document.trust_ec2.json
}
