from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given

from apps_admin.domain.app import App
from apps_admin.domain.comparison import Standing, compare
from apps_admin.domain.fields import Flag
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import Limit
from tests.domain.test_item import items


def an_item(**attributes: dict[str, Any]) -> RawItem:
    return RawItem(attributes={"AppId": {"S": "shop"}, **attributes})


def standings(base: RawItem, mine: RawItem, stored: RawItem) -> dict[str, Standing]:
    return {each.name: each.standing for each in compare(base, mine, stored).fields}


def test_each_field_stands_by_who_changed_it() -> None:
    base = an_item(
        Enabled={"BOOL": True}, MaxConnections={"N": "1"}, AppSecret={"S": "old"}, Notes={"S": "a"}
    )
    mine = an_item(
        Enabled={"BOOL": False}, MaxConnections={"N": "2"}, AppSecret={"S": "new"}, Notes={"S": "a"}
    )
    stored = an_item(
        Enabled={"BOOL": True}, MaxConnections={"N": "3"}, AppSecret={"S": "new"}, Notes={"S": "b"}
    )
    assert standings(base, mine, stored) == {
        "enabled": Standing.MINE,
        "max_connections": Standing.CONFLICT,
        "secret": Standing.SAME,
        "Notes": Standing.THEIRS,
    }


def test_what_only_i_changed_is_merged_over_what_is_stored() -> None:
    base = an_item(MaxConnections={"N": "1"}, Enabled={"BOOL": True})
    mine = App(base).with_limit(Limit.MAX_CONNECTIONS, Decimal(5)).item
    stored = App(base).with_flag(Flag.ENABLED, False).item
    comparison = compare(base, mine, stored)
    assert not comparison.has_conflicts
    assert comparison.merged == an_item(MaxConnections={"N": "5"}, Enabled={"BOOL": False})


def test_an_alias_belongs_to_its_field() -> None:
    base = an_item(max_connections={"N": "1"})
    mine = App(base).with_limit(Limit.MAX_CONNECTIONS, Decimal(5)).item
    stored = an_item(max_connections={"N": "2"})
    comparison = compare(base, mine, stored)
    (conflict,) = comparison.conflicts
    assert conflict.name == "max_connections"
    assert dict(conflict.base) == {"max_connections": {"N": "1"}}
    assert dict(conflict.mine) == {"MaxConnections": {"N": "5"}}
    assert comparison.merged == stored


def test_only_the_fields_of_a_form_are_compared_where_it_names_them() -> None:
    base = an_item(Enabled={"BOOL": True})
    mine = an_item(Enabled={"BOOL": False})
    stored = an_item(Enabled={"BOOL": True}, MaxConnections={"N": "5"})
    comparison = compare(base, mine, stored, only={"enabled"})
    assert [each.name for each in comparison.fields] == ["enabled"]
    assert comparison.merged == an_item(Enabled={"BOOL": False}, MaxConnections={"N": "5"})


def test_no_secret_is_shown() -> None:
    comparison = compare(
        an_item(AppSecret={"S": "hunter1"}),
        an_item(AppSecret={"S": "hunter2"}),
        an_item(AppSecret={"S": "hunter3"}),
    )
    assert comparison.has_conflicts
    assert "hunter" not in repr(comparison)


@given(items, items)
def test_nobody_else_means_my_version_is_taken_whole(base: RawItem, mine: RawItem) -> None:
    comparison = compare(base, mine, base)
    assert not comparison.has_conflicts
    assert not comparison.merged.changes_to(mine)


@given(items, items, items)
def test_nothing_of_theirs_is_ever_lost(base: RawItem, mine: RawItem, stored: RawItem) -> None:
    """What differs from the stored version was changed by me and by nobody else."""
    merged = compare(base, mine, stored).merged
    for name in stored.changes_to(merged).names:
        assert merged.get(name) == mine.get(name)


@given(items, items)
def test_the_same_change_by_both_is_no_conflict(base: RawItem, mine: RawItem) -> None:
    comparison = compare(base, mine, mine)
    assert not comparison.has_conflicts
    assert comparison.merged == mine
