"""Forms of bulk work: what to do, and the last word before it is done."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from apps_admin.domain.bulk import FLAG_LABELS, BulkChange, BulkKind, parse_value
from apps_admin.domain.fields import Flag
from apps_admin.domain.finding import RULES, FixMode
from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.forms.apps import ConsoleForm, ReasonField

KIND_LABELS = {
    BulkKind.DISABLE: ("Disable", "player-pause", "soketi refuses new connections with 4003."),
    BulkKind.ENABLE: ("Enable", "player-play", "soketi accepts new connections again."),
    BulkKind.SET_LIMIT: (
        "Set a limit",
        "gauge",
        "Or remove it, so that the server's default holds.",
    ),
    BulkKind.SET_FLAG: ("Switch a setting", "edit", "Client messages or user authentication."),
    BulkKind.ADD_WEBHOOK: ("Add a webhook", "webhook", "To every app that does not have it."),
    BulkKind.REPLACE_WEBHOOK: ("Replace a webhook", "webhook", "Found by its URL."),
    BulkKind.REMOVE_WEBHOOK: ("Remove a webhook", "webhook", "Found by its URL."),
    BulkKind.ROTATE_SECRET: ("Rotate secrets", "refresh", "Old secrets are refused from then on."),
    BulkKind.FIX: ("Mend findings", "stethoscope", "What the doctor can mend."),
    BulkKind.DELETE: ("Delete", "trash", "Only apps that are disabled."),
}
_MODES = ((FixMode.AS_READ.value, "As soketi reads it now: nothing changes for clients"),
          (FixMode.AS_MEANT.value, "As the record says: changes what soketi does"))  # fmt: skip


class BulkForm(ConsoleForm):
    """The parameters of one kind of change; it shows only the fields of its kind."""

    limit = forms.ChoiceField(
        label="Limit", choices=[(i.value, r.label) for i, r in LIMITS.items()]
    )
    value = forms.CharField(
        label="Value",
        required=False,
        help_text="A number, or unlimited. Empty removes the limit.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )
    flag = forms.ChoiceField(
        label="Setting",
        choices=[(flag.value, text.capitalize()) for flag, text in FLAG_LABELS.items()],
    )
    is_on = forms.ChoiceField(label="To", choices=[("on", "On"), ("off", "Off")])
    url = forms.CharField(
        label="URL of the webhook",
        help_text="Exactly as stored; a Lambda function by its name.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "class": "mono", "spellcheck": "false"}
        ),
    )
    webhook = forms.CharField(
        label="Webhook",
        help_text="One webhook as JSON.",
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
    )
    codes = forms.ChoiceField(
        label="Finding",
        required=False,
        choices=[
            ("", "Every finding that has such a fix"),
            *((c, r.title) for c, r in RULES.items()),
        ],
    )
    mode = forms.ChoiceField(label="How", choices=_MODES)
    is_drained = forms.BooleanField(
        label="No client is connected to these apps any more, and soketi's app cache has expired",
        help_text="Otherwise soketi may shut down for everybody.",
    )

    OF_KIND: ClassVar = {
        BulkKind.SET_LIMIT: ("limit", "value"),
        BulkKind.SET_FLAG: ("flag", "is_on"),
        BulkKind.ADD_WEBHOOK: ("webhook",),
        BulkKind.REPLACE_WEBHOOK: ("url", "webhook"),
        BulkKind.REMOVE_WEBHOOK: ("url",),
        BulkKind.FIX: ("codes", "mode"),
        BulkKind.DELETE: ("is_drained",),
    }

    def __init__(self, kind: BulkKind, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.kind = kind
        kept = self.OF_KIND.get(kind, ())
        self.fields = {name: self.fields[name] for name in kept}

    def to_change(self) -> BulkChange:
        """The change asked for. Call after `is_valid`. Raises ValidationError."""
        typed = self.cleaned_data
        codes = typed.get("codes")
        return BulkChange(
            kind=self.kind,
            limit=Limit(typed["limit"]) if "limit" in typed else None,
            value=parse_value(typed.get("value", "")),
            flag=Flag(typed["flag"]) if "flag" in typed else None,
            is_on=typed.get("is_on") == "on",
            url=typed.get("url", ""),
            webhook=typed.get("webhook", ""),
            codes=(codes,) if codes else (),
            mode=FixMode(typed.get("mode") or FixMode.AS_READ),
        )


class StartForm(ConsoleForm):
    """The last word: a reason, and on a protected connection the number of apps."""

    def __init__(
        self, *arguments: Any, needs_reason: bool, number: int | None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._number = number
        if number is not None:
            self.fields["number"] = forms.IntegerField(
                label=f"Type {number} to confirm",
                help_text="This connection is protected: that many apps are changed.",
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        self.fields["reason"] = ReasonField(required=needs_reason)

    def clean_number(self) -> int:
        """The number of apps that change."""
        typed = int(self.cleaned_data["number"])
        if typed != self._number:
            raise forms.ValidationError(f"{self._number} apps would change. Type that number.")
        return typed


class DrainedForm(ConsoleForm):
    """Undo of an import deletes apps."""

    is_drained = forms.BooleanField(
        required=False,
        label="No client is connected to these apps any more, and soketi's app cache has expired",
        help_text="Needed where undoing means deleting.",
    )
