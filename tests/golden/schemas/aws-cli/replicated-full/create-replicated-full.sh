#!/bin/sh
set -eu

aws dynamodb create-table --region us-east-1 \
    --table-name replicated-full \
    --attribute-definitions '[{"AttributeName": "AppId", "AttributeType": "S"}, {"AttributeName": "AppKey", "AttributeType": "S"}]' \
    --key-schema '[{"AttributeName": "AppId", "KeyType": "HASH"}]' \
    --billing-mode PAY_PER_REQUEST \
    --on-demand-throughput '{"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 100}' \
    --global-secondary-indexes '[{"IndexName": "AppKeyIndex", "KeySchema": [{"AttributeName": "AppKey", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}, "OnDemandThroughput": {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 100}}]' \
    --sse-specification '{"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:us-east-1:123456789012:key/mrk-11112222333344445555666677778888"}' \
    --stream-specification '{"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}' \
    --table-class STANDARD_INFREQUENT_ACCESS \
    --deletion-protection-enabled \
    --tags '[{"Key": "team", "Value": "realtime"}]'

aws dynamodb wait table-exists --region us-east-1 --table-name replicated-full

aws dynamodb update-continuous-backups --region us-east-1 \
    --table-name replicated-full \
    --point-in-time-recovery-specification '{"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 35}'

aws dynamodb wait table-exists --region us-east-1 --table-name replicated-full

aws dynamodb update-table --region us-east-1 \
    --table-name replicated-full \
    --replica-updates '[{"Create": {"RegionName": "eu-west-1", "KMSMasterKeyId": "arn:aws:kms:eu-west-1:123456789012:key/mrk-11112222333344445555666677778888"}}]'

aws dynamodb wait table-exists --region us-east-1 --table-name replicated-full
