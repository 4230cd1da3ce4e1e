"""Keeping the table behind a VPC endpoint: the endpoint's own policy, and a deny for everybody outside it."""

from __future__ import annotations

from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import PolicyKind, Purpose, Statement


def _deny(inputs: PolicyInputs) -> list[Statement]:
    return [
        Statement(
            sid="OnlyThroughEndpoint",
            effect="Deny",
            actions={
                "dynamodb:*": "whatever else allows it, nothing reaches the table from elsewhere"
            },
            resources=[arn for table in inputs.table_arns for arn in (table, f"{table}/*")],
            condition={"StringNotEquals": {"aws:SourceVpce": inputs.vpc_endpoint}},
        )
    ]


def _endpoint(inputs: PolicyInputs) -> list[Statement]:
    accounts: str | tuple[str, ...] = inputs.accounts
    if len(inputs.accounts) == 1:
        accounts = inputs.accounts[0]
    return [
        Statement(
            sid="SoketiAppsOnly",
            principal="*",
            actions={
                "dynamodb:GetItem": "soketi looks an app up by its id",
                "dynamodb:Query": "soketi looks an app up by its key",
            },
            resources=(*inputs.table_arns, *inputs.index_arns),
            condition={"StringEquals": {"aws:PrincipalAccount": accounts}},
        )
    ]


DENY = Purpose(
    name="vpc-only",
    label="Deny outside a VPC endpoint",
    statements=_deny,
    requires=("vpc_endpoint",),
    note=(
        "It locks out this console, the AWS console and yourself wherever the request does not pass that endpoint."
    ),
)
ENDPOINT = Purpose(
    name="vpc-endpoint",
    label="VPC endpoint policy",
    kind=PolicyKind.ENDPOINT,
    statements=_endpoint,
    note="It replaces the endpoint's default policy: anything else in the VPC that uses DynamoDB through it stops.",
)
