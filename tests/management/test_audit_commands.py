"""verify_audit, reconcile_audit, archive_audit and rotate_vault_keys as an operator runs them."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import AuditKeyError
from apps_admin.models import AuditEntry, Person
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.audit import Doing, append_start, record_event
from apps_admin.services.audit_verification import verify_entries
from apps_admin.services.second_factor import SecondFactorAdapter
from apps_admin.services.vault import keep_secret, open_secret
from tests.cast import ADMINISTRATOR, ALICE
from tests.views.conftest import reasons_required

__all__ = ["reasons_required"]

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _log() -> None:
    for hour in range(6):
        with time_machine.travel(DAY + timedelta(hours=hour), tick=False):
            record_event(ALICE, Action.SESSION_SIGN_IN, target=f"hour {hour}")


def run(name: str, *arguments: str) -> Any:
    out = io.StringIO()
    call_command(name, *arguments, "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def tamper(sequence: int) -> None:
    table = AuditEntry._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET target = 'x' WHERE sequence = %s", [sequence])


def test_an_intact_log_is_said_to_be_intact() -> None:
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert out.getvalue() == "Intact: 6 entries, 1 to 6.\n"


def test_a_broken_log_names_the_entry_and_exits_with_1() -> None:
    tamper(4)
    out = io.StringIO()
    with pytest.raises(CommandError, match="entry 4: the entry was changed") as caught:
        call_command("verify_audit", "--format", "json", stdout=out)
    assert caught.value.returncode == 1
    assert json.loads(out.getvalue())["first_break"]["sequence"] == 4


@pytest.mark.parametrize(
    ("range_", "first", "last"),
    [
        (("--from", "2", "--to", "5"), 2, 5),
        (("--from", "2026-11-20T02:00:00Z"), 3, 6),
        (("--to", "2026-11-20T02:30:00"), 1, 3),
        (("--from", "2026-11-20", "--to", "2026-11-20"), 1, 6),
        (("--to", "2026-11-19"), 1, 0),
    ],
)
def test_a_range_is_given_by_number_or_time(range_: tuple[str, ...], first: int, last: int) -> None:
    found = run("verify_audit", *range_)
    assert (found["first"], found["last"], found["intact"]) == (first, last, True)


def test_a_range_later_than_the_log_is_empty() -> None:
    assert run("verify_audit", "--from", "2030-01-01")["entries"] == 0


def test_a_range_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(CommandError) as caught:
        call_command("verify_audit", "--from", "yesterday")
    assert caught.value.returncode == 2


def test_the_head_can_be_kept_elsewhere() -> None:
    head = run("verify_audit", "--head")
    assert head["sequence"] == 6
    assert head["hash"] == AuditEntry.objects.get(sequence=6).hash


def test_an_operation_without_an_outcome_is_named_and_reconciled(default_connection: str) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        append_start(
            Doing(actor=ALICE, action=Action.APP_DISABLE, connection="default", target="shop")
        )
    (left_open,) = run("verify_audit")["open_operations"]
    assert (left_open["action"], left_open["target"]) == ("app.disable", "shop")
    (done,) = run("reconcile_audit")["reconciled"]
    assert done["outcome"] == "failed"
    assert run("verify_audit")["open_operations"] == []
    assert run("reconcile_audit")["reconciled"] == []


def test_rotated_keys_leave_nothing_that_needs_the_former_one(settings: Settings) -> None:
    former, newest = (Fernet.generate_key().decode() for _ in range(2))
    settings.VAULT_KEYS = [former]
    kept = keep_secret("s3cret", VaultPurpose.VERSION)
    person = Person.objects.create(username="alice")
    adapter = SecondFactorAdapter()
    factor = Authenticator.objects.create(
        user=person,
        type=Authenticator.Type.TOTP,
        data={"secret": adapter.encrypt("TOTPSECRET")},
    )
    settings.VAULT_KEYS = [newest, former]
    assert run("rotate_vault_keys") == {"rotated": 1, "second_factors": 1}
    settings.VAULT_KEYS = [newest]
    kept.refresh_from_db()
    factor.refresh_from_db()
    assert open_secret(kept) == "s3cret"
    assert adapter.decrypt(factor.data["secret"]) == "TOTPSECRET"


class TestArchive:
    def test_a_range_moves_to_a_file_that_verifies_and_the_log_goes_on(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "audit-1.jsonl"
        archived = run("archive_audit", "--to", "4", "--file", str(path))
        assert (archived["first"], archived["last"]) == (1, 4)
        assert run("verify_audit", "--archive", str(path))["entries"] == 4
        assert list(AuditEntry.objects.values_list("sequence", flat=True)) == [5, 6, 7]
        assert AuditEntry.objects.get(sequence=7).action == "audit.archive"
        record_event(ADMINISTRATOR, Action.SESSION_SIGN_IN)
        found = verify_entries()
        assert found.is_intact
        assert (found.first, found.last) == (5, 8)

    def test_a_second_archive_goes_on_where_the_first_ended(self, tmp_path: Path) -> None:
        run("archive_audit", "--to", "2", "--file", str(tmp_path / "1"))
        archived = run("archive_audit", "--to", "5", "--file", str(tmp_path / "2"))
        assert (archived["first"], archived["last"]) == (3, 5)
        assert run("verify_audit", "--archive", str(tmp_path / "2"))["intact"]
        assert verify_entries().is_intact

    @pytest.mark.parametrize("line", range(6))
    def test_an_archive_that_was_changed_or_cut_does_not_verify(
        self, tmp_path: Path, line: int
    ) -> None:
        path = tmp_path / "archive"
        run("archive_audit", "--to", "4", "--file", str(path))
        lines = path.read_text().splitlines(keepends=True)
        end = len(lines[line]) - len('"}\n')
        last = lines[line][end - 1]  # of the hash, or of the seal, that every line ends with
        changed = f"{lines[line][: end - 1]}{'0' if last != '0' else '1'}{lines[line][end:]}"
        for text in ("".join([*lines[:line], changed, *lines[line + 1 :]]), "".join(lines[:line])):
            path.write_text(text)
            with pytest.raises(CommandError):
                call_command("verify_audit", "--archive", str(path), stdout=io.StringIO())

    def test_a_broken_range_is_not_archived(self, tmp_path: Path) -> None:
        tamper(2)
        with pytest.raises(CommandError, match="broken at entry 2"):
            run("archive_audit", "--to", "4", "--file", str(tmp_path / "archive"))
        assert AuditEntry.objects.count() == 6
        assert not (tmp_path / "archive").exists()

    def test_a_range_with_an_open_operation_is_not_archived(self, tmp_path: Path) -> None:
        append_start(Doing(actor=ALICE, action=Action.APP_DISABLE, target="shop"))
        with pytest.raises(CommandError, match="without an outcome"):
            run("archive_audit", "--to", "7", "--file", str(tmp_path / "archive"))

    def test_a_file_is_never_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "archive").write_text("precious")
        with pytest.raises(CommandError, match="exists already"):
            run("archive_audit", "--to", "4", "--file", str(tmp_path / "archive"))
        assert (tmp_path / "archive").read_text() == "precious"


def test_an_export_is_a_file_and_an_entry(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    run("export_audit", "--file", str(file), "--since", "2026-11-20T04:00", "--reason", "OPS-4")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["target"] for line in lines] == ["hour 4", "hour 5", "every connection, jsonl"]
    assert file.stat().st_mode & 0o777 == 0o600
    entries = AuditEntry.objects.filter(action="audit.export").order_by("sequence")
    assert [(entry.outcome, entry.reason) for entry in entries] == [
        ("started", "OPS-4"),
        ("succeeded", "OPS-4"),
    ]


def test_an_export_of_one_connection_obeys_its_rules(
    tmp_path: Path, default_connection: str, reasons_required: None
) -> None:
    file = tmp_path / "audit.csv"
    asked = ("export_audit", "--connection", "default", "--as", "csv", "--file", str(file))
    with pytest.raises(CommandError, match="asks for a reason"):
        run(*asked)
    assert not file.exists()
    run(*asked, "--reason", "OPS-5")
    assert file.read_text().startswith("format,sequence,")


def test_an_export_overwrites_no_file(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text("precious")
    with pytest.raises(CommandError):
        run("export_audit", "--file", str(file))
    assert file.read_text() == "precious"


def test_after_a_leak_a_new_log_begins(tmp_path: Path, settings: Settings) -> None:
    """The steps of docs/decisions/audit-key.md."""
    for _ in range(3):
        record_event(ADMINISTRATOR, Action.SESSION_SIGN_IN)
    path, leaked = tmp_path / "audit-until-the-leak.jsonl", settings.AUDIT_KEY
    run("archive_audit", "--to", "3", "--file", str(path))
    settings.AUDIT_KEY = "a-new-audit-key-" * 3
    with pytest.raises(AuditKeyError):
        record_event(ADMINISTRATOR, Action.SESSION_SIGN_IN)

    steps = Path("docs/decisions/audit-key.md").read_text()
    with connection.cursor() as cursor:
        for statement in re.findall(r"DELETE FROM apps_admin_\w+", steps):
            cursor.execute(statement)
    record_event(ADMINISTRATOR, Action.SESSION_SIGN_IN)

    found = verify_entries()
    assert (found.is_intact, found.first, found.last) == (True, 1, 1)
    settings.AUDIT_KEY = leaked
    assert run("verify_audit", "--archive", str(path))["entries"] == 3
