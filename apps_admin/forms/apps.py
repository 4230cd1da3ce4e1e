"""Forms of apps: create, edit, confirm. They collect; the domain judges."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from typing import Any, TypedDict

from django import forms

from apps_admin.domain.app import UNSET, App, AppEdit, NewApp
from apps_admin.domain.credentials import new_app_id, new_app_key, new_app_secret
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.finding import Finding
from apps_admin.domain.item import RawItem
from apps_admin.domain.limit_warnings import limit_warnings
from apps_admin.domain.limits import Limit
from apps_admin.domain.webhook_secrets import editable_webhooks, restore_webhooks
from apps_admin.forms.fields import LimitField, TypedLimit, WebhooksField

# The groups in which limits are shown.
LIMIT_GROUPS: Mapping[str, tuple[Limit, ...]] = {
    "Connections and rates": (
        Limit.MAX_CONNECTIONS,
        Limit.MAX_BACKEND_EVENTS_PER_SECOND,
        Limit.MAX_CLIENT_EVENTS_PER_SECOND,
        Limit.MAX_READ_REQUESTS_PER_SECOND,
    ),
    "Channels and presence": (
        Limit.MAX_CHANNEL_NAME_LENGTH,
        Limit.MAX_PRESENCE_MEMBERS_PER_CHANNEL,
        Limit.MAX_PRESENCE_MEMBER_SIZE_IN_KB,
    ),
    "Events": (
        Limit.MAX_EVENT_NAME_LENGTH,
        Limit.MAX_EVENT_PAYLOAD_IN_KB,
        Limit.MAX_EVENT_CHANNELS_AT_ONCE,
        Limit.MAX_EVENT_BATCH_SIZE,
    ),
}


class ConsoleForm(forms.Form):
    """A form that can take the domain's errors."""

    required_css_class = "required"

    def add_domain_errors(self, error: ValidationError) -> None:
        """Put each message at its field; what has no field goes on top."""
        for name, messages in error.errors.items():
            field = self.fields.get(name)
            label = str(field.label) if field else ""
            for message in messages:
                self.add_error(name if field else None, _without_label(message, label))


def _without_label(message: str, label: str) -> str:
    """The domain's messages begin with the field's name, which a form says already."""
    for mark in (": ", ", "):
        name, found, rest = message.partition(mark)
        if found and name.lower() in label.lower():
            return rest[:1].upper() + rest[1:]
    return message


