import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct


class AppsTableStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, **options) -> None:
        super().__init__(scope, id, **options)

        table = dynamodb.Table(
            self,
            "AppsTable",
            table_name="apps",
            partition_key=dynamodb.Attribute(
                name="AppId",
                type=dynamodb.AttributeType.STRING,
            ),
            removal_policy=cdk.RemovalPolicy.RETAIN,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        )
        table.add_global_secondary_index(
            index_name="AppKeyIndex",
            partition_key=dynamodb.Attribute(
                name="AppKey",
                type=dynamodb.AttributeType.STRING,
            ),
            projection_type=dynamodb.ProjectionType.ALL,
        )


app = cdk.App()
AppsTableStack(app, "AppsTableStack", env=cdk.Environment(region="us-east-1"))
app.synth()
