"""Forms about one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth import password_validation

from apps_admin.models.person import Person


class SignInForm(LoginForm):
    """Username and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs = {
            "autocomplete": "username webauthn",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password1 = forms.CharField(
        label="New password",
        help_text="At least 12 characters. A sentence or a password manager's proposal is best.",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="New password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password1(self) -> str:
        """The rules for passwords, and that it is not the one-time password again."""
        password: str = self.cleaned_data["password1"]
        password_validation.validate_password(password, self.person)
        if self.person.pk and self.person.check_password(password):
            raise forms.ValidationError("Choose a password that differs from the one you have.")
        return password

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "The two passwords differ. Type the same one twice.")
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """The present password, and a new one twice. Wrong guesses count like those at sign-in."""

    field_order = ("current_password", "password1", "password2")

    current_password = forms.CharField(
        label="Present password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_current_password(self) -> str:
        """It is right."""
        password: str = self.cleaned_data["current_password"]
        if not get_adapter().reauthenticate(self.person, password):
            raise forms.ValidationError("This is not your present password.")
        return password
