#!/bin/sh
set -eu

policy='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "SyncConnections",
      "Effect": "Allow",
      "Action": [
        "dynamodb:PutItem",
        "dynamodb:DeleteItem"
      ],
      "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/apps"
    },
    {
      "Sid": "PublishToConnections",
      "Effect": "Allow",
      "Action": "execute-api:ManageConnections",
      "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/POST/@connections/*"
    }
  ]
}'

# With ROLE_NAME set, into that role; else as a policy of its own, to attach where it is needed.
if [ -n "${ROLE_NAME:-}" ]; then
    aws iam put-role-policy --role-name "${ROLE_NAME:?the role that gets the policy}" \
        --policy-name lawcket-apps --policy-document "$policy"
else
    aws iam create-policy --policy-name lawcket-apps --policy-document "$policy"
fi
