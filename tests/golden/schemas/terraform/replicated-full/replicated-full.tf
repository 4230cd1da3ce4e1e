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
  name                        = "replicated-full"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "AppId"
  table_class                 = "STANDARD_INFREQUENT_ACCESS"
  deletion_protection_enabled = true
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"

  tags = {
    "team" = "realtime"
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

    on_demand_throughput {
      max_read_request_units  = 100
      max_write_request_units = 100
    }
  }

  on_demand_throughput {
    max_read_request_units  = 100
    max_write_request_units = 100
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 35
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-11112222333344445555666677778888"
  }

  replica {
    region_name            = "eu-west-1"
    kms_key_arn            = "arn:aws:kms:eu-west-1:123456789012:key/mrk-11112222333344445555666677778888"
    point_in_time_recovery = true
    propagate_tags         = true
  }

  lifecycle {
    prevent_destroy = true
  }
}
