"""The cache that all processes share."""

from __future__ import annotations

import base64
import pickle
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from apps_admin.models import CacheEntry
from apps_admin.models.cache import JsonDatabaseCache

pytestmark = pytest.mark.django_db


def test_a_pickle_in_the_table_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    monkeypatch.setattr(pickle, "loads", opened.append)
    cache.set("key", "value")
    hostile = base64.b64encode(pickle.dumps({"any": "thing"})).decode()
    CacheEntry.objects.update(value=hostile)

    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        cache.get("key")

    assert opened == []


def test_a_value_comes_back_until_it_expires() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        cache.set("key", [1.5, "two", None], timeout=60)
        assert cache.get("key") == [1.5, "two", None]
        clock.shift(timedelta(seconds=61))

        assert cache.get("key", "gone") == "gone"


def test_adding_keeps_the_first_value_until_it_expires() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert cache.add("key", "first", timeout=60)
        assert not cache.add("key", "second", timeout=60)
        assert cache.get("key") == "first"
        clock.shift(timedelta(seconds=61))

        assert cache.add("key", "second", timeout=60)


def test_touching_and_deleting_say_whether_there_was_something() -> None:
    cache.set("key", "value")

    assert cache.touch("key", 60)
    assert cache.delete("key")
    assert not cache.touch("key", 60)
    assert not cache.delete("key")


def test_a_value_without_an_expiry_stays() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        cache.set("key", "value", timeout=None)
        clock.shift(timedelta(days=3000))

        assert cache.get("key") == "value"


def test_what_expired_is_removed_on_the_way() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        store = JsonDatabaseCache("", {})
        store.set("old", "value", timeout=1)
        clock.shift(timedelta(seconds=2))
        for number in range(50):
            store.add(f"key-{number}", number)

        assert not CacheEntry.objects.filter(key__contains="old").exists()


def test_clearing_drops_everything() -> None:
    cache.set("key", "value")

    cache.clear()

    assert not CacheEntry.objects.exists()
