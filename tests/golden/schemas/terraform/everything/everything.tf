terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 6.28"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_dynamodb_table" "apps" {
  name                        = "everything"
  billing_mode                = "PROVISIONED"
  hash_key                    = "AppId"
  read_capacity               = 1
  write_capacity              = 2
  table_class                 = "STANDARD_INFREQUENT_ACCESS"
  deletion_protection_enabled = true
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"

  tags = {
    "team"        = "realtime"
    "cost center" = "a/b=c"
  }

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
    read_capacity   = 1
    write_capacity  = 2
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 1
  }

  server_side_encryption {
    enabled = true
  }
}