class ReasonField(forms.CharField):
    """Why somebody does it, for the audit log."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(
            label="Reason",
            required=required,
            max_length=500,
            help_text="Kept in the audit log, for example a ticket number.",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )


# For ids and keys: the browser neither fills, corrects nor capitalizes.
PLAIN = {
    "autocomplete": "off",
    "autocapitalize": "none",
    "spellcheck": "false",
    "class": "mono",
    "placeholder": "generated",
}
WEBHOOKS_EXAMPLE = """\
[
  {
    "url": "https://example.com/soketi",
    "event_types": ["channel_occupied", "channel_vacated", "member_added", "member_removed"],
    "headers": { "X-Team": "shop" },
    "filter": { "channel_name_starts_with": "presence-" }
  },
  {
    "lambda_function": "soketi-events",
    "lambda": { "async": true, "region": "eu-west-1" },
    "event_types": ["client_event", "cache_miss"]
  }
]"""


class AppSettingsForm(ConsoleForm):
    """What create and edit have in common: two switches, the limits, the webhooks."""

    webhooks_example = WEBHOOKS_EXAMPLE
    # The record as it is stored: nothing, of an app that does not exist yet.
    app = App(RawItem(attributes={}))

    allows_client_messages = forms.BooleanField(
        label="Client messages",
        required=False,
        help_text="Clients may send events to one another on private and presence channels.",
    )
    requires_user_authentication = forms.BooleanField(
        label="User authentication",
        required=False,
        help_text="soketi closes connections that do not sign in within 30 seconds (code 4009).",
    )

    def __init__(self, *arguments: Any, needs_reason: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for limit in Limit:
            self.fields[limit.value] = LimitField(limit)
        self.fields["webhooks"] = WebhooksField()
        self.fields["reason"] = ReasonField(required=needs_reason)

    @property
    def limit_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The limits' fields under their headings, each with what the doctor would say of it."""
        for limit, found in self.limit_warnings.items():
            self.fields[limit.value].widget.warnings = found
        return [(title, [self[limit.value] for limit in limits])
                for title, limits in LIMIT_GROUPS.items()]  # fmt: skip

    @cached_property
    def limit_warnings(self) -> Mapping[Limit, tuple[Finding, ...]]:
        """What is impossible or surprising about the limits as they stand in the form."""
        typed: dict[Limit, Decimal | None] = {}
        for limit in Limit:
            field, value = self.fields[limit.value], self[limit.value].value()
            if field.has_changed(self.get_initial_for_field(field, limit.value), value):
                with suppress(ValidationError):
                    typed[limit] = (value or TypedLimit()).value(limit)
        allows = bool(self["allows_client_messages"].value())
        return limit_warnings(self.app, typed, allows_client_messages=allows)

    @property
    def warned(self) -> str:
        """Which warnings these are: sent along by whoever saw them."""
        return " ".join(
            f"{limit}:{each.code}" for limit, found in self.limit_warnings.items() for each in found
        )

    def typed_limits(self, limits: list[Limit]) -> dict[Limit, Decimal | None]:
        """The values of these limits; what cannot be one becomes an error of its field."""
        values: dict[Limit, Decimal | None] = {}
        for limit in limits:
            typed: TypedLimit = self.cleaned_data.get(limit.value) or TypedLimit()
            try:
                values[limit] = typed.value(limit)
            except ValidationError as error:
                self.add_domain_errors(error)
        return values


class NewAppForm(AppSettingsForm):
    """A new app. What is left empty of id, key and secret is generated."""

    id = forms.CharField(
        label="Id",
        required=False,
        strip=True,
        widget=forms.TextInput(attrs=PLAIN),
        help_text="In the HTTP API's paths, for example /apps/shop/events. "
        "Leave it empty for a generated one.",
    )
    key = forms.CharField(
        label="Key",
        required=False,
        strip=True,
        widget=forms.TextInput(attrs=PLAIN),
        help_text="Public, in every client. It can never be changed. Leave it empty for a generated one.",
    )
    secret = forms.CharField(
        label="Secret",
        required=False,
        strip=False,
        help_text="Only for your servers. Leave it empty for a generated one, shown once after creating.",
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )
    is_enabled = forms.BooleanField(
        label="Enabled", required=False, initial=True, help_text="Clients can connect at once."
    )

    field_order = ("id", "key", "secret", "is_enabled")

    def to_new_app(self) -> NewApp:
        """The app as asked for. Call after `is_valid`; adds errors of limits to the form."""
        typed = self.cleaned_data
        return NewApp(
            id=typed["id"] or new_app_id(),
            key=typed["key"] or new_app_key(),
            secret=typed["secret"] or new_app_secret(),
            is_enabled=typed["is_enabled"],
            allows_client_messages=typed["allows_client_messages"],
            requires_user_authentication=typed["requires_user_authentication"],
            limits={
                limit: value
                for limit, value in self.typed_limits(list(Limit)).items()
                if value is not None
            },
            webhooks_text=typed["webhooks"].strip() or None,
        )


