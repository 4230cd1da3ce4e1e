"""Connections, webhooks, the audit log, generators, and what a token is, through the API."""

from __future__ import annotations

import pytest

from apps_admin.domain.actions import Action, Role
from apps_admin.models import StoredConnection
from apps_admin.services.api_tokens import Narrowing
from tests.api.client import APPS, Program
from tests.api.conftest import MakeProgram

OTHER_POLICY = (
    '{"Version": "2012-10-17", "Statement": ['
    '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
)
WHERE = {"table": ["shops"], "region": ["eu-west-1"], "account": ["123456789012"]}
DEFAULT = "/api/v1/connections/default"


def test_a_token_is_told_what_it_may_do_where(make_program: MakeProgram) -> None:
    narrow = make_program(narrowing=Narrowing(actions=frozenset({Action.APP_VIEW})))

    told = narrow.get("/api/v1/me").json()

    assert told["name"] == "pipeline (token of alice)"
    assert told["connections"]["default"]["actions"] == ["app.view"]


def test_connections_are_listed_shown_and_tested(program: Program) -> None:
    listed = program.get("/api/v1/connections").json()["connections"]

    assert [each["slug"] for each in listed] == ["default"]
    assert program.get(DEFAULT).json() == listed[0]
    report = program.post(f"{DEFAULT}:test").json()
    assert {verdict["part"]: verdict["works"] for verdict in report["verdicts"]}["soketi"]
    assert "SOKETI_APP_MANAGER_DRIVER" in str(program.get(f"{DEFAULT}/environment").json())


def test_an_administrator_adds_changes_and_forgets_a_connection(make_program: MakeProgram) -> None:
    ada = make_program("ada", Role.ADMINISTRATOR)
    body = {
        "slug": "staging",
        "region": "eu-west-1",
        "credentials": {
            "mode": "static",
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "secret_access_key": "hidden-value",
        },
    }

    created = ada.post("/api/v1/connections", body)
    changed = ada.patch(
        created["Location"], {"label": "Staging", "read_only": True}, If_Match=created["ETag"]
    )
    shown = ada.get(created["Location"]).json()

    assert (created.status_code, changed.status_code) == (201, 200), changed.content
    assert (shown["name"], shown["region"], shown["read_only"]) == ("Staging", "eu-west-1", True)
    assert "hidden-value" not in created.content.decode() + str(shown)
    assert ada.delete(created["Location"], If_Match="*").status_code == 422
    gone = ada.delete(f"{created['Location']}?confirm=staging", If_Match=changed["ETag"])
    assert (gone.status_code, gone.json()["connection"]) == (200, None)
    assert not StoredConnection.objects.exists()


def test_an_operator_adds_no_connection(program: Program) -> None:
    assert program.post("/api/v1/connections", {"slug": "staging"}).status_code == 403


def test_a_declared_connection_is_not_changed_here(make_program: MakeProgram) -> None:
    ada = make_program("ada", Role.ADMINISTRATOR)

    assert ada.patch(DEFAULT, {"label": "x"}, If_Match="*").status_code == 409


def test_a_change_of_a_connection_says_what_it_is_based_on(make_program: MakeProgram) -> None:
    ada = make_program("ada", Role.ADMINISTRATOR)
    created = ada.post("/api/v1/connections", {"slug": "staging", "region": "eu-west-1"})
    path, tag = created["Location"], created["ETag"]
    assert (ada.get(path)["ETag"], ada.patch(path, {"label": "x"}).status_code) == (tag, 428)
    ada.patch(path, {"label": "One"}, If_Match=tag)

    stale = ada.patch(path, {"label": "Two"}, If_Match=tag)
    stale_delete = ada.delete(f"{path}?confirm=staging", If_Match=tag)

    versions = stale.json()["versions"]
    assert (stale.status_code, stale_delete.status_code) == (412, 412)
    assert versions["sent"]["revision"] == tag.strip('"')
    assert versions["stored"]["connection"]["label"] == "One"
    assert ada.get(path).json()["name"] == "One"


def test_a_dry_run_changes_no_connection_and_tells_what_would_differ(
    make_program: MakeProgram,
) -> None:
    ada = make_program("ada", Role.ADMINISTRATOR)
    assert ada.post("/api/v1/connections?dry_run=true", {"slug": "staging"}).status_code == 200
    assert not StoredConnection.objects.exists()
    path = ada.post("/api/v1/connections", {"slug": "staging"})["Location"]
    before = ada.get(path).json()

    told = ada.patch(f"{path}?dry_run=true", {"label": "One"}, If_Match="*").json()
    gone = ada.delete(f"{path}?dry_run=true", If_Match="*").json()

    assert told["differences"] == [{"field": "label", "before": "", "after": "One"}]
    assert (told["changed"], told["dry_run"], gone["connection"]) == (True, True, None)
    assert ada.get(path).json() == before


def test_webhooks_are_replaced_and_listed_with_what_soketi_does(program: Program) -> None:
    program.create("shop")
    hooks = [{"url": "https://example.com/", "event_types": ["channel_occupied"]}]

    answer = program.send("PUT", f"{APPS}/shop/webhooks", {"webhooks": hooks}, If_Match="*")
    listed = program.get(f"{APPS}/shop/webhooks")

    assert answer.status_code == 200, answer.content
    assert listed.json()["webhooks"] == hooks
    assert listed.json()["effective"] == [{"index": 0, "verdict": "kept", "reason": ""}]
    assert listed["ETag"] == answer["ETag"]


