from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.item import AttributeValue, RawItem, canonical_json, same_value

names = st.text(min_size=1, max_size=8)
numbers = st.integers().map(str) | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(
    str
)
scalars: st.SearchStrategy[AttributeValue] = st.one_of(
    st.fixed_dictionaries({"S": st.text(max_size=12)}),
    st.fixed_dictionaries({"N": numbers}),
    st.fixed_dictionaries({"B": st.binary(max_size=12)}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.just({"NULL": True}),
    st.fixed_dictionaries({"SS": st.lists(st.text(max_size=4), min_size=1, unique=True)}),
    st.fixed_dictionaries({"BS": st.lists(st.binary(max_size=4), min_size=1, unique=True)}),
    st.fixed_dictionaries({"NS": st.lists(st.integers().map(str), min_size=1, unique=True)}),
)
values: st.SearchStrategy[AttributeValue] = st.recursive(
    scalars,
    lambda part: (
        st.fixed_dictionaries({"L": st.lists(part, max_size=3)})
        | st.fixed_dictionaries({"M": st.dictionaries(names, part, max_size=3)})
    ),
    max_leaves=6,
)
items = st.dictionaries(names, values, max_size=6).map(lambda some: RawItem(attributes=some))


def shuffled(value: Any) -> Any:
    """The same value with maps and sets the other way round."""
    if isinstance(value, dict):
        turned = {}
        for kind, part in reversed(value.items()):
            is_set = kind in ("SS", "NS", "BS") and isinstance(part, list)
            turned[kind] = list(reversed(part)) if is_set else shuffled(part)
        return turned
    return [shuffled(part) for part in value] if isinstance(value, list) else value


@given(values)
def test_canonical_json_is_json_and_knows_no_order(value: dict[str, Any]) -> None:
    text = canonical_json(value)
    json.loads(text)
    assert canonical_json(shuffled(value)) == text
    assert same_value(value, shuffled(value))


@given(values, values)
def test_equal_canonical_json_means_the_same_value(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    if canonical_json(one) == canonical_json(other):
        assert same_value(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"S": "1"}, {"N": "1"}),
        ({"S": "YQ=="}, {"B": b"a"}),
        ({"SS": ["1"]}, {"NS": ["1"]}),
        ({"L": [{"N": "1"}, {"N": "2"}]}, {"L": [{"N": "2"}, {"N": "1"}]}),
        ({"BOOL": True}, {"N": "1"}),
        ({"N": "1"}, {"N": "1.0000000000000000000000000000000000001"}),
        ({"M": {"SS": {"S": "b"}}}, {"M": {"SS": {"S": "c"}}}),
    ],
)
def test_different_values_are_not_the_same(one: AttributeValue, other: AttributeValue) -> None:
    assert not same_value(one, other)
    assert canonical_json(one) != canonical_json(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"N": "1.50"}, {"N": "1.5"}),
        ({"N": "1E+2"}, {"N": "100"}),
        ({"N": "-0"}, {"N": "0"}),
        ({"NS": ["2", "1.0"]}, {"NS": ["1", "2"]}),
        ({"M": {"a": {"N": "10"}}}, {"M": {"a": {"N": "1e1"}}}),
    ],
)
def test_numbers_are_the_same_however_they_are_written(
    one: AttributeValue, other: AttributeValue
) -> None:
    assert same_value(one, other)
    assert RawItem(attributes={"a": one}).revision(b"k") == RawItem(
        attributes={"a": other}
    ).revision(b"k")


def test_canonical_json_keeps_every_digit() -> None:
    assert canonical_json({"N": "100"}) == b'{"N":"100"}'
    digits = "99999999999999999999999999999999999999"
    assert canonical_json({"N": digits}) == f'{{"N":"{digits}"}}'.encode()


@given(items, items)
def test_changes_lead_from_one_item_to_the_other(before: RawItem, after: RawItem) -> None:
    changes = before.changes_to(after)
    reached = before.without(*changes.remove)
    for name, value in changes.set.items():
        reached = reached.with_attribute(name, value)
    assert not reached.changes_to(after)
    assert set(changes.names) <= before.attributes.keys() | after.attributes.keys()


@given(items)
def test_an_item_does_not_differ_from_itself(item: RawItem) -> None:
    assert not item.changes_to(RawItem(attributes=shuffled(item.attributes)))


def test_an_item_shows_nothing_of_its_attributes_by_accident() -> None:
    item = RawItem(attributes={"AppSecret": {"S": "hunter2"}})
    assert "hunter2" not in repr(item)
    assert "hunter2" not in repr(RawItem(attributes={}).changes_to(item))
