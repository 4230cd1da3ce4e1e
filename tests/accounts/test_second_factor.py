"""Second factors: an authenticator app and recovery codes. Passkeys are in tests/browser."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps_admin.models import AuditEntry, Person
from apps_admin.services.second_factor import SecondFactorAdapter
from tests.accounts.cast import PASSWORD

pytestmark = pytest.mark.django_db


def code_of(secret: str, *, ahead: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))


def sign_in_with_password(client: Client) -> str:
    answer = client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    return answer.headers["Location"]


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("account-show")).status_code == 200


@pytest.fixture
def secret(alice: Person) -> str:
    """The secret of Alice's authenticator app, added through the pages."""
    client = Client()
    sign_in_with_password(client)
    client.get(reverse("mfa_activate_totp"))
    secret: str = client.session["mfa.totp.secret"]
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer.status_code == 302
    return secret


def test_the_password_alone_no_longer_signs_in(secret: str) -> None:
    client = Client()

    assert sign_in_with_password(client) == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})
    assert is_signed_in(client)


def test_a_code_works_once(secret: str) -> None:
    first, second = Client(), Client()
    code = code_of(secret, ahead=1)
    for client in (first, second):
        sign_in_with_password(client)
        client.post(reverse("mfa_authenticate"), {"code": code})

    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_after_five_wrong_codes_even_the_right_one_waits(secret: str) -> None:
    client = Client()
    sign_in_with_password(client)
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    client.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})

    assert not is_signed_in(client)
    assert AuditEntry.objects.filter(action="session.refuse", target="alice").count() == 5


def test_leaving_half_way_leaves_nothing_behind(secret: str) -> None:
    client = Client()
    sign_in_with_password(client)

    client.post(reverse("account_logout"), {"next": reverse("account_login")})

    assert client.get(reverse("mfa_authenticate")).status_code == 302
    assert not is_signed_in(client)


def test_sql_holds_neither_the_secret_nor_the_codes(secret: str) -> None:
    rows = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in rows
    assert (
        SecondFactorAdapter().decrypt(Authenticator.objects.get(type="totp").data["secret"])
        == secret
    )


def test_a_secret_cannot_be_put_where_another_kind_of_text_is_read(secret: str) -> None:
    from apps_admin.models.encryption import InvalidToken, decrypt_text

    stored = Authenticator.objects.get(type="totp").data["secret"]

    with pytest.raises(InvalidToken):
        decrypt_text("session", stored)


def test_keys_can_be_exchanged(secret: str, settings: Settings) -> None:
    settings.VAULT_KEYS = ["the-new-key", *settings.VAULT_KEYS]
    client = Client()
    sign_in_with_password(client)

    client.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})

    assert is_signed_in(client)


def test_a_lost_key_is_named_and_opens_nothing(secret: str, settings: Settings) -> None:
    settings.VAULT_KEYS = ["another-key"]
    settings.SECRET_KEY = "another-secret-key-" * 3
    client = Client()
    sign_in_with_password(client)

    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})

    assert "VAULT_KEYS" in answer.content.decode()
    assert not is_signed_in(client)


def test_recovery_codes_are_shown_once_and_work_once(alice: Person, secret: str) -> None:
    owner = Client()
    sign_in_with_password(owner)
    owner.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})
    codes = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()
    first = owner.get(reverse("mfa_view_recovery_codes")).content.decode()
    again = owner.get(reverse("mfa_view_recovery_codes")).content.decode()

    assert codes[0] in first
    assert codes[0] not in again
    for expected in (True, False):
        client = Client()
        sign_in_with_password(client)
        client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert is_signed_in(client) is expected


def test_what_happens_to_second_factors_is_written_down(secret: str) -> None:
    told = AuditEntry.objects.filter(action="second_factor.update", target="alice")

    assert [entry.after for entry in told.order_by("sequence")] == [
        '{"TOTP Authenticator":"added"}',
        '{"Recovery codes":"added"}',
    ]
    assert secret not in str(list(AuditEntry.objects.values()))


def test_adding_one_needs_a_fresh_sign_in(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = Client()
        sign_in_with_password(client)
        clock.shift(timedelta(minutes=11))

        answer = client.get(reverse("mfa_activate_totp"))

        assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
        assert "mfa.totp.secret" not in client.session


def test_one_person_cannot_touch_the_factor_of_another(secret: str, bob: Person) -> None:
    key = Authenticator.objects.create(
        user=Person.objects.get(username="alice"),
        type="webauthn",
        data={"name": "Alice's key", "credential": {}},
    )
    client = Client()
    client.post(reverse("account_login"), {"login": "bob", "password": PASSWORD})

    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.post(reverse(name, args=[key.pk]), {"name": "Bob's"}).status_code == 404
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 404


def test_an_administrator_resets_the_factors_of_who_lost_them(
    secret: str, bob: Person, alice: Person
) -> None:
    from apps_admin.domain.actor import EVERY_CONNECTION
    from apps_admin.models import Membership
    from tests.sign_in import sign_in

    Membership.objects.create(person=bob, connection=EVERY_CONNECTION, role="administrator")
    admin = Client()
    sign_in(admin, bob)

    admin.post(reverse("person-reset-second-factor", args=[alice.pk]))

    client = Client()
    assert sign_in_with_password(client) == "/"
