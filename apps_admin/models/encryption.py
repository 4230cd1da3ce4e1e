"""Encryption of what SQL keeps about sign-in: sessions and second factors.

The keys are derived from `VAULT_KEYS` (newest first), or from `SECRET_KEY` where there are none, one per purpose:
a text of one purpose cannot be read, or put, as another's.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

__all__ = ["InvalidToken", "decrypt_text", "encrypt_text"]


def encrypt_text(purpose: str, text: str) -> str:
    """The text encrypted with the newest key of this purpose."""
    return _cipher(purpose, _key_material()).encrypt(text.encode()).decode()


def decrypt_text(purpose: str, encrypted: str) -> str:
    """The text back, with whichever key still fits. Raises InvalidToken when none does."""
    return _cipher(purpose, _key_material()).decrypt(encrypted.encode()).decode()


def _key_material() -> tuple[str, ...]:
    fallbacks = [str(key) for key in settings.SECRET_KEY_FALLBACKS]
    return (*settings.VAULT_KEYS, settings.SECRET_KEY, *fallbacks)


@lru_cache(maxsize=32)
def _cipher(purpose: str, key_material: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derive(purpose, material)) for material in key_material])


def _derive(purpose: str, material: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"console {purpose}".encode())
    return base64.urlsafe_b64encode(derivation.derive(material.encode()))
