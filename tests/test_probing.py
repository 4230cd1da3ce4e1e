"""What somebody tries who has a browser and patience: fields that no form has, foreign ids."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.models import AuditEntry
from apps_admin.services.accounts import actor_of, add_person
from apps_admin.services.audit import record_event
from tests.views.conftest import (
    SHOP,
    StoreApp,
    Stored,
    alice,
    bob,
    shop,
    store_app,
    stored,
    text_of,
    url,
)

__all__ = ["alice", "bob", "shop", "store_app", "stored"]

pytestmark = pytest.mark.django_db


def test_a_form_writes_nothing_but_its_own_fields(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app(Enabled={"BOOL": False})
    opened = text_of(bob.get(url("app-edit")))
    base = re.search(r'name="base" value="([^"]+)"', opened)
    assert base
    foreign = {
        "id": "chat",
        "AppId": "chat",
        "AppKey": "taken-over",
        "secret": "taken-over",
        "AppSecret": "taken-over",
        "is_enabled": "on",
        "Enabled": "true",
        "owner": "bob",
    }
    typed = {"base": base.group(1), "step": "save", "requires_user_authentication": "on"}
    assert bob.post(url("app-edit"), {**typed, "key": "taken-over"}).status_code == 422
    assert (stored("shop") or {})["AppKey"] == SHOP["AppKey"]
    assert bob.post(url("app-edit"), {**typed, **foreign}).status_code == 302
    expected = {**SHOP, "Enabled": {"BOOL": False}, "EnableUserAuthentication": {"BOOL": True}}
    after = stored("shop") or {}
    assert {name: after[name] for name in expected} == expected
    assert "taken-over" not in str(after)
    assert "owner" not in after
    assert stored("chat") is None


def test_the_base_of_one_app_is_worth_nothing_for_another(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app()
    store_app(AppId={"S": "chat"}, AppKey={"S": "chat-key"})
    base = re.search(r'name="base" value="([^"]+)"', text_of(bob.get(url("app-edit", "chat"))))
    assert base
    answer = bob.post(
        url("app-edit"), {"base": base.group(1), "step": "save", "allows_client_messages": "on"}
    )
    assert answer.status_code >= 400
    assert stored("shop") == SHOP


def test_an_operation_is_reached_under_its_own_connection_alone(
    alice: Client, default_connection: str
) -> None:
    ada = actor_of(add_person("ada", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)}, None))
    elsewhere = record_event(
        ada,
        Action.APP_UPDATE,
        connection="elsewhere",
        target="shop",
        before={"MaxConnections": {"N": "1"}},
        after={"MaxConnections": {"N": "2"}},
    )
    audit = f"/connections/default/audit/{elsewhere.operation_id}/"
    restore = f"/connections/default/apps/shop/restore/{elsewhere.operation_id}/before/"
    for path in (audit, f"{audit}undo/", restore):
        assert alice.get(path).status_code == 404
        assert alice.post(path).status_code in {404, 405}


def test_a_replayed_undo_writes_nothing(bob: Client, shop: str, stored: Stored) -> None:
    bob.post(url("app-disable"))
    operation = AuditEntry.objects.order_by("-sequence")[0].operation_id
    undo = f"/connections/default/audit/{operation}/undo/"
    assert bob.post(undo).status_code == 302
    bob.post(url("app-disable"))
    bob.post(url("app-enable"))
    before = AuditEntry.objects.filter(outcome="succeeded").count()
    assert bob.post(undo).status_code == 409
    assert stored(shop) == SHOP
    assert AuditEntry.objects.filter(outcome="succeeded").count() == before


def test_a_replayed_edit_does_not_take_back_what_came_after(
    bob: Client, store_app: StoreApp, shop: str, stored: Stored
) -> None:
    base = re.search(r'name="base" value="([^"]+)"', text_of(bob.get(url("app-edit"))))
    assert base
    typed = {"base": base.group(1), "step": "save", "allows_client_messages": "on"}
    assert bob.post(url("app-edit"), typed).status_code == 302
    store_app(EnableClientMessages={"BOOL": False}, MaxConnections={"N": "7"})
    answer = bob.post(url("app-edit"), typed)
    assert answer.status_code == 409
    assert (stored(shop) or {})["MaxConnections"] == {"N": "7"}
    assert (stored(shop) or {})["EnableClientMessages"] == {"BOOL": False}
