from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from apps_admin.aws.expressions import (
    MAX_EXPRESSION_BYTES,
    delete_expressions,
    update_expressions,
)
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem
from tests.aws.test_codec import items as any_items

items = any_items.map(lambda item: item.with_attribute("AppId", {"S": "shop"}))

PLACEHOLDER = re.compile(r"[#:][0-9a-z]+")


def applied(item: RawItem, update: str, names: dict[str, str], values: dict[str, Any]) -> RawItem:
    """What DynamoDB would make of the item: a reading of UpdateExpression of our own."""
    removed = update.partition("REMOVE ")[2].split(",") if "REMOVE " in update else []
    sets = update.partition("REMOVE ")[0].removeprefix("SET ").strip()
    for clause in filter(None, sets.split(",")):
        name, _, value = clause.strip().partition("=")
        item = item.with_attribute(names[name], values[value])
    return item.without(*(names[name] for name in removed))


@given(items, items)
def test_the_update_turns_one_item_into_the_other(before: RawItem, after: RawItem) -> None:
    if not before.changes_to(after):
        return
    said = update_expressions(before, after)
    result = applied(before, said.update, said.names, said.values)
    assert not result.changes_to(after)


@given(items, items)
def test_every_placeholder_is_used_and_every_one_used_is_defined(
    before: RawItem, after: RawItem
) -> None:
    said = update_expressions(before, after)
    used = set(PLACEHOLDER.findall(said.condition + " " + said.update))
    assert used == {*said.names, *said.values}
    assert len(set(said.names.values())) == len(said.names)


@given(items, items)
def test_no_name_and_no_value_is_ever_in_the_text(before: RawItem, after: RawItem) -> None:
    for said in (update_expressions(before, after), delete_expressions(before)):
        text = PLACEHOLDER.sub("?", said.condition + " " + said.update)
        words = set(re.findall(r"[^\s,=()?]+", text))
        assert words <= {
            "attribute_exists",
            "attribute_not_exists",
            "AppId",
            "AND",
            "SET",
            "REMOVE",
        }


@given(items, items)
def test_the_condition_names_the_key_and_everything_that_changes(
    before: RawItem, after: RawItem
) -> None:
    said = update_expressions(before, after)
    guarded = {said.names[slot] for slot in re.findall(r"#[0-9a-z]+", said.condition)}
    assert guarded == {"AppKey", *before.changes_to(after).names}
    assert said.condition.startswith("attribute_exists(AppId)")


def test_empty_parameters_are_left_out_because_dynamodb_refuses_them() -> None:
    before = RawItem(attributes={"AppId": {"S": "a"}, "x": {"S": "1"}})
    keyless = delete_expressions(RawItem(attributes={"AppId": {"S": "a"}}))
    assert "UpdateExpression" not in keyless.as_request()
    assert "ExpressionAttributeValues" not in keyless.as_request()
    assert (
        "REMOVE" in update_expressions(before, before.without("x")).as_request()["UpdateExpression"]
    )


@pytest.mark.parametrize("count", [1, 100, 134])
def test_the_text_stays_within_4_kb_whatever_the_names_and_values(count: int) -> None:
    before = RawItem(attributes={"AppId": {"S": "a"}})
    after = RawItem(
        attributes={"AppId": {"S": "a"}}
        | {f"{'n' * 1000}{number}": {"S": "v" * 5000} for number in range(count)}
    )
    said = update_expressions(before, after)
    assert max(len(said.condition), len(said.update)) <= MAX_EXPRESSION_BYTES


def test_the_id_cannot_change() -> None:
    before = RawItem(attributes={"AppId": {"S": "a"}})
    with pytest.raises(ValidationError):
        update_expressions(before, RawItem(attributes={"AppId": {"S": "b"}}))


def test_more_than_one_write_can_say_is_refused_before_it_is_sent() -> None:
    before = RawItem(attributes={"AppId": {"S": "a"}})
    added = {f"n{number}": {"S": "v"} for number in range(151)}
    after = RawItem(attributes={"AppId": {"S": "a"}} | added)
    with pytest.raises(ValidationError, match="152 attributes"):
        update_expressions(before, after)
    with pytest.raises(ValidationError, match="151 attributes"):
        delete_expressions(after)
