from __future__ import annotations

from typing import Any

import pytest

from apps_admin.domain.item import RawItem
from apps_admin.domain.item_size import item_size, value_size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "é€😀"}, 9),
        ({"N": "0"}, 1),
        ({"N": "27"}, 2),
        ({"N": "-27"}, 3),
        ({"N": "1E+100"}, 2),
        ({"N": "1" * 38}, 20),
        ({"B": b"abcd"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"BS": [b"a", b"bc"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}]}, 6),
        ({"M": {"key": {"S": "ab"}}}, 9),
    ],
)
def test_each_type_is_counted_by_dynamodbs_rules(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size


def test_names_count_too() -> None:
    assert item_size(RawItem(attributes={"AppId": {"S": "shop"}, "é": {"BOOL": True}})) == 12
