"""What the doctor can find: the codes, how bad each is, what it does to soketi, and which fixes there are.

Codes are stable: they stand in reports, filters, SARIF files and scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from apps_admin.domain.app import App


class FindingSeverity(StrEnum):
    """error: soketi is broken or unsafe by it; warning: it does not do what it says; note: it works, untidily."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class FixMode(StrEnum):
    """as-read writes what soketi reads now; as-meant writes what the record says, which changes what soketi does."""

    AS_READ = "as-read"
    AS_MEANT = "as-meant"


@dataclass(frozen=True, kw_only=True)
class Fix:
    """One way to mend a finding. `apply` changes the finding's field and nothing else on the item."""

    mode: FixMode
    label: str
    apply: Callable[[App], App] = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault of one record. `index` is the webhook's, where it is about one."""

    code: str
    severity: FindingSeverity
    message: str
    effect: str
    attribute: str = ""
    index: int | None = None
    fixes: tuple[Fix, ...] = ()

    @property
    def fix(self) -> Fix | None:
        """The first fix: the one that changes least."""
        return self.fixes[0] if self.fixes else None

    def to_json(self) -> dict[str, object]:
        """Plain JSON for the API and reports."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "effect": self.effect,
            "attribute": self.attribute,
            "index": self.index,
            "fixes": [fix.mode.value for fix in self.fixes],
        }


@dataclass(frozen=True, kw_only=True)
class DuplicateFacts:
    """What other records of the same table say. Each holds the ids of other apps."""

    same_key: tuple[str, ...] = ()
    key_is_my_id: tuple[str, ...] = ()
    id_is_my_key: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """What DescribeTable says about `AppKeyIndex`. `projected` matters where it does not project ALL."""

    has_index: bool = True
    is_active: bool = True
    projects_all: bool = True
    projected: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class FindingRule:
    """One code: its usual severity, a title for lists, and the effect on soketi."""

    code: str
    severity: FindingSeverity
    title: str
    effect: str


_ERROR, _WARNING, _NOTE = FindingSeverity.ERROR, FindingSeverity.WARNING, FindingSeverity.NOTE

_TABLE: Final = (
    (
        "app-unreadable",
        _ERROR,
        "soketi cannot read the record",
        "Clients get 4001 and the HTTP API answers 404.",
    ),
    (
        "enabled-not-boolean",
        _WARNING,
        "Enabled is not BOOL",
        "Bytes and every text but the empty one mean enabled, also false and 0: only BOOL can disable the app.",
    ),
    (
        "client-messages-not-boolean",
        _WARNING,
        "EnableClientMessages is not BOOL",
        "soketi reads bytes by their text, but every other text but the empty one as on.",
    ),
    (
        "user-authentication-not-boolean",
        _WARNING,
        "EnableUserAuthentication is not BOOL",
        "Bytes and every text but the empty one mean on: clients that do not sign in are closed after 30 s (4009).",
    ),
    (
        "alias-overrides",
        _WARNING,
        "Another attribute overrides this one",
        "soketi takes the alias and ignores the attribute this console and soketi's documentation use.",
    ),
    (
        "alias-used",
        _NOTE,
        "The value stands in an alias",
        "soketi reads it, other tools may not.",
    ),
    (
        "alias-ignored",
        _NOTE,
        "An alias has no effect",
        "soketi ignores it, because the attribute itself wins.",
    ),
    (
        "limit-not-a-number",
        _ERROR,
        "A limit is not a number",
        "soketi reads NaN: rate limits become 4 per second, all other limits stop limiting.",
    ),
    (
        "limit-unreadable",
        _ERROR,
        "A limit is a map that cannot be read",
        "soketi's read of the record fails, or nobody can connect.",
    ),
    (
        "limit-blocks-everything",
        _ERROR,
        "A limit blocks everything",
        "0 and below do not mean unlimited here: soketi refuses every use.",
    ),
    (
        "rate-limit-zero",
        _WARNING,
        "A rate limit is 0",
        "Each is answered with 429 over HTTP, and with 4301 over a WebSocket.",
    ),
    (
        "max-connections-zero",
        _WARNING,
        "MaxConnections is 0",
        "soketi refuses nobody. To refuse connections, disable the app.",
    ),
    (
        "limit-read-differently",
        _WARNING,
        "A limit is read as another number",
        "soketi cuts off decimals and what follows the first digits, and reads numbers from 1e21 up as 1.",
    ),
    (
        "limit-not-number-type",
        _NOTE,
        "A limit is stored as text",
        "soketi reads it as a number, other tools may not.",
    ),
    (
        "client-event-limit-unused",
        _NOTE,
        "A limit for client events that are off",
        "The limit does nothing: soketi refuses every client event.",
    ),
    (
        "limit-beyond-rate",
        _NOTE,
        "A limit is above the rate of backend events",
        "soketi counts each channel of an event: what counts for more than the rate is always refused with 429.",
    ),
    (
        "secret-missing",
        _ERROR,
        "No secret",
        "soketi signs with the public text app-secret: anybody can publish and join private channels.",
    ),
    (
        "secret-default",
        _ERROR,
        "The secret is public",
        "The secret stands in public examples: anybody can publish and join private channels.",
    ),
    (
        "secret-not-text",
        _ERROR,
        "The secret is not text",
        "Any request to the HTTP API with this app's id, signed or not, shuts the soketi server down.",
    ),
    (
        "secret-bytes",
        _WARNING,
        "The secret is stored as bytes",
        "soketi signs with the bytes; other tools show or use something else.",
    ),
    (
        "secret-weak",
        _WARNING,
        "The secret is weak",
        "Whoever guesses it can publish and join private channels.",
    ),
    (
        "key-missing",
        _ERROR,
        "No AppKey",
        "The app is not in AppKeyIndex: WebSocket clients get 4001; only the HTTP API finds it.",
    ),
    (
        "key-duplicate",
        _ERROR,
        "Another app has the same key",
        "soketi picks one of them for every connection, not necessarily this one.",
    ),
    (
        "id-is-another-key",
        _ERROR,
        "The id is another app's key",
        "With soketi's app cache on, one app is served in place of the other.",
    ),
    (
        "key-is-another-id",
        _ERROR,
        "The key is another app's id",
        "With soketi's app cache on, one app is served in place of the other.",
    ),
    (
        "id-unreachable",
        _ERROR,
        "The id cannot be reached by URL",
        "soketi looks up the text of the address undecoded, and clients encode this: the HTTP API answers 404.",
    ),
    (
        "key-unreachable",
        _ERROR,
        "The key cannot be reached by URL",
        "soketi looks up the text of the address undecoded, and clients encode this: they get 4001.",
    ),
    (
        "id-needs-care",
        _WARNING,
        "The id works only where it is not encoded",
        "Libraries that encode these characters get 404.",
    ),
    (
        "key-needs-care",
        _WARNING,
        "The key works only where it is not encoded",
        "Clients that encode these characters get 4001.",
    ),
    (
        "webhooks-unparsable",
        _ERROR,
        "The webhooks cannot be read",
        "soketi silently works without any webhooks.",
    ),
    (
        "webhooks-not-text",
        _NOTE,
        "The webhooks are not stored as JSON text",
        "soketi bears it; other tools may not.",
    ),
    (
        "webhook-hides-app",
        _ERROR,
        "A webhook makes the app vanish",
        "Clients get 4001, the HTTP API answers 404, and the server shuts down when clients are connected.",
    ),
    (
        "webhook-stops-server",
        _ERROR,
        "A webhook shuts soketi down",
        "The whole server stops, for all apps, the first time the webhook fires.",
    ),
    (
        "webhook-ignored",
        _WARNING,
        "A webhook never arrives",
        "soketi never delivers it, and says nothing.",
    ),
    (
        "webhook-plain-http",
        _WARNING,
        "A webhook goes over plain http",
        "Channel names and event data cross the network in clear.",
    ),
    (
        "webhook-url-secret",
        _WARNING,
        "A secret in a webhook's URL",
        "Logs and everybody who may read the table can see it.",
    ),
    (
        "webhook-suspicious",
        _WARNING,
        "A webhook holds something soketi ignores or misreads",
        "It does not do what it says.",
    ),
    (
        "attribute-lookalike",
        _WARNING,
        "An attribute looks like one soketi reads",
        "soketi ignores it, so the setting has no effect.",
    ),
    (
        "item-large",
        _WARNING,
        "The record is large",
        "DynamoDB refuses items over 400 KB, and soketi keeps the whole record for every open connection.",
    ),
    (
        "index-not-all",
        _ERROR,
        "AppKeyIndex leaves attributes of this app out",
        "WebSocket connections do not see them: soketi takes defaults, the public secret and enabled among them.",
    ),
    (
        "index-missing",
        _ERROR,
        "The table has no usable AppKeyIndex",
        "Every WebSocket client gets 4001, while the HTTP API works.",
    ),
)

RULES: Final[Mapping[str, FindingRule]] = MappingProxyType(
    {
        code: FindingRule(code=code, severity=severity, title=title, effect=effect)
        for code, severity, title, effect in _TABLE
    }
)
"""Every code the doctor knows; `docs/findings.md` lists them."""


def finding(
    code: str,
    message: str,
    *,
    attribute: str = "",
    severity: FindingSeverity | None = None,
    effect: str = "",
    index: int | None = None,
    fixes: tuple[Fix, ...] = (),
) -> Finding:
    """A finding of a known code; severity and effect are the rule's unless given."""
    rule = RULES[code]
    return Finding(
        code=code,
        severity=severity or rule.severity,
        message=message,
        effect=effect or rule.effect,
        attribute=attribute,
        index=index,
        fixes=fixes,
    )
