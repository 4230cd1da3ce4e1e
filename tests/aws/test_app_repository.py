"""The contract of the store: the same tests for the fake and for two real engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps_admin.aws.app_repository import DynamoAppRepository
from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    AppNotFoundError,
    ValidationError,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import AppRepository, KeyMatch
from tests.aws.tables import client_to, make_apps_table
from tests.fakes import InMemoryAppRepository

EVERYTHING: dict[str, Any] = {
    "AppId": {"S": "shop"},
    "AppKey": {"S": "shop-key"},
    "AppSecret": {"S": "s3cret"},
    "Enabled": {"B": b"false"},
    "MaxConnections": {"N": "12345678901234567890123456789012345678"},
    "MaxEventPayloadInKb": {"N": "1.5"},
    "Webhooks": {"S": '[{"url":"https://example.com","event_types":[]}]'},
    "nothing": {"NULL": True},
    "bytes": {"B": bytes(range(256))},
    "words": {"SS": ["a", "b", "<b>c</b>"]},
    "numbers": {"NS": ["1", "2.5"]},
    "blobs": {"BS": [b"\x00", b"\xff"]},
    "deep": {"M": {"SS": {"L": [{"M": {"x y": {"N": "1"}}}, {"BOOL": False}]}}},
    "<script>": {"S": "<b>&amp;</b>"},
}
SHOP = RawItem(attributes=EVERYTHING)
# dynalite holds no two maps for equal, so its conditions cannot be asked about one.
FLAT = SHOP.without("deep")


# What only some of them can hold is asked of those with `@asked_of(...)`.
STORES = ("in-memory", "dynoxide", "dynalite")


def asked_of(*stores: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("repository", stores, indirect=True)


@pytest.fixture(params=STORES)
def repository(request: pytest.FixtureRequest) -> Iterator[AppRepository]:
    if request.param == "in-memory":
        yield InMemoryAppRepository()
        return
    fixture = "dynamodb_endpoint" if request.param == "dynoxide" else "second_endpoint"
    client = client_to(request.getfixturevalue(fixture))
    table = make_apps_table(client)
    yield DynamoAppRepository(client, table)
    client.delete_table(TableName=table)
    client.close()


def app(app_id: str, key: Any = "", **attributes: Any) -> RawItem:
    given = {"AppId": {"S": app_id}, "AppKey": {"S": key or f"{app_id}-key"}, **attributes}
    return RawItem(attributes=given)


def same(one: RawItem, other: RawItem) -> bool:
    return not one.changes_to(other)


def test_it_reads_back_every_type_as_it_was_written(repository: AppRepository) -> None:
    repository.create(SHOP)
    assert same(repository.get("shop"), SHOP)


def test_a_missing_app_is_not_found(repository: AppRepository) -> None:
    with pytest.raises(AppNotFoundError):
        repository.get("nobody")


@pytest.mark.parametrize("app_id", ["", "x" * 2049, "é" * 1025])
def test_an_id_no_item_can_have_is_not_found(repository: AppRepository, app_id: str) -> None:
    with pytest.raises(AppNotFoundError):
        repository.get(app_id)
    assert repository.find_by_key(app_id) == ()
    assert repository.get_many([app_id]) == {}


@pytest.mark.parametrize("app_id", ["a/b", "50%", "with space", "größe", "日本", '"><script>', "."])
def test_odd_ids_work_like_any_other(repository: AppRepository, app_id: str) -> None:
    item = app(app_id)
    repository.create(item)
    repository.update(item, item.with_attribute("Enabled", {"BOOL": False}))
    stored = repository.get(app_id)
    assert stored.get("Enabled") == {"BOOL": False}
    repository.delete(stored)
    with pytest.raises(AppNotFoundError):
        repository.get(app_id)


def test_creating_over_an_existing_id_is_refused_and_changes_nothing(
    repository: AppRepository,
) -> None:
    repository.create(SHOP)
    with pytest.raises(AppExistsError):
        repository.create(app("shop", "another-key"))
    assert same(repository.get("shop"), SHOP)


def test_an_edit_changes_exactly_what_was_asked(repository: AppRepository) -> None:
    repository.create(SHOP)
    after = SHOP.with_attribute("Enabled", {"BOOL": False}).without("nothing", "words")
    repository.update(SHOP, after)
    assert same(repository.get("shop"), after)


def test_an_edit_leaves_what_someone_else_changed_elsewhere(repository: AppRepository) -> None:
    repository.create(SHOP)
    theirs = SHOP.with_attribute("note", {"S": "theirs"})
    repository.update(SHOP, theirs)
    repository.update(SHOP, SHOP.with_attribute("Enabled", {"BOOL": False}))
    assert same(repository.get("shop"), theirs.with_attribute("Enabled", {"BOOL": False}))


def test_the_second_edit_of_one_attribute_gets_what_is_stored(repository: AppRepository) -> None:
    repository.create(SHOP)
    first = SHOP.with_attribute("MaxConnections", {"N": "10"})
    repository.update(SHOP, first)
    with pytest.raises(AppConflictError) as conflict:
        repository.update(SHOP, SHOP.with_attribute("MaxConnections", {"N": "20"}))
    assert conflict.value.stored is not None
    assert same(conflict.value.stored, first)
    assert same(repository.get("shop"), first)


def test_setting_an_attribute_that_someone_else_set_first_is_a_conflict(
    repository: AppRepository,
) -> None:
    repository.create(SHOP)
    first = SHOP.with_attribute("MaxEventBatchSize", {"N": "5"})
    repository.update(SHOP, first)
    with pytest.raises(AppConflictError):
        repository.update(SHOP, SHOP.with_attribute("MaxEventBatchSize", {"N": "6"}))
    assert same(repository.get("shop"), first)


def test_an_edit_of_an_app_whose_key_changed_is_a_conflict(repository: AppRepository) -> None:
    repository.create(SHOP)
    repository.update(SHOP, SHOP.with_attribute("AppKey", {"S": "rekeyed"}))
    with pytest.raises(AppConflictError):
        repository.update(SHOP, SHOP.with_attribute("Enabled", {"BOOL": False}))


def test_an_app_without_a_key_can_be_given_one_once(repository: AppRepository) -> None:
    keyless = app("old").without("AppKey")
    repository.create(keyless)
    repository.update(keyless, keyless.with_attribute("AppKey", {"S": "first"}))
    with pytest.raises(AppConflictError):
        repository.update(keyless, keyless.with_attribute("AppKey", {"S": "second"}))
    assert repository.get("old").get("AppKey") == {"S": "first"}


def test_saving_a_deleted_app_does_not_bring_it_back(repository: AppRepository) -> None:
    repository.create(FLAT)
    repository.delete(FLAT)
    for after in (FLAT.with_attribute("new", {"S": "x"}), FLAT.without("nothing")):
        with pytest.raises(AppConflictError) as conflict:
            repository.update(FLAT, after)
        assert conflict.value.stored is None
    with pytest.raises(AppNotFoundError):
        repository.get("shop")


def test_saving_a_deleted_keyless_app_does_not_bring_it_back(repository: AppRepository) -> None:
    gone = app("gone").without("AppKey")
    with pytest.raises(AppConflictError):
        repository.update(gone, gone.with_attribute("Enabled", {"BOOL": True}))
    with pytest.raises(AppNotFoundError):
        repository.get("gone")


def test_numbers_and_sets_are_compared_by_value(repository: AppRepository) -> None:
    repository.create(app("n", limit={"N": "1.50"}, tags={"SS": ["a", "b", "c"]}))
    read = app("n", limit={"N": "15e-1"}, tags={"SS": ["c", "a", "b"]})
    assert same(repository.get("n"), read)
    repository.update(read, read.with_attribute("limit", {"N": "2"}).without("tags"))
    assert repository.get("n").get("limit") == {"N": "2"}


def test_an_edit_that_changes_nothing_writes_nothing(repository: AppRepository) -> None:
    repository.create(SHOP)
    repository.update(SHOP, RawItem(attributes=dict(EVERYTHING)))
    assert same(repository.get("shop"), SHOP)


def test_a_hundred_attributes_change_in_one_edit(repository: AppRepository) -> None:
    before = app("many", **{f"old attribute {n}": {"N": str(n)} for n in range(50)})
    after = app("many", **{f"new attribute {n}": {"S": "x" * 100} for n in range(50)})
    repository.create(before)
    repository.update(before, after)
    assert same(repository.get("many"), after)


@asked_of("dynoxide", "dynalite")
def test_more_attributes_than_one_write_can_compare_are_refused(
    repository: AppRepository,
) -> None:
    before = app("many")
    after = app("many", **{f"attribute {n}": {"S": "x"} for n in range(400)})
    repository.create(before)
    with pytest.raises(ValidationError):
        repository.update(before, after)
    assert same(repository.get("many"), before)


@asked_of("dynoxide", "dynalite")
def test_a_record_over_400_kb_is_refused_and_names_the_largest_attribute(
    repository: AppRepository,
) -> None:
    repository.create(SHOP)
    huge = {"S": "x" * 410_000}
    with pytest.raises(ValidationError, match="'Webhooks'"):
        repository.create(app("huge", Webhooks=huge))
    with pytest.raises(ValidationError, match="'Webhooks'"):
        repository.update(SHOP, SHOP.with_attribute("Webhooks", huge))
    assert same(repository.get("shop"), SHOP)


def test_300_kb_of_webhooks_are_stored_edited_and_deleted(repository: AppRepository) -> None:
    big = app("big", Webhooks={"S": "x" * 300_000})
    repository.create(big)
    bigger = big.with_attribute("Webhooks", {"S": "y" * 300_000})
    repository.update(big, bigger)
    assert same(repository.get("big"), bigger)
    repository.delete(bigger)


def test_deleting_what_changed_since_is_a_conflict(repository: AppRepository) -> None:
    repository.create(FLAT)
    theirs = FLAT.with_attribute("Enabled", {"BOOL": True})
    repository.update(FLAT, theirs)
    with pytest.raises(AppConflictError) as conflict:
        repository.delete(FLAT)
    assert conflict.value.stored is not None
    assert same(conflict.value.stored, theirs)


@asked_of("in-memory", "dynoxide")
def test_maps_and_lists_are_compared_whole(repository: AppRepository) -> None:
    repository.create(SHOP)
    theirs = SHOP.with_attribute("deep", {"M": {"SS": {"L": [{"BOOL": False}]}}})
    repository.update(SHOP, theirs)
    with pytest.raises(AppConflictError):
        repository.delete(SHOP)
    repository.delete(theirs)


def test_deleting_twice_is_a_conflict(repository: AppRepository) -> None:
    repository.create(FLAT)
    repository.delete(FLAT)
    with pytest.raises(AppConflictError) as conflict:
        repository.delete(FLAT)
    assert conflict.value.stored is None


def test_every_holder_of_a_key_is_found(repository: AppRepository) -> None:
    for app_id in ("one", "two", "three"):
        repository.create(app(app_id, "shared"))
    repository.create(app("other"))
    assert {match.app_id for match in repository.find_by_key("shared")} == {"one", "two", "three"}
    assert repository.find_by_key("other-key") == (KeyMatch(app_id="other", app_key="other-key"),)
    assert repository.find_by_key("nobody") == ()


def test_the_holders_of_a_key_are_found_beyond_one_page(repository: AppRepository) -> None:
    filling = {"S": "x" * 390_000}
    for number in range(6):
        repository.create(app(f"app-{number}", "shared", note=filling))
    assert len(repository.find_by_key("shared")) == 6


def test_many_are_read_at_once_and_missing_ones_left_out(repository: AppRepository) -> None:
    for number in range(130):
        repository.create(app(f"app-{number}"))
    wanted = [*(f"app-{number}" for number in range(130)), "nobody", "app-1"]
    found = repository.get_many(wanted)
    assert list(found) == wanted[:130]
    assert same(found["app-7"], app("app-7"))


def test_many_large_records_come_in_spite_of_the_limit_of_one_answer(
    repository: AppRepository,
) -> None:
    for number in range(45):
        repository.create(app(f"app-{number}", note={"S": "x" * 390_000}))
    assert len(repository.get_many(f"app-{number}" for number in range(45))) == 45


def test_a_scan_gives_whole_items_page_by_page(repository: AppRepository) -> None:
    expected = {f"app-{number}": app(f"app-{number}", n={"N": str(number)}) for number in range(7)}
    for item in expected.values():
        repository.create(item)
    seen: dict[str, RawItem] = {}
    page = repository.scan(limit=3)
    pages = [page]
    while page.cursor:
        page = repository.scan(limit=3, cursor=page.cursor)
        pages.append(page)
    for page in pages:
        seen |= {item.app_id: item for item in page.items}
    assert seen.keys() == expected.keys()
    assert all(same(seen[app_id], item) for app_id, item in expected.items())
    assert pages[0].read_units > 0
    assert pages[0].observed_at <= pages[-1].observed_at


def test_segments_together_hold_everything_once(repository: AppRepository) -> None:
    for number in range(20):
        repository.create(app(f"app-{number}"))
    ids = [
        item.app_id
        for segment in range(3)
        for item in repository.scan(segment=segment, total_segments=3).items
    ]
    assert sorted(ids) == sorted(f"app-{number}" for number in range(20))
