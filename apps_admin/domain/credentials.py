"""New ids, keys and secrets, and how strong a secret is."""

from __future__ import annotations

import re
import secrets
from typing import Final

IDENTIFIER_PATTERN: Final = r"[A-Za-z0-9_-]{1,64}"
SHORTEST_ADVISED_SECRET: Final = 16
LONGEST_SECRET: Final = 4096
_IDENTIFIER = re.compile(IDENTIFIER_PATTERN, re.ASCII)
# Published in soketi's, Laravel's and Pusher's examples, so everybody knows them.
_KNOWN_SECRETS: Final = frozenset(
    {"app-secret", "app_secret", "appsecret", "secret", "some-app-secret", "your-app-secret"}
)
_FEW_CHARACTERS: Final = 5


def new_app_id() -> str:
    """A new random id, 128 bits, 32 hexadecimal characters."""
    return secrets.token_hex(16)


def new_app_key() -> str:
    """A new random key, 128 bits, 32 hexadecimal characters."""
    return secrets.token_hex(16)


def new_app_secret() -> str:
    """A new random secret, 256 bits, 64 hexadecimal characters."""
    return secrets.token_hex(32)


def is_identifier(text: str) -> bool:
    """Whether this may be a new id or key: 1 to 64 letters, digits, `_` and `-` reach soketi through every client."""
    return bool(_IDENTIFIER.fullmatch(text))


def check_identifier(name: str, text: str) -> list[str]:
    """Why this cannot be a new id or key; empty when it can."""
    if is_identifier(text):
        return []
    if not text:
        return [f"{name}: type one, or let the console make one."]
    message = (
        f"{name}: use 1 to 64 of the characters A-Z, a-z, 0-9, _ and -. "
        "soketi looks up the text of the address undecoded, and clients encode others."
    )
    return [message]


def check_secret(text: str) -> list[str]:
    """Why this cannot be stored as a secret; empty when it can. Weak ones can: see `secret_weakness`."""
    if not text:
        return ["Secret: with an empty one soketi would sign with the public text app-secret."]
    if len(text) > LONGEST_SECRET:
        return [f"Secret: at most {LONGEST_SECRET} characters."]
    if not text.isprintable() or text != text.strip():
        return ["Secret: no spaces around it, no line breaks, no control characters."]
    return []


def secret_weakness(text: str) -> str:
    """Why this secret is easy to guess; empty when it is not."""
    if text.lower() in _KNOWN_SECRETS:
        return "it stands in public examples"
    if len(text) < SHORTEST_ADVISED_SECRET:
        return f"it is shorter than {SHORTEST_ADVISED_SECRET} characters"
    if len(set(text)) < _FEW_CHARACTERS:
        return f"it has fewer than {_FEW_CHARACTERS} different characters"
    return ""
