"""Forms that another site made up."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.models import Person
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def strict_client(alice: Person) -> Client:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, alice)
    return client


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_a_form_of_another_site_is_refused_and_not_offered_again(
    strict_client: Client, vera: Person, origin: str | None
) -> None:
    answer = strict_client.post(
        reverse("person-remove", args=[vera.pk]),
        {"forged": "by-evil-example"},
        headers={"Origin": origin} if origin else {},
    )

    assert answer.status_code == 403
    assert "by-evil-example" not in answer.content.decode()
    assert "Send again" not in answer.content.decode()
    vera.refresh_from_db()
    assert vera.is_active


def test_an_own_form_with_an_old_token_keeps_what_was_typed(
    strict_client: Client, vera: Person
) -> None:
    answer = strict_client.post(
        reverse("person-update-role", args=[vera.pk]),
        {"connection": "*", "role": "operator", "csrfmiddlewaretoken": "x" * 64},
        headers={"Origin": "http://testserver"},
    )

    assert answer.status_code == 403
    assert 'value="operator"' in answer.content.decode()
