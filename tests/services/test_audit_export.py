"""Exports hold what their reader may see, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import json

import pytest

from apps_admin.domain.actions import Action
from apps_admin.services import audit_archive
from apps_admin.services.audit import record_event
from apps_admin.services.audit_archive import export_csv, export_json_lines
from apps_admin.services.audit_lines import AuditFilter
from tests.cast import ADMINISTRATOR, ALICE, CHARLIE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_archive, "STEP", 2)
    for number in range(5):
        record_event(ALICE, Action.APP_EXPORT, connection="production", target=f"=cmd({number})")


def test_json_lines_hold_every_entry_in_order() -> None:
    lines = [json.loads(line) for line in export_json_lines(ADMINISTRATOR, AuditFilter())]
    assert [line["sequence"] for line in lines] == [1, 2, 3, 4, 5]
    assert lines[0]["actor_name"] == "Alice"
    assert lines[0]["hash"]


def test_no_cell_of_the_csv_is_a_formula() -> None:
    header, *rows = csv.reader(export_csv(ADMINISTRATOR, AuditFilter()))
    assert [row[header.index("target")] for row in rows] == [f"'=cmd({n})" for n in range(5)]


def test_an_export_holds_only_what_its_reader_may_see() -> None:
    assert list(export_json_lines(CHARLIE, AuditFilter())) == []
    assert list(export_json_lines(ADMINISTRATOR, AuditFilter(connection="staging"))) == []
