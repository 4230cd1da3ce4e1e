"""An AWS CDK app (version 2) in Python."""

from __future__ import annotations

from collections.abc import Mapping

from apps_admin.domain.table import TableDesign
from apps_admin.generators.quoting import python_text, snake_case
from apps_admin.generators.schemas.cdk import Call, Name, Node, Stack, Struct, Table, stack_of
from apps_admin.generators.schemas.cdk_typescript import IMPORT_NOTE
from apps_admin.generators.schemas.format import Format


def write(design: TableDesign) -> str:
    """The app and its stack in one file."""
    stack = stack_of(design)
    lines = [
        "import aws_cdk as cdk",
        "from aws_cdk import aws_dynamodb as dynamodb",
        *(["from aws_cdk import aws_kms as kms"] if stack.key else []),
        "from constructs import Construct",
        "",
        "",
        f"class {stack.title}(cdk.Stack):",
        "    def __init__(self, scope: Construct, id: str, **options) -> None:",
        "        super().__init__(scope, id, **options)",
        "",
        *_body(stack),
        "",
        "",
        "app = cdk.App()",
        f'{stack.title}(app, "{stack.title}", env=cdk.Environment(region={python_text(stack.region)}))',
        "app.synth()",
    ]
    return "\n".join(lines) + "\n"


def _body(stack: Stack) -> list[str]:
    lines = []
    if stack.key:
        lines.append(f"        key = {_value(stack.key, 2)}")
    variable = "table = " if stack.index or stack.tags else ""
    lines.append(f"        {variable}{_value(stack.table, 2)}")
    if stack.index:
        lines.append(f"        {_value(stack.index, 2)}")
    for key, text in stack.tags.items():
        lines.append(f"        cdk.Tags.of(table).add({python_text(key)}, {python_text(text)})")
    return lines


def _value(node: Node, indent: int) -> str:
    if isinstance(node, Name):
        return "self" if node.text == "this" else node.text
    if isinstance(node, Struct):
        return _call(node.type, [], node.fields, indent)
    if isinstance(node, Call):
        module, _, method = node.name.rpartition(".")
        name = node.name if method[:1].isupper() else f"{module}.{snake_case(method)}"
        return _call(name, [_value(part, indent) for part in node.positional], node.options, indent)
    inner, pad = "    " * (indent + 1), "    " * indent
    if isinstance(node, Table):
        lines = [
            f"{inner}{python_text(key)}: {_value(part, indent + 1)},\n"
            for key, part in node.entries.items()
        ]
        return "{\n" + "".join(lines) + pad + "}"
    if isinstance(node, list | tuple):
        lines = [f"{inner}{_value(part, indent + 1)},\n" for part in node]
        return "[\n" + "".join(lines) + pad + "]"
    return python_text(node) if isinstance(node, str) else repr(node)


def _call(name: str, positional: list[str], options: Mapping[str, Node], indent: int) -> str:
    if not options:
        return f"{name}({', '.join(positional)})"
    inner = "    " * (indent + 1)
    lines = [f"{inner}{text},\n" for text in positional]
    lines += [
        f"{inner}{snake_case(field)}={_value(node, indent + 1)},\n"
        for field, node in options.items()
    ]
    return f"{name}(\n" + "".join(lines) + "    " * indent + ")"


FORMAT = Format(
    name="cdk-python",
    label="AWS CDK (Python)",
    filename="TABLE_stack.py",
    lexer="python",
    write=write,
    note=f"cdk deploy --app 'python TABLE_stack.py'. {IMPORT_NOTE}",
)
