"""Answers that get lost on the way: the stored item decides whether a write was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps_admin.aws.app_repository import DynamoAppRepository
from apps_admin.aws.session import CONNECT_TIMEOUT, READ_TIMEOUT, client_config, make_client
from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    ThrottledError,
    UnreachableError,
)
from apps_admin.domain.item import RawItem
from tests.aws.fault_server import (
    FaultServer,
    answers,
    answers_json,
    answers_page,
    dropped,
    forwarded,
    hanging,
    lost,
)
from tests.aws.tables import client_to, connection_to

SHOP = RawItem(attributes={"AppId": {"S": "shop"}, "AppKey": {"S": "key"}, "n": {"N": "1"}})
EDITED = SHOP.with_attribute("n", {"N": "2.50"})


@pytest.fixture
def stored(apps_table: str, dynamodb_endpoint: str) -> DynamoAppRepository:
    """The table itself, past the faults."""
    return DynamoAppRepository(client_to(dynamodb_endpoint), apps_table)


@pytest.fixture
def repository(apps_table: str, faulty_engine: FaultServer) -> Iterator[DynamoAppRepository]:
    client = make_client(
        connection_to(faulty_engine.url), client_config(connect_timeout=0.5, read_timeout=0.5)
    )
    yield DynamoAppRepository(client, apps_table)
    client.close()


def test_an_edit_whose_answer_is_lost_succeeds_on_the_sdks_retry(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    stored.create(SHOP)
    faulty_engine.plan = [lost]
    repository.update(SHOP, EDITED)
    assert not stored.get("shop").changes_to(EDITED)
    assert faulty_engine.operations[:2] == ["UpdateItem", "UpdateItem"]


def test_an_edit_whose_answers_are_all_lost_is_read_back(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    stored.create(SHOP)
    faulty_engine.plan = [lost, lost, lost]
    repository.update(SHOP, EDITED)
    assert faulty_engine.operations == ["UpdateItem"] * 3 + ["GetItem"]


def test_a_retry_that_meets_somebody_elses_change_is_a_conflict(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    theirs = SHOP.with_attribute("n", {"N": "3"})
    stored.create(SHOP)

    def lost_and_overtaken(exchange: Any) -> None:
        stored.update(SHOP, theirs)
        dropped(exchange)

    faulty_engine.plan = [lost_and_overtaken]
    with pytest.raises(AppConflictError) as conflict:
        repository.update(SHOP, EDITED)
    assert conflict.value.stored is not None
    assert not conflict.value.stored.changes_to(theirs)


def test_an_equal_change_of_somebody_else_is_a_conflict_when_nothing_was_retried(
    repository: DynamoAppRepository, stored: DynamoAppRepository
) -> None:
    stored.create(SHOP)
    stored.update(SHOP, EDITED)
    with pytest.raises(AppConflictError):
        repository.update(SHOP, EDITED)


def test_a_create_whose_answer_is_lost_succeeds(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    faulty_engine.plan = [lost]
    repository.create(EDITED)
    assert not stored.get("shop").changes_to(EDITED)


def test_a_create_that_was_overtaken_on_its_retry_is_refused(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    def overtaken(exchange: Any) -> None:
        stored.create(EDITED)
        dropped(exchange)

    faulty_engine.plan = [overtaken]
    with pytest.raises(AppExistsError):
        repository.create(SHOP)


def test_a_delete_whose_answer_is_lost_succeeds(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    stored.create(SHOP)
    faulty_engine.plan = [lost]
    repository.delete(SHOP)
    assert stored.scan().items == ()


def test_a_write_that_never_arrived_is_unreachable_and_changed_nothing(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    stored.create(SHOP)
    faulty_engine.plan = [dropped] * 3
    with pytest.raises(UnreachableError):
        repository.update(SHOP, EDITED)
    assert not stored.get("shop").changes_to(SHOP)


def test_when_nothing_can_be_read_back_the_hint_says_that_the_outcome_is_not_known(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    stored.create(SHOP)
    faulty_engine.plan = [lost, lost, lost]
    faulty_engine.always = dropped
    with pytest.raises(UnreachableError) as error:
        repository.update(SHOP, EDITED)
    assert "not known" in error.value.hint


def test_a_throttled_write_is_retried_within_bounds_and_then_told(
    repository: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    faulty_engine.always = answers("ProvisionedThroughputExceededException")
    with pytest.raises(ThrottledError) as error:
        repository.update(SHOP, EDITED)
    assert error.value.retry_after > 0
    assert faulty_engine.operations == ["UpdateItem"] * 3


def test_one_throttled_answer_is_borne(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    stored.create(SHOP)
    faulty_engine.plan = [answers("ThrottlingException")]
    assert repository.get("shop").app_id == "shop"


def test_an_endpoint_that_hangs_is_given_up_within_5_seconds(faults: FaultServer) -> None:
    faults.always = hanging
    repository = DynamoAppRepository(client_to(faults.url), "apps")
    with pytest.raises(UnreachableError, match="did not answer in time"):
        repository.get("shop")
    assert faults.operations == ["GetItem"], "asked once"
    assert CONNECT_TIMEOUT < READ_TIMEOUT < 5


def test_an_endpoint_that_is_down_is_given_up_within_5_seconds(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = faults.url
    faults.server_close()
    repository = DynamoAppRepository(client_to(url), "apps")
    waits: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waits.append)
    with pytest.raises(UnreachableError, match="cannot be reached"):
        repository.get("shop")
    assert sum(waits) + CONNECT_TIMEOUT < 5


def test_keys_left_unprocessed_are_asked_for_again(
    repository: DynamoAppRepository,
    stored: DynamoAppRepository,
    faulty_engine: FaultServer,
    apps_table: str,
) -> None:
    stored.create(SHOP)
    none_yet = answers_json(
        {
            "Responses": {apps_table: []},
            "UnprocessedKeys": {apps_table: {"Keys": [{"AppId": {"S": "shop"}}]}},
        }
    )
    faulty_engine.plan = [none_yet, none_yet, forwarded]
    assert list(repository.get_many(["shop"])) == ["shop"]
    faulty_engine.always = none_yet
    with pytest.raises(ThrottledError):
        repository.get_many(["shop"])


def test_without_the_permission_to_read_many_they_are_read_one_by_one(
    repository: DynamoAppRepository, stored: DynamoAppRepository, faulty_engine: FaultServer
) -> None:
    stored.create(SHOP)
    faulty_engine.plan = [answers("AccessDeniedException")]
    assert list(repository.get_many(["shop", "nobody"])) == ["shop"]
    assert faulty_engine.operations == ["BatchGetItem", "GetItem", "GetItem"]


def test_a_web_page_is_not_taken_for_an_empty_table(faults: FaultServer) -> None:
    faults.always = answers_page(200)
    repository = DynamoAppRepository(client_to(faults.url), "apps")
    for read in (
        lambda: repository.get("shop"),
        repository.scan,
        lambda: repository.find_by_key("k"),
    ):
        with pytest.raises(UnreachableError, match="not as DynamoDB"):
            read()
