import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct


class AppsTableStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, **options) -> None:
        super().__init__(scope, id, **options)

        table = dynamodb.Table(
            self,
            "AppsTable",
            table_name="everything",
            partition_key=dynamodb.Attribute(
                name="AppId",
                type=dynamodb.AttributeType.STRING,
            ),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True,
                recovery_period_in_days=1,
            ),
            time_to_live_attribute="expires_at",
            deletion_protection=True,
            table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            billing_mode=dynamodb.BillingMode.PROVISIONED,
            read_capacity=1,
            write_capacity=2,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        )
        table.add_global_secondary_index(
            index_name="AppKeyIndex",
            partition_key=dynamodb.Attribute(
                name="AppKey",
                type=dynamodb.AttributeType.STRING,
            ),
            projection_type=dynamodb.ProjectionType.ALL,
            read_capacity=1,
            write_capacity=2,
        )
        cdk.Tags.of(table).add("team", "realtime")
        cdk.Tags.of(table).add("cost center", "a/b=c")


app = cdk.App()
AppsTableStack(app, "AppsTableStack", env=cdk.Environment(region="eu-west-1"))
app.synth()
