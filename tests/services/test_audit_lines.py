"""One line per operation, as far as its reader may see, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import Actor, ActorKind, Grant
from apps_admin.domain.audit import Outcome
from apps_admin.domain.errors import NotFoundError
from apps_admin.services import audit_lines
from apps_admin.services.apps import cut_off_app, disable_app, enable_app
from apps_admin.services.audit import Doing, Ending, append_entry, append_start, record_event
from apps_admin.services.audit_lines import (
    AuditFilter,
    AuditLine,
    disabled_since,
    list_operations,
    show_operation,
)
from apps_admin.services.workspace import Workspace
from tests.cast import ADMINISTRATOR, ALICE, BOB, CHARLIE

pytestmark = pytest.mark.django_db


def do(target: str, outcome: Outcome | None = Outcome.SUCCEEDED, **more: str) -> str:
    doing = Doing(
        actor=ALICE, action=Action.APP_UPDATE, connection=more.pop("connection", "production")
    )
    doing = replace(doing, target=target, **more)  # type: ignore[arg-type]
    append_start(doing)
    if outcome is not None:
        append_entry(doing, Ending(outcome=outcome))
    return doing.operation_id


def targets(wanted: AuditFilter, actor: Actor = ADMINISTRATOR) -> list[str]:
    return [line.target for line in list_operations(actor, wanted).lines]


def test_two_entries_are_one_line() -> None:
    with time_machine.travel(datetime(2026, 11, 20, 10, tzinfo=UTC), tick=False) as clock:
        doing = Doing(actor=ALICE, action=Action.APP_DISABLE, connection="production", target="a")
        append_start(doing)
        clock.shift(timedelta(seconds=2))
        append_entry(doing, Ending(outcome=Outcome.SUCCEEDED, after={"Enabled": {"BOOL": False}}))
    (line,) = list_operations(ADMINISTRATOR).lines
    assert line.outcome is Outcome.SUCCEEDED
    assert line.ended_at is not None
    assert line.ended_at - line.started_at == timedelta(seconds=2)
    assert line.sequences == (1, 2)
    assert line.changed == ("Enabled",)
    assert not line.is_open


def test_an_operation_under_way_is_a_line_too() -> None:
    do("open", outcome=None)
    (line,) = list_operations(ADMINISTRATOR).lines
    assert line.is_open
    assert line.ended_at is None


def test_pages_follow_one_another_without_gap_or_repetition() -> None:
    for number in range(7):
        do(f"app-{number}", outcome=None if number % 3 == 0 else Outcome.SUCCEEDED)
    seen: list[AuditLine] = []
    before: int | None = None
    while True:
        page = list_operations(ADMINISTRATOR, before=before, limit=2)
        seen += page.lines
        before = page.next_before
        if before is None:
            break
    assert [line.target for line in seen] == [f"app-{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize(
    "wanted", [AuditFilter(text="ticket"), AuditFilter(actor_name="Alice"), AuditFilter(app_id="a")]
)
def test_a_search_finds_all_of_it_step_by_step_or_at_once(
    monkeypatch: pytest.MonkeyPatch, seconds: int, wanted: AuditFilter
) -> None:
    monkeypatch.setattr(audit_lines, "SEARCHED_AT_ONCE", 3)
    monkeypatch.setattr(audit_lines, "SEARCH_SECONDS", seconds)
    expected = [do("a", reason="ticket 1"), do("a", reason="ticket 2"), do("a", reason="ticket 3")]
    record_event(BOB, Action.SESSION_SIGN_IN, target="bob")
    found: list[str] = []
    pages, before = 0, None
    while pages == 0 or before is not None:
        page = list_operations(ADMINISTRATOR, wanted, before=before, limit=2)
        found += [line.operation_id for line in page.lines]
        before, pages = page.next_before, pages + 1
    assert found == expected[::-1]
    assert (pages == 2) is bool(seconds)


def test_who_is_on_several_connections_sees_them_in_one_order() -> None:
    for number, slug in enumerate(["production", "staging", "hidden"] * 3):
        do(f"app-{number}", connection=slug)
    record_event(CHARLIE, Action.SESSION_SIGN_IN, target="charlie")
    viewer = Grant(role=Role.VIEWER)
    actor = replace(CHARLIE, grants={"production": viewer, "staging": viewer})
    seen: list[str] = []
    before: int | None = None
    while before is not None or not seen:
        page = list_operations(actor, before=before, limit=2)
        seen += [line.target for line in page.lines]
        before = page.next_before
    assert seen == ["charlie", "app-7", "app-6", "app-4", "app-3", "app-1", "app-0"]


def test_a_page_takes_two_queries_however_long_it_is() -> None:
    for number in range(10):
        do(f"app-{number}")
    with CaptureQueriesContext(connection) as queries:
        list_operations(ADMINISTRATOR, AuditFilter(connection="production"), limit=10)
    assert len(queries) == 2


def test_filters_narrow_the_list() -> None:
    parent = do("all of them")
    do("shop", reason="ticket 42")
    do("chat", Outcome.FAILED, connection="staging", parent_id=parent)
    do("pending", None)
    assert targets(AuditFilter(connection="staging")) == ["chat"]
    assert targets(AuditFilter(app_id="shop")) == ["shop"]
    assert targets(AuditFilter(outcome="failed")) == ["chat"]
    assert targets(AuditFilter(outcome="started")) == ["pending"]
    assert targets(AuditFilter(parent_id=parent)) == ["chat"]
    assert targets(AuditFilter(text="TICKET")) == ["shop"]
    assert targets(AuditFilter(actor_id="2")) == []
    assert len(targets(AuditFilter(actor_kind="person", actor_id="1"))) == 4
    assert targets(AuditFilter(action="app.delete")) == []


def test_a_time_range_narrows_the_list() -> None:
    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    for hour in range(4):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            do(f"hour-{hour}")
    wanted = AuditFilter(since=start + timedelta(hours=1), until=start + timedelta(hours=2))
    assert targets(wanted) == ["hour-2", "hour-1"]


def test_text_with_wildcards_is_taken_literally() -> None:
    do("a_b")
    do("axb")
    assert targets(AuditFilter(text="a_b")) == ["a_b"]
    assert targets(AuditFilter(text="%")) == []


def test_everybody_sees_what_they_may() -> None:
    do("shop")
    do("secret project", connection="staging")
    record_event(ADMINISTRATOR, Action.PERSON_CREATE, target="bob")
    record_event(BOB, Action.SESSION_SIGN_IN, target="bob")
    on_production = Actor(
        kind=ActorKind.PERSON,
        id="9",
        name="Dora",
        grants={"production": Grant(role=Role.VIEWER)},
    )
    assert targets(AuditFilter(), on_production) == ["shop"]
    assert targets(AuditFilter(), CHARLIE) == []
    assert targets(AuditFilter(), BOB) == ["bob", "secret project", "shop"]
    assert len(targets(AuditFilter(), ADMINISTRATOR)) == 4


def test_an_operation_of_a_connection_one_may_not_see_is_not_found() -> None:
    operation_id = do("shop")
    assert show_operation(ADMINISTRATOR, operation_id).target == "shop"
    with pytest.raises(NotFoundError):
        show_operation(CHARLIE, operation_id)


def test_it_knows_since_when_an_app_is_disabled(workspace: Workspace) -> None:
    assert disabled_since("production", "shop") is None
    with time_machine.travel(datetime(2026, 11, 20, 10, tzinfo=UTC), tick=False):
        disable_app(workspace, "shop")
    assert disabled_since("production", "shop") == datetime(2026, 11, 20, 10, tzinfo=UTC)
    disable_app(workspace, "shop")  # changes nothing, so the time stays
    assert disabled_since("production", "shop") == datetime(2026, 11, 20, 10, tzinfo=UTC)
    enable_app(workspace, "shop")
    assert disabled_since("production", "shop") is None
    cut_off_app(workspace, "shop")
    assert disabled_since("production", "shop") is not None
    assert disabled_since("staging", "shop") is None
