"""The formats that call the API: each script runs as it is, and must ask exactly what the design asks.

One run of the real tool per format, over the whole matrix of options and hostile text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import creation_calls
from apps_admin.domain.table_comparison import Aspect
from apps_admin.generators.schemas import FORMATS
from tests.generators.designs import DESIGNS
from tests.generators.live import Asked, Endpoint, moto_endpoint
from tests.generators.node_tools import FOLDER, node_tools, run

# Runs every script given, in this one process, so that the SDK is loaded once.
PYTHON_DRIVER = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path)\n"
NODE_V3_DRIVER = "for (const path of process.argv.slice(2)) await import(path);\n"
NODE_V2_DRIVER = """
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const AWS = require("aws-sdk");
AWS.config.dynamodb = { endpoint: process.env.AWS_ENDPOINT_URL };
for (const path of process.argv.slice(2)) require(path);
"""
# The shell runs the script; `aws` only writes down its words, which the real CLI then gets, in one process.
AWS_SHIM = (
    '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done >> "$WORDS"\nprintf "\\0" >> "$WORDS"\n'
)
CLI_DRIVER = """
import sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
for words in open(sys.argv[1], newline="", encoding="utf-8").read().split("\\0\\0"):
    if words and driver.main(words.split("\\0")):
        sys.exit(f"failed: {words!r}")
"""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with moto_endpoint() as running:
        yield running


def write_all(format_name: str, folder: Path) -> list[str]:
    """Every design in this format; the paths."""
    format_ = FORMATS[format_name]
    paths = []
    for design in DESIGNS.values():
        path = folder / format_.filename_for(design)
        path.write_text(format_.write(design), encoding="utf-8", newline="")
        paths.append(str(path))
    return paths


def wanted_calls(design: TableDesign) -> list[Asked]:
    return [
        (design.region, call.operation, dict(call.parameters)) for call in creation_calls(design)
    ]


def check(endpoint: Endpoint, designs: Mapping[str, TableDesign] = DESIGNS) -> None:
    """Exactly the calls of each design were made, and each table is as wanted."""
    for name, design in designs.items():
        assert endpoint.asked_about(design) == wanted_calls(design), name
        assert endpoint.differences(design) == {}, name


def test_the_python_scripts_make_the_tables(endpoint: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "driver.py").write_text(PYTHON_DRIVER)
    scripts = write_all("boto3", tmp_path)
    done = run([sys.executable, "driver.py", *scripts], cwd=tmp_path, env=endpoint.env())
    assert done.returncode == 0, done.stderr
    check(endpoint)


def test_the_shell_scripts_make_the_tables_through_the_real_cli(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    shim = tmp_path / "bin" / "aws"
    shim.write_text(AWS_SHIM)
    shim.chmod(0o755)
    words = tmp_path / "words"
    path = f"{shim.parent}:/usr/bin:/bin"
    for script in write_all("aws-cli", tmp_path):
        done = run(["sh", script], cwd=tmp_path, env={"PATH": path, "WORDS": str(words)})
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
    (tmp_path / "driver.py").write_text(CLI_DRIVER)
    done = run(
        [sys.executable, "driver.py", str(words)],
        cwd=tmp_path,
        env=endpoint.env() | {"AWS_PAGER": "", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    check(endpoint)


def test_the_input_documents_make_the_tables_through_the_real_cli(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    words = ""
    for design, path in zip(DESIGNS.values(), write_all("cli-input-json", tmp_path), strict=True):
        command = ["dynamodb", "create-table", "--region", design.region]
        words += "\0".join([*command, "--cli-input-json", f"file://{path}"]) + "\0\0"
    (tmp_path / "words").write_text(words)
    (tmp_path / "driver.py").write_text(CLI_DRIVER)
    done = run(
        [sys.executable, "driver.py", "words"],
        cwd=tmp_path,
        env=endpoint.env() | {"AWS_PAGER": "", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    for name, design in DESIGNS.items():
        assert endpoint.asked_about(design) == wanted_calls(design)[:1], name


def run_node(format_name: str, driver: str, endpoint: Endpoint, folder: Path) -> None:
    (folder / "node_modules").symlink_to(node_tools() / "node_modules")
    (folder / "driver.mjs").write_text(driver)
    scripts = write_all(format_name, folder)
    done = run(["node", "--no-warnings", "driver.mjs", *scripts], cwd=folder, env=endpoint.env())
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr == ""


def test_the_node_modules_make_the_tables(endpoint: Endpoint, tmp_path: Path) -> None:
    run_node("javascript-v3", NODE_V3_DRIVER, endpoint, tmp_path)
    check(endpoint)


def test_the_scripts_for_the_older_sdk_make_the_tables(endpoint: Endpoint, tmp_path: Path) -> None:
    run_node("javascript-v2", NODE_V2_DRIVER, endpoint, tmp_path)
    check(endpoint, {n: d for n, d in DESIGNS.items() if d.recovery_days is None})
    for name, design in DESIGNS.items():
        # The SDK has no word for the window, so it stays DynamoDB's own: 35 days.
        wanted = wanted_calls(design)
        for _, _, parameters in wanted:
            parameters.get("PointInTimeRecoverySpecification", {}).pop("RecoveryPeriodInDays", 0)
        assert endpoint.asked_about(design) == wanted, name
        assert set(endpoint.differences(design)) <= {Aspect.RECOVERY}, name


def test_every_script_of_one_format_is_a_file_of_its_own(tmp_path: Path) -> None:
    for name in FORMATS:
        names = {FORMATS[name].filename_for(design) for design in DESIGNS.values()}
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", filename) for filename in names)


def test_the_input_document_is_the_parameters_of_create_table() -> None:
    for design in DESIGNS.values():
        document = json.loads(FORMATS["cli-input-json"].write(design))
        assert document == creation_calls(design)[0].parameters


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (FOLDER / "package-lock.json").read_text()
