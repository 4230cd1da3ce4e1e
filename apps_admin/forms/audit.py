"""The filters of the audit log: a plain GET form, so that an address holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms

from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.forms.apps import ConsoleForm, ReasonField
from apps_admin.services.audit_export import ExportFormat
from apps_admin.services.audit_lines import AuditFilter

# What belongs to no connection; no slug looks like this.
CONSOLE = "-"
POSITION = "before"


def position_of(parameters: Mapping[str, str]) -> int | None:
    """Where a page of entries begins, from its address; None for the newest."""
    position = parameters.get(POSITION, "")
    return int(position) if position.isdecimal() and 0 < len(position) < 19 else None


class MomentField(forms.DateTimeField):
    """A time in UTC, as the browser's own control sends it."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.DateTimeInput(
                format="%Y-%m-%dT%H:%M",
                attrs={"type": "datetime-local", "class": "form-control"},
            ),
        )


class AuditFilterForm(forms.Form):
    """What to list. What is not valid counts as not given; `troubles` says what that is."""

    text = forms.CharField(required=False, max_length=200, strip=True)
    app = forms.CharField(label="App", required=False, max_length=2048, strip=False)
    person = forms.CharField(label="Person, token or command", required=False, max_length=255)
    action = forms.ChoiceField(
        required=False,
        choices=[("", "Every action"), *((each.value, each.value) for each in Action)],
    )
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "Every outcome"), *((each.value, each.value) for each in Outcome)],
    )
    since = MomentField("From (UTC)")
    until = MomentField("To (UTC)")
    parent = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    connection = forms.ChoiceField(required=False)

    def __init__(self, data: Any, connections: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(data)
        choices = [("", "Every connection"), (CONSOLE, "No connection: people, sign-ins")]
        self.fields["connection"].choices = [*choices, *connections]  # type: ignore[attr-defined]
        self.is_valid()
        unknown = [f"“{name[:50]}” is no filter." for name in data if name not in self.names]
        unfit = [
            f"{self[name].label}: {message}"
            for name, messages in self.errors.items()
            for message in messages
        ]
        self.troubles = (*unknown, *unfit)
        # What does not count does not stand in the form either.
        self.data = {name: value for name, value in data.items() if name not in self.errors}

    @property
    def names(self) -> frozenset[str]:
        """What an address of the list may hold."""
        return frozenset({*self.fields, POSITION})

    def to_filter(self, connection: str = "", app_id: str = "") -> AuditFilter:
        """The filter, for one connection and app where they are given."""
        typed = self.cleaned_data
        chosen = connection or typed.get("connection", "")
        return AuditFilter(
            connection="" if chosen == CONSOLE else chosen,
            is_console=chosen == CONSOLE,
            app_id=app_id or typed.get("app", ""),
            actor_name=typed.get("person", ""),
            action=typed.get("action", ""),
            outcome=typed.get("outcome", ""),
            since=typed.get("since"),
            until=_end_of_minute(typed.get("until")),
            parent_id=typed.get("parent", ""),
            text=typed.get("text", ""),
        )


def _end_of_minute(moment: datetime | None) -> datetime | None:
    """The control knows minutes; the last one counts in full."""
    if moment is None or moment.second or moment.microsecond:
        return moment
    return moment.replace(second=59, microsecond=999_999)


class AuditExportForm(ConsoleForm):
    """How to export what a filter takes."""

    export_format = forms.ChoiceField(
        label="Format",
        choices=[
            (ExportFormat.JSON_LINES.value, "JSON Lines"),
            (ExportFormat.CSV.value, "CSV, for spreadsheets"),
        ],
    )

    def __init__(self, *arguments: Any, needs_reason: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["reason"] = ReasonField(required=needs_reason)
