from __future__ import annotations

import json

import pytest

from apps_admin.services.sample_apps import sample_items


@pytest.mark.parametrize("number", [0, 1, 5, 13, 14, 40])
def test_there_are_as_many_as_asked_for_with_ids_of_their_own(number: int) -> None:
    assert len({item.app_id for item in sample_items(number)}) == number


def test_the_dozen_shows_the_range() -> None:
    items = {item.app_id: item.attributes for item in sample_items(12)}
    assert items["from-the-docs"]["EnableUserAuthentication"] == {"B": b"false"}
    assert items["chat-copy"]["AppKey"] == items["chat"]["AppKey"]
    assert "event_types" not in json.loads(items["billing"]["Webhooks"]["S"])[0]
    assert items["crm"]["LicenseNumber"] == {"N": "12345678901234567890123456789012345678"}


def test_keys_and_secrets_are_new_each_time() -> None:
    def credentials() -> set[str]:
        return {
            item.attributes[name]["S"]
            for item in sample_items(12)
            for name in ("AppKey", "AppSecret")
        }

    assert not credentials() & credentials()
