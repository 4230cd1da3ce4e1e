"""Undo and restore on their pages: what is written is shown first, and asks for what the same change asks for."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from apps_admin.models import AuditEntry, Person
from apps_admin.services.versions import Side
from tests.sign_in import sign_in
from tests.views.conftest import SHOP, StoreApp, Stored, text_of, url

DELETED = "/connections/default/deleted-apps/"
DELETION = {"confirmation": "shop", "is_drained": "on"}


def last_operation(action: str) -> str:
    return AuditEntry.objects.filter(action=action).order_by("-sequence")[0].operation_id


def undo_url(action: str) -> str:
    return reverse("app-undo", args=["default", last_operation(action)])


def restore_url(action: str, side: Side = Side.BEFORE) -> str:
    return reverse("app-restore", args=["default", "shop", last_operation(action), side.value])


def revision_on(page: str) -> str:
    found = re.search(r'name="revision" value="([^"]*)"', page)
    return found.group(1) if found else ""


def text_without_markup(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_message_after_a_change_leads_to_its_undo(
    bob: Client, shop: str, stored: Stored
) -> None:
    page = text_of(bob.post(url("app-disable"), follow=True))
    assert f'<a href="{undo_url("app.disable")}">Undo</a>' in page
    asked = text_of(bob.get(undo_url("app.disable")))
    assert "What undo writes" in asked
    assert "<del>false</del>" in asked
    assert "<ins>true</ins>" in asked
    assert "reconnect only when they try again" in asked
    done = bob.post(undo_url("app.disable"), follow=True)
    assert "is undone" in text_of(done)
    assert stored("shop") == SHOP
    assert f'<a href="{undo_url("app.undo")}">Undo</a>' in text_of(done)


def test_nothing_is_offered_where_nothing_was_written(bob: Client, shop: str) -> None:
    assert ">Undo</a>" not in text_of(bob.post(url("app-enable"), follow=True))


def test_what_changed_since_is_compared_three_ways(
    bob: Client, store_app: StoreApp, shop: str, stored: Stored
) -> None:
    bob.post(url("app-disable"))
    store_app(Enabled={"BOOL": True})
    for response in (bob.get(undo_url("app.disable")), bob.post(undo_url("app.disable"))):
        assert response.status_code == 409
        words = text_without_markup(text_of(response))
        assert "Nothing was written" in words
        assert "Already set back false true true" in words
    assert stored("shop") == SHOP


def test_what_changed_since_elsewhere_stays(
    bob: Client, store_app: StoreApp, shop: str, stored: Stored
) -> None:
    bob.post(url("app-disable"))
    store_app(Enabled={"BOOL": False}, MaxConnections={"N": "7"})
    bob.post(undo_url("app.disable"))
    assert stored("shop") == {**SHOP, "MaxConnections": {"N": "7"}}


def test_undoing_a_rotation_asks_for_a_fresh_sign_in(
    alice: Client, shop: str, stored: Stored
) -> None:
    alice.post(url("app-rotate-secret"))
    rotated = stored("shop")
    page = text_of(alice.get(undo_url("app.rotate_secret")))
    assert "Whoever was given the new secret is refused" in page
    assert SHOP["AppSecret"]["S"] not in page
    late = Client()
    sign_in(late, Person.objects.get(username="alice"), minutes_ago=11)
    answer = late.post(undo_url("app.rotate_secret"))
    assert answer.status_code == 302
    assert "resume" in answer.headers["Location"]
    assert stored("shop") == rotated
    alice.post(undo_url("app.rotate_secret"))
    assert stored("shop") == SHOP


def test_a_protected_connection_has_the_id_typed_where_undo_takes_something_away(
    bob: Client, store_app: StoreApp, stored: Stored, protected: None
) -> None:
    store_app(Enabled={"BOOL": False})
    bob.post(url("app-enable"))
    assert bob.post(undo_url("app.enable")).status_code == 422
    assert (stored("shop") or {})["Enabled"] == {"BOOL": True}
    bob.post(undo_url("app.enable"), {"confirmation": "shop"})
    assert (stored("shop") or {})["Enabled"] == {"BOOL": False}


def test_a_reason_is_asked_for_where_the_connection_requires_one(
    bob: Client, shop: str, stored: Stored, reasons_required: None
) -> None:
    bob.post(url("app-disable"), {"reason": "OPS-1"})
    assert bob.post(undo_url("app.disable")).status_code == 422
    assert (stored("shop") or {})["Enabled"] == {"BOOL": False}
    bob.post(undo_url("app.disable"), {"reason": "OPS-2"})
    assert stored("shop") == SHOP


def test_undoing_a_create_is_a_safe_delete(alice: Client, stored: Stored) -> None:
    created = alice.post(
        "/connections/default/new-app/", {"id": "shop", "key": "k", "is_enabled": "on"}
    )
    assert undo_url("app.create") in text_of(created)
    asked = text_of(alice.get(undo_url("app.create")))
    assert "cannot be deleted yet" in asked
    alice.post(undo_url("app.create"), DELETION)
    assert stored("shop")
    alice.post(url("app-disable"))
    assert alice.post(undo_url("app.create"), {"confirmation": "shop"}).status_code == 422
    assert stored("shop")
    alice.post(undo_url("app.create"), DELETION)
    assert stored("shop") is None


def test_the_message_after_a_delete_brings_the_app_back(
    alice: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app(Enabled={"BOOL": False})
    page = text_of(alice.post(url("app-delete"), DELETION, follow=True))
    assert f'<a href="{undo_url("app.delete")}">Undo</a>' in page
    asked = text_of(alice.get(undo_url("app.delete")))
    assert SHOP["AppSecret"]["S"] not in asked
    alice.post(undo_url("app.delete"))
    assert stored("shop") == {**SHOP, "Enabled": {"BOOL": False}}


def test_a_viewer_is_offered_no_undo(bob: Client, victor: Client, shop: str) -> None:
    bob.post(url("app-disable"))
    record = reverse("audit-record", args=["default", last_operation("app.disable")])
    for page in (url("app-history"), record, "/connections/default/audit/"):
        assert undo_url("app.disable") not in text_of(victor.get(page))
        assert undo_url("app.disable") in text_of(bob.get(page))
    assert victor.post(undo_url("app.disable")).status_code == 403


def test_a_refused_undo_is_written_down_with_its_app(
    bob: Client, victor: Client, shop: str
) -> None:
    bob.post(url("app-disable"))
    operation = AuditEntry.objects.order_by("-sequence")[0].operation_id
    assert victor.post(f"/connections/default/audit/{operation}/undo/").status_code == 403
    refused = AuditEntry.objects.get(outcome="denied")
    assert (refused.action, refused.target, refused.actor_name) == ("app.undo", shop, "victor")


def test_a_change_of_an_app_deleted_since_says_where_to_restore_it(
    alice: Client, shop: str
) -> None:
    alice.post(url("app-disable"))
    alice.post(url("app-delete"), DELETION)
    page = alice.get(undo_url("app.disable"))
    assert page.status_code == 409
    assert "deleted since" in text_of(page)


def test_an_undo_that_would_crash_soketi_is_refused(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app(Webhooks={"S": '[{"url": "https://example.com"}]'})
    opened = text_of(bob.get(url("app-edit")))
    base = re.search(r'name="base" value="([^"]+)"', opened)
    assert base
    bob.post(url("app-edit"), {"base": base.group(1), "webhooks": "", "step": "save"})
    assert "Webhooks" not in (stored("shop") or {})
    assert bob.post(undo_url("app.update")).status_code == 422
    assert "Webhooks" not in (stored("shop") or {})


def restored(client: Client, address: str, **typed: str) -> Any:
    page = text_of(client.get(address))
    return client.post(address, {"revision": revision_on(page), **typed}, follow=True)


def test_an_earlier_state_is_compared_with_now_and_restored(
    alice: Client, shop: str, stored: Stored
) -> None:
    alice.post(url("app-disable"))
    first = restore_url("app.disable")
    alice.post(url("app-rotate-secret"))
    history = text_of(alice.get(url("app-history")))
    assert first in history
    page = text_of(alice.get(first))
    assert "Compared with now" in page
    assert "Enabled" in page
    assert "Secret" in page
    assert SHOP["AppSecret"]["S"] not in page
    assert "is what it was then" in text_of(restored(alice, first))
    assert stored("shop") == SHOP


def test_what_changed_between_the_comparison_and_the_yes_is_not_overwritten(
    bob: Client, shop: str, store_app: StoreApp, stored: Stored
) -> None:
    bob.post(url("app-disable"))
    address = restore_url("app.disable")
    revision = revision_on(text_of(bob.get(address)))
    store_app(MaxConnections={"N": "7"})
    answer = bob.post(address, {"revision": revision})
    assert answer.status_code == 409
    assert "comparison with what is stored now" in text_of(answer)
    assert (stored("shop") or {})["MaxConnections"] == {"N": "7"}
    bob.post(address, {"revision": revision_on(text_of(answer))})
    assert stored("shop") == SHOP


def test_a_state_that_is_stored_now_has_nothing_to_restore(bob: Client, shop: str) -> None:
    bob.post(url("app-disable"))
    page = text_of(bob.get(restore_url("app.disable", Side.AFTER)))
    assert "It is exactly like this now" in page
    assert '<button type="submit" class="btn btn-primary">' not in page


def test_a_deleted_app_is_listed_and_comes_back_whole(
    alice: Client, shop: str, stored: Stored
) -> None:
    alice.post(url("app-disable"))
    alice.post(url("app-delete"), {**DELETION, "reason": "OPS-3"})
    listed = text_of(alice.get(DELETED))
    assert "OPS-3" in listed
    assert restore_url("app.delete") in listed
    asked = text_of(alice.get(restore_url("app.delete")))
    assert "It is not in the table now" in asked
    assert SHOP["AppSecret"]["S"] not in asked
    restored(alice, restore_url("app.delete"))
    assert stored("shop") == {**SHOP, "Enabled": {"BOOL": False}}
    assert restore_url("app.delete") not in text_of(alice.get(DELETED))


def test_restoring_another_secret_asks_for_a_fresh_sign_in(
    alice: Client, shop: str, stored: Stored
) -> None:
    alice.post(url("app-rotate-secret"))
    rotated = stored("shop")
    late = Client()
    sign_in(late, Person.objects.get(username="alice"), minutes_ago=11)
    answer = restored(late, restore_url("app.rotate_secret"))
    assert "resume" in answer.redirect_chain[0][0]
    assert stored("shop") == rotated


def test_an_address_that_names_no_state_is_404(bob: Client, shop: str) -> None:
    bob.post(url("app-disable"))
    operation = last_operation("app.disable")
    for app_id, side in (("shop", "between"), ("chat", "before")):
        address = reverse("app-restore", args=["default", app_id, operation, side])
        assert bob.get(address).status_code == 404
