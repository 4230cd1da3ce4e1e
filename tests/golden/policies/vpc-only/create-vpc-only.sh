#!/bin/sh
set -eu

policy='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "OnlyThroughEndpoint",
      "Effect": "Deny",
      "Action": "dynamodb:*",
      "Resource": [
        "arn:aws:dynamodb:us-east-1:123456789012:table/apps",
        "arn:aws:dynamodb:us-east-1:123456789012:table/apps/*"
      ],
      "Condition": {
        "StringNotEquals": {
          "aws:SourceVpce": "vpce-0123456789abcdef0"
        }
      }
    }
  ]
}'

# With ROLE_NAME set, into that role; else as a policy of its own, to attach where it is needed.
if [ -n "${ROLE_NAME:-}" ]; then
    aws iam put-role-policy --role-name "${ROLE_NAME:?the role that gets the policy}" \
        --policy-name vpc-only-apps --policy-document "$policy"
else
    aws iam create-policy --policy-name vpc-only-apps --policy-document "$policy"
fi
