"""Revealing a secret: only on purpose, only for those who may, and always written down."""

from __future__ import annotations

from django.test import Client

from apps_admin.domain.actions import Action
from apps_admin.models import AuditEntry
from tests.sign_in import sign_in
from tests.views.conftest import SHOP, person, text_of, url

SECRET = SHOP["AppSecret"]["S"]


def test_it_shows_the_secret_and_records_that_somebody_looked(alice: Client, shop: str) -> None:
    page = text_of(alice.post(url("app-reveal-secret")))
    assert SECRET in page
    entry = AuditEntry.objects.get(action=Action.APP_REVEAL_SECRET, outcome="succeeded")
    assert (entry.actor_name, entry.target) == ("alice", "shop")


def test_htmx_gets_the_secret_and_the_snippets_with_it(alice: Client, shop: str) -> None:
    part = text_of(alice.post(url("app-reveal-secret"), headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert f"PUSHER_APP_SECRET={SECRET}" in part


def test_one_call_reads_the_secret_and_the_page(
    alice: Client, shop: str, dynamodb_calls: list[str]
) -> None:
    alice.post(url("app-reveal-secret"))
    assert dynamodb_calls == ["GetItem"]


def test_asking_for_the_page_does_not_show_it(alice: Client, shop: str) -> None:
    assert SECRET not in text_of(alice.get(url("app-reveal-secret")))


def test_an_operator_without_the_permission_is_refused_and_recorded(bob: Client, shop: str) -> None:
    answer = bob.post(url("app-reveal-secret"))
    assert answer.status_code == 403
    assert SECRET not in text_of(answer)
    assert AuditEntry.objects.filter(
        action=Action.APP_REVEAL_SECRET, outcome="denied", actor_name="bob"
    ).exists()


def test_an_old_sign_in_has_to_be_renewed_first(alice: Client, shop: str) -> None:
    sign_in(alice, person("alice"), minutes_ago=60)
    answer = alice.post(url("app-reveal-secret"))
    assert answer.status_code == 302
    assert "resume" in answer["Location"]
    assert not AuditEntry.objects.filter(action=Action.APP_REVEAL_SECRET).exists()
