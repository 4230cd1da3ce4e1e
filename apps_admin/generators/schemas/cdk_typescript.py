"""An AWS CDK app (version 2) in TypeScript."""

from __future__ import annotations

from collections.abc import Mapping

from apps_admin.domain.table import TableDesign
from apps_admin.generators.quoting import json_text
from apps_admin.generators.schemas.cdk import Call, Name, Node, Stack, Struct, Table, stack_of
from apps_admin.generators.schemas.format import Format


def write(design: TableDesign) -> str:
    """The app and its stack in one file."""
    stack = stack_of(design)
    lines = [
        'import * as cdk from "aws-cdk-lib";',
        'import * as dynamodb from "aws-cdk-lib/aws-dynamodb";',
        *(['import * as kms from "aws-cdk-lib/aws-kms";'] if stack.key else []),
        "",
        f"export class {stack.title} extends cdk.Stack {{",
        "  constructor(scope: cdk.App, id: string, props: cdk.StackProps) {",
        "    super(scope, id, props);",
        "",
        *_body(stack),
        "  }",
        "}",
        "",
        "const app = new cdk.App();",
        f'new {stack.title}(app, "{stack.title}", {{',
        f"  env: {{ region: {_value(stack.region, 0)} }},",
        "});",
    ]
    return "\n".join(lines) + "\n"


def _body(stack: Stack) -> list[str]:
    lines = []
    if stack.key:
        lines += [f"    const key = {_value(stack.key, 2)};", ""]
    variable = "const table = " if stack.index or stack.tags else ""
    lines.append(f"    {variable}new {_value(stack.table, 2)};")
    if stack.index:
        lines += ["", f"    {_value(stack.index, 2)};"]
    if stack.tags:
        lines.append("")
    for key, text in stack.tags.items():
        lines.append(f"    cdk.Tags.of(table).add({_value(key, 0)}, {_value(text, 0)});")
    return lines


def _value(node: Node, indent: int) -> str:
    if isinstance(node, Name):
        return node.text
    if isinstance(node, Struct):
        return _object(node.fields, indent, quoted=False)
    if isinstance(node, Table):
        return _object(node.entries, indent, quoted=True)
    if isinstance(node, Call):
        arguments = [_value(part, indent) for part in node.positional]
        if node.options:
            arguments.append(_object(node.options, indent, quoted=False))
        return f"{node.name}({', '.join(arguments)})"
    if isinstance(node, list | tuple):
        inner = "  " * (indent + 1)
        lines = [f"{inner}{_value(part, indent + 1)},\n" for part in node]
        return "[\n" + "".join(lines) + "  " * indent + "]"
    return json_text(node, indent=None)


def _object(fields: Mapping[str, Node], indent: int, *, quoted: bool) -> str:
    inner = "  " * (indent + 1)
    lines = [
        f"{inner}{json_text(name, indent=None) if quoted else name}: {_value(node, indent + 1)},\n"
        for name, node in fields.items()
    ]
    return "{\n" + "".join(lines) + "  " * indent + "}"


IMPORT_NOTE = (
    "A table that already exists is taken over with cdk import. With replicas the construct is a TableV2 "
    "(an AWS::DynamoDB::GlobalTable); changing a Table into it later replaces the table."
)

FORMAT = Format(
    name="cdk-typescript",
    label="AWS CDK (TypeScript)",
    filename="TABLE-stack.ts",
    lexer="typescript",
    write=write,
    note=f"npx cdk deploy --app 'npx ts-node TABLE-stack.ts'. {IMPORT_NOTE}",
)
