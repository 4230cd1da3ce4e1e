from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.webhook_samples import (
    payload_text,
    sample_channel,
    sample_event,
    sample_payload,
)
from apps_admin.domain.webhook_schema import webhooks_schema
from apps_admin.domain.webhook_verdicts import Verdict, judge_webhooks
from apps_admin.domain.webhooks import (
    EventType,
    Severity,
    compact_webhooks,
    explain,
    explain_all,
    format_webhooks,
    has_errors,
    lint_webhooks,
    parse_webhooks,
)

GOOD = {"url": "https://example.com/hook", "event_types": ["client_event"]}


def lint(*webhooks: Any) -> list[tuple[str, str]]:
    return [(p.severity.value, p.code) for p in lint_webhooks(json.dumps(webhooks))]


def test_good_webhooks_have_no_problems() -> None:
    full = {
        "url": "https://example.com/hook",
        "event_types": [event.value for event in EventType],
        "headers": {"Authorization": "Bearer x", "X-Number": 5},
        "filter": {"channel_name_starts_with": "private-", "channel_name_ends_with": ""},
    }
    function = {
        "lambda_function": "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "lambda": {"async": True, "region": "eu-west-1", "client_options": {"maxRetries": 1}},
        "event_types": ["cache_miss"],
    }
    assert lint(full, function, {**GOOD, "headers": None, "filter": None}) == []
    for text in ("", "  \n", "[]"):
        assert lint_webhooks(text) == ()


@pytest.mark.parametrize(
    ("webhook", "code"),
    [
        (None, "webhook-not-an-object"),
        ("text", "webhook-not-an-object"),
        ([], "webhook-not-an-object"),
        ({"url": "https://x.example"}, "event-types-missing"),
        ({**GOOD, "event_types": None}, "event-types-not-a-list"),
        ({**GOOD, "event_types": {"0": "client_event"}}, "event-types-not-a-list"),
        ({"lambda_function": "f", "event_types": ["cache_miss"]}, "lambda-missing"),
        ({"lambda_function": "f", "lambda": None, "event_types": []}, "lambda-missing"),
        ({"url": "", "lambda_function": "f", "event_types": ["cache_miss"]}, "lambda-missing"),
        (
            {"lambda_function": "f", "lambda": {"region": 5}, "event_types": ["cache_miss"]},
            "lambda-lethal",
        ),
        ({**GOOD, "filter": {"channel_name_ends_with": {"toString": 1}}}, "filter-lethal"),
    ],
)
def test_what_is_lethal_is_an_error(webhook: Any, code: str) -> None:
    assert ("error", code) in lint(GOOD, webhook)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"event_types": "client_event"}, "event-types-text"),
        ({"event_types": []}, "event-types-empty"),
        ({"event_types": ["cache_missed"]}, "event-type-unknown"),
        ({"event_types": ["client_event", 5]}, "event-type-unknown"),
        ({"event_types": ["client_event", "client_event"]}, "event-type-repeated"),
        ({"url": ""}, "no-target"),
        ({"url": "example.com/hook"}, "url-unusable"),
        ({"url": "ftp://example.com"}, "url-unusable"),
        ({"url": 5}, "url-unusable"),
        ({"url": "http://example.com"}, "url-plain-http"),
        ({"url": "https://me:hunter2@example.com"}, "url-secret"),
        ({"url": "https://example.com/?api_key=hunter2"}, "url-secret"),
        ({"lambda_function": "f"}, "two-targets"),
        ({"lambda": "text"}, "lambda-not-an-object"),
        ({"lambda": {"async": "yes"}}, "lambda-async-not-boolean"),
        ({"lambda": {"region": "Ireland"}}, "lambda-region-unknown"),
        ({"lambda": {"asynchronous": True}}, "lambda-key-unknown"),
        ({"lambda": {"client_options": {"secretAccessKey": "x"}}}, "client-options-secret"),
        ({"lambda": {"client_options": {"credentials": {}}}}, "client-options-secret"),
        ({"headers": []}, "headers-not-an-object"),
        ({"headers": {"x-PUSHER-key": "x"}}, "header-pusher"),
        ({"headers": {"Host": "x"}}, "header-transport"),
        ({"headers": {"Bad Name": "x"}}, "header-invalid"),
        ({"headers": {"X": "a\nb"}}, "header-invalid"),
        ({"headers": {"X": "日本"}}, "header-invalid"),
        ({"headers": {"X": None}}, "header-not-text"),
        ({"filter": "private-"}, "filter-not-an-object"),
        ({"filter": {"starts_with": "x"}}, "filter-key-unknown"),
        ({"filter": {"channel_name_starts_with": 5}}, "filter-not-text"),
        ({"event_type": ["client_event"]}, "webhook-key-unknown"),
    ],
)
def test_what_soketi_ignores_or_misreads_is_a_warning(change: dict[str, Any], code: str) -> None:
    found = lint({**GOOD, **change})
    assert ("warning", code) in found
    assert not [problem for problem in found if problem[0] == "error"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("[\n  {\n]", "not-json", 3, 1),
        ("[NaN]", "not-json", 1, 2),
        ("\ufeff[]", "not-json", 1, 1),
        ('["\\ud800"', "not-json", 1, 10),
        ('[\n "\ud800"]', "not-unicode", 2, 3),
        ("{}", "not-a-list", 1, 1),
        ("  5", "not-a-list", 1, 3),
        ("null", "not-a-list", 1, 1),
        (json.dumps("[]"), "not-a-list", 1, 1),
        ("[" * 65 + "]" * 65, "too-deep", 1, 65),
        ("[" * 10_000 + "]" * 10_000, "too-deep", 1, 65),
        ("[" * 300_000, "too-deep", 1, 65),
        ('[\n{"event_types": [],\r\n "url": null},\n null]', "webhook-not-an-object", 4, 2),
    ],
)
def test_an_error_stands_at_its_line_and_column(
    text: str, code: str, line: int, column: int
) -> None:
    (error,) = (p for p in lint_webhooks(text) if p.severity is Severity.ERROR)
    assert (error.code, error.line, error.column) == (code, line, column)
    assert error.message


