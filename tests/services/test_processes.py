"""What only real processes on a real database file and a real engine can show: races, and kill -9."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgresql import find_programs, running_postgresql

ROOT = Path(__file__).parent.parent.parent
Report = dict[str, Any]
RunProgram = Callable[..., list[Report]]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with the console's tables."""
    path = tmp_path_factory.mktemp("database") / "console.sqlite3"
    _migrate(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL database with the console's tables."""
    programs = find_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL")
    with running_postgresql(programs) as url:
        _migrate(url, tmp_path_factory.mktemp("postgresql"))
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.sql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the console, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "console.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    return copy_of(request.getfixturevalue("migrated_postgresql"))


def copy_of(template_url: str) -> str:
    """The URL of a fresh copy of this PostgreSQL database."""
    server, template = template_url.rsplit("/", 1)
    copy = f"copy_{secrets.token_hex(4)}"
    socket = server.removeprefix("postgres://console@/")
    with psycopg.connect(host=socket, user="console", dbname="template1", autocommit=True) as sql:
        sql.execute(f"CREATE DATABASE {copy} TEMPLATE {template}")
    return f"{server}/{copy}"


@pytest.fixture
def run_program(
    database_url: str, tmp_path: Path, apps_table: str, dynamodb_endpoint: str
) -> RunProgram:
    """Runs one of `tests/services/programs` on a fresh database and table; returns what it reports."""
    environment = _environment(database_url, tmp_path) | {
        "SOKETI_APP_MANAGER_DYNAMODB_TABLE": apps_table,
        "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT": dynamodb_endpoint,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def run(name: str, *arguments: str) -> list[Report]:
        answer = subprocess.run(
            [sys.executable, "-m", f"tests.services.programs.{name}", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return [json.loads(line) for line in answer.stdout.splitlines()]

    return run


def _migrate(url: str, folder: Path) -> None:
    _django(url, folder, "migrate", "--verbosity=0")


def _django(url: str, folder: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=ROOT,
        env=_environment(url, folder),
        check=True,
    )


def _environment(url: str, folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "VAR_DIR": str(folder),
        "DATABASE_URL": url,
        "LOCAL_RUN": "true",
        "SECRET_KEY": "tests-only",
        "AUDIT_KEY": "tests-only-audit-key" * 2,
        "VAULT_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        "ALLOWED_HOSTS": "localhost",
        "LOG_LEVEL": "ERROR",
    }


def test_kill_9_at_any_step_loses_neither_the_change_nor_its_record(
    run_program: RunProgram,
) -> None:
    reports = run_program("crashes")
    assert len(reports) == 4 * 10
    for report in reports:
        step = f"{report['work']}: {report['step']}"
        assert report["signal"] == 9, step
        assert report["intact"], step
        assert report["plans"] == 0, step
        if report["step"] == "before started":
            assert report["started"] == 0
            assert not report["has_changed"]
            continue
        assert report["started"] == 1, step
        expected = "succeeded" if report["has_changed"] else "failed"
        assert report["outcomes"] == [expected], step
        # The version for undo is there exactly when there is something to undo.
        assert report["versions"] == int(report["has_changed"]), step
        assert report["claims"] == 0, step
    for work in ("disable", "rotate", "create", "delete"):
        changed = [report["has_changed"] for report in reports if report["work"] == work]
        assert changed == [False] * 6 + [True] * 4, work


def test_a_thousand_appends_at_once_leave_no_gap_and_no_fork(run_program: RunProgram) -> None:
    (report,) = run_program("appends")
    assert report == {
        "statuses": [0, 0, 0, 0],
        "entries": 1000,
        "verified": 1000,
        "intact": True,
        "last": 1000,
    }


def test_of_many_creates_at_once_exactly_one_wins(run_program: RunProgram) -> None:
    *attempts, end = run_program("creates")
    for race in ("id", "key", "mixed"):
        results = [each["result"] for each in attempts if each["race"] == race]
        assert len(results) == 12
        assert results.count("created") == 1, attempts
        assert set(results) <= {"created", "key_taken", "app_exists"}
    assert len(end["ids"]) == 3
    assert len({*end["ids"], *end["keys"]}) == 6
    assert end["intact"]
    assert end["claims"] == 0
