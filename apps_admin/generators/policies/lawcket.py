"""The Lambda function of `@lawcket/websocket` with `@lawcket/dynamo`, and a console for its connections."""

from __future__ import annotations

from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import Purpose, Statement

MANAGE = "execute-api:ManageConnections"


def _lambda(inputs: PolicyInputs) -> list[Statement]:
    statements = [
        Statement(
            sid="SyncConnections",
            actions={
                "dynamodb:PutItem": "remember a connection when it opens",
                "dynamodb:DeleteItem": "forget it when it closes",
            },
            resources=inputs.table_arns,
        ),
        Statement(
            sid="PublishToConnections",
            actions={MANAGE: "send messages to connections"},
            resources=_connections(inputs, "POST"),
        ),
    ]
    if inputs.functions:
        statements.append(
            Statement(
                sid="Logs",
                actions={
                    "logs:CreateLogStream": "write the function's log",
                    "logs:PutLogEvents": "write the function's log",
                },
                resources=_log_groups(inputs),
            )
        )
    return statements


def _console(inputs: PolicyInputs) -> list[Statement]:
    return [
        Statement(
            sid="BrowseConnections",
            actions={
                "dynamodb:DescribeTable": "check the keys of the table",
                "dynamodb:DescribeTimeToLive": "show whether connections expire",
                "dynamodb:Scan": "list connections",
                "dynamodb:GetItem": "read one connection",
                "dynamodb:DeleteItem": "remove a connection that is gone",
            },
            resources=inputs.table_arns,
        ),
        Statement(
            sid="ProbePublishDisconnect",
            actions={MANAGE: "ask whether a connection lives, send to it, close it"},
            resources=[
                arn for verb in ("GET", "POST", "DELETE") for arn in _connections(inputs, verb)
            ],
        ),
    ]


def _connections(inputs: PolicyInputs, verb: str) -> tuple[str, ...]:
    return inputs.arns("execute-api", f"{inputs.api}/{inputs.stage}/{verb}/@connections/*")


def _log_groups(inputs: PolicyInputs) -> list[str]:
    names = (function.split(":function:")[-1].split(":")[0] for function in inputs.functions)
    return [arn for name in names for arn in inputs.arns("logs", f"log-group:/aws/lambda/{name}:*")]


PURPOSE = Purpose(
    name="lawcket",
    label="lawcket: the Lambda function",
    statements=_lambda,
    uses=("function",),
    requires=("api", "stage"),
    note="Name the function to let it write its own log.",
)
CONSOLE = Purpose(
    name="console-lawcket",
    label="lawcket: a console for its connections",
    statements=_console,
    requires=("api", "stage"),
)
