"""This console: an operator who changes apps, a viewer, and a viewer who cannot even read secrets."""

from __future__ import annotations

from collections.abc import Mapping

from apps_admin.domain.fields import READABLE_ATTRIBUTES
from apps_admin.generators.policies.inputs import Feature, PolicyInputs
from apps_admin.generators.policies.purpose import Purpose, Statement
from apps_admin.generators.policies.soketi_server import invoke_functions

READS: Mapping[str, str] = {
    "dynamodb:DescribeTable": "check keys, index and status (connection test, comparison)",
    "dynamodb:GetItem": "read an app before showing or changing it",
    "dynamodb:BatchGetItem": "read many apps at once (export, bulk changes)",
    "dynamodb:Scan": "fill the console's list of apps",
}
WRITES: Mapping[str, str] = {
    "dynamodb:PutItem": "create an app",
    "dynamodb:UpdateItem": "change, enable, disable an app, rotate its secret",
    "dynamodb:DeleteItem": "delete an app",
}
HEALTH: Mapping[str, str] = {
    "dynamodb:DescribeTimeToLive": "show whether items expire",
    "dynamodb:DescribeContinuousBackups": "show whether the table can be restored",
    "dynamodb:ListTagsOfResource": "compare the tags of the table",
}


def find_by_key(inputs: PolicyInputs) -> Statement:
    """Query on the index."""
    return Statement(
        sid="FindAppByKey",
        actions={"dynamodb:Query": "find an app by its key, and keys used twice"},
        resources=inputs.index_arns,
    )


def _extras(inputs: PolicyInputs) -> dict[str, str]:
    return dict(HEALTH) if Feature.HEALTH in inputs.features else {}


def _operator(inputs: PolicyInputs) -> list[Statement]:
    return [
        Statement(
            sid="ReadAndWriteApps",
            actions={**READS, **WRITES, **_extras(inputs)},
            resources=inputs.table_arns,
        ),
        find_by_key(inputs),
        *invoke_functions(inputs),
    ]


def _viewer(inputs: PolicyInputs) -> list[Statement]:
    return [
        Statement(
            sid="ReadApps", actions={**READS, **_extras(inputs)}, resources=inputs.table_arns
        ),
        find_by_key(inputs),
    ]


def _viewer_no_secret(inputs: PolicyInputs) -> list[Statement]:
    attributes = tuple(dict.fromkeys((*READABLE_ATTRIBUTES, *inputs.attributes)))
    reads = {
        "dynamodb:GetItem": "read an app, naming the attributes wanted",
        "dynamodb:Query": "find an app by its key, naming the attributes wanted",
        "dynamodb:Scan": "fill the console's list of apps, naming the attributes wanted",
    }
    return [
        Statement(
            sid="DescribeApps",
            actions={"dynamodb:DescribeTable": READS["dynamodb:DescribeTable"]},
            resources=inputs.table_arns,
        ),
        Statement(
            sid="ReadAppsWithoutSecret",
            actions=reads,
            resources=(*inputs.table_arns, *inputs.index_arns),
            condition={
                "ForAllValues:StringEquals": {"dynamodb:Attributes": attributes},
                "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
            },
        ),
    ]


OPERATOR = Purpose(
    name="console-operator",
    label="Console, operator",
    statements=_operator,
    uses=("function",),
    features=(Feature.HEALTH,),
    note="Name Lambda functions only if webhooks to them are tested from this console.",
)
VIEWER = Purpose(
    name="console-viewer",
    label="Console, viewer",
    statements=_viewer,
    features=(Feature.HEALTH,),
    note="For a connection declared read-only. It can read secrets, as DynamoDB hands out whole items.",
)
VIEWER_NO_SECRET = Purpose(
    name="console-viewer-no-secret",
    label="Console, viewer without secrets",
    statements=_viewer_no_secret,
    uses=("attribute",),
    note=(
        "For a connection declared without secrets. AWS answers only reads that name their attributes, and only "
        "these: everything soketi reads but the secret. Whoever asks for a whole item is denied."
    ),
)
