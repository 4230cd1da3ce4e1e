"""Webhooks edited by a form: what the form does not know, and what was not changed, stays byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.webhook_fields import (
    Target,
    WebhookFields,
    fields_of,
    find_filled,
    unknown_events,
    unknown_keys,
    with_fields,
)
from apps_admin.domain.webhook_list import (
    read_list,
    with_duplicate,
    with_moved,
    with_new_webhook,
    without_webhook,
)

TEXT = """[
  {"url": "https://one.example.com/a", "event_types": ["cache_miss", "odd"],
   "x-note": {"keep": 1.50}, "headers": {"X-Team": "shop", "X-Number": 5.0}},

  { "lambda_function" : "f",
    "lambda": {"async": true, "extra": "e", "region": "eu-west-1"},
    "event_types": ["client_event"], "filter": {"channel_name_starts_with": "private-"} }
]"""


def fields_at(text: str, index: int = 0) -> WebhookFields:
    root = read_list(text)
    assert root is not None
    return fields_of(text, root.children[index])


def changed(text: str, index: int, **changes: object) -> str:
    filled = fields_at(text, index)
    return with_fields(text, index, filled, replace(filled, **changes))  # type: ignore[arg-type]


def test_the_form_shows_what_it_knows_and_names_the_rest() -> None:
    first, second = fields_at(TEXT), fields_at(TEXT, 1)
    assert (first.target, first.url) == (Target.URL, "https://one.example.com/a")
    assert first.headers == (("X-Team", "shop"), ("X-Number", "5.0"))
    assert unknown_events(first.events) == ("odd",)
    assert (second.target, second.function, second.is_async) == (Target.LAMBDA, "f", True)
    assert (second.region, second.starts_with) == ("eu-west-1", "private-")
    root = read_list(TEXT)
    assert root is not None
    assert unknown_keys(root.children[0]) == ("x-note",)
    assert unknown_keys(root.children[1]) == ("lambda.extra",)


def test_a_form_that_was_not_changed_changes_nothing() -> None:
    for index in (0, 1):
        assert changed(TEXT, index) == TEXT


def test_one_changed_field_changes_its_value_alone() -> None:
    assert changed(TEXT, 0, url="https://two.example.com") == TEXT.replace(
        "https://one.example.com/a", "https://two.example.com"
    )
    assert changed(TEXT, 0, headers=(("X-Team", "chat"), ("X-Number", "5.0"))) == TEXT.replace(
        '"shop"', '"chat"'
    )
    assert changed(TEXT, 1, region="us-east-2") == TEXT.replace("eu-west-1", "us-east-2")


def test_events_keep_their_order_and_the_unknown_ones() -> None:
    text = changed(TEXT, 0, events=("client_event", "odd", "cache_miss"))
    assert json.loads(text)[0]["event_types"] == ["cache_miss", "odd", "client_event"]
    assert json.loads(changed(TEXT, 0, events=("client_event",)))[0]["event_types"] == [
        "client_event"
    ]


def test_headers_are_added_and_removed_and_numbers_stay_numbers() -> None:
    text = changed(TEXT, 0, headers=(("X-Number", "5.0"), ("X-New", "ü")))
    assert '"X-Number": 5.0' in text
    assert json.loads(text)[0]["headers"] == {"X-Number": 5.0, "X-New": "ü"}
    assert "headers" not in json.loads(changed(TEXT, 0, headers=()))[0]


def test_a_filter_comes_and_goes_with_its_texts() -> None:
    text = changed(TEXT, 0, starts_with="presence-", ends_with="-eu")
    assert json.loads(text)[0]["filter"] == {
        "channel_name_starts_with": "presence-",
        "channel_name_ends_with": "-eu",
    }
    assert "filter" not in json.loads(changed(TEXT, 1, starts_with=""))[1]


def test_a_url_becomes_a_function_with_the_object_soketi_needs() -> None:
    hook = json.loads(changed(TEXT, 0, target=Target.LAMBDA, function="g"))[0]
    assert "url" not in hook
    assert (hook["lambda_function"], hook["lambda"]) == ("g", {})
    assert hook["x-note"] == {"keep": 1.5}


def test_a_function_becomes_a_url() -> None:
    hook = json.loads(changed(TEXT, 1, target=Target.URL, url="https://example.com"))[1]
    assert hook["url"] == "https://example.com"
    assert "lambda_function" not in hook


def test_client_options_have_to_be_an_object() -> None:
    text = changed(TEXT, 1, client_options='{"maxRetries": 1}')
    assert json.loads(text)[1]["lambda"]["client_options"] == {"maxRetries": 1}
    for wrong in ("[]", "{", "5"):
        with pytest.raises(ValidationError):
            changed(TEXT, 1, client_options=wrong)


@pytest.mark.parametrize(
    "webhook",
    [
        '{"event_types": "client_event"}',
        '{"url": 5, "event_types": [1]}',
        '{"headers": ["a"], "filter": [], "lambda": 5}',
        '{"headers": {"A": "1", "A": "2"}}',
        "null",
        '"text"',
    ],
)
def test_what_only_json_can_say_is_left_alone(webhook: str) -> None:
    text = f"[{webhook}]"
    filled = fields_at(text)
    assert None in (filled.url, filled.events, filled.headers, filled.region)
    assert with_fields(text, 0, filled, filled) == text


def test_a_form_finds_its_webhook_after_it_was_moved_in_the_json() -> None:
    filled = fields_at(TEXT, 1)
    assert find_filled(with_moved(TEXT, 1, 0), 1, filled) == 0
    assert find_filled(TEXT, 1, filled) == 1
    assert find_filled("[", 1, filled) == 1


def test_the_list_is_changed_and_each_webhook_stays_as_it_was_typed() -> None:
    first, second = (TEXT[node.start : node.end] for node in read_list(TEXT).children)  # type: ignore[union-attr]
    moved = with_moved(TEXT, 0, 1)
    assert moved.index(second) < moved.index(first)
    assert with_moved(moved, 0, 1) == TEXT
    assert with_moved(TEXT, 1, 2) == TEXT
    assert without_webhook(TEXT, 1).count("event_types") == 1
    assert first in without_webhook(TEXT, 1)
    assert with_duplicate(TEXT, 0).count(first) == 2
    assert without_webhook(with_duplicate(TEXT, 0), 1) == TEXT


def test_a_list_grows_from_nothing() -> None:
    text = with_new_webhook(with_new_webhook(""))
    assert [each["url"] for each in json.loads(text)] == ["https://", "https://"]
    assert without_webhook(without_webhook(text, 0), 0).split() == ["[]"]


@pytest.mark.parametrize("text", ["{", "{}", "[" * 10_000, "NaN", "\ufeff[]"])
def test_text_that_is_no_list_is_refused_by_the_form(text: str) -> None:
    with pytest.raises(ValidationError):
        with_new_webhook(text)


def test_a_webhook_that_is_gone_is_said() -> None:
    for act in (without_webhook, with_duplicate):
        with pytest.raises(ValidationError):
            act("[]", 0)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"target": "x"}', "[[[", '{"target": "url"}'])
def test_what_a_form_was_filled_with_may_be_forged(text: str) -> None:
    assert WebhookFields.from_json(text) is None or text == '{"target": "url"}'


def test_what_a_form_was_filled_with_comes_back() -> None:
    for index in (0, 1):
        filled = fields_at(TEXT, index)
        assert WebhookFields.from_json(filled.to_json()) == filled


HOOKS = st.lists(
    st.dictionaries(
        st.sampled_from(["url", "event_types", "headers", "filter", "lambda_function", "note"]),
        st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=3) | st.none(),
        max_size=5,
    ),
    min_size=2,
    max_size=5,
)


@given(HOOKS, st.sampled_from([None, 1, 3]), st.integers(0, 1))
def test_moving_duplicating_and_removing_are_what_they_are_on_lists(
    hooks: list[dict[str, object]], indent: int | None, index: int
) -> None:
    text = json.dumps(hooks, indent=indent, ensure_ascii=False)
    copied = [*hooks[: index + 1], *hooks[index:]]
    assert json.loads(with_duplicate(text, index)) == copied
    assert json.loads(without_webhook(text, index)) == hooks[:index] + hooks[index + 1 :]
    swapped = [hooks[1], hooks[0], *hooks[2:]]
    assert json.loads(with_moved(text, index, 1 - index)) == swapped
    assert json.loads(with_new_webhook(text))[:-1] == hooks


@given(HOOKS, st.text(max_size=8), st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4))))
def test_a_form_writes_what_was_typed_and_leaves_the_rest(
    hooks: list[dict[str, object]], url: str, rows: list[tuple[str, str]]
) -> None:
    text = json.dumps(hooks, indent=2)
    filled = fields_at(text)
    headers = tuple(dict(rows).items()) if filled.headers is not None else None
    typed = replace(filled, target=Target.URL, headers=headers)
    if filled.url is not None:
        typed = replace(typed, url=url)
    result = json.loads(with_fields(text, 0, filled, typed))
    assert result[1:] == hooks[1:]
    assert result[0].get("note") == hooks[0].get("note")
    if filled.headers is not None:
        assert (result[0].get("headers") or {}) == dict(headers or ())
