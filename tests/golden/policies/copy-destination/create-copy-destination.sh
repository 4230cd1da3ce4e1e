#!/bin/sh
set -eu

policy='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadDestination",
      "Effect": "Allow",
      "Action": [
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:DescribeTable",
        "dynamodb:PartiQLSelect"
      ],
      "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/apps"
    },
    {
      "Sid": "WriteDestination",
      "Effect": "Allow",
      "Action": [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate"
      ],
      "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/apps"
    }
  ]
}'

# With ROLE_NAME set, into that role; else as a policy of its own, to attach where it is needed.
if [ -n "${ROLE_NAME:-}" ]; then
    aws iam put-role-policy --role-name "${ROLE_NAME:?the role that gets the policy}" \
        --policy-name copy-destination-apps --policy-document "$policy"
else
    aws iam create-policy --policy-name copy-destination-apps --policy-document "$policy"
fi
