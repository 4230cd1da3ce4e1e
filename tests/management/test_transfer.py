"""`import_apps` and `export_apps`."""

from __future__ import annotations

import json
import os
import signal
import stat
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps_admin.management.console_command import ExitCode
from apps_admin.management.job_progress import ProgressLine
from apps_admin.models import Job, VaultEntry
from apps_admin.models.job import JobState
from apps_admin.models.vault import VaultPurpose

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


def test_a_saved_link_lists_and_exports_its_apps(file: Path, tmp_path: Path) -> None:
    apps = [json.loads(line)["soketi_app"] for line in LINES.splitlines()]
    for number, item in enumerate(apps):
        item["MaxConnections"] = {"N": str(number + 1)}
    file.write_text("\n".join(json.dumps({"soketi_app": item}) for item in apps))
    run("import_apps", str(file))
    link = "https://console.example/connections/default/apps/?sort=-max_connections&max_connections_min=4"
    listed = run("list_apps", "--query", link)
    assert [each["id"] for each in listed["apps"]] == ["app-4", "app-3"]
    narrowed = run("list_apps", "--query", link, "--search", "app-3")
    assert [each["id"] for each in narrowed["apps"]] == ["app-3"]
    run("export_apps", "--query", link, "--output", str(tmp_path / "some.jsonl"))
    assert (tmp_path / "some.jsonl").read_text().count("\n") == 2
    with pytest.raises(CommandError, match="invalid choice"):
        run("list_apps", "--sort", "nonsense")


def test_an_interrupted_import_is_resumed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import_apps", str(file), "--dry-run")
    job = Job.objects.get(kind="preview")
    answer = run("import_apps", str(file), "--resume")
    assert answer["job"] == str(job.pk), "the same job, not a second one"
    assert answer["counts"] == {"changed": 5}
    assert "Importing: 5 of 5" in capsys.readouterr().err
    assert Job.objects.get(pk=job.pk).state == JobState.SUCCEEDED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_an_import_where_it_can_be_resumed(
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
) -> None:
    monkeypatch.setattr("apps_admin.services.job_work.CHUNK", 2)
    show, waiting = ProgressLine.show, [number]

    def interrupted(self: ProgressLine, done: int, *told: Any, **options: Any) -> None:
        show(self, done, *told, **options)
        if self._what == "Importing" and done == 2 and waiting:
            os.kill(os.getpid(), waiting.pop())

    monkeypatch.setattr(ProgressLine, "show", interrupted)
    former = signal.getsignal(number)
    with pytest.raises(CommandError, match="The import was stopped") as stopped:
        run("import_apps", str(file))
    assert "--resume" in str(stopped.value)
    assert "Once more ends it at once" in capsys.readouterr().err
    assert signal.getsignal(number) is former
    job = Job.objects.get()
    assert (job.state, job.done) == (JobState.STOPPED, 2), "after a whole chunk"
    assert run("import_apps", str(file), "--resume")["counts"] == {"changed": 5}
    assert Job.objects.get().pk == job.pk


def test_standard_input_is_imported_and_resumed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(LINES.encode())))
    job = run("import_apps", "-", "--dry-run")["job"]
    assert Job.objects.get().parameters["title"] == "Import standard input"
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(LINES.encode())))
    answer = run("import_apps", "-", "--resume")
    assert (answer["job"], answer["counts"]) == (job, {"changed": 5})
    uploads = VaultEntry.objects.filter(purpose=VaultPurpose.UPLOAD.value)
    assert uploads.count() == 1, "the file is kept once"


@pytest.mark.parametrize("asked", [["--dry-run"], []])
def test_troubles_are_listed_first_and_told_by_the_exit_code(file: Path, asked: list[str]) -> None:
    file.write_text(LINES + "{broken\n")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_apps", str(file), *asked, "--format", "json", stdout=out)
    assert ended.value.code == ExitCode.FAILED
    assert json.loads(out.getvalue())["troubles"][0]["message"].startswith("line 6")
    with pytest.raises(SystemExit):
        call_command("import_apps", str(file), *asked, stdout=(text := StringIO()))
    assert "refused" in text.getvalue()
    assert "line 6" in text.getvalue()


def test_a_dry_run_says_what_becomes_of_every_app(file: Path) -> None:
    run("import_apps", str(file))
    lines = [json.loads(line)["soketi_app"] for line in LINES.splitlines()]
    lines[0]["MaxConnections"] = {"N": "5"}
    lines[1]["AppSecret"] = {"S": "another-long-enough-secret"}
    lines.append({"AppId": {"S": "new"}, "AppKey": {"S": "new-key"}})
    file.write_text("\n".join(json.dumps({"soketi_app": item}) for item in lines))
    asked = ["import_apps", str(file), "--on-existing", "update", "--dry-run"]
    answer = run(*asked)
    told = {each["app_id"]: (each["result"], each["message"]) for each in answer["results"]}
    assert told == {
        "app-0": ("changed", "Update: MaxConnections absent → 5"),
        "app-1": ("changed", "Update: AppSecret"),
        **{f"app-{number}": ("unchanged", "") for number in (2, 3, 4)},
        "new": ("changed", "Create."),
    }
    call_command(*asked, stdout=(text := StringIO()))
    assert "  app-1: Update: AppSecret" in text.getvalue()


def test_a_broken_document_is_no_trouble_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "soketi.json"
    path.write_text('{"appManager": {\n broken}}')
    with pytest.raises(CommandError, match=r"line 2, column 2") as failed:
        run("import_apps", str(path))
    assert failed.value.returncode == ExitCode.FAILED
    assert "--resume" not in str(failed.value)


def test_a_missing_file_and_a_file_of_no_format(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as missing:
        run("import_apps", str(tmp_path / "none"))
    assert missing.value.returncode == ExitCode.NOT_FOUND
    with pytest.raises(CommandError, match="is a directory") as directory:
        run("import_apps", str(tmp_path))
    assert directory.value.returncode == ExitCode.USAGE
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError) as unknown:
        run("import_apps", str(tmp_path / "text"))
    assert unknown.value.returncode == ExitCode.INVALID
