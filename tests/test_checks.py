"""The checks tell wrong settings before anything is done with them."""

from __future__ import annotations

import runpy

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django.fixtures import Settings

from apps_admin.checks import check_webhook_networks
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


@pytest.mark.django_db
def test_neither_web_nor_worker_starts_with_keys_other_than_those_in_use(
    settings: Settings,
) -> None:
    keep_secret("s3cret", VaultPurpose.VERSION)
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured, match="None of VAULT_KEYS opens"):
        runpy.run_module("dashboard.wsgi")
    with pytest.raises(SystemCheckError, match="None of VAULT_KEYS opens"):
        call_command("work", skip_checks=False)


@pytest.mark.parametrize(
    "networks", [["10.0.0.1/8"], ["10.20.0.0/16", "intranet"], ["10.0.0.0/33"]]
)
def test_networks_that_are_none_are_an_error(settings: Settings, networks: list[str]) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = networks
    (error,) = check_webhook_networks()
    assert error.id == "console.E301"
    assert networks[-1] in error.msg


def test_networks_in_cidr_form_are_taken(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.20.0.0/16", "fd12:3456::/32", "192.0.2.7"]
    assert check_webhook_networks() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"DEBUG": True, "LOCAL_RUN": False}, "console.E301"),
        ({"HOST": "192.0.2.7", "LOCAL_RUN": True}, "console.W302"),
        ({"ALLOWED_HOSTS": ["*"], "LOCAL_RUN": False}, "console.W303"),
        ({"WEB_WORKERS": 2}, "console.W304"),
        ({"DYNAMODB_TABLE": "20261120"}, "console.W305"),
        ({"DYNAMODB_TABLE": "no table"}, "console.E306"),
        ({"DYNAMODB_TABLE": ""}, "console.E306"),
        ({"DYNAMODB_REGION": "Frankfurt"}, "console.E306"),
        ({"DYNAMODB_ENDPOINT": "localhost:8001"}, "console.E306"),
    ],
)
def test_settings_that_cannot_mean_what_they_say_are_told(
    settings: Settings, changes: dict[str, object], code: str
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql") and code == "console.W304":
        return
    assert found() == {code}


def test_a_password_in_an_endpoint_is_not_repeated(settings: Settings) -> None:
    settings.DYNAMODB_ENDPOINT = "http://user:pa55word@127.0.0.1:8001"
    assert "pa55word" not in "".join(str(each.msg) for each in run_checks())
