from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.app_path import decode_app_id, encode_app_id


@given(st.text(min_size=1, max_size=500))
def test_every_id_survives_its_segment(app_id: str) -> None:
    segment = encode_app_id(app_id)
    assert decode_app_id(segment) == app_id
    assert segment.isascii()
    assert not set(segment) - set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-~"
    )


@pytest.mark.parametrize("app_id", ["shop", "a", "A-b_9", "x" * 64, "new", "-", "_"])
def test_plain_ids_appear_as_they_are(app_id: str) -> None:
    assert encode_app_id(app_id) == app_id


@pytest.mark.parametrize(
    ("app_id", "segment"),
    [("a/b", "~YS9i"), ("x" * 65, "~" + "eHh4" * 21 + "eHg"), ("é", "~w6k"), ("..", "~Li4")],
)
def test_other_ids_appear_encoded(app_id: str, segment: str) -> None:
    assert encode_app_id(app_id) == segment


@pytest.mark.parametrize(
    "segment",
    [
        "",
        "~",
        "~YS9i=",
        "~YQ",
        "~c2hvcA",
        "~w6k ",
        "a/b",
        "a.b",
        "x" * 65,
        "~_",
        "~gICA",
        "shop\n",
        "~YS9j" * 600,
        "~YS9iA",
    ],
)
def test_no_id_has_a_second_segment(segment: str) -> None:
    with pytest.raises(ValueError, match=r"segment|bytes"):
        decode_app_id(segment)


@pytest.mark.parametrize("app_id", ["", "é" * 1025])
def test_an_id_no_item_can_have_has_no_segment(app_id: str) -> None:
    with pytest.raises(ValueError, match="1 to 2048 bytes"):
        encode_app_id(app_id)


def test_the_longest_id_has_a_segment() -> None:
    longest = "/" * 2048
    assert decode_app_id(encode_app_id(longest)) == longest
