terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "trust_irsa" {
  statement {
    sid    = "Trust"
    effect = "Allow"

    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type = "Federated"

      identifiers = ["arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633"]
    }

    condition {
      test     = "StringEquals"
      variable = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633:sub"

      values = ["system:serviceaccount:soketi:soketi"]
    }

    condition {
      test     = "StringEquals"
      variable = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633:aud"

      values = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "trust_irsa" {
  name               = "trust-irsa-apps"
  assume_role_policy = data.aws_iam_policy_document.trust_irsa.json
}
