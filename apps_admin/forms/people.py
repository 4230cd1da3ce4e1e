"""Forms about people: inviting them, and what they are on a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.models.person import CONNECTION_LENGTH

ROLE_MEANINGS = {
    Role.VIEWER: "Viewer: looks at everything but secrets, and changes nothing",
    Role.OPERATOR: "Operator: creates, edits, disables and deletes apps",
    Role.ADMINISTRATOR: "Administrator: also connections, people and settings",
}


class GrantForm(forms.Form):
    """What somebody is on one connection."""

    connection = forms.ChoiceField(label="Connection")
    role = forms.ChoiceField(
        label="Role",
        choices=[(role.value, meaning) for role, meaning in ROLE_MEANINGS.items()],
        widget=forms.RadioSelect,
        initial=Role.VIEWER.value,
    )
    reveals_secrets = forms.BooleanField(
        label="May reveal secrets",
        required=False,
        help_text="Apart from the role: without it, an app's secret is never shown. Each look is written down.",
    )

    def __init__(self, *args: Any, connections: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["connection"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = list(connections)

    @property
    def connection_slug(self) -> str:
        """The connection chosen, or "*"."""
        return str(self.cleaned_data["connection"])

    @property
    def grant(self) -> Grant:
        """The grant chosen."""
        return Grant(
            role=Role(self.cleaned_data["role"]),
            reveals_secrets=self.cleaned_data["reveals_secrets"],
        )


class InviteForm(GrantForm):
    """Somebody new, and the first thing they may do."""

    field_order = ("username", "connection", "role", "reveals_secrets")

    username = forms.CharField(
        label="Username",
        max_length=150,
        help_text="What they sign in with and what the audit log calls them. It stays.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


class InvitationCodeForm(forms.Form):
    """The code of an invitation, which the link carries behind its #."""

    code = forms.CharField(
        label="Invitation code",
        help_text="All that follows the # in the link you were given.",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def connection_choices(
    slugs_and_names: Iterable[tuple[str, str]], *, with_every: bool
) -> list[tuple[str, str]]:
    """The choices of a connection field."""
    every = [(EVERY_CONNECTION, "Every connection, also those to come")] if with_every else []
    return every + [(slug[:CONNECTION_LENGTH], name) for slug, name in slugs_and_names]
