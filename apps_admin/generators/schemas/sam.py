"""An AWS SAM template. `AWS::Serverless::SimpleTable` has no indexes, so the table is CloudFormation's own."""

from __future__ import annotations

from apps_admin.domain.table import TableDesign
from apps_admin.generators.quoting import yaml_document
from apps_admin.generators.schemas.cloudformation import DYNAMIC_REFERENCES, template
from apps_admin.generators.schemas.format import Format


def write(design: TableDesign) -> str:
    """The template."""
    whole = template(design)
    version = whole.pop("AWSTemplateFormatVersion")
    return yaml_document(
        {
            "AWSTemplateFormatVersion": version,
            "Transform": "AWS::Serverless-2016-10-31",
            **whole,
        }
    )


FORMAT = Format(
    name="sam",
    label="AWS SAM",
    filename="template.yaml",
    lexer="yaml",
    write=write,
    note=f"Deploy with sam deploy --region REGION. {DYNAMIC_REFERENCES}",
)
