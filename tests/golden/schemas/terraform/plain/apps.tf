terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 6.28"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "apps" {
  name         = "apps"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "AppId"

  attribute {
    name = "AppId"
    type = "S"
  }

  attribute {
    name = "AppKey"
    type = "S"
  }

  global_secondary_index {
    name            = "AppKeyIndex"
    hash_key        = "AppKey"
    projection_type = "ALL"
  }

  lifecycle {
    prevent_destroy = true
  }
}
