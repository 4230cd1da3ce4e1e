#!/bin/sh
set -eu

aws dynamodb create-table --region us-east-1 \
    --table-name connections \
    --attribute-definitions '[{"AttributeName": "connectionId", "AttributeType": "S"}]' \
    --key-schema '[{"AttributeName": "connectionId", "KeyType": "HASH"}]' \
    --billing-mode PAY_PER_REQUEST

aws dynamodb wait table-exists --region us-east-1 --table-name connections

aws dynamodb update-time-to-live --region us-east-1 \
    --table-name connections \
    --time-to-live-specification '{"Enabled": true, "AttributeName": "expiresAt"}'

aws dynamodb wait table-exists --region us-east-1 --table-name connections
