"""`import_apps` and `export_apps`."""

from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps_admin.management.console_command import ExitCode
from apps_admin.models import Job
from apps_admin.models.job import JobState

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("default_connection"),
]

LINES = "".join(
    json.dumps({"soketi_app": {"AppId": {"S": f"app-{n}"}, "AppKey": {"S": f"key-{n}"}}}) + "\n"
    for n in range(5)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Five apps."""
    path = tmp_path / "apps.jsonl"
    path.write_text(LINES)
    return path


def run(name: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *arguments, "--format", "json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_import_then_export_then_import_changes_nothing(file: Path, tmp_path: Path) -> None:
    assert run("import_apps", str(file), "--dry-run")["counts"] == {"changed": 5}
    assert run("import_apps", str(file))["counts"] == {"changed": 5}
    copy = tmp_path / "copy.jsonl"
    run("export_apps", "--output", str(copy), "--with-secrets")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    again = run("import_apps", str(copy), "--on-existing", "update")
    assert again["counts"] == {"unchanged": 5}


def test_an_interrupted_import_is_resumed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import_apps", str(file), "--dry-run")
    job = Job.objects.get(kind="preview")
    answer = run("import_apps", str(file), "--resume")
    assert answer["job"] == str(job.pk), "the same job, not a second one"
    assert answer["counts"] == {"changed": 5}
    assert "Importing: 5 of 5" in capsys.readouterr().err
    assert Job.objects.get(pk=job.pk).state == JobState.SUCCEEDED


def test_troubles_are_listed(file: Path) -> None:
    file.write_text(LINES + LINES[:80] + "{broken\n")
    answer = run("import_apps", str(file), "--dry-run")
    assert answer["troubles"][0]["message"].startswith("line 6")


def test_a_missing_file_and_a_file_of_no_format(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as missing:
        run("import_apps", str(tmp_path / "none"))
    assert missing.value.returncode == ExitCode.NOT_FOUND
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError) as unknown:
        run("import_apps", str(tmp_path / "text"))
    assert unknown.value.returncode == ExitCode.INVALID
