import boto3

dynamodb = boto3.client("dynamodb", region_name="eu-west-1")
active = dynamodb.get_waiter("table_exists")

dynamodb.create_table(
    TableName="everything",
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
    BillingMode="PROVISIONED",
    ProvisionedThroughput={
        "ReadCapacityUnits": 1,
        "WriteCapacityUnits": 2,
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
            "ProvisionedThroughput": {
                "ReadCapacityUnits": 1,
                "WriteCapacityUnits": 2,
            },
        },
    ],
    SSESpecification={
        "Enabled": True,
        "SSEType": "KMS",
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
        {
            "Key": "cost center",
            "Value": "a/b=c",
        },
    ],
)
active.wait(TableName="everything")
dynamodb.update_time_to_live(
    TableName="everything",
    TimeToLiveSpecification={
        "Enabled": True,
        "AttributeName": "expires_at",
    },
)
active.wait(TableName="everything")
dynamodb.update_continuous_backups(
    TableName="everything",
    PointInTimeRecoverySpecification={
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 1,
    },
)
active.wait(TableName="everything")
