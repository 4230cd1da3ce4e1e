"""The parameters of CreateTable as one JSON document, for `aws dynamodb create-table --cli-input-json`."""

from __future__ import annotations

from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import creation_parameters
from apps_admin.generators.quoting import json_text
from apps_admin.generators.schemas.format import NOT_INFRASTRUCTURE, Format


def write(design: TableDesign) -> str:
    """The document."""
    return json_text(creation_parameters(design)) + "\n"


_ANOTHER_CALL = "CreateTable cannot say it; it takes a call of its own (see the format aws-cli)."

FORMAT = Format(
    name="cli-input-json",
    label="AWS CLI, --cli-input-json",
    filename="create-TABLE.json",
    lexer="json",
    write=write,
    note="aws dynamodb create-table --region REGION --cli-input-json file://create-TABLE.json",
    cannot={
        "removal_policy": NOT_INFRASTRUCTURE,
        "ttl": _ANOTHER_CALL,
        "pitr": _ANOTHER_CALL,
        "region": "The region is given to the command; replicas take calls of their own (see aws-cli).",
    },
)
