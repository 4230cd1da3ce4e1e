"""Sign-in with a password: who may try how often, what must happen before the session starts, what is written down."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStage
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.core.internal.ratelimit import RateLimitUsage
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor, ActorKind
from apps_admin.domain.audit import Outcome
from apps_admin.models.person import Person, people_with_id
from apps_admin.services.account_log import record_account_action
from apps_admin.services.accounts import actor_of
from apps_admin.services.sessions import start_session
from apps_admin.services.sign_in_limits import (
    consume_attempt,
    consume_refusal,
    remember_browser,
)
from apps_admin.services.single_sign_on import has_identity_provider

CONFIRM_BY = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use an authenticator or recovery code",
    "mfa_reauthenticate:webauthn": "Use a passkey or security key",
}
NOBODY = Actor(kind=ActorKind.PERSON, id="", name="anonymous")


class PersonBackend(AuthenticationBackend):
    """allauth's sign-in by name and password, with one quick query for who comes with a session."""

    def get_user(self, user_id: int) -> Person | None:
        """The active person with this id."""
        person = next(iter(people_with_id(user_id)), None)
        return person if person is not None and self.user_can_authenticate(person) else None


class ChangePasswordStage(LoginStage):
    """Between a right one-time password and the session: choosing another password."""

    key = "change_password"
    urlname = "account_new_password"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Ask for a new password where one is due."""
        if isinstance(self.login.user, Person) and self.login.user.must_change_password:
            return headed_redirect_response(self.urlname), True
        return None, True


class AccountAdapter(DefaultAccountAdapter):
    """How allauth's sign-in behaves here."""

    error_messages = {  # noqa: RUF012 - allauth's own shape
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "This username and password do not fit together.",
        "too_many_login_attempts": (
            "Too many attempts. Wait ten minutes, or sign in from a browser you signed in from before."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody signs up: administrators invite."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only this very host, over https when the request came by it."""
        return url_has_allowed_host_and_scheme(
            url,
            allowed_hosts={self.request.get_host()},
            require_https=self.request.is_secure(),
        )

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:  # noqa: ARG002
        """Never by allauth's own rule: `@fresh_sign_in` stands above its views here."""
        return False

    def get_reauthentication_methods(
        self, user: AbstractBaseUser | AnonymousUser
    ) -> list[dict[str, str]]:
        """How somebody can prove who they are again: what they have, in words of ours."""
        methods: list[dict[str, str]] = super().get_reauthentication_methods(user)
        for method in methods:
            method["description"] = CONFIRM_BY[method["id"]]
        if isinstance(user, Person) and not methods and has_identity_provider(user):
            methods.append(
                {
                    "id": "provider",
                    "description": "Sign in again at the identity provider",
                    "url": reverse("account-confirm-provider"),
                }
            )
        return methods

    def get_login_stages(self) -> list[str]:
        """The second factor first, so that a one-time password alone changes nothing."""
        return [
            "allauth.mfa.stages.AuthenticateStage",
            "apps_admin.services.sign_in.ChangePasswordStage",
        ]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt. Raises a validation error when there were too many."""
        usage = consume_attempt(request, str(credentials.get("username", "")))
        self._login_failed_rl_usage: RateLimitUsage | None = usage
        if usage is None:
            self._record_refusal(request, credentials, "too many attempts")
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down a wrong password."""
        self._record_refusal(request, credentials, "wrong password")

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Start the session under a new key."""
        super().login(request, user)
        start_session(request, self.get_client_ip(request), self.get_http_user_agent(request))

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **hooks: Any
    ) -> HttpResponse:
        """Write down the sign-in, and remember the browser for the limits on attempts."""
        record_account_action(
            Action.SESSION_SIGN_IN, actor_of(request), target=user.get_username(), request=request
        )
        response = super().post_login(request, user, **hooks)
        remember_browser(request, response, user.pk)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Write down the sign-out and end the session."""
        actor = actor_of(request)
        super().logout(request)
        record_account_action(Action.SESSION_SIGN_OUT, actor, target=actor.name, request=request)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Say that the account is closed, to somebody who knew its password."""
        record_account_action(
            Action.SESSION_REFUSE,
            NOBODY,
            target=user.get_username(),
            outcome=Outcome.DENIED,
            reason="account deactivated",
            request=request,
        )
        return super().respond_user_inactive(request, user)

    def _record_refusal(
        self, request: HttpRequest, credentials: dict[str, Any], reason: str
    ) -> None:
        if not consume_refusal(request):
            return  # a flood from one address must not fill the audit log
        # People type passwords into the wrong field: a name is written down only when somebody has it.
        name = str(credentials.get("username", ""))
        known = Person.objects.filter(username__iexact=name).values_list("username", flat=True)
        record_account_action(
            Action.SESSION_REFUSE,
            actor_of(request),
            target=known.first() or "an unknown name",
            outcome=Outcome.DENIED,
            reason=reason,
            request=request,
        )


def pending_person(request: HttpRequest) -> Person | None:
    """Who is between password and session in this request's login stage."""
    stage = getattr(request, "_login_stage", None)
    login: Login | None = stage.login if stage else None
    return login.user if login and isinstance(login.user, Person) else None


def finish_new_password(request: HttpRequest, password: str) -> HttpResponse:
    """Store the password chosen in place of a one-time one, and go on signing in."""
    person = pending_person(request)
    if person is None:
        clear_login(request)
        return headed_redirect_response("account_login")
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    record_account_action(
        Action.PERSON_UPDATE,
        actor_of(person),
        target=person.username,
        reason="chose a password in place of the one-time one",
        request=request,
    )
    stage: ChangePasswordStage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001
    return stage.exit()
