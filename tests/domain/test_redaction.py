"""The audit log keeps what changed and never a secret."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.item import AttributeValue, canonical_json
from apps_admin.domain.redaction import (
    MAXIMUM_KEPT,
    exact_attribute,
    is_exact,
    normalized,
    redacted_attribute,
    redacted_attributes,
)


def fingerprint(secret: bytes) -> str:
    return f"fp:{hashlib.sha256(secret).hexdigest()[:12]}"


def redacted(name: str, value: AttributeValue) -> dict[str, Any]:
    return redacted_attribute(name, value, fingerprint)


@pytest.mark.parametrize("name", ["AppSecret", "secret", "ApiToken", "db_password", "PrivateKey"])
def test_of_a_secret_only_a_fingerprint_is_kept(name: str) -> None:
    kept = redacted(name, {"S": "hunter2"})
    assert set(kept) == {"fingerprint"}
    assert not is_exact(kept)
    assert kept == redacted(name, {"S": "hunter2"})
    assert kept != redacted(name, {"S": "hunter3"})


def test_webhooks_stay_readable_without_what_is_secret_in_them() -> None:
    webhooks = [
        {
            "url": "https://user:hunter2@example.com/hook?token=hunter3",
            "event_types": ["channel_occupied"],
            "headers": {"X-Auth": "hunter4"},
        },
        {
            "lambda_function": "notify",
            "lambda": {"client_options": {"credentials": {"secretAccessKey": "hunter5"}}},
            "event_types": ["client_event"],
        },
    ]
    kept = redacted("Webhooks", {"S": json.dumps(webhooks)})
    assert "hunter" not in json.dumps(kept)
    first, second = json.loads(kept["S"])
    assert first["event_types"] == ["channel_occupied"]
    assert first["url"].startswith("https://example.com/hook fp:")
    assert set(first["headers"]) == {"X-Auth"}
    assert second["lambda_function"] == "notify"
    assert not is_exact(kept)


def test_webhooks_without_secrets_are_kept_exactly() -> None:
    value = {"S": '[ {"url": "https://example.com/hook", "event_types": ["cache_miss"]} ]'}
    assert redacted("Webhooks", value) == value


@pytest.mark.parametrize(
    "value",
    [
        {"S": '[{"headers": {"X": "hunter2"'},
        {"L": [{"M": {"headers": {"M": {"X": {"S": "hunter2"}}}}}]},
        {"B": b'[{"headers": {"X": "hunter2"}}]'},
        {"S": json.dumps(json.dumps([{"headers": {"X": "hunter2"}}]))},
    ],
)
def test_webhooks_that_cannot_be_read_are_kept_as_a_fingerprint(value: AttributeValue) -> None:
    kept = redacted("Webhooks", value)
    assert set(kept) == {"fingerprint", "bytes"}


def test_of_a_very_long_value_only_size_and_fingerprint_are_kept() -> None:
    kept = redacted("Notes", {"S": "x" * MAXIMUM_KEPT})
    assert kept["bytes"] > MAXIMUM_KEPT
    assert "S" not in kept


SCALARS = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=20)),
    st.builds(lambda blob: {"B": blob}, st.binary(max_size=20)),
    st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda number: {"N": str(number)}, st.integers()),
    st.builds(lambda blobs: {"BS": blobs}, st.lists(st.binary(max_size=5), min_size=1)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"L": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda parts: {"M": parts}, st.dictionaries(st.text(max_size=5), inner)),
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_that_is_kept_exactly_can_be_made_again(value: AttributeValue) -> None:
    kept = json.loads(canonical_json(redacted("Unknown", value)))
    assert is_exact(kept)
    assert canonical_json(exact_attribute(kept)) == canonical_json(value)


def test_numbers_that_dynamodb_takes_for_equal_are_equal() -> None:
    assert normalized({"N": "1.50"}) == normalized({"N": "1.5"})
    assert normalized({"N": "100"}) == normalized({"N": "1E+2"})
    long = "12345678901234567890123456789012345678"
    assert normalized({"N": long}) != normalized({"N": long[:-1] + "9"})
    assert normalized({"M": {"N": {"N": "1.0"}}}) == normalized({"M": {"N": {"N": "1"}}})
    assert normalized({"NS": ["1.0"]}) == normalized({"NS": ["1"]})


def test_every_attribute_is_kept_under_its_name() -> None:
    kept = redacted_attributes({"AppId": {"S": "shop"}, "AppSecret": {"S": "x"}}, fingerprint)
    assert kept["AppId"] == {"S": "shop"}
    assert list(kept) == ["AppId", "AppSecret"]
