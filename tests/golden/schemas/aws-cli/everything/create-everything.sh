#!/bin/sh
set -eu

aws dynamodb create-table --region eu-west-1 \
    --table-name everything \
    --attribute-definitions '[{"AttributeName": "AppId", "AttributeType": "S"}, {"AttributeName": "AppKey", "AttributeType": "S"}]' \
    --key-schema '[{"AttributeName": "AppId", "KeyType": "HASH"}]' \
    --billing-mode PROVISIONED \
    --provisioned-throughput '{"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}' \
    --global-secondary-indexes '[{"IndexName": "AppKeyIndex", "KeySchema": [{"AttributeName": "AppKey", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}]' \
    --sse-specification '{"Enabled": true, "SSEType": "KMS"}' \
    --stream-specification '{"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}' \
    --table-class STANDARD_INFREQUENT_ACCESS \
    --deletion-protection-enabled \
    --tags '[{"Key": "team", "Value": "realtime"}, {"Key": "cost center", "Value": "a/b=c"}]'

aws dynamodb wait table-exists --region eu-west-1 --table-name everything

aws dynamodb update-time-to-live --region eu-west-1 \
    --table-name everything \
    --time-to-live-specification '{"Enabled": true, "AttributeName": "expires_at"}'

aws dynamodb wait table-exists --region eu-west-1 --table-name everything

aws dynamodb update-continuous-backups --region eu-west-1 \
    --table-name everything \
    --point-in-time-recovery-specification '{"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 1}'

aws dynamodb wait table-exists --region eu-west-1 --table-name everything
