"""Which attributes soketi reads for which field, and which of several names wins.

soketi 1.6.1 `src/app.ts:304-314` tries the names of a field in order and the last one present wins; `''` and null count
as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

from apps_admin.domain.limits import LIMITS


class Flag(StrEnum):
    """The three switches of an app, by their names in the API."""

    ENABLED = "enabled"
    CLIENT_MESSAGES = "enable_client_messages"
    USER_AUTHENTICATION = "enable_user_authentication"


@dataclass(frozen=True, kw_only=True)
class StoredField:
    """One field: the attribute the console writes, and every name soketi reads, weakest first."""

    name: str
    attribute: str
    names: tuple[str, ...]

    @cached_property
    def aliases(self) -> tuple[str, ...]:
        """The names other than the attribute's own, weakest first."""
        return tuple(name for name in self.names if name != self.attribute)

    @property
    def overriding(self) -> tuple[str, ...]:
        """The aliases that win over the attribute."""
        return self.names[self.names.index(self.attribute) + 1 :]


def _field(name: str, attribute: str, *names: str) -> StoredField:
    return StoredField(name=name, attribute=attribute, names=names)


ID: Final = _field("id", "AppId", "id", "AppId")
KEY: Final = _field("key", "AppKey", "key", "AppKey")
SECRET: Final = _field("secret", "AppSecret", "secret", "AppSecret")
WEBHOOKS: Final = _field("webhooks", "Webhooks", "webhooks", "Webhooks")

FLAGS: Final[Mapping[Flag, StoredField]] = MappingProxyType(
    {
        Flag.ENABLED: _field("enabled", "Enabled", "enabled", "Enabled"),
        Flag.CLIENT_MESSAGES: _field(
            "enable_client_messages",
            "EnableClientMessages",
            "enableClientMessages",
            "EnableClientMessages",
            "enable_client_messages",
        ),
        Flag.USER_AUTHENTICATION: _field(
            "enable_user_authentication",
            "EnableUserAuthentication",
            "enableUserAuthentication",
            "EnableUserAuthentication",
            "enable_user_authentication",
        ),
    }
)

# What soketi takes when a field is absent.
FLAG_DEFAULTS: Final[Mapping[Flag, bool]] = MappingProxyType(
    {Flag.ENABLED: True, Flag.CLIENT_MESSAGES: False, Flag.USER_AUTHENTICATION: False}
)
DEFAULT_ID: Final = "app-id"
DEFAULT_KEY: Final = "app-key"
DEFAULT_SECRET: Final = "app-secret"  # noqa: S105 - soketi's own literal, app.ts:184

FIELDS: Final[Mapping[str, StoredField]] = MappingProxyType(
    {
        each.name: each
        for each in (
            ID,
            KEY,
            SECRET,
            *FLAGS.values(),
            *(_field(limit.value, rule.attribute, *rule.names) for limit, rule in LIMITS.items()),
            WEBHOOKS,
        )
    }
)

FIELD_OF_ATTRIBUTE: Final[Mapping[str, StoredField]] = MappingProxyType(
    {name: each for each in FIELDS.values() for name in each.names}
)
"""Every attribute name soketi reads, aliases included, and its field."""

SECRET_ATTRIBUTES: Final = frozenset(SECRET.names)
READABLE_ATTRIBUTES: Final = tuple(
    name for name in FIELD_OF_ATTRIBUTE if name not in SECRET_ATTRIBUTES
)
"""What a viewer without secrets may read: everything soketi reads but the secret, aliases included."""
