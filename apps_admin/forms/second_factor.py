"""allauth's forms of second factors, in the console's words."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms


def _as_code(form: forms.Form) -> None:
    form.fields["code"].label = "Code"
    # With errors on the page, the focus belongs to their summary.
    form.fields["code"].widget.attrs = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        **({} if form.is_bound else {"autofocus": True}),
    }


class CodeForm(AuthenticateForm):
    """A code at sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self)


class ConfirmCodeForm(ReauthenticateForm):
    """A code to confirm who one is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self)


class AddAppForm(ActivateTOTPForm):
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self)


class AddKeyForm(AddWebAuthnForm):
    """A new passkey or security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name"
        self.fields["name"].help_text = "So that you can tell your keys apart."
        passkey = self.fields["passwordless"]
        passkey.label = "Sign in with this key alone"
        passkey.help_text = (
            "A passkey: your fingerprint, face or PIN replaces the password. Without this, the key is asked for "
            "after the password."
        )
        passkey.initial = True
