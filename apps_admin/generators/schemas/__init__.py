"""One module per format of a table schema, and the table of them all."""

from __future__ import annotations

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.schemas import (
    aws_cli,
    boto3,
    cdk_python,
    cdk_typescript,
    cli_input_json,
    cloudformation,
    javascript_v2,
    javascript_v3,
    sam,
    serverless,
    terraform,
)
from apps_admin.generators.schemas.format import Format

FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        terraform.FORMAT,
        terraform.KEY_SCHEMA_FORMAT,
        cloudformation.YAML_FORMAT,
        cloudformation.JSON_FORMAT,
        cloudformation.GLOBAL_YAML_FORMAT,
        cloudformation.GLOBAL_JSON_FORMAT,
        sam.FORMAT,
        serverless.FORMAT,
        cdk_typescript.FORMAT,
        cdk_python.FORMAT,
        aws_cli.FORMAT,
        cli_input_json.FORMAT,
        boto3.FORMAT,
        javascript_v3.FORMAT,
        javascript_v2.FORMAT,
    )
}


def find_format(name: str) -> Format:
    """The format of this name. Raises ValidationError that lists the valid ones."""
    try:
        return FORMATS[name]
    except KeyError:
        raise ValidationError(
            {"format": [f"There is no format {name!r}. The formats are {', '.join(FORMATS)}."]}
        ) from None
