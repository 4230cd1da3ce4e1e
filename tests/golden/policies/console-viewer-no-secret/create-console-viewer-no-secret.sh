#!/bin/sh
set -eu

policy='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DescribeApps",
      "Effect": "Allow",
      "Action": "dynamodb:DescribeTable",
      "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/apps"
    },
    {
      "Sid": "ReadAppsWithoutSecret",
      "Effect": "Allow",
      "Action": [
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan"
      ],
      "Resource": [
        "arn:aws:dynamodb:us-east-1:123456789012:table/apps",
        "arn:aws:dynamodb:us-east-1:123456789012:table/apps/index/AppKeyIndex"
      ],
      "Condition": {
        "ForAllValues:StringEquals": {
          "dynamodb:Attributes": [
            "AppId",
            "AppKey",
            "Enabled",
            "EnableClientMessages",
            "EnableUserAuthentication",
            "MaxConnections",
            "MaxBackendEventsPerSecond",
            "MaxClientEventsPerSecond",
            "MaxReadRequestsPerSecond",
            "MaxPresenceMembersPerChannel",
            "MaxPresenceMemberSizeInKb",
            "MaxChannelNameLength",
            "MaxEventChannelsAtOnce",
            "MaxEventNameLength",
            "MaxEventPayloadInKb",
            "MaxEventBatchSize",
            "Webhooks"
          ]
        },
        "StringEquals": {
          "dynamodb:Select": "SPECIFIC_ATTRIBUTES"
        }
      }
    }
  ]
}'

# With ROLE_NAME set, into that role; else as a policy of its own, to attach where it is needed.
if [ -n "${ROLE_NAME:-}" ]; then
    aws iam put-role-policy --role-name "${ROLE_NAME:?the role that gets the policy}" \
        --policy-name console-viewer-no-secret-apps --policy-document "$policy"
else
    aws iam create-policy --policy-name console-viewer-no-secret-apps --policy-document "$policy"
fi
