import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
active = dynamodb.get_waiter("table_exists")

dynamodb.create_table(
    TableName="connections",
    AttributeDefinitions=[
        {
            "AttributeName": "connectionId",
            "AttributeType": "S",
        },
    ],
    KeySchema=[
        {
            "AttributeName": "connectionId",
            "KeyType": "HASH",
        },
    ],
    BillingMode="PAY_PER_REQUEST",
)
active.wait(TableName="connections")
dynamodb.update_time_to_live(
    TableName="connections",
    TimeToLiveSpecification={
        "Enabled": True,
        "AttributeName": "expiresAt",
    },
)
active.wait(TableName="connections")
