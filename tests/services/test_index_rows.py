"""Rows of apps that differ in id, key and secret alone are made of one another, and are the same as made anew."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.services import index_rows
from apps_admin.services.index_rows import index_row, judged_row
from tests.soketi.corpus import build_corpus

PLAIN: dict[str, AttributeValue] = {
    "AppId": {"S": "shop-of-the-year"},
    "AppKey": {"S": "key-of-the-shop"},
    "AppSecret": {"S": "b0c1d2e3f4a5968778695a4b3c2d1e0f"},
}
TWIN: dict[str, AttributeValue] = {
    "AppId": {"S": "Another_1"},
    "AppKey": {"S": "another-key"},
    "AppSecret": {"S": "0f1e2d3c4b5a69788796a5f4e3d2c1b0"},
}
TEXTS = st.text(alphabet="abcAB09_- é./", max_size=40)


@pytest.fixture(autouse=True)
def _no_kinds() -> Iterator[None]:
    index_rows._kinds.clear()
    yield
    index_rows._kinds.clear()


def test_a_row_made_of_its_twin_is_the_one_made_anew() -> None:
    for case in build_corpus():
        rest = {n: v for n, v in case.item.attributes.items() if n not in PLAIN}
        index_row(RawItem(attributes={**rest, **PLAIN}))
        twin = RawItem(attributes={**rest, **TWIN})
        for item in (twin, case.item):
            row = index_row(item)
            assert row == judged_row(item, row.revision), case.name


@given(own=st.tuples(TEXTS, TEXTS, TEXTS))
def test_no_own_text_is_judged_by_another_one(own: tuple[str, str, str]) -> None:
    rest: dict[str, AttributeValue] = {"Enabled": {"BOOL": True}, "Team": {"S": "b"}}
    index_row(RawItem(attributes={**rest, **PLAIN}))
    item = RawItem(
        attributes={**rest, **dict(zip(PLAIN, ({"S": text} for text in own), strict=True))}
    )
    assert index_row(item) == judged_row(item, index_row(item).revision)


def test_alike_apps_are_judged_once() -> None:
    with mock.patch.object(index_rows, "judged_row", wraps=judged_row) as judged:
        for number in range(5):
            own: dict[str, AttributeValue] = {
                **TWIN,
                "AppId": {"S": f"app-{number}"},
                "Webhooks": {
                    "S": '[{"url": "https://example.com/", "event_types": ["cache_miss"]}]'
                },
            }
            assert index_row(RawItem(attributes=own)).app_id == f"app-{number}"
    assert judged.call_count == 1


def test_what_is_kept_of_a_kind_is_bounded_and_tells_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index_rows, "_KINDS_KEPT", 3)
    for number in range(10):
        index_row(RawItem(attributes={**PLAIN, "Team": {"S": f"the text {number}"}}))
    assert len(index_rows._kinds) <= 3
    assert "the text" not in repr(index_rows._kinds)
