"""App: the record as the dashboard edits it; NewApp and AppEdit: what an operator asks for.

Every transition returns a new value. Setting a field writes its own attribute in its canonical type and removes the
aliases that soketi would let win; every other attribute stays as it is. Validation is here, once, for every way in, and
judges only what an edit changes: an old fault elsewhere in the record never blocks a disable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Final, TypeAlias, TypeVar

from apps_admin.domain.app_rules import (
    Errors,
    add_errors,
    add_limit_errors,
    raise_errors,
    size_errors,
    unknown_errors,
    webhook_errors,
)
from apps_admin.domain.credentials import (
    check_identifier,
    check_secret,
    new_app_id,
    new_app_key,
    new_app_secret,
)
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.fields import (
    FIELD_OF_ATTRIBUTE,
    FIELDS,
    FLAGS,
    KEY,
    SECRET,
    WEBHOOKS,
    Flag,
    StoredField,
)
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.item_size import LARGEST_ITEM, item_size
from apps_admin.domain.limits import LIMITS, Limit, check_limit, number_attribute_text
from apps_admin.domain.soketi_view import SecretState, SoketiView, soketi_view
from apps_admin.domain.stored_webhooks import webhooks_text_of
from apps_admin.domain.webhooks import compact_webhooks

FIXED_KEY: Final = (
    "The key of an app is fixed: changing it while clients of an app with webhooks are "
    "connected shuts the whole soketi server down. Create a new app instead."
)


@dataclass(frozen=True)
class App:
    """One record. Values are as soketi reads them; `item` is what is stored."""

    item: RawItem = field(repr=False)

    @cached_property
    def view(self) -> SoketiView:
        """What soketi does with the record."""
        return soketi_view(self.item)

    @property
    def id(self) -> str:
        """The AppId."""
        return self.item.app_id

    @property
    def key(self) -> str:
        """The AppKey, empty when the record has none."""
        return str((self.item.get(KEY.attribute) or {}).get("S", ""))

    @property
    def secret(self) -> str:
        """The stored secret; empty when there is none or it is not text."""
        value = self.view.secret
        is_stored = self.view.secret_state is SecretState.STORED
        return value if is_stored and isinstance(value, str) else ""

    @property
    def is_enabled(self) -> bool:
        """Whether soketi lets new WebSockets in."""
        return self.view.enabled.value

    @property
    def allows_client_messages(self) -> bool:
        """Whether clients may send events to one another."""
        return self.view.client_messages.value

    @property
    def requires_user_authentication(self) -> bool:
        """Whether soketi closes connections that do not sign in within 30 s."""
        return self.view.user_authentication.value

    @cached_property
    def limits(self) -> Mapping[Limit, Decimal | None]:
        """The number soketi reads for each limit; None where it takes its default or finds no number."""
        return {limit: self.limit(limit) for limit in Limit}

    @cached_property
    def webhooks_text(self) -> str:
        """The stored webhooks as JSON text, also where they are stored as a list or bytes; empty when absent."""
        return webhooks_text_of(self.item)

    @property
    def unknown(self) -> Mapping[str, AttributeValue]:
        """The attributes soketi does not read."""
        return {
            name: value
            for name, value in self.item.attributes.items()
            if name not in FIELD_OF_ATTRIBUTE
        }

    def flag(self, flag: Flag) -> bool:
        """One of the three switches as soketi takes it."""
        return self.view.flag(flag).value

    def enabled(self) -> App:
        """The same app, enabled."""
        return self.with_flag(Flag.ENABLED, value=True)

    def disabled(self) -> App:
        """The same app, refusing new WebSockets (4003)."""
        return self.with_flag(Flag.ENABLED, value=False)

    def with_flag(self, flag: Flag, value: bool) -> App:
        """The same app with one switch set."""
        return self._with(FLAGS[flag], {"BOOL": value})

    def with_limit(self, limit: Limit, value: Decimal | int | None) -> App:
        """The same app with one limit set; None removes it, so that the server's default holds."""
        stored = FIELDS[limit.value]
        if value is None:
            return self._with(stored, None)
        return self._with(stored, {"N": number_attribute_text(Decimal(value))})

    def with_webhooks(self, text: str | None) -> App:
        """The same app with its webhooks replaced by this JSON text, stored compact; None or blank removes them."""
        if text is None or not text.strip():
            return self._with(WEBHOOKS, None)
        compact = compact_webhooks(text)
        stored = (self.item.get(WEBHOOKS.attribute) or {}).get("S")
        if isinstance(stored, str) and compact_webhooks(stored) == compact:
            # Only the layout differs: what is stored stays byte for byte.
            return self._with(WEBHOOKS, {"S": stored})
        return self._with(WEBHOOKS, {"S": compact})

    def with_secret(self, secret: str) -> App:
        """The same app with another secret."""
        return self._with(SECRET, {"S": secret})

    def with_key(self, key: str) -> App:
        """The same app with its missing key set.

        Raises:
            ValidationError: the app has a key; soketi stops when the key of a connected app changes.
        """
        if KEY.attribute in self.item.attributes and key != self.key:
            raise ValidationError({"key": [FIXED_KEY]})
        return self._with(KEY, {"S": key})

    def without_attribute(self, name: str) -> App:
        """The same app without one attribute that soketi does not read.

        Raises:
            ValidationError: soketi reads the attribute.
        """
        if name in FIELD_OF_ATTRIBUTE:
            raise ValidationError(
                {"attribute": [f"soketi reads {name}; change its field instead of removing it."]}
            )
        return App(self.item.without(name))

    def _with(self, stored: StoredField, value: AttributeValue | None) -> App:
        item = self.item.without(*stored.aliases)
        if value is None:
            return App(item.without(stored.attribute))
        return App(item.with_attribute(stored.attribute, value))

    def limit(self, limit: Limit) -> Decimal | None:
        """The number soketi reads for one limit, as `limits` has it."""
        effective = self.view.limits[limit]
        number = effective.number
        if effective.source == "default" or number != number or abs(number) == float("inf"):
            return None
        if isinstance(effective.value, Decimal):
            return effective.value
        if limit is Limit.MAX_CONNECTIONS and number == 0:
            return Decimal(0)
        return Decimal(-1) if LIMITS[limit].allows_unlimited and number < 0 else _exact(number)


