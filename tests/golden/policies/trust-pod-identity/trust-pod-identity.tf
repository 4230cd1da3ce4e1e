terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "trust_pod_identity" {
  statement {
    sid    = "Trust"
    effect = "Allow"

    actions = [
      "sts:AssumeRole",
      "sts:TagSession",
    ]

    principals {
      type = "Service"

      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "trust_pod_identity" {
  name               = "trust-pod-identity-apps"
  assume_role_policy = data.aws_iam_policy_document.trust_pod_identity.json
}
