terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.28"
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
    projection_type = "ALL"

    key_schema {
      attribute_name = "AppKey"
      key_type       = "HASH"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}