def test_a_lethal_webhook_is_not_saved(program: Program) -> None:
    program.create("shop")

    answer = program.send(
        "PUT", f"{APPS}/shop/webhooks", {"webhooks": [{"url": "https://e.com/"}]}, If_Match="*"
    )

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["webhooks"])


def test_webhooks_are_linted_where_they_stand(program: Program) -> None:
    told = program.post(f"{DEFAULT}/webhooks:lint", {"text": '[\n  {"url": 5}]'}).json()

    assert told["can_be_saved"] is False
    assert told["problems"][0]["line"] == 2


def test_a_delivery_the_guard_refuses_names_the_reason(program: Program) -> None:
    hooks = [{"url": "http://127.0.0.1:9/", "event_types": ["channel_occupied"]}]
    program.create("shop", webhooks=hooks)

    answer = program.post(f"{APPS}/shop/webhooks:test", {"webhook": 0, "event": "channel_occupied"})

    assert (answer.status_code, answer.json()["code"]) == (422, "target_refused")


def test_the_audit_log_tells_who_did_what(program: Program) -> None:
    program.create("shop")
    done = program.post(f"{APPS}/shop:disable", {"reason": "leak"}, If_Match="*").json()

    listed = program.get(f"{DEFAULT}/operations?app_id=shop&page_size=1").json()
    one = program.get(f"{DEFAULT}/operations/{done['operation_id']}").json()

    assert listed["operations"][0]["operation_id"] == done["operation_id"]
    assert listed["next_before"] is not None
    assert (one["actor"]["kind"], one["reason"], one["undo"]) == ("token", "leak", "")
    assert one["after"] == {"Enabled": {"BOOL": False}}


@pytest.mark.parametrize(
    "query", ["action=app.explode", "outcome=fine", "actor_kind=cat", "since=today", "person=x"]
)
def test_an_audit_filter_it_does_not_know_is_refused(program: Program, query: str) -> None:
    assert program.get(f"{DEFAULT}/operations?{query}").status_code == 422
    assert program.get(f"/api/v1/operations?{query}").status_code == 422


def test_the_audit_log_is_verified(program: Program) -> None:
    program.create("shop")

    told = program.post("/api/v1/audit:verify").json()

    assert told["intact"] is True
    assert told["entries"] >= 2


def test_a_token_of_one_connection_verifies_nothing(make_program: MakeProgram) -> None:
    assert make_program(connection="default").post("/api/v1/audit:verify").status_code == 403


def test_every_format_and_purpose_is_written(program: Program) -> None:
    formats = program.get("/api/v1/schemas").json()["formats"]
    purposes = program.get("/api/v1/policies").json()["formats"]

    for each in formats:
        answer = program.post("/api/v1/schemas:generate", {"format": each["name"]})
        assert answer.status_code == 200, answer.content
        assert answer.json()["text"]
    policy = program.post(
        "/api/v1/policies:generate",
        {"purpose": purposes[0]["name"], "options": WHERE},
    )
    assert "table/shops" in policy.json()["text"], policy.content


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("schemas:generate", {"format": "word"}, "format"),
        ("schemas:generate", {"format": "terraform", "options": {"no": ["x"]}}, "options.no"),
        ("policies:generate", {"purpose": "x"}, "purpose"),
    ],
)
def test_what_no_generator_knows_is_refused(
    program: Program, path: str, body: object, field: str
) -> None:
    answer = program.post(f"/api/v1/{path}", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_a_finding_is_mended_and_nothing_else(program: Program) -> None:
    program.create("shop", limits={"max_connections": 0})
    finding = next(each for each in program.get(f"{APPS}/shop").json()["findings"] if each["fixes"])

    answer = program.post(
        f"{APPS}/shop:fix",
        {
            "code": finding["code"],
            "mode": finding["fixes"][0],
            "attribute": finding["attribute"],
            "index": finding["index"],
        },
        If_Match="*",
    )

    assert [each["attribute"] for each in answer.json()["differences"]] == ["MaxConnections"]


def test_a_policy_is_held_against_its_purpose(program: Program) -> None:
    purpose = program.get("/api/v1/policies").json()["formats"][0]["name"]
    asked = {"purpose": purpose, "options": WHERE}
    policy = program.post("/api/v1/policies:generate", asked).json()["text"]

    same = program.post("/api/v1/policies:check", {**asked, "policy": policy}).json()
    less = program.post(
        "/api/v1/policies:check",
        {
            **asked,
            "policy": OTHER_POLICY,
        },
    )

    assert same["exact"] is True
    assert less.json()["exact"] is False, less.content


def test_the_table_is_held_against_what_soketi_needs_and_against_a_wish(program: Program) -> None:
    shown = program.get(f"{DEFAULT}/table").json()
    wished = program.post(f"{DEFAULT}/table:compare", {"options": {"ttl": ["expires_at"]}}).json()

    assert (shown["exists"], shown["status"]) == (True, "ACTIVE")
    assert [each["operation"] for each in wished["calls"]] == ["UpdateTimeToLive"]


def test_what_was_done_anywhere_is_listed(program: Program) -> None:
    program.create("shop")

    listed = program.get("/api/v1/operations?action=app.create").json()["operations"]
    one = program.get(f"/api/v1/operations/{listed[0]['operation_id']}").json()

    assert [each["target"] for each in listed] == ["shop"]
    assert one["connection"] == "default"


def test_findings_are_counted(program: Program) -> None:
    program.create("shop", limits={"max_connections": 0})

    told = program.get(f"{DEFAULT}/findings").json()

    counted = {each["code"]: each["number"] for each in told["counts"]}
    assert counted["max-connections-zero"] == 1
    assert told["table"] == []
