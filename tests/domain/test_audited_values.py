"""What the audit log keeps exactly can be made again; what holds a secret cannot."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.audited_values import exact_attribute, is_exact, normalized
from apps_admin.domain.difference import audited_sides
from apps_admin.domain.item import AttributeValue, RawItem, canonical_json


def fingerprint(secret: bytes) -> str:
    return f"fp:{hashlib.sha256(secret).hexdigest()[:12]}"


def kept(name: str, value: AttributeValue) -> dict[str, Any]:
    _, after = audited_sides(None, RawItem(attributes={name: value}), fingerprint)
    return dict(json.loads(canonical_json(after))[name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AppSecret", {"S": "hunter2"}),
        ("secret", {"B": b"hunter2"}),
        ("Webhooks", {"S": '[{"headers": {"X": "hunter2"}, "event_types": []}]'}),
        ("Webhooks", {"S": '[{"url": "https://me:hunter2@example.com", "event_types": []}]'}),
        ("Webhooks", {"L": [{"M": {"headers": {"M": {"X": {"S": "hunter2"}}}}}]}),
        ("ApiToken", {"S": "hunter2"}),
        ("Notes", {"S": "x" * 100_000}),
    ],
)
def test_what_holds_a_secret_or_is_very_long_is_not_kept_exactly(
    name: str, value: AttributeValue
) -> None:
    assert not is_exact(kept(name, value))
    assert "hunter2" not in json.dumps(kept(name, value))


SCALARS = st.one_of(
    st.builds(lambda blob: {"B": blob}, st.binary(max_size=20)),
    st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda number: {"N": str(number)}, st.integers()),
    st.builds(lambda text: {"S": text}, st.sampled_from(["", "text", "ünï", "\n"])),
    st.builds(lambda blobs: {"BS": blobs}, st.lists(st.binary(max_size=5), min_size=1)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"L": parts}, st.lists(inner, max_size=3)),
        st.builds(
            lambda parts: {"M": parts},
            st.dictionaries(st.sampled_from(["a", "N", "NS", "B"]), inner),
        ),
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_that_is_kept_exactly_can_be_made_again(value: AttributeValue) -> None:
    assert canonical_json(exact_attribute(kept("Unknown", value))) == canonical_json(value)


def test_numbers_that_dynamodb_takes_for_equal_are_equal() -> None:
    assert normalized({"N": "1.50"}) == normalized({"N": "1.5"})
    assert normalized({"N": "100"}) == normalized({"N": "1E+2"})
    long = "12345678901234567890123456789012345678"
    assert normalized({"N": long}) != normalized({"N": long[:-1] + "9"})
    assert normalized({"M": {"N": {"N": "1.0"}}}) == normalized({"M": {"N": {"N": "1"}}})
    assert normalized({"NS": ["1.0"]}) == normalized({"NS": ["1"]})
