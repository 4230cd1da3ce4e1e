#!/bin/sh
set -eu

aws ec2 modify-vpc-endpoint --region us-east-1 \
    --vpc-endpoint-id "${VPC_ENDPOINT_ID:?the id of the endpoint, vpce-...}" \
    --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "SoketiAppsOnly",
      "Effect": "Allow",
      "Principal": "*",
      "Action": [
        "dynamodb:GetItem",
        "dynamodb:Query"
      ],
      "Resource": [
        "arn:aws:dynamodb:us-east-1:123456789012:table/apps",
        "arn:aws:dynamodb:us-east-1:123456789012:table/apps/index/AppKeyIndex"
      ],
      "Condition": {
        "StringEquals": {
          "aws:PrincipalAccount": "123456789012"
        }
      }
    }
  ]
}'
