#!/bin/sh
set -eu

aws iam create-role --role-name trust-cross-account-apps \
    --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Trust",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::999988887777:root"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "sts:ExternalId": "an-external-id-of-the-tests"
        }
      }
    }
  ]
}'
