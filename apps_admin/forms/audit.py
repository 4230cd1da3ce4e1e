"""The filters of the audit log: a plain GET form, so that an address holds them."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.services.audit_lines import AuditFilter


def position_of(parameters: Mapping[str, str]) -> int | None:
    """Where a page of entries begins, from its address; None for the newest."""
    position = parameters.get("before", "")
    return int(position) if position.isdecimal() and 0 < len(position) < 19 else None


class AuditFilterForm(forms.Form):
    """What to list."""

    text = forms.CharField(required=False, max_length=200, strip=True)
    app = forms.CharField(required=False, max_length=2048, strip=False)
    action = forms.ChoiceField(
        required=False,
        choices=[("", "Every action"), *((each.value, each.value) for each in Action)],
    )
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "Every outcome"), *((each.value, each.value) for each in Outcome)],
    )
    before = forms.IntegerField(required=False, min_value=1)

    def to_filter(self, connection: str, app_id: str = "") -> AuditFilter:
        """The filter for one connection. What is not valid counts as not given."""
        self.is_valid()
        typed = self.cleaned_data
        return AuditFilter(
            connection=connection,
            app_id=app_id or typed.get("app", ""),
            action=typed.get("action", ""),
            outcome=typed.get("outcome", ""),
            text=typed.get("text", ""),
        )

    @property
    def position(self) -> int | None:
        """Where the page begins; None for the newest. Call after `to_filter`."""
        position: int | None = self.cleaned_data.get("before")
        return position
