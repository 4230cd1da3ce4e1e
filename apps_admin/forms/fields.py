"""Fields of apps: a limit with its three choices, and the webhooks' JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.finding import Finding
from apps_admin.domain.limits import LIMITS, UNLIMITED, Limit, number_attribute_text, parse_limit

DEFAULT_CHOICE = "default"
UNLIMITED_CHOICE = "unlimited"
NUMBER_CHOICE = "number"


@dataclass(frozen=True, kw_only=True)
class TypedLimit:
    """What the operator chose and typed, as it was sent."""

    choice: str = DEFAULT_CHOICE
    number: str = ""

    @classmethod
    def of(cls, limit: Limit, value: Decimal | None) -> TypedLimit:
        """The choice that stands for a stored value."""
        if value is None:
            return cls()
        if value == UNLIMITED and LIMITS[limit].allows_unlimited:
            return cls(choice=UNLIMITED_CHOICE)
        return cls(choice=NUMBER_CHOICE, number=number_attribute_text(value))

    def value(self, limit: Limit) -> Decimal | None:
        """The value to store. Raises the domain's ValidationError when it is no number, or not one that may be."""
        if self.choice == DEFAULT_CHOICE:
            return None
        if self.choice == UNLIMITED_CHOICE and LIMITS[limit].allows_unlimited:
            return UNLIMITED
        if not self.number.strip():
            label = LIMITS[limit].label
            raise ValidationError({limit.value: [f"{label}: type the number, or choose another."]})
        return parse_limit(limit, self.number)


class LimitWidget(forms.Widget):
    """Server default, unlimited (where soketi knows it) or a number: three radio buttons and one box."""

    template_name = "components/limit.html"

    def __init__(self, limit: Limit) -> None:
        super().__init__()
        self.limit = limit
        # What soketi enforces now, in words; empty for an app that does not exist yet.
        self.effective = ""
        # What the doctor would say of it, saved as it stands in the form.
        self.warnings: tuple[Finding, ...] = ()

    def get_context(
        self, name: str, value: TypedLimit | None, attrs: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """What components/limit.html shows."""
        context: dict[str, Any] = super().get_context(name, "", dict(attrs or {}))
        context.update(
            rule=LIMITS[self.limit], typed=value or TypedLimit(), effective=self.effective
        )
        return context

    def value_from_datadict(
        self, data: Mapping[str, Any], _files: Any, name: str
    ) -> TypedLimit | None:
        """What was sent; a number that was typed while another choice was left counts as typed."""
        choice = data.get(f"{name}_choice")
        number = str(data.get(f"{name}_number", ""))
        if choice is None and not number:
            return None
        return TypedLimit(choice=str(choice or NUMBER_CHOICE), number=number)

    def value_omitted_from_data(self, data: Mapping[str, Any], _files: Any, name: str) -> bool:
        """Whether the form did not have this field at all."""
        return f"{name}_choice" not in data and f"{name}_number" not in data

    def use_required_attribute(self, _initial: Any) -> bool:
        """The radio buttons need none: one is always chosen."""
        return False


class LimitField(forms.Field):
    """One limit. Its value is a TypedLimit; whether it may be stored is judged only when it changes."""

    def __init__(self, limit: Limit) -> None:
        rule = LIMITS[limit]
        super().__init__(
            label=rule.label,
            help_text=rule.meaning,
            required=False,
            widget=LimitWidget(limit),
            template_name="components/limit_field.html",
        )
        self.limit = limit

    def has_changed(self, initial: TypedLimit | None, typed: TypedLimit | None) -> bool:
        """Whether another choice or another number was made."""
        before, after = initial or TypedLimit(), typed or initial or TypedLimit()
        if before.choice != after.choice:
            return True
        return after.choice == NUMBER_CHOICE and before.number.strip() != after.number.strip()


class WebhooksWidget(forms.Textarea):
    """A textarea that becomes the JSON editor where there is JavaScript."""

    template_name = "components/webhooks_editor.html"


class WebhooksField(forms.CharField):
    """The webhooks as JSON text. Line ends are the editor's, not a change."""

    def __init__(self) -> None:
        super().__init__(
            label="Webhooks",
            required=False,
            strip=False,
            widget=WebhooksWidget(attrs={"rows": 14, "spellcheck": "false", "class": "mono"}),
        )

    def to_python(self, value: Any) -> str:
        """The text with plain line ends."""
        return plain_lines(str(value)) if value is not None else ""

    def has_changed(self, initial: str | None, typed: str | None) -> bool:
        """Whether anything but line ends and outer white space differs."""
        return plain_lines(initial or "").strip() != plain_lines(typed or "").strip()


def plain_lines(text: str) -> str:
    """Browsers send CR LF for the end of a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
