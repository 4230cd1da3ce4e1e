"""What only real processes on a real database file and a real engine can show: races, and kill -9."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
Report = dict[str, Any]
RunProgram = Callable[..., list[Report]]


@pytest.fixture
def run_program(
    console_database: str, tmp_path: Path, apps_table: str, dynamodb_endpoint: str
) -> RunProgram:
    """Runs one of `tests/services/programs` on a fresh database and table; returns what it reports."""
    environment = _environment(console_database, tmp_path) | {
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
