"""Programs as users write them: the recipe of the documentation, and a client made from the OpenAPI document."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from apps_admin.api.document import FILE
from apps_admin.models import AuditEntry
from tests.api.client import APPS, Program

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(settings.BASE_DIR)
USE_OF_THE_CLIENT = """
import sys
from console_client import AuthenticatedClient
from console_client.api.apps import app_actions_disable, apps_create, apps_show
from console_client.models import AppIn, ReasonIn

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
change = apps_create.sync("default", client=client, body=AppIn(id="shop"))
assert change.app.secret
app = apps_show.sync("default", "shop", client=client)
assert app.effective.accepts_connections
off = app_actions_disable.sync(
    "default", "shop", client=client, body=ReasonIn(reason="from a client"), if_match=f'"{app.revision}"'
)
assert not off.app.enabled
missing = apps_show.sync("default", "none", client=client)
print(off.app.id, missing.code)
"""


def recipe() -> str:
    found = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    assert found
    return found.group(1)


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        # The generator looks for ruff on the path: the one beside this Python.
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_documented_recipe_creates_changes_and_then_leaves_alone(
    program: Program,
    live_server: LiveServer,
    dynamodb_client: DynamoDBClient,
    apps_table: str,
) -> None:
    def reconcile() -> list[str]:
        where = {"CONSOLE": f"{live_server.url}/api/v1", "TOKEN": program.token}
        return run(sys.executable, "-c", recipe(), **where).splitlines()

    assert reconcile() == ["shop: created", "blog: created"]
    assert reconcile() == ["shop: as wanted", "blog: as wanted"]
    dynamodb_client.update_item(
        TableName=apps_table,
        Key={"AppId": {"S": "shop"}},
        UpdateExpression="SET MaxConnections = :n",
        ExpressionAttributeValues={":n": {"N": "7"}},
    )
    assert reconcile() == ["shop: changed", "blog: as wanted"]
    assert program.get(f"{APPS}/shop").json()["limits"]["max_connections"] == 100


def test_a_client_made_from_the_document_works(
    program: Program, live_server: LiveServer, tmp_path: Path
) -> None:
    made = tmp_path / "console_client"
    generator = Path(sys.executable).with_name("openapi-python-client")
    run(
        str(generator), "generate", "--meta", "none", "--path", str(FILE),
        "--output-path", str(made), "--fail-on-warning",
    )  # fmt: skip

    told = run(
        sys.executable, "-c", USE_OF_THE_CLIENT, live_server.url, program.token,
        PYTHONPATH=str(tmp_path),
    )  # fmt: skip

    assert told.split() == ["shop", "app_not_found"]
    assert AuditEntry.objects.filter(reason="from a client").exists()


@pytest.mark.parametrize("word", ["If-Match", "Idempotency-Key", "dry_run", "X-Reason"])
def test_the_documentation_names_what_the_document_has(word: str) -> None:
    assert word in (ROOT / "docs" / "api.md").read_text()
    assert word in FILE.read_text()