def test_a_problem_names_its_webhook_and_path() -> None:
    problems = lint_webhooks(json.dumps([GOOD, {**GOOD, "filter": {"ends_with": "x"}}]))
    (problem,) = problems
    assert problem.index == 1
    assert problem.path == "$[1].filter"
    assert "channel_name_ends_with" in problem.message


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cache_missed", "cache_miss"),
        ("channelOccupied", "channel_occupied"),
        ("member-added", "member_added"),
        ("client_events", "client_event"),
    ],
)
def test_a_slip_gets_a_suggestion(written: str, meant: str) -> None:
    (problem,) = lint_webhooks(json.dumps([{**GOOD, "event_types": ["client_event", written]}]))
    assert problem.message.endswith(f"Did you mean {meant}?")


def test_repeated_names_are_warned_of_at_every_depth() -> None:
    text = (
        '[{"url": "https://x.example", "event_types": ["client_event"], "url": "https://y.example",'
        ' "headers": {"A": "1", "A": "2"}}]'
    )
    assert [p.code for p in lint_webhooks(text)] == ["duplicate-key", "duplicate-key"]


def test_the_last_of_repeated_names_is_judged() -> None:
    text = '[{"url": "https://x.example", "event_types": ["client_event"], "event_types": null}]'
    assert has_errors(lint_webhooks(text))


def test_a_lone_surrogate_in_an_escape_is_soketis_business() -> None:
    text = '[{"url": "https://x.example", "event_types": ["client_event"], "x": "\\ud800"}]'
    assert not has_errors(lint_webhooks(text))
    assert compact_webhooks(text).count("\\ud800") == 1


def test_many_problems_are_cut_and_errors_come_first() -> None:
    text = "[" + ",".join(['{"a": 1, "event_types": []}'] * 1000 + ["null"] * 1000) + "]"
    problems = lint_webhooks(text)
    assert sum(p.severity is Severity.ERROR for p in problems) >= 500
    assert len(problems) < 510
    assert [p.code for p in problems[-2:]] == ["more", "more"]
    assert "500 more errors" in problems[-2].message


