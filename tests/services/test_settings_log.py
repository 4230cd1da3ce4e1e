"""What the environment changes about rights, retention and connections is in the audit log, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from apps_admin.domain.audit import Entry
from apps_admin.jobs.upkeep import CHORES
from apps_admin.models import AuditEntry
from apps_admin.services.settings_log import policy_settings, record_settings, recorded_settings

pytestmark = pytest.mark.django_db

FILE = """
[connections.production]
table = "apps"
region = "eu-west-1"
protected = true
"""


@pytest.fixture(autouse=True)
def declared(settings: Settings, tmp_path: Path) -> Path:
    settings.EMBEDDED_ENGINE = False
    settings.DYNAMODB_TABLE = settings.DYNAMODB_REGION = settings.DYNAMODB_ENDPOINT = None
    path = tmp_path / "connections.toml"
    path.write_text(FILE)
    settings.CONNECTIONS_FILE = str(path)
    return path


def entries() -> list[Entry]:
    rows = AuditEntry.objects.filter(action="settings.change").order_by("sequence")
    return [row.to_entry() for row in rows]


def test_the_first_entry_tells_all_and_nothing_is_told_twice() -> None:
    record_settings()
    record_settings()
    (entry,) = entries()
    assert entry.after == policy_settings() == recorded_settings()
    assert entry.after["production.protected"] == "True"
    assert entry.after["VERSION_DAYS"] == "30"


def test_a_change_tells_what_was_and_what_is(settings: Settings, declared: Path) -> None:
    record_settings()
    settings.VERSION_DAYS = 0
    declared.write_text(FILE.replace("protected = true", "reason_required = true"))
    record_settings()
    entry = entries()[-1]
    assert entry.before == {
        "VERSION_DAYS": "30",
        "production.protected": "True",
        "production.reason_required": "False",
    }
    assert entry.after == {
        "VERSION_DAYS": "0",
        "production.protected": "False",
        "production.reason_required": "True",
    }


def test_a_connection_that_is_declared_no_more_is_told_to_be_gone(declared: Path) -> None:
    record_settings()
    declared.write_text("")
    record_settings()
    entry = entries()[-1]
    assert entry.after == {}
    assert entry.before is not None
    assert entry.before["production.table"] == "apps"
    assert not any(name.startswith("production.") for name in recorded_settings())


def test_no_credential_is_in_it(declared: Path) -> None:
    declared.write_text(
        FILE
        + '[connections.production.credentials]\nmode = "static"\naccess_key_id = "AKIAEXAMPLE"\n'
        + 'secret_access_key = "hidden-secret"\n'
    )
    record_settings()
    told = str(entries()[-1])
    assert "production.sign_in" in told
    assert "hidden-secret" not in told
    assert "AKIAEXAMPLE" not in told


def test_the_worker_looks() -> None:
    assert record_settings in {chore.work for chore in CHORES}
