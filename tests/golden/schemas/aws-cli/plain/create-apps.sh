#!/bin/sh
set -eu

aws dynamodb create-table --region us-east-1 \
    --table-name apps \
    --attribute-definitions '[{"AttributeName": "AppId", "AttributeType": "S"}, {"AttributeName": "AppKey", "AttributeType": "S"}]' \
    --key-schema '[{"AttributeName": "AppId", "KeyType": "HASH"}]' \
    --billing-mode PAY_PER_REQUEST \
    --global-secondary-indexes '[{"IndexName": "AppKeyIndex", "KeySchema": [{"AttributeName": "AppKey", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}]'

aws dynamodb wait table-exists --region us-east-1 --table-name apps
