"""What the console says soketi will do is what soketi's own classes do, on every item of the corpus."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import pytest

from apps_admin.domain.fields import FLAGS, Flag
from apps_admin.domain.limits import LIMITS
from apps_admin.domain.soketi_view import (
    RECORD_SOURCE,
    SecretState,
    SoketiView,
    Verdict,
    soketi_view,
)
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.domain.webhooks import explain, parse_webhooks
from tests.soketi.classes import judge_items
from tests.soketi.corpus import Case, build_corpus

pytestmark = [pytest.mark.soketi, pytest.mark.usefixtures("soketi_installed")]

JUDGED_FLAGS = {
    Flag.ENABLED: "enabled",
    Flag.CLIENT_MESSAGES: "enableClientMessages",
    Flag.USER_AUTHENTICATION: "enableUserAuthentication",
}
EVENT_FIELDS = {
    EventType.CLIENT_EVENT: "hasClientEventWebhooks",
    EventType.CHANNEL_OCCUPIED: "hasChannelOccupiedWebhooks",
    EventType.CHANNEL_VACATED: "hasChannelVacatedWebhooks",
    EventType.MEMBER_ADDED: "hasMemberAddedWebhooks",
    EventType.MEMBER_REMOVED: "hasMemberRemovedWebhooks",
    EventType.CACHE_MISS: "hasCacheMissedWebhooks",
}


Judged: TypeAlias = tuple[tuple[Case, SoketiView, dict[str, Any]], ...]
Compare: TypeAlias = Callable[[SoketiView, dict[str, Any]], tuple[object, object]]


@pytest.fixture(scope="module")
def judged(soketi_installed: None) -> Judged:
    """Every case of the corpus with what we say of it and what the real classes do."""
    cases = build_corpus()
    verdicts = judge_items([case.item for case in cases])
    views = [soketi_view(case.item) for case in cases]
    return tuple(zip(cases, views, verdicts, strict=True))


def disagreements(judged: Judged, compare: Compare, *, only_found: bool = True) -> list[str]:
    """The cases where what we say (first) is not what soketi does (second)."""
    wrong = []
    for case, view, verdict in judged:
        if only_found and not verdict["byId"]["found"]:
            continue
        said, done = compare(view, verdict)
        if said != done:
            wrong.append(f"{case.name}\n    we say {said}\n    soketi {done}")
    return wrong


def check(wrong: list[str]) -> None:
    assert not wrong, f"{len(wrong)} disagreements, the first:\n" + "\n".join(wrong[:12])


def test_the_corpus_has_a_thousand_items_and_every_verdict(
    judged: Judged,
) -> None:
    views = [view for _, view, _ in judged]
    verdicts = [webhook.verdict for view in views for webhook in view.webhooks]
    assert len(judged) >= 1000
    assert sum(not view.found for view in views) >= 100
    assert sum(not view.enabled.value for view in views) >= 30
    assert all(verdicts.count(verdict) >= 50 for verdict in Verdict)


def test_found_by_id_and_by_key(judged: Judged) -> None:
    def found(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        return (
            (view.http.found, view.websocket.found),
            (verdict["byId"]["found"], verdict["byKey"]["found"]),
        )

    check(disagreements(judged, found, only_found=False))


def test_every_app_that_is_not_found_has_a_reason(
    judged: Judged,
) -> None:
    views = [view for _, view, _ in judged]
    assert all(bool(view.reason) != view.found for view in views)


def test_both_ways_to_find_an_app_see_the_same(
    judged: Judged,
) -> None:
    assert [
        case.name
        for case, _, verdict in judged
        if verdict["byKey"]["found"] and not verdict["byKey"]["agrees"]
    ] == []


@pytest.mark.parametrize("flag", list(Flag))
def test_flags_and_where_they_come_from(judged: Judged, flag: Flag) -> None:
    def of(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        said, done = view.flag(flag), verdict["byId"]["flags"][JUDGED_FLAGS[flag]]
        return (said.value, said.source), (done["value"], done["source"])

    assert FLAGS[flag].names
    check(disagreements(judged, of))


@pytest.mark.parametrize("limit", list(LIMITS))
def test_limits_and_where_they_come_from(judged: Judged, limit: Any) -> None:
    def of(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        said, done = view.limits[limit], verdict["byId"]["limits"][limit.value]
        value = float(said.value) if isinstance(said.value, Decimal) else said.value
        source = LIMITS[limit].attribute if said.source == RECORD_SOURCE else said.source
        return (value, source), (number(done["value"]), done["source"])

    check(disagreements(judged, of))


def number(value: Any) -> Any:
    """A limit of the judge: JSON cannot say Infinity, and a limit that is never reached is none."""
    if isinstance(value, dict):
        return {"Infinity": "unlimited", "NaN": math.nan}[value["$"]]
    return float(value) if isinstance(value, int | float) else value


def test_ids_keys_and_secrets(judged: Judged) -> None:
    def of(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        fields = verdict["byId"]["fields"]
        said: list[object] = [plain(view.id), plain(view.key), plain(view.secret)]
        said.append(view.secret_state is SecretState.CRASHES)
        done = [fields["id"], fields["key"], fields["secret"], bool(verdict["byId"]["signs"])]
        return said, [simplify(one) for one in done]

    check(disagreements(judged, of))


def plain(value: Any) -> object:
    if isinstance(value, bytes):
        return "bytes"
    return value if isinstance(value, str | bool | float) else "object"


def simplify(value: Any) -> object:
    if isinstance(value, dict):
        return "bytes" if value["$"] == "bytes" else "object"
    return value


def test_webhook_verdicts(judged: Judged) -> None:
    def of(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        return [one.verdict for one in view.webhooks], [
            done_with(one) for one in verdict["byId"]["webhooks"]
        ]

    check(disagreements(judged, of))


def done_with(webhook: dict[str, Any]) -> Verdict:
    if webhook["lethal"]:
        return Verdict.LETHAL
    delivery = webhook["delivery"]
    if delivery is None:
        return Verdict.IGNORED
    return Verdict.KEPT if delivery.get("named", True) else Verdict.IGNORED


def test_which_event_types_are_emitted(judged: Judged) -> None:
    def of(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        fields = verdict["byId"]["fields"]
        said = {event for webhook in view.webhooks for event in webhook.events}
        return said, {event for event, name in EVENT_FIELDS.items() if fields[name]}

    check(disagreements(judged, of))


def test_a_webhook_that_hides_the_app_is_why_it_is_not_found(
    judged: Judged,
) -> None:
    def of(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        error = verdict["byId"]["error"]
        hidden = any(one.hides_app for one in view.webhooks)
        if "convert object to primitive" in error:  # soketi reads the limits before the webhooks
            return None, None
        return hidden, "event_types" in error or "includes" in error

    check(disagreements(judged, of, only_found=False))


def test_the_filter_tester_fires_when_soketi_does(
    judged: Judged,
) -> None:
    """Each webhook alone, for each event on two channels."""

    def of(view: SoketiView, verdict: dict[str, Any]) -> tuple[object, object]:
        done = verdict["byId"]["webhooks"]
        kept = [index for index, one in enumerate(done) if done_with(one) is Verdict.KEPT]
        said = [
            [pair for pair in done[index]["tried"] if explain(hooks[index], *event_of(pair)).fires]
            for index in kept
        ]
        return said, [done[index]["fires"] for index in kept]

    compared = 0
    wrong: list[str] = []
    for case, view, verdict in judged:
        text = case.item.attributes.get("Webhooks", {}).get("S", "")
        hooks = parse_webhooks(text) or []
        if hooks:
            compared += 1
            wrong += disagreements(((case, view, verdict),), of)
    check(wrong)
    assert compared >= 300


def event_of(pair: str) -> tuple[EventType, str]:
    name, channel = pair.split(" ", 1)
    return EventType(name), channel
