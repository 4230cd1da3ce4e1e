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
            "id",
            "AppId",
            "key",
            "AppKey",
            "enabled",
            "Enabled",
            "enableClientMessages",
            "EnableClientMessages",
            "enable_client_messages",
            "enableUserAuthentication",
            "EnableUserAuthentication",
            "enable_user_authentication",
            "maxConnections",
            "MaxConnections",
            "max_connections",
            "maxBackendEventsPerSecond",
            "MaxBackendEventsPerSecond",
            "max_backend_events_per_sec",
            "maxClientEventsPerSecond",
            "MaxClientEventsPerSecond",
            "max_client_events_per_sec",
            "maxReadRequestsPerSecond",
            "MaxReadRequestsPerSecond",
            "max_read_req_per_sec",
            "maxPresenceMembersPerChannel",
            "MaxPresenceMembersPerChannel",
            "max_presence_members_per_channel",
            "maxPresenceMemberSizeInKb",
            "MaxPresenceMemberSizeInKb",
            "max_presence_member_size_in_kb",
            "maxChannelNameLength",
            "MaxChannelNameLength",
            "max_channel_name_length",
            "maxEventChannelsAtOnce",
            "MaxEventChannelsAtOnce",
            "max_event_channels_at_once",
            "maxEventNameLength",
            "MaxEventNameLength",
            "max_event_name_length",
            "maxEventPayloadInKb",
            "MaxEventPayloadInKb",
            "max_event_payload_in_kb",
            "maxEventBatchSize",
            "MaxEventBatchSize",
            "max_event_batch_size",
            "webhooks",
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