class AppEditForm(AppSettingsForm):
    """A change of one app, against what it was when the form was opened."""

    key = forms.CharField(
        label="Key",
        required=False,
        help_text="This app has none, so no client can connect. A key can be set once and never changed.",
    )

    def __init__(self, app: App, *arguments: Any, **options: Any) -> None:
        options.setdefault("initial", {})
        options["initial"] = {**initial_of(app), **options["initial"]}
        self.app = app
        super().__init__(*arguments, **options)
        for limit in Limit:
            widget = self.fields[limit.value].widget
            widget.effective = effective_text(app.view.limits[limit].value)
        # The base of a form carries no key: a form that was sent with one was opened for an app without.
        asks_key = "key" in self.data if self.is_bound else "AppKey" not in app.item.attributes
        if not asks_key:
            del self.fields["key"]

    def to_edit(self) -> AppEdit:
        """Only what differs from the form as it was opened. Call after `is_valid`; limits may add errors.

        Raises the domain's ValidationError for a masked value that stands where nothing is stored.
        """
        changed = set(self.changed_data)
        typed = self.cleaned_data
        webhooks = restore_webhooks(typed["webhooks"], self.app.webhooks_text)
        return AppEdit(
            key=typed["key"] if "key" in changed and typed["key"] else UNSET,
            allows_client_messages=typed["allows_client_messages"]
            if "allows_client_messages" in changed
            else UNSET,
            requires_user_authentication=typed["requires_user_authentication"]
            if "requires_user_authentication" in changed
            else UNSET,
            limits=self.typed_limits([limit for limit in Limit if limit.value in changed]),
            webhooks_text=(webhooks if webhooks.strip() else None)
            if "webhooks" in changed
            else UNSET,
        )


def effective_text(value: Decimal | str) -> str:
    """What soketi enforces now, as the limit's field says it."""
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return {"unlimited": "unlimited", "blocked": "nothing passes"}.get(value, value)


def initial_of(app: App) -> dict[str, Any]:
    """The fields of an app as the form shows them."""
    return {
        "allows_client_messages": app.allows_client_messages,
        "requires_user_authentication": app.requires_user_authentication,
        "webhooks": editable_webhooks(app.webhooks_text),
        **{limit.value: TypedLimit.of(limit, value) for limit, value in app.limits.items()},
    }


class Words(TypedDict):
    """What somebody typed to confirm an action."""

    reason: str
    confirmation: str


class ConfirmForm(ConsoleForm):
    """A yes to one action, with a reason; on a protected connection the app's id is typed."""

    reason = ReasonField()

    def __init__(
        self,
        *arguments: Any,
        app_id: str,
        needs_id: bool = False,
        needs_reason: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.app_id = app_id
        self.fields["reason"] = ReasonField(required=needs_reason)
        if needs_id:
            self.fields["confirmation"] = forms.CharField(
                label=f"Type {app_id} to confirm",
                strip=False,
                widget=forms.TextInput(
                    attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
                ),
            )
            self.order_fields(["confirmation", "is_drained", "reason"])

    @property
    def words(self) -> Words:
        """What the services want to hear of it. Call after `is_valid`."""
        return {
            "reason": self.cleaned_data["reason"],
            "confirmation": self.cleaned_data.get("confirmation", ""),
        }

    def clean_confirmation(self) -> str:
        """The id, exactly."""
        typed: str = self.cleaned_data["confirmation"]
        if typed != self.app_id:
            raise forms.ValidationError(f"This is not the id. Type {self.app_id} exactly.")
        return typed


class DeleteForm(ConfirmForm):
    """Deleting needs the id and a word about the connected clients."""

    is_drained = forms.BooleanField(
        label="No client is connected any more, and soketi's app cache has expired",
        help_text="soketi keeps connected clients after an app is disabled. "
        "Wait for them, or restart soketi.",
        error_messages={"required": "Deleting it before that can stop soketi for everybody."},
    )


class RestoreForm(ConfirmForm):
    """Restoring an earlier state: what was compared with it is what has to be stored still; empty for no app."""

    revision = forms.CharField(required=False, widget=forms.HiddenInput)


class RotateForm(ConfirmForm):
    """A new secret: generated, or one's own."""

    secret = forms.CharField(
        label="New secret",
        required=False,
        strip=False,
        help_text="Leave it empty for a generated one.",
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"}),
    )


class RemoveAttributeForm(ConfirmForm):
    """Removing one attribute that soketi does not read."""

    name = forms.CharField(widget=forms.HiddenInput, strip=False)
