"""Keeping secrets in SQL: encrypted with `VAULT_KEYS`, each entry with its key's id and, mostly, an expiry.

Encryption is MultiFernet: the first key encrypts, any key of the list opens. Rotation re-encrypts entry by entry, each
in a transaction of its own, so it may be killed at any moment: as long as both keys are listed everything opens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps_admin.domain.errors import VaultKeyError
from apps_admin.models import VaultEntry, VaultKeyCheck
from apps_admin.models.vault import VaultPurpose, key_checks_of, store_secrets
from apps_admin.services.audit import records_answering

KNOWN_TEXT = b"soketi console vault"
NO_KEYS_HINT = (
    'Make one with `python -c "from cryptography.fernet import Fernet; '
    'print(Fernet.generate_key().decode())"` and set VAULT_KEYS (or VAULT_KEYS_FILE).'
)


def is_vault_open() -> bool:
    """Whether there are keys at all; without them nothing that needs the vault is offered."""
    return bool(settings.VAULT_KEYS)


def require_open_vault() -> None:
    """Raises VaultKeyError when there are no keys, before anything is begun that needs them."""
    _keys()


def keep_secret(
    text: str,
    purpose: VaultPurpose,
    *,
    connection: str = "",
    subject: str = "",
    operation_id: str = "",
    lifetime: timedelta | None = None,
) -> VaultEntry:
    """Encrypt and keep a text. Raises VaultKeyError without keys."""
    key_id = _key_ids()[0]
    now = timezone.now()
    with records_answering(), transaction.atomic():
        _remember_key(key_id)
        return VaultEntry.objects.create(
            purpose=purpose.value,
            connection=connection,
            subject=subject,
            operation_id=operation_id,
            key_id=key_id,
            ciphertext=encrypt(text),
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
        )


def keep_secrets(
    texts: Sequence[tuple[str, str, str]],
    purpose: VaultPurpose,
    *,
    connection: str,
    lifetime: timedelta | None = None,
) -> None:
    """Encrypt and keep many texts at once, each as (text, subject, operation id). Raises VaultKeyError without keys."""
    key_id, keys = _key_ids()[0], _keys()
    now = timezone.now()
    with records_answering(), transaction.atomic():
        _remember_key(key_id)
        store_secrets(
            (
                (subject, operation_id, keys.encrypt(text.encode()))
                for text, subject, operation_id in texts
            ),
            purpose=purpose,
            connection=connection,
            key_id=key_id,
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
        )


def open_secret(entry: VaultEntry) -> str:
    """The text of an entry. Raises VaultKeyError when no key opens it."""
    return decrypt(bytes(entry.ciphertext), key_id=entry.key_id)


def encrypt(text: str) -> bytes:
    """Encrypt a text for a column of somebody's own. Raises VaultKeyError without keys."""
    return _keys().encrypt(text.encode())


def decrypt(ciphertext: bytes, *, key_id: str = "") -> str:
    """The text again. Raises VaultKeyError when no key opens it."""
    try:
        return _keys().decrypt(ciphertext).decode()
    except InvalidToken as exc:
        made_with = f" It was encrypted with the key {key_id}." if key_id else ""
        raise VaultKeyError(
            f"None of VAULT_KEYS opens what the vault holds.{made_with}",
            hint="Add the former key to the end of VAULT_KEYS.",
        ) from exc


def rotate_vault_keys() -> Generator[int, None, None]:
    """Re-encrypt every entry that is not under the first key; yields how many entries are left after each one.

    Killed at any moment, all entries stay readable with the old and the new key listed; run it again to go on.
    """
    newest = _key_ids()[0]
    with records_answering(), transaction.atomic():
        _remember_key(newest)
    waiting = VaultEntry.objects.exclude(key_id=newest).order_by("pk")
    left = waiting.count()
    for pk in list(waiting.values_list("pk", flat=True)):
        with records_answering(), transaction.atomic():
            entry = VaultEntry.objects.select_for_update().filter(pk=pk).first()
            if entry is not None and entry.key_id != newest:
                entry.ciphertext = _keys().rotate(bytes(entry.ciphertext))
                entry.key_id = newest
                entry.save(update_fields=["ciphertext", "key_id"])
        left -= 1
        yield left
    with records_answering():
        VaultKeyCheck.objects.exclude(key_id=newest).delete()


def remove_expired_secrets() -> int:
    """Delete the entries whose time is over; returns how many."""
    with records_answering():
        removed, _ = VaultEntry.objects.filter(expires_at__lte=timezone.now()).delete()
    return removed


def require_vault_keys() -> None:
    """Raises VaultKeyError when a key that the vault's entries need is missing or wrong. Called at start."""
    if not is_vault_open():
        if VaultEntry.objects.exists():
            raise VaultKeyError(
                "VAULT_KEYS is not set, but the vault holds secrets encrypted with such a key.",
                hint="Put the former VAULT_KEYS back.",
            )
        return
    _keys()
    used = set(VaultEntry.objects.values_list("key_id", flat=True).distinct())
    for check in VaultKeyCheck.objects.filter(key_id__in=used):
        decrypt(bytes(check.ciphertext), key_id=check.key_id)
    missing = used - set(_key_ids())
    if missing:
        raise VaultKeyError(
            f"VAULT_KEYS lacks the key {', '.join(sorted(missing))}, under which the vault holds secrets.",
            hint="Add the former key to the end of VAULT_KEYS, then run `manage.py rotate_vault_keys`.",
        )


def _remember_key(key_id: str) -> None:
    if not key_checks_of(key_id):
        check = VaultKeyCheck(
            key_id=key_id, ciphertext=_keys().encrypt(KNOWN_TEXT), created_at=timezone.now()
        )
        VaultKeyCheck.objects.bulk_create([check], ignore_conflicts=True)


def _keys() -> MultiFernet:
    if not settings.VAULT_KEYS:
        raise VaultKeyError("VAULT_KEYS is not set, so no secret can be kept.", hint=NO_KEYS_HINT)
    try:
        return MultiFernet([Fernet(key) for key in settings.VAULT_KEYS])
    except ValueError as exc:
        raise VaultKeyError(
            "VAULT_KEYS holds something that is not 32 bytes in URL-safe base64.", hint=NO_KEYS_HINT
        ) from exc


def _key_ids() -> list[str]:
    """A short name of each key, newest first: the start of its SHA-256."""
    _keys()
    return [hashlib.sha256(str(key).encode()).hexdigest()[:8] for key in settings.VAULT_KEYS]
