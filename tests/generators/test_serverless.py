"""Serverless Framework v3: what the framework itself makes of the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.generators.schemas import FORMATS
from apps_admin.generators.schemas.cloudformation import resources
from apps_admin.generators.schemas.lawcket_handler import FILENAME, write_handler
from tests.generators.designs import DESIGNS
from tests.generators.node_tools import node_tools, run

ENV = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "SLS_TELEMETRY_DISABLED": "1",
    "SLS_NOTIFICATIONS_MODE": "off",
}
# Notices about the tool's own age, and what cfn-lint thinks of the framework's parts of the template.
SERVERLESS_ITSELF = "W,I,E2531,E2533"


def serverless(folder: Path, *arguments: str) -> str:
    program = node_tools() / "node_modules" / "serverless" / "bin" / "serverless.js"
    done = run(["node", "--no-warnings", str(program), *arguments], cwd=folder, env=ENV)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(design: TableDesign, folder: Path) -> None:
    (folder / "serverless.yml").write_text(FORMATS["serverless"].write(design), encoding="utf-8")
    handler = folder / FILENAME
    handler.parent.mkdir(exist_ok=True)
    handler.write_text(write_handler(design), encoding="utf-8")


def test_the_framework_reads_hostile_text_as_it_was_typed(tmp_path: Path) -> None:
    for name in ("hostile-one", "hostile-two"):
        write(DESIGNS[name], tmp_path)
        printed = json.loads(serverless(tmp_path, "print", "--format", "json"))
        assert printed["resources"]["Resources"] == resources(DESIGNS[name]), name


def test_the_document_holds_the_resource_of_the_template() -> None:
    for name, design in DESIGNS.items():
        if not name.startswith("hostile"):
            document = yaml.safe_load(FORMATS["serverless"].write(design))
            assert document["resources"]["Resources"] == resources(design), name
            assert document["provider"]["region"] == design.region


def packaged(design: TableDesign, folder: Path) -> dict[str, Any]:
    write(design, folder)
    serverless(folder, "package")
    path = folder / ".serverless" / "cloudformation-template-update-stack.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["Resources"]
    return found


def test_the_service_of_lawcket_packages_with_function_role_and_table(tmp_path: Path) -> None:
    design = DESIGNS["lawcket"]
    found = packaged(design, tmp_path)
    assert found["ConnectionsTable"] == resources(design)["ConnectionsTable"]
    variables = found["WebsocketLambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert variables == {"CONNECTIONS_TABLE": design.name}
    routes = [
        resource["Properties"]["RouteKey"]
        for resource in found.values()
        if resource["Type"] == "AWS::ApiGatewayV2::Route"
    ]
    assert sorted(routes) == ["$connect", "$default", "$disconnect"]
    (policy,) = found["IamRoleLambdaExecution"]["Properties"]["Policies"]
    allowed = {
        action
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    assert {a for a in allowed if a.startswith("dynamodb:")} == {
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
    }
    assert "execute-api:ManageConnections" in allowed
    lint = ["cfn-lint", f"--ignore-checks={SERVERLESS_ITSELF}", "--format=parseable"]
    done = run([*lint, ".serverless/cloudformation-template-update-stack.json"], cwd=tmp_path)
    assert done.stdout == ""


# What @lawcket/websocket 0.1.5 and @lawcket/dynamo do with their options, as far as the handler's meaning goes.
STAND_INS = """
const Module = require("node:module");
const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === "@lawcket/websocket") return (options) => options;
  if (name === "@lawcket/dynamo") return (options) => () => ({ ...options.additionalSyncFields });
  return load(name, ...rest);
};
const { handler } = require("./src/index.js");
const [connect] = handler.plugins;
const first = connect();
setTimeout(() => console.log(JSON.stringify([first, connect()])), 1100);
"""


def test_the_handler_gives_each_connection_an_expiry_of_its_own(tmp_path: Path) -> None:
    node_tools()
    design = TableDesign(kind=TableKind.LAWCKET, expiry_attribute='ex"pires`${at}')
    write(design, tmp_path)
    (tmp_path / "connect.js").write_text(STAND_INS)
    done = run(["node", "connect.js"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert second[design.expiry_attribute] > first[design.expiry_attribute]
