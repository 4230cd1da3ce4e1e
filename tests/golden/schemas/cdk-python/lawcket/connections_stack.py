import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct


class ConnectionsTableStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, **options) -> None:
        super().__init__(scope, id, **options)

        dynamodb.Table(
            self,
            "ConnectionsTable",
            table_name="connections",
            partition_key=dynamodb.Attribute(
                name="connectionId",
                type=dynamodb.AttributeType.STRING,
            ),
            time_to_live_attribute="expiresAt",
            removal_policy=cdk.RemovalPolicy.RETAIN,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        )


app = cdk.App()
ConnectionsTableStack(app, "ConnectionsTableStack", env=cdk.Environment(region="us-east-1"))
app.synth()
