"""The vault keeps secrets encrypted, and says so when it cannot open them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps_admin.domain.errors import VaultKeyError
from apps_admin.models import VaultEntry
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.vault import (
    decrypt,
    encrypt,
    is_vault_open,
    keep_secret,
    open_secret,
    remove_expired_secrets,
    require_vault_keys,
    rotate_vault_keys,
)

OLD = Fernet.generate_key().decode()
NEW = Fernet.generate_key().decode()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _old_key(settings: Settings) -> None:
    settings.VAULT_KEYS = [OLD]


def test_what_is_kept_is_encrypted_and_opens_again() -> None:
    entry = keep_secret("s3cret", VaultPurpose.VERSION, subject="shop")
    assert b"s3cret" not in bytes(VaultEntry.objects.get().ciphertext)
    assert open_secret(entry) == "s3cret"


def test_rotation_killed_in_the_middle_leaves_everything_readable(
    settings: Settings,
) -> None:
    for number in range(5):
        keep_secret(f"secret {number}", VaultPurpose.VERSION)
    settings.VAULT_KEYS = [NEW, OLD]
    rotation = rotate_vault_keys()
    assert next(rotation) == 4
    assert next(rotation) == 3
    rotation.close()  # the kill: entries are under both keys now
    assert VaultEntry.objects.values("key_id").distinct().count() == 2
    require_vault_keys()
    texts = [open_secret(entry) for entry in VaultEntry.objects.order_by("pk")]
    assert texts == [f"secret {number}" for number in range(5)]

    assert list(rotate_vault_keys()) == [2, 1, 0]
    settings.VAULT_KEYS = [NEW]
    require_vault_keys()
    texts = [open_secret(entry) for entry in VaultEntry.objects.order_by("pk")]
    assert texts == [f"secret {number}" for number in range(5)]


def test_a_wrong_key_is_refused_at_start_and_on_opening(settings: Settings) -> None:
    entry = keep_secret("s3cret", VaultPurpose.VERSION)
    settings.VAULT_KEYS = [NEW]
    with pytest.raises(VaultKeyError, match="None of VAULT_KEYS"):
        require_vault_keys()
    with pytest.raises(VaultKeyError):
        open_secret(entry)


def test_keys_taken_away_are_missed_at_start(settings: Settings) -> None:
    keep_secret("s3cret", VaultPurpose.VERSION)
    settings.VAULT_KEYS = []
    with pytest.raises(VaultKeyError):
        require_vault_keys()


def test_a_vault_never_used_needs_no_keys(settings: Settings) -> None:
    settings.VAULT_KEYS = []
    require_vault_keys()
    assert not is_vault_open()
    with pytest.raises(VaultKeyError):
        keep_secret("s3cret", VaultPurpose.VERSION)


def test_a_key_that_is_none_is_named_without_being_shown(settings: Settings) -> None:
    settings.VAULT_KEYS = ["not-a-key-but-secret"]
    with pytest.raises(VaultKeyError) as caught:
        encrypt("x")
    assert "not-a-key" not in caught.value.message + caught.value.hint


def test_expired_entries_are_removed() -> None:
    keep_secret("kept for ever", VaultPurpose.CREDENTIALS)
    keep_secret("kept a day", VaultPurpose.UPLOAD, lifetime=timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert remove_expired_secrets() == 1
    assert [open_secret(entry) for entry in VaultEntry.objects.all()] == ["kept for ever"]


def test_a_column_of_ones_own_can_be_encrypted() -> None:
    assert decrypt(encrypt("totp")) == "totp"
