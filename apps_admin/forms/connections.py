"""The form of a connection. What the fields may hold is judged by the domain; secrets are never rendered again."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms

from apps_admin.domain.connection import (
    DEFAULT_REGION,
    DEFAULT_TABLE,
    LATEST_SOKETI,
    Connection,
    ConnectionSource,
    CredentialMode,
    Credentials,
)
from apps_admin.domain.connection_rules import COLORS
from apps_admin.domain.errors import ValidationError

MODES = {
    CredentialMode.DEFAULT_CHAIN: "Whatever the console itself runs with (boto3's default chain)",
    CredentialMode.CONTAINER_OR_INSTANCE: "The role of the container or instance, and nothing else",
    CredentialMode.PROFILE: "A profile of the console's AWS configuration",
    CredentialMode.ASSUME_ROLE: "A role, assumed over one of the other ways",
    CredentialMode.WEB_IDENTITY: "A web identity token (Kubernetes, OIDC)",
    CredentialMode.STATIC: "Keys stored here, encrypted",
}
BASE_MODES = {mode: text for mode, text in MODES.items() if mode is not CredentialMode.ASSUME_ROLE}
BASE_FIELDS = (
    "profile",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "role_arn",
    "web_identity_token_file",
)
PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


def _text(label: str, help_text: str = "", **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=options.pop("required", False),
        widget=forms.TextInput(attrs=PLAIN),
        **options,
    )


class SecretInput(forms.PasswordInput):
    """A field whose value is never rendered; masked by the style sheet, so that no password manager keeps it."""

    input_type = "text"


def _secret(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        strip=True,
        help_text="Never shown again. Blank keeps what is stored.",
        widget=SecretInput(attrs={**PLAIN, "class": "masked"}),
    )


def _switch(label: str, help_text: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class ConnectionForm(forms.Form):
    """Everything of a connection. `is_new` asks for the slug, which stays."""

    slug = _text(
        "Short name", "3 to 100 of a-z, 0-9 and -. Part of every address; it stays.", required=True
    )
    label = _text("Name", "What people read. Without one, the short name.")
    color = forms.ChoiceField(label="Color", choices=[(c, c.capitalize()) for c in COLORS])
    table = _text("Table", initial=DEFAULT_TABLE, required=True)
    region = _text(
        "Region", "As soketi has it, such as eu-west-1.", initial=DEFAULT_REGION, required=True
    )
    endpoint = _text("Endpoint", "Leave it out for AWS. http://127.0.0.1:8000 for DynamoDB Local.")
    protected = _switch(
        "Protected", "Disable, rotate, delete and bulk work ask to type the app's id."
    )
    read_only = _switch("Read-only", "Nothing can be changed through this connection.")
    without_secrets = _switch(
        "Without secrets",
        "Its policy is console-viewer-no-secret: reads name what they want, and nothing can be changed.",
    )
    reason_required = _switch("Ask for a reason", "Every change needs one; the audit log keeps it.")
    second_factor_required = _switch(
        "Ask for a second factor", "Only people who signed in with one get in."
    )
    soketi_version = _text(
        "soketi version",
        "0.2 to 1.6: decides warnings and the environment.",
        initial=LATEST_SOKETI,
        required=True,
    )
    soketi_url = _text("soketi's address", "https://ws.example.com, for tests and snippets.")
    metrics_url = _text("soketi's metrics", "http://ws.example.com:9601, if you have it.")
    notes = forms.CharField(
        label="Notes", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=5000
    )
    mode = forms.ChoiceField(
        label="How to sign in to AWS",
        choices=[(mode.value, text) for mode, text in MODES.items()],
        widget=forms.RadioSelect,
        initial=CredentialMode.DEFAULT_CHAIN.value,
        help_text="A role or a profile is better than stored keys: nothing to keep, renewed by itself.",
    )
    profile = _text("Profile")
    access_key_id = _text("Access key id")
    secret_access_key = _secret("Secret access key")
    session_token = _secret("Session token")
    role_arn = _text("Role ARN", "arn:aws:iam::123456789012:role/console")
    external_id = _text("External id", "If the role's trust policy asks for one.")
    role_session_name = _text("Session name", "What CloudTrail shows. soketi-console without one.")
    role_duration = forms.IntegerField(
        label="Duration in seconds", initial=3600, required=False, help_text="900 to 43200."
    )
    sts_endpoint = _text("STS endpoint", "Leave it out for AWS's own.")
    web_identity_token_file = _text("Token file", "Without one, the environment's role and token.")
    base_mode = forms.ChoiceField(
        label="Assume the role with",
        choices=[(mode.value, text) for mode, text in BASE_MODES.items()],
        required=False,
        initial=CredentialMode.DEFAULT_CHAIN.value,
    )
    base_profile = _text("Profile that assumes the role")
    base_access_key_id = _text("Access key id that assumes the role")
    base_secret_access_key = _secret("Secret access key that assumes the role")
    base_session_token = _secret("Session token that assumes the role")
    base_role_arn = _text("Role of the web identity that assumes the role")
    base_web_identity_token_file = _text("Token file of the web identity")

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["slug"]

    def to_connection(self, slug: str = "") -> Connection:
        """The connection the cleaned fields describe; the domain judges it."""
        cleaned = self.cleaned_data
        own = {
            field.name: cleaned[field.name]
            for field in fields(Connection)
            if field.name in cleaned and field.name != "slug"
        }
        return Connection(
            slug=slug or cleaned["slug"],
            source=ConnectionSource.SQL,
            credentials=self._credentials(),
            **own,
        )

    def _credentials(self) -> Credentials:
        """Only what belongs to the mode; the rest of what is filled in is left out."""
        cleaned = self.cleaned_data
        mode = CredentialMode(cleaned["mode"])
        given = {name: cleaned[name] for name in MODE_FIELDS[mode] if cleaned[name]}
        base = None
        if mode is CredentialMode.ASSUME_ROLE:
            base_mode = CredentialMode(cleaned["base_mode"] or CredentialMode.DEFAULT_CHAIN)
            wanted = set(BASE_FIELDS) & set(MODE_FIELDS[base_mode])
            base = Credentials(
                mode=base_mode,
                **{name: cleaned[f"base_{name}"] for name in wanted if cleaned[f"base_{name}"]},
            )
        return Credentials(mode=mode, base=base, **given)

    def take_errors(self, error: ValidationError) -> None:
        """Put the domain's messages at their fields, or at the form where a field has another name."""
        for field, messages in error.errors.items():
            for message in messages:
                self.add_error(field if field in self.fields else None, message)