HUGE: dict[str, Callable[[int], str]] = {
    "good": lambda n: json.dumps([GOOD] * n),
    "null": lambda n: json.dumps([None] * 10 * n),
    "unknown keys": lambda n: json.dumps([GOOD | {f"event_type{i}": 1 for i in range(5 * n)}]),
    "unknown events": lambda n: json.dumps(
        [{**GOOD, "event_types": [f"cache_missed{i}" for i in range(5 * n)]}]
    ),
    "headers": lambda n: json.dumps([GOOD | {"headers": {f"x-pusher-{i}": "x" for i in range(n)}}]),
    "one long text": lambda n: json.dumps([{**GOOD, "url": "https://x.example/" + "a" * 50 * n}]),
    "escapes": lambda n: json.dumps([{**GOOD, "note": "é" * 20 * n}]),
    "queries": lambda n: json.dumps([{**GOOD, "url": "https://x.example/?" + "a=1&" * 10 * n}]),
    "repeated names": lambda n: '[{"event_types": [], ' + '"a": 1,' * 10 * n + '"url": 5}]',
    "client options": lambda n: json.dumps(
        [GOOD | {"lambda": {"client_options": {f"token{i}": {} for i in range(2 * n)}}}]
    ),
    "not JSON": lambda n: "[" + '{"a":' * 60 + "1 " * 20 * n,
}


@pytest.mark.parametrize("shape", HUGE)
def test_linting_takes_linear_time(shape: str) -> None:
    """Eight times the text may take at most about eight times as long; quadratic would be 64 times."""
    make = HUGE[shape]
    small, large = make(125), make(1000)
    assert _cpu_seconds(large) < 30 * max(_cpu_seconds(small), 0.002)


def _cpu_seconds(text: str) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        lint_webhooks(text)
        format_webhooks(text)
        best = min(best, time.process_time() - started)
    return best


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5).map(float)
    | st.sampled_from(["", "x", "client_event", "https://x.example", "private-"]),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "url",
                    "event_types",
                    "lambda_function",
                    "lambda",
                    "filter",
                    "headers",
                    "region",
                    "async",
                    "client_options",
                    "channel_name_starts_with",
                    "toString",
                ]
            ),
            part,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(json_like, max_size=3))
def test_errors_are_exactly_what_is_lethal(webhooks: list[Any]) -> None:
    """The linter and soketi's view agree, but for webhooks that never fire and so harm nobody yet."""
    errors = {p.index for p in lint_webhooks(json.dumps(webhooks)) if p.severity is Severity.ERROR}
    verdicts = judge_webhooks(webhooks)
    lethal = {each.index for each in verdicts if each.verdict is Verdict.LETHAL}
    silent = {each.index for each in verdicts if not each.events}
    assert lethal <= errors
    assert errors - lethal <= silent


@given(st.lists(json_like, max_size=3))
def test_formatting_and_compacting_lose_nothing(webhooks: list[Any]) -> None:
    text = json.dumps(webhooks)
    assert parse_webhooks(format_webhooks(text)) == webhooks
    assert parse_webhooks(compact_webhooks(text)) == webhooks


def test_text_that_is_not_json_is_left_alone() -> None:
    assert format_webhooks("[{") == compact_webhooks("[{") == "[{"
    assert parse_webhooks("[{") is None
    assert parse_webhooks("{}") is None
    assert parse_webhooks(" ") == []
    assert parse_webhooks(json.dumps("[]")) == []


def test_a_webhook_fires_when_event_and_filter_agree() -> None:
    hook = {
        **GOOD,
        "event_types": ["member_added"],
        "filter": {"channel_name_starts_with": "presence-", "channel_name_ends_with": "-eu"},
    }

    def answer(event: EventType, channel: str) -> tuple[bool, str]:
        explained = explain(hook, event, channel)
        return explained.fires, explained.reason

    assert answer(EventType.MEMBER_ADDED, "presence-a-eu") == (
        True,
        "event_types lists member_added and the channel passes the filter.",
    )
    assert answer(EventType.MEMBER_ADDED, "presence-a") == (
        False,
        "The channel does not end with -eu.",
    )
    assert answer(EventType.MEMBER_ADDED, "a-eu") == (
        False,
        "The channel does not start with presence-.",
    )
    assert answer(EventType.MEMBER_REMOVED, "presence-a-eu") == (
        False,
        "event_types does not list member_removed.",
    )


