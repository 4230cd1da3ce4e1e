import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
active = dynamodb.get_waiter("table_exists")

dynamodb.create_table(
    TableName="apps",
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
        },
    ],
)
active.wait(TableName="apps")
