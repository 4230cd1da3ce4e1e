"""The form of a new API token: who uses it, what it may do, how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django import forms

from apps_admin.domain.actions import VIEWER_ACTIONS, Action
from apps_admin.services.api_tokens import NAME_LENGTH, Narrowing

# Signing in and one's own account are for people alone.
PERSONAL = ("token.", "session.", "second_factor.", "person.")
API_ACTIONS = tuple(action for action in Action if not action.value.startswith(PERSONAL))


class Extent(StrEnum):
    """How much of what its owner may do a token may do."""

    ALL = "all"
    LOOK = "look"
    CHOSEN = "chosen"


EXTENTS = {
    Extent.LOOK: "Only look: apps without their secrets, connections, the audit log",
    Extent.ALL: "Everything I may do, now and later, but for exports with secrets, which take an action chosen below",
    Extent.CHOSEN: "Only the actions chosen below",
}


class TokenForm(forms.Form):
    """A new token. It never exceeds what its owner may do at the moment it is used."""

    name = forms.CharField(
        label="Name",
        max_length=NAME_LENGTH,
        help_text="The program that uses it, such as deploy pipeline. The audit log calls it by this name.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    extent = forms.ChoiceField(
        label="What it may do",
        choices=[(extent.value, text) for extent, text in EXTENTS.items()],
        widget=forms.RadioSelect,
        initial=Extent.LOOK.value,
    )
    actions = forms.MultipleChoiceField(
        label="Actions",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only with the last choice above.",
    )
    connections = forms.MultipleChoiceField(
        label="Connections",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of mine, also those to come.",
    )
    days = forms.TypedChoiceField(
        label="Works for",
        coerce=int,
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "365 days")],
        initial=90,
        help_text="Rotate it before: the old one then works for another day.",
    )

    def __init__(
        self,
        *args: Any,
        actions: Iterable[Action],
        connections: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, list[tuple[str, str]]] = {
            "actions": [(action.value, action.value) for action in actions],
            "connections": list(connections),
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Choosing means choosing something."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("extent") == Extent.CHOSEN and not cleaned.get("actions"):
            self.add_error("actions", "Choose at least one action.")
        return cleaned

    @property
    def narrowing(self) -> Narrowing:
        """What the token may do."""
        cleaned = self.cleaned_data
        chosen = {
            Extent.ALL: None,
            Extent.LOOK: frozenset(API_ACTIONS) & VIEWER_ACTIONS,
            Extent.CHOSEN: frozenset(Action(name) for name in cleaned["actions"]),
        }[Extent(cleaned["extent"])]
        connections = frozenset(cleaned["connections"]) or None
        return Narrowing(actions=chosen, connections=connections)

    @property
    def lifetime(self) -> timedelta:
        """How long it works."""
        return timedelta(days=self.cleaned_data["days"])
