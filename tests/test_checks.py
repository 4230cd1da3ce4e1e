"""The checks tell wrong keys before anything is written with them."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action
from apps_admin.models import AuditHead
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.audit import record_event
from apps_admin.services.vault import keep_secret
from tests.cast import ALICE


def found(*, databases: bool = False) -> set[str]:
    messages = run_checks(databases=["default"] if databases else None)
    return {str(each.id) for each in messages if str(each.id).startswith("console.")}


def test_good_keys_are_silent() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AUDIT_KEY", "", "console.E201"),
        ("AUDIT_KEY", "short", "console.W202"),
        ("VAULT_KEYS", ["no key"], "console.E203"),
        ("VAULT_KEYS", [], "console.W104"),
    ],
)
def test_a_bad_key_has_a_message_of_its_own(
    settings: Settings, name: str, value: object, code: str
) -> None:
    setattr(settings, name, value)
    assert found() == {code}


@pytest.mark.django_db
def test_keys_other_than_those_in_use_are_found(settings: Settings) -> None:
    record_event(ALICE, Action.SESSION_SIGN_IN)
    keep_secret("s3cret", VaultPurpose.VERSION)
    assert found(databases=True) == set()
    settings.AUDIT_KEY = "another-audit-key-" * 3
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    assert found(databases=True) == {"console.E204", "console.E205"}
    AuditHead.objects.all().delete()
    assert found(databases=True) == {"console.E205"}
