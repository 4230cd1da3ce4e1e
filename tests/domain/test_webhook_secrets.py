"""Webhooks are edited with their secrets hidden, and saved with them where they were."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.masking import MASK
from apps_admin.domain.webhook_secrets import editable_webhooks, restore_webhooks
from apps_admin.domain.webhooks import format_webhooks

STORED = json.dumps(
    [
        {
            "url": "https://user:pass@one.example.com/?token=first",
            "event_types": ["cache_miss"],
            "headers": {"Authorization": "Bearer one", "X-Team": "shop"},
        },
        {
            "lambda_function": "f",
            "lambda": {"client_options": {"credentials": {"secretAccessKey": "two"}}},
            "event_types": ["cache_miss"],
        },
    ]
)


def test_the_form_shows_no_secret() -> None:
    shown = editable_webhooks(STORED)
    for secret in ("pass", "first", "Bearer one", "two"):
        assert secret not in shown
    assert "one.example.com" in shown


def test_an_unchanged_form_is_the_stored_text() -> None:
    assert restore_webhooks(editable_webhooks(STORED), STORED) == format_webhooks(STORED)


def test_a_change_elsewhere_keeps_the_secrets() -> None:
    typed = editable_webhooks(STORED).replace('"cache_miss"', '"member_added"', 1)
    restored = json.loads(restore_webhooks(typed, STORED))
    assert restored[0]["headers"]["Authorization"] == "Bearer one"
    assert restored[0]["event_types"] == ["member_added"]


def test_webhooks_that_were_moved_keep_theirs() -> None:
    moved = json.dumps(json.loads(editable_webhooks(STORED))[::-1], ensure_ascii=False)
    restored = json.loads(restore_webhooks(moved, STORED))
    assert restored == json.loads(STORED)[::-1]


def test_moved_webhooks_with_equal_headers_do_not_swap_their_secrets() -> None:
    stored = json.dumps(
        [
            {"url": f"https://{name}.example.com", "event_types": [], "headers": {"Key": name}}
            for name in ("one", "two", "three")
        ]
    )
    moved = json.dumps(json.loads(editable_webhooks(stored))[::-1], ensure_ascii=False)
    assert json.loads(restore_webhooks(moved, stored)) == json.loads(stored)[::-1]


def test_a_copy_of_a_webhook_has_its_secrets_too() -> None:
    shown = json.loads(editable_webhooks(STORED))
    restored = json.loads(restore_webhooks(json.dumps([shown[0], *shown]), STORED))
    assert restored == [json.loads(STORED)[0], *json.loads(STORED)]


def test_a_hidden_value_is_never_sent_to_another_host() -> None:
    typed = editable_webhooks(STORED).replace("one.example.com", "evil.example.net")
    with pytest.raises(ValidationError) as refused:
        restore_webhooks(typed, STORED)
    assert "Authorization" in refused.value.message


def test_a_new_value_replaces_the_hidden_one() -> None:
    shown = json.loads(editable_webhooks(STORED))
    shown[0]["headers"]["Authorization"] = "Bearer new"
    restored = json.loads(restore_webhooks(json.dumps(shown), STORED))
    assert restored[0]["headers"] == {"Authorization": "Bearer new", "X-Team": "shop"}


def test_dots_where_nothing_is_stored_are_refused_by_line_and_column() -> None:
    typed = f'[\n  {{"url": "https://example.com", "headers": {{"X-New": "{MASK}"}}}}\n]'
    with pytest.raises(ValidationError) as refused:
        restore_webhooks(typed, STORED)
    assert refused.value.errors["webhooks"][0].startswith("Webhooks, line 2, column ")
    assert "X-New" in refused.value.message


def test_dots_that_could_stand_for_two_values_are_refused() -> None:
    stored = '[{"headers": {"A": "1"}}, {"headers": {"A": "2"}}]'
    with pytest.raises(ValidationError):
        restore_webhooks(f'[{{}}, {{}}, {{"headers": {{"A": "{MASK}"}}}}]', stored)


def test_what_is_not_json_is_left_to_the_lint() -> None:
    assert restore_webhooks(f"[{MASK}", STORED) == f"[{MASK}"


def test_equal_names_in_one_object_keep_their_own_values() -> None:
    stored = '[{"headers": {"A": "1", "A": "2"}}]'
    assert restore_webhooks(editable_webhooks(stored), stored) == format_webhooks(stored)


LEAVES = st.text(max_size=12) | st.integers() | st.booleans() | st.none()
HOOKS = st.lists(
    st.dictionaries(
        st.sampled_from(["url", "headers", "event_types", "lambda", "token", "filter"]),
        LEAVES | st.dictionaries(st.text(max_size=6), LEAVES, max_size=3),
        max_size=4,
    ),
    max_size=4,
)


@given(HOOKS)
def test_showing_and_restoring_is_the_identity(hooks: list[object]) -> None:
    stored = json.dumps(hooks, ensure_ascii=False)
    if MASK not in stored:
        assert json.loads(restore_webhooks(editable_webhooks(stored), stored)) == hooks
