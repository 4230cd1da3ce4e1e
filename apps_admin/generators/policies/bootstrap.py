"""What creates the table (`manage.py bootstrap_table` and the generated scripts), and may put the first apps in."""

from __future__ import annotations

from collections.abc import Mapping

from apps_admin.generators.policies.inputs import Feature, PolicyInputs
from apps_admin.generators.policies.purpose import Purpose, Statement

TABLE: Mapping[str, str] = {
    "dynamodb:CreateTable": "create the table with its index",
    "dynamodb:DescribeTable": "wait for it, and compare it on the next run",
    "dynamodb:UpdateTable": "add the missing index (--repair)",
    "dynamodb:DescribeTimeToLive": "compare time to live",
    "dynamodb:UpdateTimeToLive": "switch time to live on",
    "dynamodb:DescribeContinuousBackups": "compare point-in-time recovery",
    "dynamodb:UpdateContinuousBackups": "switch point-in-time recovery on",
    "dynamodb:TagResource": "create the table with tags",
    "dynamodb:ListTagsOfResource": "compare tags",
}
REPLICA: Mapping[str, str] = {
    "dynamodb:CreateTable": "create the replica",
    "dynamodb:CreateTableReplica": "create the replica",
    "dynamodb:DescribeTable": "wait for the replica",
    "dynamodb:Scan": "copy what is in the table",
    "dynamodb:Query": "copy what is in the table",
    "dynamodb:GetItem": "copy what is in the table",
    "dynamodb:PutItem": "copy what is in the table",
    "dynamodb:UpdateItem": "copy what is in the table",
    "dynamodb:DeleteItem": "copy what is in the table",
    "dynamodb:BatchWriteItem": "copy what is in the table",
}
_ROLE = "replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication"


def _statements(inputs: PolicyInputs) -> list[Statement]:
    home = [arn for arn in inputs.table_arns if f":{inputs.home_region}:" in arn]
    statements = [Statement(sid="BootstrapAppsTable", actions=TABLE, resources=home)]
    if Feature.SEED in inputs.features:
        statements.append(
            Statement(
                sid="SeedFirstApps",
                actions={"dynamodb:PutItem": "write the first apps (--sample-apps)"},
                resources=home,
            )
        )
    if len(inputs.regions) > 1:
        statements += _replicas(inputs, home)
    return statements


def _replicas(inputs: PolicyInputs, home: list[str]) -> list[Statement]:
    service = "replication.dynamodb.amazonaws.com"
    roles = [
        f"arn:{inputs.partition.name}:iam::{account}:role/aws-service-role/{_ROLE}"
        for account in inputs.accounts
    ]
    return [
        Statement(
            sid="CreateReplicas",
            actions=REPLICA,
            resources=[arn for arn in inputs.table_arns if arn not in home],
        ),
        Statement(
            sid="ReplicationRole",
            actions={
                "iam:CreateServiceLinkedRole": "let DynamoDB make the role it replicates with, once"
            },
            resources=roles,
            condition={"StringEquals": {"iam:AWSServiceName": service}},
        ),
    ]


PURPOSE = Purpose(
    name="bootstrap",
    label="Create the table",
    statements=_statements,
    features=(Feature.SEED,),
    note=(
        "The first region holds the table; further ones hold replicas. An own KMS key takes the policy "
        "kms-create-table beside this one."
    ),
)
