"""AWS CDK: one type check and one synthesis for each language; what comes out must be our own template."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from apps_admin.domain.table import TableDesign
from apps_admin.generators.schemas import FORMATS
from apps_admin.generators.schemas.cdk import LOGICAL_IDS
from apps_admin.generators.schemas.cloudformation import resources
from tests.generators.designs import DESIGNS
from tests.generators.node_tools import node_tools, run

TYPE_CHECK = {
    "compilerOptions": {
        "strict": True,
        "noUnusedLocals": True,
        "target": "ES2022",
        "module": "commonjs",
        "types": ["node"],
        "skipLibCheck": True,
        # The same types: the library's own index declares two hundred services beside them.
        "paths": {"aws-cdk-lib": ["./node_modules/aws-cdk-lib/core"]},
    },
    "include": ["*.ts"],
}
# An app synthesizes when its process ends, into the folder that was set when it was made.
NODE_DRIVER = """
for (const name of process.argv.slice(2)) {
  process.env.CDK_OUTDIR = `${__dirname}/${name}.out`;
  require(`./${name}.js`);
}
"""
# jsii's own Node process keeps the environment it began with, so the folder is handed over instead.
PYTHON_DRIVER = """
import runpy, sys
import aws_cdk
make_app = aws_cdk.App
for name in sys.argv[1:]:
    aws_cdk.App = lambda: make_app(outdir=f"{name}.out")
    runpy.run_path(f"{name}.py")
"""
# Each line costs a call into jsii: enough designs to use every construct and every hostile text once.
IN_PYTHON = (
    "plain",
    "everything",
    "ceilings",
    "own-key",
    "replicated-full",
    "lawcket-replicated",
    "hostile-one",
)
ENV = {"CDK_DISABLE_VERSION_CHECK": "1", "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}


def synthesized(folder: Path, name: str, design: TableDesign) -> dict[str, Any]:
    """The properties of the table in the template that CDK made."""
    title = f"{LOGICAL_IDS[design.kind]}Stack.template.json"
    template = json.loads((folder / f"{name}.out" / title).read_text(encoding="utf-8"))
    (resource,) = (
        resource
        for resource in template["Resources"].values()
        if resource["Type"].startswith("AWS::DynamoDB::")
    )
    return without_choices(resource)


def without_choices(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource in one spelling where CloudFormation leaves a choice."""
    found = json.loads(json.dumps(resource))
    found.pop("Metadata", None)
    properties = found["Properties"]
    properties.setdefault("BillingMode", "PROVISIONED")
    properties["AttributeDefinitions"].sort(key=lambda d: str(d["AttributeName"]))
    for part in (properties, *properties.get("Replicas", ())):
        if part.get("GlobalSecondaryIndexes") == [{"IndexName": "AppKeyIndex"}]:
            del part["GlobalSecondaryIndexes"]  # a replica's index that sets nothing of its own
        if "Tags" in part:
            part["Tags"].sort(key=lambda tag: str(tag["Key"]))
    if properties.get("SSESpecification", {}).get("SSEEnabled"):
        properties["SSESpecification"]["SSEType"] = "KMS"
    replicas = properties.get("Replicas", [])
    replicas.sort(key=lambda replica: str(replica["Region"]))
    return dict(found)


def wanted(design: TableDesign) -> dict[str, Any]:
    (resource,) = resources(design).values()
    return without_choices(resource)


def check(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        assert synthesized(folder, name, DESIGNS[name]) == wanted(DESIGNS[name]), name


def write_all(format_name: str, extension: str, folder: Path) -> None:
    for name, design in DESIGNS.items():
        text = FORMATS[format_name].write(design)
        (folder / f"{name}.{extension}").write_text(text, encoding="utf-8", newline="")


def test_the_typescript_apps_are_typed_and_make_the_template(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(node_tools() / "node_modules")
    (tmp_path / "tsconfig.json").write_text(json.dumps(TYPE_CHECK))
    write_all("cdk-typescript", "ts", tmp_path)
    done = run(["node", "node_modules/typescript/bin/tsc", "--project", "."], cwd=tmp_path)
    assert done.stdout == ""
    (tmp_path / "driver.cjs").write_text(NODE_DRIVER)
    done = run(["node", "--no-warnings", "driver.cjs", *DESIGNS], cwd=tmp_path, env=ENV)
    assert done.returncode == 0, done.stderr
    check(tmp_path, DESIGNS)


def test_the_python_apps_make_the_template(tmp_path: Path) -> None:
    node_tools()
    write_all("cdk-python", "py", tmp_path)
    (tmp_path / "driver.py").write_text(PYTHON_DRIVER)
    done = run([sys.executable, "driver.py", *IN_PYTHON], cwd=tmp_path, env=ENV)
    assert done.returncode == 0, done.stderr
    check(tmp_path, IN_PYTHON)
