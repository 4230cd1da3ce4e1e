"""Second factors: their secrets encrypted, their changes written down."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import authentication_step_completed
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest

from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.models.encryption import decrypt_text, encrypt_text
from apps_admin.models.person import Person
from apps_admin.services.account_log import record_account_action
from apps_admin.services.accounts import actor_of

PURPOSE = "second factor"


class SecondFactorAdapter(DefaultMFAAdapter):
    """How allauth keeps second factors here."""

    error_messages = {  # noqa: RUF012 - allauth's own shape
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right. Codes change every 30 seconds and work once.",
        "key_missing": (
            "This second factor cannot be read: the key it was encrypted with is missing from VAULT_KEYS. "
            "Ask an administrator to bring the key back, or to run reset_second_factor."
        ),
    }

    def generate_authenticator_name(self, user: Person, type: Authenticator.Type) -> str:  # noqa: A002
        """A first proposal for a key's name."""
        return f"Key {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def encrypt(self, text: str) -> str:
        """A TOTP secret or the seed of recovery codes, as SQL keeps it."""
        return encrypt_text(PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret back. Raises a validation error when no key fits."""
        try:
            return decrypt_text(PURPOSE, encrypted_text)
        except InvalidToken as error:
            raise self.validation_error("key_missing") from error


def rotate_second_factor_keys() -> int:
    """Re-encrypt every authenticator app and recovery seed under the newest key; returns how many.

    One row at a time: killed at any moment, all stay readable while the former key is listed.
    """
    rotated = 0
    for pk in list(Authenticator.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
            kept = [name for name in ("secret", "seed") if factor and name in factor.data]
            for name in kept:
                factor.data[name] = encrypt_text(PURPOSE, decrypt_text(PURPOSE, factor.data[name]))
            if kept:
                factor.save(update_fields=["data"])
                rotated += 1
    return rotated


def remove_second_factors(person: Person) -> int:
    """Remove all of somebody's second factors; returns how many. Auditing is the caller's."""
    return int(Authenticator.objects.filter(user=person).delete()[0])


def count_second_factors(person: Person) -> int:
    """How many authenticator apps, passkeys and security keys somebody has."""
    factors = Authenticator.objects.filter(user=person)
    return factors.exclude(type=Authenticator.Type.RECOVERY_CODES).count()


def connect_receivers() -> None:
    """Listen to what allauth tells by signals only. Called once, when the Django app is ready."""
    authenticator_added.connect(_on_added, dispatch_uid="console")
    # allauth's own signals come after the commit; these come within it: a change and its entry, or neither.
    post_save.connect(_on_saved, sender=Authenticator, dispatch_uid="console")
    post_delete.connect(_on_deleted, sender=Authenticator, dispatch_uid="console")
    authentication_failed.connect(_on_failed, dispatch_uid="console")
    authentication_step_completed.connect(_on_confirmed, dispatch_uid="console")


def _on_added(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    # Adding a factor proves that it is at hand, so this session now has one.
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(
            request, user, method="mfa", id=authenticator.pk, type=authenticator.type
        )


def _on_saved(instance: Authenticator, *, created: bool, **_: Any) -> None:
    if created:
        _record_own_change(instance, "added")


def _on_deleted(instance: Authenticator, **_: Any) -> None:
    _record_own_change(instance, "removed")


def _record_own_change(authenticator: Authenticator, change: str) -> None:
    """Write down what people do to their own; what is done to others, `services/people.py` does."""
    request = context.request
    if request is None or request.user != authenticator.user:
        return
    record_account_action(
        Action.SECOND_FACTOR_UPDATE,
        actor_of(request),
        target=request.user.get_username(),
        after={str(authenticator.get_type_display()): change},
        request=request,
    )


def _on_failed(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    record_account_action(
        Action.SESSION_REFUSE,
        actor_of(request),
        target=user.username,
        outcome=Outcome.DENIED,
        reason=f"wrong second factor ({authenticator.get_type_display()})",
        request=request,
    )


def _on_confirmed(request: HttpRequest, *, reauthenticated: bool = False, **_: Any) -> None:
    """Who confirms who they are goes on under a new session key."""
    if reauthenticated:
        request.session.cycle_key()
