from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.aws.codec import parse_item, render_item, to_request
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem, canonical_number, same_value

# At most 38 digits: DynamoDB stores no more.
numbers = st.decimals(min_value=-(10**27), max_value=10**27, places=10).map(str)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda v: {"S": v}, texts),
    st.builds(lambda v: {"N": v}, numbers),
    st.builds(lambda v: {"B": v}, st.binary(max_size=20)),
    st.builds(lambda v: {"BOOL": v}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda v: {"SS": v}, st.lists(texts, min_size=1, max_size=4, unique=True)),
    st.builds(lambda v: {"NS": v}, st.lists(numbers, min_size=1, max_size=4, unique=True)),
    st.builds(lambda v: {"BS": v}, st.lists(st.binary(max_size=9), min_size=1, unique=True)),
)
values: st.SearchStrategy[dict[str, Any]] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(lambda v: {"L": v}, st.lists(inner, max_size=4)),
        st.builds(lambda v: {"M": v}, st.dictionaries(texts, inner, max_size=4)),
    ),
    max_leaves=10,
)
items = st.dictionaries(texts, values, max_size=6).map(lambda a: RawItem(attributes=a))


@given(items)
def test_an_item_comes_back_from_text_exactly_as_it_was(item: RawItem) -> None:
    assert parse_item(render_item(item)).attributes == item.attributes
    assert parse_item(render_item(item, indent=2)).attributes == item.attributes


@given(items)
def test_what_is_sent_is_what_was_read(item: RawItem) -> None:
    assert to_request(item.attributes) == item.attributes


@given(st.integers(-(10**37), 10**37), st.integers(0, 30))
def test_one_number_in_two_spellings_is_the_same(number: int, zeros: int) -> None:
    spelled = f"{number}.{'0' * zeros}" if zeros else str(number)
    assert same_value({"N": spelled}, {"N": f"{number}E+0"})
    assert same_value({"N": spelled}, {"N": f"{number}0e-1"})
    assert not same_value({"N": spelled}, {"N": str(number + 1)})


def test_numbers_with_38_digits_are_told_apart() -> None:
    assert not same_value({"N": "1" * 38}, {"N": "1" * 37 + "2"})
    assert canonical_number("0.000") == canonical_number("-0") == "0"
    assert canonical_number("not a number") == "not a number"


def test_a_map_may_have_names_like_types() -> None:
    one = {"M": {"N": {"S": "1.50"}, "SS": {"L": [{"S": "b"}, {"S": "a"}]}}}
    assert not same_value(one, {"M": {"N": {"S": "1.5"}, "SS": one["M"]["SS"]}})
    assert not same_value(one, {"M": {"N": one["M"]["N"], "SS": {"L": [{"S": "a"}, {"S": "b"}]}}})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[]", "a JSON object"),
        ('{"a": "x"}', "a: must be one DynamoDB value"),
        ('{"a": {"S": "x", "N": "1"}}', "a: must be one DynamoDB value"),
        ('{"a": {"S": 1}}', "a: 'S' is not"),
        ('{"a": {"N": 1}}', "a: 'N' is not"),
        ('{"a": {"N": "NaN"}}', "a: 'N' is not"),
        ('{"a": {"N": "1 "}}', "a: 'N' is not"),
        ('{"a": {"BOOL": "true"}}', "a: 'BOOL' is not"),
        ('{"a": {"NULL": false}}', "a: 'NULL' is not"),
        ('{"a": {"B": "?"}}', "a: B must be base64"),
        ('{"a": {"SS": []}}', "a: SS must be"),
        ('{"a": {"SS": ["x", "x"]}}', "a: SS has the same element twice"),
        ('{"a": {"L": [{"S": "x"}, {"X": 1}]}}', r"a\[1\]: 'X' is not"),
        ('{"a": {"M": {"b": {"N": "x"}}}}', "a.b: 'N' is not"),
        ('{"a": {"S": "x"}, "a": {"S": "y"}}', "appears twice"),
        ("[" * 100_000, "nested deeper"),
        (json.dumps({"a": {"L": []}}).replace("[]", '[{"L": ' * 40 + "[]" + "}]" * 40), "deeper"),
    ],
)
def test_text_that_is_no_item_is_refused_at_its_place(text: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as fault:
        parse_item(text)
    assert list(fault.value.errors) == ["item"]
