"""The doctor on one app and on whole tables: what it finds, what it costs, what its fixes leave alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from apps_admin.domain.actor import Actor
from apps_admin.domain.errors import (
    AppConflictError,
    CredentialsError,
    DeniedError,
    ReadOnlyConnectionError,
    ValidationError,
)
from apps_admin.domain.finding import FindingSeverity, FixMode, TableFacts
from apps_admin.domain.item import RawItem
from apps_admin.models import AuditEntry
from apps_admin.services import doctor
from apps_admin.services.doctor import Examination, examine_app, examine_table, fix_apps
from apps_admin.services.workspace import Workspace
from tests.cast import BOB
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import MakeWorkspace

pytestmark = pytest.mark.django_db(transaction=True)

AS_READ, AS_MEANT = FixMode.AS_READ, FixMode.AS_MEANT


def an_app(app_id: str, key: str | None = None, **changes: Any) -> RawItem:
    attributes: dict[str, Any] = {
        "AppId": {"S": app_id},
        "AppKey": {"S": key or f"{app_id}-key"},
        "AppSecret": {"S": "b0c1d2e3f4a5968778695a4b3c2d1e0f"},
        "Enabled": {"BOOL": True},
        **changes,
    }
    return RawItem(attributes={name: value for name, value in attributes.items() if value})


def codes_of(examination: Examination) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in examination.found.lines():
        found.setdefault(line["app"], []).append(line["code"])
    return found


@pytest.fixture(autouse=True)
def facts(monkeypatch: pytest.MonkeyPatch) -> list[TableFacts | None]:
    """What the table says about its index; a test puts another answer first."""
    answers: list[TableFacts | None] = [TableFacts()]
    monkeypatch.setattr(doctor, "table_facts", lambda _connection: answers[0])
    monkeypatch.setattr(doctor, "read_units_per_second", lambda *_, **__: None)
    return answers


@pytest.fixture
def store() -> InMemoryAppRepository:
    return InMemoryAppRepository(
        [
            an_app("healthy"),
            an_app("binary", Enabled={"B": b"false"}),
            an_app("text", Enabled={"S": "no"}, EnableClientMessages={"S": "false"}),
            an_app("twin-1", "shared"),
            an_app("twin-2", "shared"),
            an_app("borrower", "healthy"),
            an_app("lethal", Webhooks={"S": '[{"url":"https://example.com"}]'}),
        ]
    )


def test_one_pass_finds_what_is_wrong_in_and_between_records(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    with examine_table(workspace) as examination:
        assert examination.apps == 7
        found = codes_of(examination)
        assert found.pop("lethal") == ["webhook-hides-app"]
        assert found == {
            "binary": ["enabled-not-boolean"],
            "borrower": ["key-is-another-id"],
            "healthy": ["id-is-another-key"],
            "text": ["client-messages-not-boolean", "enabled-not-boolean"],
            "twin-1": ["key-duplicate"],
            "twin-2": ["key-duplicate"],
        }
        assert examination.found.apps_by_code()["key-duplicate"] == 2
        assert examination.found.findings_by_severity()[FindingSeverity.NOTE] == 0
    assert set(store.calls) == {"scan"}
    assert not AuditEntry.objects.exists(), "a look is not an operation"


def test_a_key_that_thousands_share_is_told_to_each_in_linear_time(
    open_as: MakeWorkspace,
) -> None:
    store = InMemoryAppRepository([an_app(f"app-{n:05d}", "everybody") for n in range(3000)])
    workspace = Workspace(
        connection=open_as().connection,
        actor=open_as().actor,
        open_store=lambda _connection: store,
    )
    began = time.monotonic()
    with examine_table(workspace) as examination:
        lines = list(examination.found.lines())
    assert len(lines) == 3000
    assert lines[-1]["message"].startswith("Also the key of app-00000, app-00001, app-00002 and ")
    assert time.monotonic() - began < 20


def test_a_missing_index_is_told_once_and_not_for_each_app(
    workspace: Workspace, facts: list[TableFacts | None]
) -> None:
    facts.insert(0, TableFacts(has_index=False))
    with examine_table(workspace) as examination:
        assert [each.code for each in examination.table_findings] == ["index-missing"]
        assert "index-missing" not in examination.found.apps_by_code()


def test_an_index_that_leaves_attributes_out_concerns_each_app(
    workspace: Workspace, facts: list[TableFacts | None]
) -> None:
    facts.insert(0, TableFacts(projects_all=False, projected=frozenset({"AppId", "AppKey"})))
    with examine_table(workspace) as examination:
        assert examination.found.apps_by_code()["index-not-all"] == 7


def test_one_app_is_compared_with_the_table_itself(workspace: Workspace) -> None:
    assert [each.code for each in examine_app(workspace, "twin-1")] == ["key-duplicate"]
    assert [each.code for each in examine_app(workspace, "borrower")] == ["key-is-another-id"]
    assert [each.code for each in examine_app(workspace, "healthy")] == ["id-is-another-key"]


def test_it_never_spends_more_read_units_than_asked_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def units(_connection: object, share: float, *, always: bool = False) -> float:
        asked.append(share)
        assert always
        return 20.0

    monkeypatch.setattr(doctor, "read_units_per_second", units)
    began = time.monotonic()
    with examine_table(workspace, read_capacity_percent=5) as examination:
        assert examination.read_units == 7
    assert asked == [0.05]
    assert time.monotonic() - began >= 7 / 20


def test_progress_is_told_and_may_stop_it(workspace: Workspace) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    def stop(apps: int) -> None:
        if apps:
            raise Stop

    with pytest.raises(Stop), examine_table(workspace, on_progress=stop):
        raise AssertionError("never gets here")


def test_a_table_that_cannot_be_read_is_said(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    store.fail_next(CredentialsError("AWS does not know these credentials."))
    with pytest.raises(CredentialsError), examine_table(workspace):
        raise AssertionError("never gets here")


def test_nothing_it_keeps_or_tells_holds_a_secret(workspace: Workspace) -> None:
    with examine_table(workspace) as examination:
        assert "b0c1d2e3" not in str(list(examination.found.lines()))


def test_fixing_as_read_changes_the_flag_and_nothing_else(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    before = store.get("binary")
    results = list(fix_apps(workspace, ["binary", "healthy"], {"enabled-not-boolean": AS_READ}))
    assert [(each.app_id, each.is_change) for each in results] == [
        ("binary", True),
        ("healthy", False),
    ]
    assert not results[0].stops_connections
    assert store.get("binary") == before.with_attribute("Enabled", {"BOOL": True})


def test_fixing_as_meant_says_which_apps_stop_taking_connections(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    results = list(
        fix_apps(workspace, ["binary", "text"], {"enabled-not-boolean": AS_MEANT}, dry_run=True)
    )
    assert [each.stops_connections for each in results] == [True, True]
    assert store.get("binary").get("Enabled") == {"B": b"false"}
    assert not AuditEntry.objects.exists()


def test_several_findings_of_an_app_are_mended_in_one_write(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    fixes = {"enabled-not-boolean": AS_READ, "client-messages-not-boolean": AS_MEANT}
    list(fix_apps(workspace, ["text"], fixes))
    assert store.calls.count("update") == 1
    assert store.get("text").get("Enabled") == {"BOOL": True}
    assert store.get("text").get("EnableClientMessages") == {"BOOL": False}


def test_every_fix_is_an_operation_under_one_parent(workspace: Workspace) -> None:
    list(fix_apps(workspace, ["binary", "text"], {"enabled-not-boolean": AS_READ}, reason="T-1"))
    parent = AuditEntry.objects.get(action="app.bulk", outcome="succeeded")
    children = AuditEntry.objects.filter(action="app.fix", outcome="succeeded")
    assert {entry.target for entry in children} == {"binary", "text"}
    assert {entry.parent_id for entry in children} == {parent.operation_id}
    assert {entry.reason for entry in children} == {"T-1"}


def test_an_app_that_changes_meanwhile_does_not_stop_the_others(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    def ids() -> Iterator[str]:
        store.fail_next(AppConflictError("The app changed since you opened it."))
        yield "binary"
        yield "gone"
        yield "text"

    results = list(fix_apps(workspace, ids(), {"enabled-not-boolean": AS_READ}))
    assert [bool(each.problem) for each in results] == [True, True, False]
    assert AuditEntry.objects.get(action="app.bulk", outcome="failed")


def test_stopping_leaves_the_rest_as_it_was(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    results = fix_apps(workspace, ["binary", "text"], {"enabled-not-boolean": AS_READ})
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert store.get("binary").get("Enabled") == {"BOOL": True}
    assert store.get("text").get("Enabled") == {"S": "no"}
    assert AuditEntry.objects.filter(action="app.bulk").count() == 2, "started and ended"


@pytest.mark.parametrize("dry_run", [True, False])
def test_who_may_only_look_cannot_fix(open_as: MakeWorkspace, dry_run: bool) -> None:
    with pytest.raises(DeniedError):
        list(_fix(open_as(BOB), dry_run=dry_run))


def test_a_read_only_connection_is_examined_and_never_fixed(open_as: MakeWorkspace) -> None:
    workspace = open_as(read_only=True)
    with examine_table(workspace) as examination:
        assert examination.apps == 7
    with pytest.raises(ReadOnlyConnectionError):
        list(_fix(workspace))


def test_a_reason_is_asked_for_where_the_connection_says_so(open_as: MakeWorkspace) -> None:
    with pytest.raises(ValidationError):
        list(_fix(open_as(reason_required=True)))


def test_charlie_sees_nothing(open_as: MakeWorkspace) -> None:
    nobody = Actor(kind=BOB.kind, id="9", name="Nobody")
    with pytest.raises(DeniedError), examine_table(open_as(nobody)):
        raise AssertionError("never gets here")


def _fix(workspace: Workspace, *, dry_run: bool = False) -> Iterator[Any]:
    return fix_apps(workspace, ["binary"], {"enabled-not-boolean": AS_READ}, dry_run=dry_run)
