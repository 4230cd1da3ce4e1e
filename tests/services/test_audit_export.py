"""Exports hold what their reader may see, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.errors import DeniedError, VaultKeyError
from apps_admin.jobs.worker import Worker
from apps_admin.models import AuditEntry
from apps_admin.services import audit_export
from apps_admin.services.audit import record_event
from apps_admin.services.audit_export import (
    ExportFormat,
    export_lines,
    filter_from_json,
    filter_to_json,
    start_export,
)
from apps_admin.services.audit_lines import AuditFilter
from apps_admin.services.workspace import Workspace
from tests.cast import ADMINISTRATOR, ALICE, CHARLIE
from tests.services.conftest import MakeWorkspace

pytestmark = pytest.mark.django_db

EVERYTHING = AuditFilter()


@pytest.fixture(autouse=True)
def _log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_export, "STEP", 2)
    for number in range(5):
        record_event(ALICE, Action.APP_EXPORT, connection="production", target=f"=cmd({number})")


def exported(
    export_format: ExportFormat,
    wanted: AuditFilter = EVERYTHING,
    *,
    actor: Actor = ADMINISTRATOR,
) -> str:
    return "".join(export_lines(actor, wanted, export_format))


def test_a_filter_survives_its_way_through_a_job() -> None:
    wanted = AuditFilter(
        connection="production", is_console=True, text="a", since=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert filter_from_json(json.loads(json.dumps(filter_to_json(wanted)))) == wanted


def test_json_lines_hold_every_entry_in_order() -> None:
    lines = [json.loads(line) for line in exported(ExportFormat.JSON_LINES).splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2, 3, 4, 5]
    assert lines[0]["actor_name"] == "Alice"
    assert lines[0]["hash"]


def test_no_cell_of_the_csv_is_a_formula() -> None:
    header, *rows = csv.reader(io.StringIO(exported(ExportFormat.CSV)))
    assert [row[header.index("target")] for row in rows] == [f"'=cmd({n})" for n in range(5)]


def test_an_export_holds_only_what_its_reader_may_see() -> None:
    assert exported(ExportFormat.JSON_LINES, actor=CHARLIE) == ""
    assert exported(ExportFormat.JSON_LINES, AuditFilter(connection="staging")) == ""


def test_without_a_vault_nothing_is_begun(workspace: Workspace, settings: Settings) -> None:
    settings.VAULT_KEYS = []
    with pytest.raises(VaultKeyError):
        start_export(workspace, AuditFilter(connection="production"), ExportFormat.CSV)
    assert not AuditEntry.objects.filter(action="audit.export").exists()


def test_an_operator_may_not_export(workspace: Workspace) -> None:
    with pytest.raises(DeniedError):
        start_export(workspace, AuditFilter(connection="production"), ExportFormat.CSV)
    assert AuditEntry.objects.get(action="audit.export").outcome == "denied"


def test_an_export_whose_asker_lost_the_role_fails_and_says_so(open_as: MakeWorkspace) -> None:
    job = start_export(open_as(ADMINISTRATOR), AuditFilter(), ExportFormat.CSV)
    Worker(threads=0).run_next()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "may not do it any more" in job.message
    last = AuditEntry.objects.order_by("-sequence")[0]
    assert (last.action, last.outcome) == ("audit.export", "failed")
