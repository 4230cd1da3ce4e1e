"""Apps through the API: what a program sees, and what the store holds after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps_admin.domain.app_path import encode_app_id
from apps_admin.models import AuditEntry
from tests.api.client import APPS, Program
from tests.api.conftest import MakeProgram
from tests.views.conftest import protected

__all__ = ["protected"]

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def stored(dynamodb_client: DynamoDBClient, apps_table: str) -> Any:
    """What the table holds under an id."""

    def read(app_id: str) -> dict[str, Any]:
        key = {"AppId": {"S": app_id}}
        return dict(dynamodb_client.get_item(TableName=apps_table, Key=key).get("Item", {}))

    return read


def test_a_created_app_is_answered_with_its_secret_its_place_and_its_revision(
    program: Program, stored: Any
) -> None:
    answer = program.post(APPS, {"id": "shop", "limits": {"max_connections": 100}})

    app = answer.json()["app"]
    assert answer.status_code == 201
    assert answer["Location"] == f"{APPS}/shop"
    assert answer["ETag"] == f'"{app["revision"]}"'
    assert app["secret"] == stored("shop")["AppSecret"]["S"]
    assert stored("shop")["MaxConnections"] == {"N": "100"}


def test_one_app_is_shown_without_its_secret(program: Program) -> None:
    created = program.create("shop")

    answer = program.get(f"{APPS}/shop")

    assert answer.status_code == 200
    assert answer.json() == {name: value for name, value in created.items() if name != "secret"}
    assert created["secret"] not in answer.content.decode()
    assert answer["ETag"] == f'"{created["revision"]}"'


def test_reading_an_app_again_and_again_asks_sql_twice_and_writes_nothing(program: Program) -> None:
    program.create("shop")
    program.get(f"{APPS}/shop")

    with CaptureQueriesContext(connection) as asked:
        assert program.get(f"{APPS}/shop").status_code == 200

    # Who asks; and what the app index knows.
    assert len(asked) == 2
    assert all(each["sql"].startswith("SELECT") for each in asked.captured_queries)


def test_the_app_tells_what_soketi_makes_of_it(program: Program) -> None:
    program.create("shop", enabled=False, limits={"max_connections": -1})

    effective = program.get(f"{APPS}/shop").json()["effective"]

    assert (effective["found"], effective["accepts_connections"]) == (True, False)
    assert effective["limits"]["max_connections"] == {"value": "unlimited", "source": "record"}


def test_a_change_leaves_what_was_not_sent(program: Program, stored: Any) -> None:
    app = program.create("shop", limits={"max_connections": 5, "max_event_payload_in_kb": 1})

    answer = program.patch(
        f"{APPS}/shop",
        {"limits": {"max_connections": None}, "enable_client_messages": True},
        If_Match=f'"{app["revision"]}"',
    )

    item = stored("shop")
    assert answer.status_code == 200, answer.content
    assert "MaxConnections" not in item
    assert item["MaxEventPayloadInKb"] == {"N": "1"}
    assert item["EnableClientMessages"] == {"BOOL": True}
    assert answer["ETag"] != f'"{app["revision"]}"'


def test_a_change_to_what_is_stored_changes_nothing(program: Program) -> None:
    program.create("shop", limits={"max_connections": 5})

    answer = program.patch(f"{APPS}/shop", {"limits": {"max_connections": 5}}, If_Match="*")

    assert answer.json()["changed"] is False


def test_a_change_without_a_revision_is_428(program: Program) -> None:
    program.create("shop")

    answers = [
        program.patch(f"{APPS}/shop", {"enabled": False}),
        program.delete(f"{APPS}/shop"),
        program.post(f"{APPS}/shop:disable"),
    ]

    assert [answer.status_code for answer in answers] == [428] * 3
    assert program.get(f"{APPS}/shop").json()["enabled"] is True


def test_a_stale_revision_is_412_with_both_versions(program: Program) -> None:
    first = program.create("shop")["revision"]
    program.post(f"{APPS}/shop:disable", If_Match=f'"{first}"')

    answer = program.patch(f"{APPS}/shop", {"enabled": True}, If_Match=f'"{first}"')

    told = answer.json()
    assert answer.status_code == 412
    assert told["versions"]["sent"]["revision"] == first
    assert told["versions"]["stored"]["enabled"] is False
    assert answer["ETag"] == f'"{told["versions"]["stored"]["revision"]}"'


@pytest.mark.parametrize("action", ["enable", "disable", "rotate-secret", "cut-off"])
def test_a_dry_run_writes_nothing(program: Program, stored: Any, action: str) -> None:
    program.create("shop", enabled=action != "enable")
    before, entries = stored("shop"), AuditEntry.objects.count()

    answer = program.post(f"{APPS}/shop:{action}?dry_run=true", If_Match="*")

    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["changed"], told["dry_run"], told["operation_id"]) == (True, True, "")
    assert told["differences"]
    assert "secret" not in told["app"]
    assert stored("shop") == before
    assert AuditEntry.objects.count() == entries


def test_creating_dry_names_what_would_be_and_writes_nothing(program: Program, stored: Any) -> None:
    answer = program.post(f"{APPS}?dry_run=true", {"id": "shop"})

    assert answer.status_code == 200
    assert {each["attribute"] for each in answer.json()["differences"]} >= {"AppId", "AppKey"}
    assert stored("shop") == {}


def test_rotating_tells_the_new_secret_once(program: Program, stored: Any) -> None:
    old = program.create("shop")["secret"]

    new = program.post(f"{APPS}/shop:rotate-secret", If_Match="*").json()["app"]["secret"]

    assert new != old
    assert stored("shop")["AppSecret"] == {"S": new}


def test_only_a_disabled_app_is_deleted_and_only_when_confirmed(
    program: Program, stored: Any
) -> None:
    program.create("shop")
    confirmed = f"{APPS}/shop?confirm=shop&drained=true"

    assert program.delete(confirmed, If_Match="*").json()["code"] == "app_not_disabled"
    program.post(f"{APPS}/shop:disable", If_Match="*")
    assert program.delete(f"{APPS}/shop", If_Match="*").status_code == 422
    assert stored("shop")
    assert program.delete(confirmed, If_Match="*").json()["app"] is None
    assert stored("shop") == {}


def test_revealing_is_audited_with_its_reason(program: Program) -> None:
    secret = program.create("shop")["secret"]

    answer = program.post(f"{APPS}/shop:reveal-secret", X_Reason="migration")

    entry = AuditEntry.objects.filter(action="app.reveal_secret").latest("sequence")
    assert answer.json()["secret"] == secret
    assert (entry.reason, entry.actor_kind) == ("migration", "token")


def test_who_only_looks_changes_and_reveals_nothing(program: Program, viewer: Program) -> None:
    program.create("shop")

    answers = [
        viewer.post(APPS, {"id": "other"}),
        viewer.patch(f"{APPS}/shop", {"enabled": False}, If_Match="*"),
        viewer.post(f"{APPS}/shop:disable?dry_run=true", If_Match="*"),
        viewer.post(f"{APPS}/shop:reveal-secret"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert viewer.get(f"{APPS}/shop").status_code == 200


def test_a_connection_without_a_role_does_not_exist(make_program: MakeProgram) -> None:
    stranger = make_program("charlie", connection="elsewhere")

    answer = stranger.get(APPS)

    assert (answer.status_code, answer.json()["code"]) == (404, "connection_not_found")


@pytest.mark.parametrize("app_id", ["a/b", "%2F", "..", "new", "a\x00b", "🛒", " ", "~x"])
def test_every_id_dynamodb_can_hold_is_reachable(
    program: Program, dynamodb_client: DynamoDBClient, apps_table: str, app_id: str
) -> None:
    dynamodb_client.put_item(
        TableName=apps_table, Item={"AppId": {"S": app_id}, "AppKey": {"S": "key"}}
    )
    path = f"{APPS}/{encode_app_id(app_id)}"

    assert program.get(path).json()["id"] == app_id
    assert program.post(f"{path}:disable", If_Match="*").json()["app"]["enabled"] is False


@pytest.mark.parametrize(
    "path", ["a/b", "%2F", "..", "a%00b", "%F0%9F%9B%92", "~", "~!!", "a" * 65]
)
def test_what_is_no_ids_segment_leads_nowhere(program: Program, path: str) -> None:
    answer = program.get(f"{APPS}/{path}")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_webhooks_keep_their_secrets_when_they_come_back_masked(
    program: Program, stored: Any
) -> None:
    hook = {
        "url": "https://example.com/hook",
        "headers": {"X-Token": "hidden-value"},
        "event_types": ["channel_occupied"],
    }
    program.create("shop", webhooks=[hook])
    shown = program.get(f"{APPS}/shop").json()["webhooks"]
    shown[0]["event_types"].append("channel_vacated")

    program.patch(f"{APPS}/shop", {"webhooks": shown}, If_Match="*")

    text = stored("shop")["Webhooks"]["S"]
    assert "hidden-value" not in str(shown)
    assert "hidden-value" in text
    assert "channel_vacated" in text


def test_null_removes_the_webhooks_and_unknown_attributes(program: Program, stored: Any) -> None:
    hook = {"url": "https://example.com/", "event_types": ["cache_miss"]}
    program.create("shop", webhooks=[hook], unknown_attributes={"Owner": {"S": "ops"}})

    program.patch(
        f"{APPS}/shop", {"webhooks": None, "unknown_attributes": {"Owner": None}}, If_Match="*"
    )

    assert not {"Webhooks", "Owner"} & set(stored("shop"))


def test_an_id_that_is_taken_is_409(program: Program) -> None:
    program.create("shop")

    answer = program.post(APPS, {"id": "shop"})

    assert (answer.status_code, answer.json()["code"]) == (409, "app_exists")


def test_the_list_filters_sorts_and_pages(program: Program) -> None:
    for number in range(3):
        program.create(f"shop-{number}", enabled=number != 1)

    enabled = program.get(f"{APPS}?state=enabled").json()["apps"]
    first = program.get(f"{APPS}?page_size=2&sort=-id").json()
    rest = program.get(f"{APPS}?page_size=2&sort=-id&cursor={first['next_cursor']}").json()

    assert [app["id"] for app in enabled] == ["shop-0", "shop-2"]
    assert [app["id"] for app in first["apps"]] == ["shop-2", "shop-1"]
    assert [app["id"] for app in rest["apps"]] == ["shop-0"]
    assert program.get(enabled[0]["path"]).json()["id"] == "shop-0"


@pytest.mark.parametrize("query", ["state=bogus", "sort=secret", "page_size=0", "cursor=x", "no=1"])
def test_a_filter_it_does_not_know_is_refused(program: Program, query: str) -> None:
    answer = program.get(f"{APPS}?{query}")

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_undo_sets_back_what_an_operation_changed(program: Program) -> None:
    program.create("shop")
    done = program.post(f"{APPS}/shop:disable", If_Match="*").json()["operation_id"]

    undone = program.post(f"/api/v1/connections/default/operations/{done}:undo", If_Match="*")

    assert undone.json()["app"]["enabled"] is True


def test_an_undo_says_what_it_is_based_on(program: Program) -> None:
    first = program.create("shop")["revision"]
    done = program.post(f"{APPS}/shop:disable", If_Match="*")
    undo = f"/api/v1/connections/default/operations/{done.json()['operation_id']}:undo"

    statuses = [
        program.post(undo).status_code,
        program.post(undo, If_Match=f'"{first}"').status_code,
        program.post(f"{undo}?dry_run=true", If_Match=f'"{first}"').status_code,
    ]

    assert statuses == [428, 412, 412]
    assert program.get(f"{APPS}/shop").json()["enabled"] is False
    assert program.post(undo, If_Match=done["ETag"]).status_code == 200


def test_an_earlier_state_is_restored(program: Program) -> None:
    program.create("shop", limits={"max_connections": 5})
    program.patch(f"{APPS}/shop", {"limits": {"max_connections": 9}}, If_Match="*")
    kept = program.get(f"{APPS}/shop/versions").json()["versions"]

    answer = program.post(
        f"{APPS}/shop:restore",
        {"operation_id": kept[-1]["operation_id"], "side": kept[-1]["side"]},
        If_Match="*",
    )

    assert answer.json()["app"]["limits"]["max_connections"] == 5


@pytest.mark.parametrize(
    ("action", "body"),
    [(":disable", {}), (":cut-off", {}), (":rotate-secret", {}), ("", {"enabled": False})],
)
def test_a_protected_connection_wants_the_id_once_more(
    program: Program, stored: Any, protected: None, action: str, body: dict[str, Any]
) -> None:
    program.create("shop")
    before = stored("shop")
    send = program.post if action else program.patch

    answer = send(f"{APPS}/shop{action}", body, If_Match="*")

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["confirmation"]
    assert stored("shop") == before
    answer = send(f"{APPS}/shop{action}", {**body, "confirm": "shop"}, If_Match="*")
    assert answer.status_code == 200
    assert stored("shop") != before
