from __future__ import annotations

from decimal import Decimal

import pytest

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.limits import LIMITS, Limit, check_limit, number_attribute_text, parse_limit

UNLIMITED = {
    Limit.MAX_CONNECTIONS,
    Limit.MAX_BACKEND_EVENTS_PER_SECOND,
    Limit.MAX_CLIENT_EVENTS_PER_SECOND,
    Limit.MAX_READ_REQUESTS_PER_SECOND,
}
DECIMALS = {Limit.MAX_PRESENCE_MEMBER_SIZE_IN_KB, Limit.MAX_EVENT_PAYLOAD_IN_KB}


def test_there_are_eleven_limits_with_their_attributes_and_aliases() -> None:
    assert len(LIMITS) == 11
    assert LIMITS[Limit.MAX_READ_REQUESTS_PER_SECOND].names == (
        "maxReadRequestsPerSecond",
        "MaxReadRequestsPerSecond",
        "max_read_req_per_sec",
    )
    assert LIMITS[Limit.MAX_PRESENCE_MEMBER_SIZE_IN_KB].aliases == (
        "maxPresenceMemberSizeInKb",
        "max_presence_member_size_in_kb",
    )


def test_server_defaults_are_soketis() -> None:
    assert {limit.value: rule.server_default for limit, rule in LIMITS.items()} == {
        "max_connections": None,
        "max_backend_events_per_second": None,
        "max_client_events_per_second": None,
        "max_read_requests_per_second": None,
        "max_presence_members_per_channel": 100,
        "max_presence_member_size_in_kb": 2,
        "max_channel_name_length": 200,
        "max_event_channels_at_once": 100,
        "max_event_name_length": 200,
        "max_event_payload_in_kb": 100,
        "max_event_batch_size": 10,
    }


@pytest.mark.parametrize("limit", Limit)
def test_unlimited_can_be_stored_only_where_soketi_knows_it(limit: Limit) -> None:
    assert (check_limit(limit, Decimal(-1)) == []) == (limit in UNLIMITED)
    assert (check_limit(limit, Decimal(0)) == []) == (limit in UNLIMITED)


@pytest.mark.parametrize("limit", Limit)
def test_decimals_can_be_stored_only_where_soketi_keeps_them(limit: Limit) -> None:
    assert (check_limit(limit, Decimal("2.5")) == []) == (limit in DECIMALS)


@pytest.mark.parametrize("limit", Limit)
@pytest.mark.parametrize("text", ["-2", "9007199254740992", "1e21", "NaN", "Infinity", "-1.5"])
def test_no_limit_takes_these(limit: Limit, text: str) -> None:
    (message,) = check_limit(limit, Decimal(text))
    assert message.startswith(LIMITS[limit].label)


@pytest.mark.parametrize("limit", Limit)
@pytest.mark.parametrize("value", [None, Decimal(1), Decimal("100.00"), Decimal(9007199254740991)])
def test_every_limit_takes_these(limit: Limit, value: Decimal | None) -> None:
    assert check_limit(limit, value) == []


def test_a_blocking_value_says_what_soketi_would_do() -> None:
    (message,) = check_limit(Limit.MAX_CHANNEL_NAME_LENGTH, Decimal(0))
    assert "nobody can subscribe to any channel" in message
    assert "server's default" in message


def test_sizes_have_a_least_value_that_lets_something_through() -> None:
    assert check_limit(Limit.MAX_EVENT_PAYLOAD_IN_KB, Decimal("0.001")) == []
    assert check_limit(Limit.MAX_EVENT_PAYLOAD_IN_KB, Decimal("0.0001"))
    assert check_limit(Limit.MAX_EVENT_PAYLOAD_IN_KB, Decimal("1.0000001"))


@pytest.mark.parametrize(
    ("limit", "text", "value"),
    [
        (Limit.MAX_CONNECTIONS, " ", None),
        (Limit.MAX_CONNECTIONS, "Unlimited", Decimal(-1)),
        (Limit.MAX_CONNECTIONS, " 100 ", Decimal(100)),
        (Limit.MAX_EVENT_PAYLOAD_IN_KB, "0.5", Decimal("0.5")),
    ],
)
def test_typed_text_becomes_a_value(limit: Limit, text: str, value: Decimal | None) -> None:
    assert parse_limit(limit, text) == value


@pytest.mark.parametrize(
    "text", ["many", "1,000", "0x10", "\uff11\uff12", "unlimited", "9" * 50, "sNaN"]
)
def test_typed_text_that_is_no_number_is_refused_under_the_limits_name(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_limit(Limit.MAX_EVENT_BATCH_SIZE, text)
    assert list(caught.value.errors) == ["max_event_batch_size"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("1e2", "100"), ("2.50", "2.5"), ("-1", "-1"), ("-0", "0"), ("0.001", "0.001"), ("5.0", "5")],
)
def test_numbers_are_written_as_dynamodb_gives_them_back(value: str, text: str) -> None:
    assert number_attribute_text(Decimal(value)) == text