ROLE_FIELDS = ("role_arn", "external_id", "role_session_name", "role_duration", "sts_endpoint")
MODE_FIELDS: dict[CredentialMode, tuple[str, ...]] = {
    CredentialMode.DEFAULT_CHAIN: (),
    CredentialMode.CONTAINER_OR_INSTANCE: (),
    CredentialMode.PROFILE: ("profile",),
    CredentialMode.STATIC: ("access_key_id", "secret_access_key", "session_token"),
    CredentialMode.ASSUME_ROLE: ROLE_FIELDS,
    CredentialMode.WEB_IDENTITY: (
        "role_arn",
        "role_session_name",
        "sts_endpoint",
        "web_identity_token_file",
    ),
}


def initial_of(connection: Connection) -> dict[str, Any]:
    """The form's first values for a connection; its secrets are left blank."""
    initial = {field.name: getattr(connection, field.name) for field in fields(Connection)}
    credentials: Credentials = initial.pop("credentials")
    initial |= _initial_of_credentials(credentials, "")
    if credentials.base is not None:
        initial |= _initial_of_credentials(credentials.base, "base_")
    return initial


def _initial_of_credentials(credentials: Credentials, prefix: str) -> dict[str, Any]:
    hidden = {"secret_access_key", "session_token", "base"}
    return {
        prefix + field.name: getattr(credentials, field.name)
        for field in fields(Credentials)
        if field.name not in hidden
    }
