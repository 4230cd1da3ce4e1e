"""The layers hold, and what would undo them without breaking an import is not there either."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "handler",
    "data",
    "info",
    "misc",
}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_the_layers_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {path.stem for path in sources("apps_admin", "dashboard")}
    assert names & FORBIDDEN_NAMES == set()


def test_the_product_reads_settings_from_django_alone() -> None:
    """One exception each: the search path handed to child processes, and what boto3 reads itself."""
    allowed = {"aws/embedded_engine.py", "aws/engine_package.py"}
    readers = {
        path.relative_to(ROOT / "apps_admin").as_posix()
        for path in sources("apps_admin")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers <= allowed


def test_modules_stay_readable() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in sources("apps_admin", "dashboard")
        if "migrations" not in path.parts
    }
    assert {path: lines for path, lines in long.items() if lines > 500} == {}
