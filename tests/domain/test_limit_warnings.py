"""What a form says of limits before they are saved is what the doctor says afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from apps_admin.domain.app import App
from apps_admin.domain.item import RawItem
from apps_admin.domain.limit_warnings import limit_warnings
from apps_admin.domain.limits import Limit

NEW = App(RawItem(attributes={}))


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({Limit.MAX_CONNECTIONS: 0}, "max-connections-zero"),
        ({Limit.MAX_BACKEND_EVENTS_PER_SECOND: 0}, "rate-limit-zero"),
        ({Limit.MAX_READ_REQUESTS_PER_SECOND: 0}, "rate-limit-zero"),
        ({Limit.MAX_CLIENT_EVENTS_PER_SECOND: 5}, "client-event-limit-unused"),
        (
            {Limit.MAX_EVENT_BATCH_SIZE: 10, Limit.MAX_BACKEND_EVENTS_PER_SECOND: 9},
            "limit-beyond-rate",
        ),
    ],
)
def test_a_surprising_limit_warns_at_its_field(limits: dict[Limit, int], code: str) -> None:
    found = limit_warnings(
        NEW,
        {limit: Decimal(value) for limit, value in limits.items()},
        allows_client_messages=False,
    )
    first = next(iter(limits))
    assert {limit: [each.code for each in some] for limit, some in found.items()} == {first: [code]}


def test_ordinary_limits_do_not_warn() -> None:
    limits = {
        Limit.MAX_CONNECTIONS: Decimal(-1),
        Limit.MAX_CLIENT_EVENTS_PER_SECOND: Decimal(5),
        Limit.MAX_EVENT_BATCH_SIZE: None,
    }
    assert limit_warnings(NEW, limits, allows_client_messages=True) == {}


def test_what_cannot_be_stored_is_left_to_the_errors() -> None:
    limits = {Limit.MAX_EVENT_BATCH_SIZE: Decimal(0)}
    assert limit_warnings(NEW, limits, allows_client_messages=True) == {}


def test_client_messages_switched_off_warn_of_the_limit_that_is_stored() -> None:
    stored = App(
        RawItem(
            attributes={
                "EnableClientMessages": {"BOOL": True},
                "MaxClientEventsPerSecond": {"N": "5"},
            }
        )
    )
    assert limit_warnings(stored, {}, allows_client_messages=True) == {}
    found = limit_warnings(stored, {}, allows_client_messages=False)
    assert list(found) == [Limit.MAX_CLIENT_EVENTS_PER_SECOND]
