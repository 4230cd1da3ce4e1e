#!/bin/sh
set -eu

policy='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadAndWriteApps",
      "Effect": "Allow",
      "Action": [
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Scan",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem"
      ],
      "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/apps"
    },
    {
      "Sid": "FindAppByKey",
      "Effect": "Allow",
      "Action": "dynamodb:Query",
      "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/apps/index/AppKeyIndex"
    }
  ]
}'

# With ROLE_NAME set, into that role; else as a policy of its own, to attach where it is needed.
if [ -n "${ROLE_NAME:-}" ]; then
    aws iam put-role-policy --role-name "${ROLE_NAME:?the role that gets the policy}" \
        --policy-name console-operator-apps --policy-document "$policy"
else
    aws iam create-policy --policy-name console-operator-apps --policy-document "$policy"
fi