def test_a_filter_soketi_ignores_lets_every_channel_through() -> None:
    for filters in ({"starts_with": "x"}, {"channel_name_starts_with": ""}, "x", None):
        assert explain({**GOOD, "filter": filters}, EventType.CLIENT_EVENT, "any").fires


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ({"event_types": ["client_event"]}, "neither url nor lambda_function"),
        ({**GOOD, "url": "ftp://x"}, "never"),
        ({"lambda_function": "f", "event_types": ["client_event"]}, "shuts down"),
        ({**GOOD, "filter": {"channel_name_ends_with": {"toString": 1}}}, "shuts the soketi"),
        ({"url": "https://x"}, "cannot read the app"),
        (None, "cannot read the app"),
    ],
)
def test_a_webhook_that_cannot_fire_says_why(webhook: Any, words: str) -> None:
    explained = explain(webhook, EventType.CLIENT_EVENT, "any")
    assert not explained.fires
    assert words.lower() in explained.reason.lower() or "nothing ever arrives" in explained.reason


def test_one_webhook_that_hides_the_app_silences_all() -> None:
    first, second = explain_all([GOOD, {}], EventType.CLIENT_EVENT, "any")
    assert not first.fires
    assert first.reason == "soketi cannot read the app because of webhook 2."
    assert not second.fires
    assert explain_all([GOOD], EventType.CLIENT_EVENT, "any")[0].fires


def test_sample_events_are_soketis() -> None:
    assert list(sample_event(EventType.CLIENT_EVENT, "private-x")) == [
        "name",
        "channel",
        "event",
        "data",
        "socket_id",
    ]
    assert "user_id" in sample_event(EventType.CLIENT_EVENT, "presence-x")
    assert list(sample_event(EventType.MEMBER_ADDED)) == ["name", "channel", "user_id"]
    assert sample_event(EventType.CACHE_MISS) == {"name": "cache_miss", "channel": "cache-orders"}
    text = payload_text(sample_payload(EventType.CHANNEL_OCCUPIED, "é", time_ms=5))
    assert text == '{"time_ms":5,"events":[{"name":"channel_occupied","channel":"é"}]}'


@given(
    st.sampled_from(EventType),
    st.sampled_from(["", "presence-", "x", "private-room"]),
    st.sampled_from(["", "-eu", "room", "x"]),
)
def test_a_sample_channel_passes_the_filter(event: EventType, start: str, end: str) -> None:
    hook = {
        "url": "https://x.example",
        "event_types": [event.value],
        "filter": {"channel_name_starts_with": start, "channel_name_ends_with": end},
    }
    assert explain(hook, event, sample_channel(hook, event)).fires


def is_valid(webhooks: Any) -> bool:
    with contextlib.suppress(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(webhooks_schema()).validate(webhooks)
        return True
    return False


def test_the_schema_is_a_schema_and_takes_good_webhooks() -> None:
    jsonschema.Draft202012Validator.check_schema(webhooks_schema())
    assert is_valid([])
    assert is_valid([GOOD | {"headers": {"X": "y"}, "filter": {"channel_name_ends_with": ""}}])
    assert is_valid([{"lambda_function": "f", "lambda": {}, "event_types": ["cache_miss"]}])


@pytest.mark.parametrize(
    "webhook",
    [
        None,
        {},
        {"url": "https://x"},
        {**GOOD, "event_types": "client_event"},
        {**GOOD, "event_types": ["cache_missed"]},
        {**GOOD, "headers": {"x-pusher-key": "x"}},
        {"lambda_function": "f", "event_types": ["cache_miss"]},
        {**GOOD, "filter": "x"},
    ],
)
def test_the_schema_refuses_faulty_webhooks(webhook: Any) -> None:
    assert not is_valid([webhook])


@given(st.lists(json_like, max_size=2))
def test_what_the_schema_takes_can_be_saved(webhooks: list[Any]) -> None:
    if is_valid(webhooks):
        judged = judge_webhooks(webhooks)
        assert not any(each.hides_app for each in judged)
