import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
active = dynamodb.get_waiter("table_exists")

dynamodb.create_table(
    TableName="replicated-full",
    AttributeDefinitions=[
        {
            "AttributeName": "AppId",
            "AttributeType": "S",
        },
        {
            "AttributeName": "AppKey",
            "AttributeType": "S",
        },
    ],
    KeySchema=[
        {
            "AttributeName": "AppId",
            "KeyType": "HASH",
        },
    ],
    BillingMode="PAY_PER_REQUEST",
    OnDemandThroughput={
        "MaxReadRequestUnits": 100,
        "MaxWriteRequestUnits": 100,
    },
    GlobalSecondaryIndexes=[
        {
            "IndexName": "AppKeyIndex",
            "KeySchema": [
                {
                    "AttributeName": "AppKey",
                    "KeyType": "HASH",
                },
            ],
            "Projection": {
                "ProjectionType": "ALL",
            },
            "OnDemandThroughput": {
                "MaxReadRequestUnits": 100,
                "MaxWriteRequestUnits": 100,
            },
        },
    ],
    SSESpecification={
        "Enabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": "arn:aws:kms:us-east-1:123456789012:key/mrk-11112222333344445555666677778888",
    },
    StreamSpecification={
        "StreamEnabled": True,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    },
    TableClass="STANDARD_INFREQUENT_ACCESS",
    DeletionProtectionEnabled=True,
    Tags=[
        {
            "Key": "team",
            "Value": "realtime",
        },
    ],
)
active.wait(TableName="replicated-full")
dynamodb.update_continuous_backups(
    TableName="replicated-full",
    PointInTimeRecoverySpecification={
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    },
)
active.wait(TableName="replicated-full")
dynamodb.update_table(
    TableName="replicated-full",
    ReplicaUpdates=[
        {
            "Create": {
                "RegionName": "eu-west-1",
                "KMSMasterKeyId": "arn:aws:kms:eu-west-1:123456789012:key/mrk-11112222333344445555666677778888",
            },
        },
    ],
)
active.wait(TableName="replicated-full")
