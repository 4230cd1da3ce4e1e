from __future__ import annotations

import hashlib
import json

from hypothesis import given

from apps_admin.domain.difference import (
    ChangeKind,
    audited_sides,
    describe_change,
    find_differences,
)
from apps_admin.domain.item import RawItem
from tests.domain.test_item import items

SECRET = "hunter2-hunter2"


def an_item(**attributes: dict[str, object]) -> RawItem:
    return RawItem(attributes={"AppId": {"S": "shop"}, **attributes})


def fingerprint(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()[:12]


def test_each_difference_names_its_field_and_both_sides() -> None:
    before = an_item(Enabled={"B": b"true"}, max_connections={"N": "5"}, Same={"S": "x"})
    after = an_item(Enabled={"BOOL": False}, MaxConnections={"N": "5"}, Same={"S": "x"})
    found = {each.attribute: each for each in find_differences(before, after)}
    assert set(found) == {"Enabled", "MaxConnections", "max_connections"}
    assert found["Enabled"].kind is ChangeKind.CHANGED
    assert (found["Enabled"].before, found["Enabled"].after) == ({"B": "dHJ1ZQ=="}, {"BOOL": False})
    assert found["MaxConnections"].kind is ChangeKind.ADDED
    assert found["max_connections"].kind is ChangeKind.REMOVED
    assert found["max_connections"].is_alias
    assert {each.field for each in found.values()} == {"enabled", "max_connections"}


def test_a_changed_secret_shows_as_changed_and_nothing_more() -> None:
    (difference,) = find_differences(
        an_item(AppSecret={"S": SECRET}), an_item(AppSecret={"S": SECRET + "!"})
    )
    assert difference.is_secret
    assert difference.before == difference.after
    assert SECRET not in repr(difference)


def test_a_changed_header_shows_as_changed_and_nothing_more() -> None:
    def hooks(value: str) -> RawItem:
        return an_item(Webhooks={"S": json.dumps([{"headers": {"X": value}}])})

    (difference,) = find_differences(hooks(SECRET), hooks("other-" + SECRET))
    assert difference.is_secret
    assert SECRET not in repr(difference)


def test_a_change_in_one_line() -> None:
    before = an_item(
        Enabled={"B": b"false"},
        EnableClientMessages={"BOOL": True},
        MaxConnections={"N": "5"},
        AppSecret={"S": SECRET},
        Name={"S": "x" * 50},
        Odd={"S": "5"},
    )
    after = an_item(
        Enabled={"BOOL": False},
        EnableClientMessages={"BOOL": False},
        AppSecret={"S": "other"},
        Name={"S": "Shop\nand more"},
        Odd={"N": "5"},
    )
    assert describe_change(before, after) == (
        "Update: AppSecret, EnableClientMessages true → false, Enabled, MaxConnections 5 → absent, Name, Odd"
    )
    assert (describe_change(None, after), describe_change(after, None)) == ("Create.", "Delete.")


def test_numbers_written_otherwise_are_no_difference() -> None:
    assert find_differences(an_item(N={"N": "1.50"}), an_item(N={"N": "1.5"})) == ()
    assert find_differences(an_item(T={"SS": ["a", "b"]}), an_item(T={"SS": ["b", "a"]})) == ()


def test_a_new_or_deleted_app_differs_in_everything() -> None:
    item = an_item(Enabled={"BOOL": True})
    assert {each.kind for each in find_differences(None, item)} == {ChangeKind.ADDED}
    assert {each.kind for each in find_differences(item, None)} == {ChangeKind.REMOVED}
    assert find_differences(None, None) == ()


def test_the_audit_keeps_only_what_changed_and_no_secret() -> None:
    before = an_item(AppSecret={"S": SECRET}, Enabled={"BOOL": True}, Notes={"S": "x"})
    after = an_item(AppSecret={"S": "new-" + SECRET}, Enabled={"BOOL": False}, Notes={"S": "x"})
    old, new = audited_sides(before, after, fingerprint)
    assert set(old) == set(new) == {"AppSecret", "Enabled"}
    assert (old["Enabled"], new["Enabled"]) == ({"BOOL": True}, {"BOOL": False})
    assert old["AppSecret"]["fingerprint"] != new["AppSecret"]["fingerprint"]
    assert SECRET not in json.dumps([old, new])


def test_the_audit_keeps_size_and_fingerprint_of_a_very_long_value() -> None:
    _, new = audited_sides(an_item(), an_item(Notes={"S": "x" * 100_000}), fingerprint)
    assert set(new["Notes"]) == {"size", "fingerprint"}


@given(items, items)
def test_differences_are_exactly_what_an_update_would_touch(
    before: RawItem, after: RawItem
) -> None:
    names = {each.attribute for each in find_differences(before, after)}
    assert names == set(before.changes_to(after).names)
    old, new = audited_sides(before, after, fingerprint)
    assert old.keys() | new.keys() == names
