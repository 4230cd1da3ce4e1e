terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_iam_policy_document" "trust_ecs_task" {
  statement {
    sid    = "Trust"
    effect = "Allow"

    actions = ["sts:AssumeRole"]

    principals {
      type = "Service"

      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"

      values = ["arn:aws:ecs:us-east-1:123456789012:*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"

      values = ["123456789012"]
    }
  }
}

resource "aws_iam_role" "trust_ecs_task" {
  name               = "trust-ecs-task-apps"
  assume_role_policy = data.aws_iam_policy_document.trust_ecs_task.json
}