def _exact(number: float) -> Decimal:
    return Decimal(int(number)) if number.is_integer() else Decimal(repr(number))


class Unset(Enum):
    """The type of UNSET: the field is not part of the edit."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
Value = TypeVar("Value")
Maybe: TypeAlias = Value | Unset


@dataclass(frozen=True, kw_only=True)
class NewApp:
    """An app to create. `to_item` writes canonical types only."""

    id: str = field(default_factory=new_app_id)
    key: str = field(default_factory=new_app_key)
    secret: str = field(default_factory=new_app_secret, repr=False)
    is_enabled: bool = True
    allows_client_messages: bool = False
    requires_user_authentication: bool = False
    limits: Mapping[Limit, Decimal | None] = field(default_factory=dict)
    webhooks_text: str | None = field(default=None, repr=False)
    unknown: Mapping[str, AttributeValue] = field(default_factory=dict, repr=False)

    def to_item(self) -> RawItem:
        """The item to put.

        Raises:
            ValidationError: a field breaks a rule.
        """
        errors: Errors = {}
        add_errors(errors, "id", check_identifier("Id", self.id))
        add_errors(errors, "key", check_identifier("Key", self.key))
        add_errors(errors, "secret", check_secret(self.secret))
        add_limit_errors(errors, self.limits)
        add_errors(errors, "webhooks", webhook_errors(self.webhooks_text))
        add_errors(errors, "unknown_attributes", unknown_errors(self.unknown))
        raise_errors(errors)
        app = self._app()
        raise_errors(size_errors(app.item))
        return app.item

    def _app(self) -> App:
        app = App(RawItem(attributes={**self.unknown, "AppId": {"S": self.id}}))
        app = app.with_key(self.key).with_secret(self.secret)
        app = app.with_flag(Flag.ENABLED, self.is_enabled)
        app = app.with_flag(Flag.CLIENT_MESSAGES, self.allows_client_messages)
        app = app.with_flag(Flag.USER_AUTHENTICATION, self.requires_user_authentication)
        for limit, value in self.limits.items():
            app = app.with_limit(limit, value)
        return app.with_webhooks(self.webhooks_text)


@dataclass(frozen=True, kw_only=True)
class AppEdit:
    """A change of one app. A field that is UNSET stays; None removes a limit or the webhooks.

    `limits` has only the limits to change. `removed` names attributes that soketi does not read.
    """

    key: Maybe[str] = UNSET
    secret: Maybe[str] = field(default=UNSET, repr=False)
    is_enabled: Maybe[bool] = UNSET
    allows_client_messages: Maybe[bool] = UNSET
    requires_user_authentication: Maybe[bool] = UNSET
    limits: Mapping[Limit, Decimal | None] = field(default_factory=dict)
    webhooks_text: Maybe[str | None] = field(default=UNSET, repr=False)
    removed: tuple[str, ...] = ()

    def apply_to(self, app: App) -> App:
        """The app after the edit.

        Raises:
            ValidationError: something that the edit changes breaks a rule.
        """
        errors: Errors = {}
        after = self._with_flags(app)
        if self.key is not UNSET:
            after = _step(errors, after, "key", self._set_key(self.key))
        if self.secret is not UNSET:
            after = _step(errors, after, "secret", _set_secret(self.secret))
        for limit, value in self.limits.items():
            after = _step(errors, after, limit.value, _set_limit(limit, value))
        if self.webhooks_text is not UNSET:
            after = _step(errors, after, "webhooks", _set_webhooks(self.webhooks_text))
        for name in self.removed:
            after = _step(errors, after, "attribute", _remove(name))
        if item_size(after.item) > max(LARGEST_ITEM, item_size(app.item)):
            errors.update(size_errors(after.item))
        raise_errors(errors)
        return after

    def _with_flags(self, app: App) -> App:
        for flag, value in (
            (Flag.ENABLED, self.is_enabled),
            (Flag.CLIENT_MESSAGES, self.allows_client_messages),
            (Flag.USER_AUTHENTICATION, self.requires_user_authentication),
        ):
            if value is not UNSET:
                app = app.with_flag(flag, value)
        return app

    @staticmethod
    def _set_key(key: str) -> Callable[[App], tuple[App, list[str]]]:
        def step(app: App) -> tuple[App, list[str]]:
            problems = check_identifier("Key", key)
            return app.with_key(key), problems

        return step


Step: TypeAlias = Callable[[App], tuple[App, list[str]]]


def _step(errors: Errors, app: App, name: str, step: Step) -> App:
    """One change; its problems count only when it changes the item."""
    try:
        after, problems = step(app)
    except ValidationError as exc:
        for texts in exc.errors.values():
            add_errors(errors, name, texts)
        return app
    if app.item.changes_to(after.item):
        add_errors(errors, name, problems)
    return after


def _set_secret(secret: str) -> Step:
    return lambda app: (app.with_secret(secret), check_secret(secret))


def _set_limit(limit: Limit, value: Decimal | None) -> Step:
    def step(app: App) -> tuple[App, list[str]]:
        problems = check_limit(limit, value)
        if value is not None and not value.is_finite():
            raise ValidationError({limit.value: problems})
        return app.with_limit(limit, value), problems

    return step


def _set_webhooks(text: str | None) -> Step:
    return lambda app: (app.with_webhooks(text), webhook_errors(text))


def _remove(name: str) -> Step:
    return lambda app: (app.without_attribute(name), [])
