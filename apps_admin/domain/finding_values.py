"""The doctor's rules for flags, aliases and limits."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from apps_admin.domain.app import App
from apps_admin.domain.fields import FIELDS, FLAGS, SECRET, WEBHOOKS, Flag, StoredField
from apps_admin.domain.finding import Finding, FindingSeverity, Fix, FixMode, finding
from apps_admin.domain.item import AttributeValue
from apps_admin.domain.limits import LIMITS, RATE_LIMITS, Limit, check_limit, number_attribute_text
from apps_admin.domain.soketi_view import BLOCKED, DEFAULT_SOURCE, EffectiveLimit, stored_type

_FALSE_WORDS: Final = frozenset({"false", "f", "no", "n", "off", "0", "\0", "disabled"})
_TRUE_WORDS: Final = frozenset({"true", "t", "yes", "y", "on", "1", "\1", "enabled"})
_FLAG_CODES: Final = {
    Flag.ENABLED: "enabled-not-boolean",
    Flag.CLIENT_MESSAGES: "client-messages-not-boolean",
    Flag.USER_AUTHENTICATION: "user-authentication-not-boolean",
}
_FLAG_WORDS: Final = {
    Flag.ENABLED: ("enabled", "disabled"),
    Flag.CLIENT_MESSAGES: ("client messages on", "client messages off"),
    Flag.USER_AUTHENTICATION: ("user authentication on", "user authentication off"),
}


def meant_flag(value: AttributeValue) -> bool | None:
    """What a stored flag says to a person, None when it says nothing clear.

    Bytes that are the base64 decoding of a word were written by a tool that decoded it once too often.
    """
    for kind, content in value.items():
        if kind == "BOOL":
            return bool(content)
        if kind == "N":
            return _number(str(content)) != 0
        if kind == "S":
            return _meant_text(content)
        if kind == "B":
            text = bytes(content).decode("utf-8", "replace")
            meant = _meant_text(text)
            return _meant_text(base64.b64encode(content).decode()) if meant is None else meant
    return None


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _meant_text(text: str) -> bool | None:
    word = text.strip().lower()
    if word in _TRUE_WORDS:
        return True
    return False if word in _FALSE_WORDS else None


def find_flags(app: App) -> Iterator[Finding]:
    """Flags that are not BOOL."""
    for flag, stored in FLAGS.items():
        effective = app.view.flag(flag)
        name = effective.source if effective.source != DEFAULT_SOURCE else stored.attribute
        value = app.item.get(name)
        if value is None or "BOOL" in value:
            continue
        yield _flag_finding(app, flag, name, value)


def _flag_finding(app: App, flag: Flag, name: str, value: AttributeValue) -> Finding:
    read, meant = app.view.flag(flag).value, meant_flag(value)
    word, kind = _FLAG_WORDS[flag][not read], stored_type(app.item, name)
    if "NULL" in value or value.get("S") == "":
        message = f"{name} is empty, so soketi takes its default: {word}."
        severity = FindingSeverity.NOTE
    elif meant is None:
        message = (
            f"{name} is stored as {kind} and says neither true nor false; soketi reads {word}."
        )
        severity = FindingSeverity.WARNING
    elif meant != read:
        message = f"{name} is stored as {kind} and says {_FLAG_WORDS[flag][not meant]}, but soketi reads {word}."
        severity = FindingSeverity.ERROR
    else:
        message = f"{name} is stored as {kind}, not BOOL; soketi reads {word}, as it says."
        severity = FindingSeverity.NOTE if kind == "N" else FindingSeverity.WARNING
    fixes = [_flag_fix(flag, FixMode.AS_READ, value=read)]
    if meant is not None:
        fixes.append(_flag_fix(flag, FixMode.AS_MEANT, value=meant))
    return finding(
        _FLAG_CODES[flag], message, attribute=name, severity=severity, fixes=tuple(fixes)
    )


def _flag_fix(flag: Flag, mode: FixMode, *, value: bool) -> Fix:
    return Fix(
        mode=mode,
        label=f"Write {FLAGS[flag].attribute} as BOOL: {_FLAG_WORDS[flag][not value]}",
        apply=lambda app: app.with_flag(flag, value),
    )


_ALIASES: Final = frozenset(name for field in FIELDS.values() for name in field.aliases)


def find_aliases(app: App) -> Iterator[Finding]:
    """Several attributes for one field, or an alias in place of the attribute."""
    attributes = app.item.attributes
    if _ALIASES.isdisjoint(attributes):
        return
    for stored in FIELDS.values():
        aliases = [name for name in stored.aliases if name in attributes]
        if not aliases:
            continue
        winner = next((name for name in reversed(stored.names) if _is_present(app, name)), "")
        yield _alias_finding(app, stored, aliases, winner)


def _is_present(app: App, name: str) -> bool:
    value = app.item.attributes.get(name)
    return value is not None and "NULL" not in value and value.get("S") != ""


def _alias_finding(app: App, stored: StoredField, aliases: list[str], winner: str) -> Finding:
    attribute, named = stored.attribute, " and ".join(aliases)
    has_own = attribute in app.item.attributes
    if winner in aliases and has_own:
        code, message = "alias-overrides", f"{winner} overrides {attribute}."
    elif winner in aliases:
        code, message = "alias-used", f"{winner} stands in for {attribute}."
    else:
        code, message = "alias-ignored", f"{named} has no effect beside {attribute}."
    fixes = [
        Fix(
            mode=FixMode.AS_READ,
            label=f"Keep what soketi reads, in {attribute}, and remove {named}",
            apply=lambda app: _as_read(app, stored, winner),
        )
    ]
    if not _can_write(app, stored, winner):
        fixes.clear()
    if has_own:
        fixes.append(
            Fix(
                mode=FixMode.AS_MEANT,
                label=f"Keep {attribute} as it is and remove {named}",
                apply=lambda app: App(app.item.without(*stored.aliases)),
            )
        )
    return finding(code, message, attribute=winner or aliases[0], fixes=tuple(fixes))


def _can_write(app: App, stored: StoredField, winner: str) -> bool:
    """Whether what soketi reads has a canonical form that can be stored."""
    if winner == stored.attribute or not winner:
        return True
    if stored.name in LIMITS:
        limit = Limit(stored.name)
        value = app.limits[limit]
        return value is not None and not check_limit(limit, value)
    if stored is SECRET:
        return bool(app.secret)
    if stored is WEBHOOKS:
        return not app.view.webhooks_dropped
    return stored in FLAGS.values()


def _as_read(app: App, stored: StoredField, winner: str) -> App:
    if winner == stored.attribute or not winner:
        return App(app.item.without(*stored.aliases))
    if stored.name in LIMITS:
        limit = Limit(stored.name)
        return app.with_limit(limit, app.limits[limit])
    if stored is SECRET:
        return app.with_secret(app.secret)
    if stored is WEBHOOKS:
        return app.with_webhooks(app.webhooks_text)
    flag = next(each for each, field in FLAGS.items() if field is stored)
    return app.with_flag(flag, app.flag(flag))


def find_limits(app: App) -> Iterator[Finding]:
    """Limits that block, that are no number, or that are read as another number."""
    for limit, effective in app.view.limits.items():
        if effective.source == DEFAULT_SOURCE:
            continue
        name = LIMITS[limit].attribute if effective.source == "record" else effective.source
        found = _limit_finding(app, limit, name, effective)
        if found:
            yield found
    yield from _find_combinations(app)


def _find_combinations(app: App) -> Iterator[Finding]:
    """Limits that make no sense beside another setting."""
    limits = app.view.limits
    client_limit = limits[Limit.MAX_CLIENT_EVENTS_PER_SECOND]
    if isinstance(client_limit.value, Decimal) and not app.view.client_messages.value:
        attribute = LIMITS[Limit.MAX_CLIENT_EVENTS_PER_SECOND].attribute
        message = f"{attribute} is set, but client messages are off."
        yield finding("client-event-limit-unused", message, attribute=attribute)
    rate = limits[Limit.MAX_BACKEND_EVENTS_PER_SECOND].value
    if not isinstance(rate, Decimal):
        return
    for limit in (Limit.MAX_EVENT_CHANNELS_AT_ONCE, Limit.MAX_EVENT_BATCH_SIZE):
        most = limits[limit]
        if most.source != DEFAULT_SOURCE and isinstance(most.value, Decimal) and most.value > rate:
            attribute = LIMITS[limit].attribute
            rated = LIMITS[Limit.MAX_BACKEND_EVENTS_PER_SECOND].attribute
            message = f"{attribute} is {most.value:f}, but {rated} is {rate:f}."
            yield finding("limit-beyond-rate", message, attribute=attribute)


def _limit_finding(app: App, limit: Limit, name: str, effective: EffectiveLimit) -> Finding | None:
    rule, number = LIMITS[limit], effective.number
    if math.isnan(number):
        return _not_a_number(limit, name, effective)
    if limit is Limit.MAX_CONNECTIONS and number == 0:
        message = f"{name} is 0, which soketi takes as unlimited."
        return finding(
            "max-connections-zero", message, attribute=name, fixes=(_limit_fix(limit, Decimal(-1)),)
        )
    if effective.value == BLOCKED:
        if limit in RATE_LIMITS:
            return finding("rate-limit-zero", f"{name} is 0: {rule.at_zero}.", attribute=name)
        message = f"{name} is {_shown(number)}: {rule.at_zero}."
        fix = _removal(limit, "it was meant as unlimited or default")
        return finding("limit-blocks-everything", message, attribute=name, fixes=(fix,))
    return _read_differently(app, limit, name, effective)


def _not_a_number(limit: Limit, name: str, effective: EffectiveLimit) -> Finding:
    rule = LIMITS[limit]
    if effective.value == BLOCKED:
        message = f"{name} is a map that JavaScript cannot turn into a number."
        return finding(
            "limit-unreadable", message, attribute=name, fixes=(_removal(limit, "it says nothing"),)
        )
    message = f"{name} is not a number, so soketi takes {rule.when_not_a_number}."
    fixes = (
        (_limit_fix(limit, effective.value),) if isinstance(effective.value, Decimal) else ()
    ) + (_removal(limit, "it says nothing"),)
    return finding("limit-not-a-number", message, attribute=name, fixes=fixes)


def _read_differently(
    app: App, limit: Limit, name: str, effective: EffectiveLimit
) -> Finding | None:
    stored: Any = app.item.attributes[name]
    kind, content = next(iter(stored.items()))
    read = app.limit(limit)
    if kind == "N" and read is not None and _number(str(content)) == read:
        return None
    if kind == "N" and effective.value == "unlimited" and effective.number < 0:
        return None
    fixes = () if read is None or check_limit(limit, read) else (_limit_fix(limit, read),)
    says = _number(str(content).strip()) if kind in ("N", "S") else Decimal("NaN")
    if says == read:
        message = f"{name} is stored as {kind}; soketi reads it as {_shown(effective.number)}."
        return finding("limit-not-number-type", message, attribute=name, fixes=fixes)
    message = f"soketi reads {name} as {_shown(effective.number)}, which is not what is stored."
    return finding("limit-read-differently", message, attribute=name, fixes=fixes)


def _shown(number: float) -> str:
    return "unlimited" if math.isinf(number) else number_attribute_text(Decimal(repr(number)))


def _limit_fix(limit: Limit, value: Decimal) -> Fix:
    attribute = LIMITS[limit].attribute
    shown = "-1 (unlimited)" if value < 0 else number_attribute_text(value)
    return Fix(
        mode=FixMode.AS_READ,
        label=f"Write {attribute} as the number {shown}",
        apply=lambda app: app.with_limit(limit, value),
    )


def _removal(limit: Limit, why: str) -> Fix:
    rule = LIMITS[limit]
    default = "unlimited" if rule.server_default is None else f"{rule.server_default} {rule.unit}"
    return Fix(
        mode=FixMode.AS_MEANT,
        label=f"Remove {rule.attribute} ({why}): the server's default holds, usually {default}",
        apply=lambda app: app.with_limit(limit, None),
    )
