"""The soketi server itself (1.6.1 `src/app-managers/dynamodb-app-manager.ts`: one GetItem, one Query, nothing else)."""

from __future__ import annotations

from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import Purpose, Statement


def _statements(inputs: PolicyInputs) -> list[Statement]:
    statements = [
        Statement(
            sid="FindAppById",
            actions={"dynamodb:GetItem": "look an app up by its id at every HTTP API request"},
            resources=inputs.table_arns,
        ),
        Statement(
            sid="FindAppByKey",
            actions={
                "dynamodb:Query": "look an app up by its key at every WebSocket and every webhook"
            },
            resources=inputs.index_arns,
        ),
    ]
    return statements + invoke_functions(inputs)


def invoke_functions(inputs: PolicyInputs) -> list[Statement]:
    """The statement for Lambda webhooks; none without functions."""
    if not inputs.functions:
        return []
    return [
        Statement(
            sid="CallLambdaWebhooks",
            actions={"lambda:InvokeFunction": "deliver webhooks that name a Lambda function"},
            resources=inputs.function_arns,
        )
    ]


PURPOSE = Purpose(
    name="soketi-server",
    label="soketi server",
    statements=_statements,
    uses=("function",),
    note=(
        "soketi never describes, scans or writes. Denied by AWS, it takes every app for missing and says so only "
        "with SOKETI_DEBUG=1."
    ),
)
