"""The rules that bind every write judge what it changes, and nothing else."""

from __future__ import annotations

import pytest

from apps_admin.domain.errors import AppNotDisabledError, ValidationError
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.rules import require_creatable, require_deletable, require_updatable

CHAT = RawItem(
    attributes={
        "AppId": {"S": "chat"},
        "AppKey": {"S": "chat-key"},
        "AppSecret": {"S": "a-secret"},
        "Enabled": {"BOOL": False},
    }
)
LETHAL = {"S": '[{"url": "https://example.com/hook"}]'}


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("AppId", {"S": "other"}, "id"),
        ("AppKey", {"S": "other"}, "key"),
        ("Webhooks", LETHAL, "webhooks"),
        (
            "Webhooks",
            {"S": '[{"lambda_function": "f", "event_types": ["cache_miss"]}]'},
            "webhooks",
        ),
        ("AppSecret", {"S": ""}, "secret"),
        ("AppSecret", {"N": "5"}, "secret"),
        ("MaxEventPayloadInKb", {"N": "0"}, "max_event_payload_in_kb"),
        ("max_channel_name_length", {"N": "-1"}, "max_channel_name_length"),
    ],
)
def test_a_change_that_harms_is_refused(name: str, value: AttributeValue, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        require_updatable(CHAT, CHAT.with_attribute(name, value))
    assert list(caught.value.errors) == [field]


@pytest.mark.parametrize("name", ["AppKey", "AppSecret"])
def test_key_and_secret_cannot_be_taken_away(name: str) -> None:
    with pytest.raises(ValidationError):
        require_updatable(CHAT, CHAT.without(name))


def test_a_missing_key_may_be_set() -> None:
    require_updatable(CHAT.without("AppKey"), CHAT)


def test_unlimited_and_a_blocking_rate_are_the_operators_choice() -> None:
    require_updatable(CHAT, CHAT.with_attribute("MaxConnections", {"N": "-1"}))
    require_updatable(CHAT, CHAT.with_attribute("MaxReadRequestsPerSecond", {"N": "0"}))


def test_an_old_fault_does_not_block_another_change() -> None:
    sick = CHAT.with_attribute("Webhooks", LETHAL).with_attribute("MaxEventBatchSize", {"N": "0"})
    require_updatable(sick, sick.with_attribute("Enabled", {"BOOL": True}))


def test_a_fault_may_be_taken_away() -> None:
    sick = CHAT.with_attribute("Webhooks", LETHAL)
    require_updatable(sick, CHAT)


@pytest.mark.parametrize("name", ["AppId", "AppKey", "AppSecret"])
def test_a_new_app_needs_id_key_and_secret(name: str) -> None:
    require_creatable(CHAT)
    with pytest.raises(ValidationError):
        require_creatable(CHAT.without(name))


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("AppId", {"S": "é" * 1025}, "id"),
        ("AppKey", {"S": "k" * 2049}, "key"),
        ("Note", {"S": "x" * 500_000}, "item"),
    ],
)
def test_what_dynamodb_would_refuse_is_not_promised(
    name: str, value: AttributeValue, field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        require_creatable(CHAT.with_attribute(name, value))
    assert list(caught.value.errors) == [field]


def test_an_app_does_not_grow_beyond_what_dynamodb_stores() -> None:
    large = CHAT.with_attribute("Note", {"S": "x" * 500_000})
    with pytest.raises(ValidationError, match="400 KB"):
        require_updatable(CHAT, large)
    require_updatable(large, large.with_attribute("Note", {"S": "x" * 450_000}))


def test_a_new_app_with_a_lethal_webhook_is_refused() -> None:
    with pytest.raises(ValidationError):
        require_creatable(CHAT.with_attribute("Webhooks", LETHAL))


@pytest.mark.parametrize("enabled", [{"BOOL": True}, {"B": b"false"}, {"S": "false"}, {"N": "1"}])
def test_an_app_that_soketi_takes_for_enabled_is_not_deleted(enabled: AttributeValue) -> None:
    with pytest.raises(AppNotDisabledError):
        require_deletable(CHAT.with_attribute("Enabled", enabled))


@pytest.mark.parametrize("disabled", [{"BOOL": False}, {"N": "0"}])
def test_an_app_that_soketi_takes_for_disabled_may_be_deleted(disabled: AttributeValue) -> None:
    require_deletable(CHAT.with_attribute("Enabled", disabled))
