"""Icons, times and colors of the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.template.context import Context
from django.urls import reverse

from apps_admin.domain.connection import Connection
from apps_admin.templatetags.console import (
    ago,
    app_url,
    code,
    icon,
    level,
    level_icon,
    moment,
    tint,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=12), "12 s ago"),
        (timedelta(minutes=3, seconds=5), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(seconds=-3), "just now"),
    ],
)
def test_a_time_is_told_in_its_largest_unit(age: timedelta, text: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ago(NOW - age) == text


def test_a_time_has_its_exact_self_in_reach() -> None:
    shown = moment(NOW)
    assert 'datetime="2026-11-20T12:00:00+00:00"' in shown
    assert 'title="2026-11-20 12:00:00 UTC"' in shown


def test_no_time_is_never() -> None:
    assert "never" in moment(None)


def test_an_icon_without_a_label_is_skipped_by_screen_readers() -> None:
    assert 'aria-hidden="true"' in icon("check")
    assert 'aria-label="Done &lt;b&gt;"' in icon("check", "Done <b>")


def test_every_word_for_a_level_has_its_icon() -> None:
    assert (level("error"), level("success"), level("note")) == ("danger", "ok", "info")
    assert level_icon("something else") == level_icon("neutral")


def test_a_color_nobody_knows_is_gray() -> None:
    assert tint("red") == "tint-red"
    assert tint('red" onload="x') == "tint-gray"


@pytest.mark.parametrize("app_id", ["shop", "0" * 64, "a/b", "käse & co", "apps"])
@pytest.mark.parametrize("url_name", ["app-record", "app-edit", "delivery-list"])
def test_the_address_of_an_apps_page_is_the_one_django_gives(app_id: str, url_name: str) -> None:
    context = Context({"connection": Connection(slug="0" * 64), "app_id": app_id})
    assert app_url(context, url_name) == reverse(url_name, args=["0" * 64, app_id])


def test_code_is_shown_as_text() -> None:
    shown = code("<b>&</b>", 'a "label"', caption="<i>")
    assert "<code>&lt;b&gt;&amp;&lt;/b&gt;</code>" in shown
    assert 'aria-label="a &quot;label&quot;"' in shown
    assert "<figcaption>&lt;i&gt;</figcaption>" in shown


def test_code_without_a_caption_has_none() -> None:
    assert "figcaption" not in code("text", "label")
