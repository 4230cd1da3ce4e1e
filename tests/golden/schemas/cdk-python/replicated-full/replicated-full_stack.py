import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct


class AppsTableStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, **options) -> None:
        super().__init__(scope, id, **options)

        key = kms.Key.from_key_arn(self, "TableKey", "arn:aws:kms:us-east-1:123456789012:key/mrk-11112222333344445555666677778888")
        dynamodb.TableV2(
            self,
            "AppsTable",
            table_name="replicated-full",
            partition_key=dynamodb.Attribute(
                name="AppId",
                type=dynamodb.AttributeType.STRING,
            ),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True,
                recovery_period_in_days=35,
            ),
            deletion_protection=True,
            table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            billing=dynamodb.Billing.on_demand(
                max_read_request_units=100,
                max_write_request_units=100,
            ),
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name="AppKeyIndex",
                    partition_key=dynamodb.Attribute(
                        name="AppKey",
                        type=dynamodb.AttributeType.STRING,
                    ),
                    max_read_request_units=100,
                    max_write_request_units=100,
                ),
            ],
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(key, {
                "eu-west-1": "arn:aws:kms:eu-west-1:123456789012:key/mrk-11112222333344445555666677778888",
            }),
            tags=[
                cdk.CfnTag(
                    key="team",
                    value="realtime",
                ),
            ],
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            replicas=[
                dynamodb.ReplicaTableProps(
                    region="eu-west-1",
                    tags=[
                        cdk.CfnTag(
                            key="team",
                            value="realtime",
                        ),
                    ],
                ),
            ],
        )


app = cdk.App()
AppsTableStack(app, "AppsTableStack", env=cdk.Environment(region="us-east-1"))
app.synth()
