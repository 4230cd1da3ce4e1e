"""Where secrets hide: names that announce one, and addresses that carry one."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_WORDS: Final = (
    "secret",
    "token",
    "password",
    "passwd",
    "pwd",
    "apikey",
    "accesskey",
    "authkey",
    "privatekey",
    "signature",
    "credential",
    "authorization",
    "passphrase",
    "bearer",
    "jwt",
)
_EXACT: Final = frozenset({"key", "auth", "sig", "code", "sign", "hmac", "sas", "pass"})
_PUNCTUATION = re.compile(r"[^a-z0-9]")


def is_secret_name(name: str) -> bool:
    """Whether a parameter, option or member of this name is likely to hold a secret."""
    plain = _PUNCTUATION.sub("", name.lower())
    return plain in _EXACT or any(word in plain for word in _WORDS)


def has_userinfo(url: str) -> bool:
    """Whether the address carries a name or password before its host."""
    try:
        return "@" in urlsplit(url.strip()).netloc
    except ValueError:
        return "@" in url


def has_secret_query(url: str) -> bool:
    """Whether the address carries a parameter, in its query or fragment, that looks like a secret."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return any(
        is_secret_name(name) and value
        for text in (parts.query, parts.fragment)
        for name, value in parse_qsl(text, keep_blank_values=True)
    )
