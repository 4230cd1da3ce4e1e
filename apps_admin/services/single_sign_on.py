"""Sign-in by an identity provider (OpenID Connect): its groups decide who may do what."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect, resolve_url

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import Grant
from apps_admin.models.person import MembershipSource, Person
from apps_admin.services.account_log import record_account_action
from apps_admin.services.accounts import actor_of, describe_grants, grants_of, store_grants

PROVIDER = "sso"
REVEALS_SECRETS = "+secrets"


@dataclass(frozen=True, kw_only=True)
class GroupRole:
    """What the members of one group of the provider are on one connection."""

    group: str
    connection: str
    grant: Grant


def parse_group_roles(text: str) -> tuple[GroupRole, ...]:
    """The setting `OIDC_GROUP_ROLES`, e.g. "ops=operator@production;admins=administrator@*+secrets".

    Raises ValueError that quotes the part which is wrong.
    """
    return tuple(_parse_group_role(part.strip()) for part in text.split(";") if part.strip())


def grants_of_groups(groups: Iterable[str], roles: Iterable[GroupRole]) -> dict[str, Grant]:
    """What a member of these groups is where: the most that any of the groups gives."""
    order = list(Role)
    member_of = set(groups)
    grants: dict[str, Grant] = {}
    for role in roles:
        if role.group not in member_of:
            continue
        known = grants.get(role.connection, Grant(role=Role.VIEWER))
        grants[role.connection] = Grant(
            role=max(known.role, role.grant.role, key=order.index),
            reveals_secrets=known.reveals_secrets or role.grant.reveals_secrets,
        )
    return grants


def has_identity_provider(person: Person) -> bool:
    """Whether this person signs in by the provider that is configured."""
    return (
        bool(settings.OIDC_SERVER_URL)
        and SocialAccount.objects.filter(user=person, provider=PROVIDER).exists()
    )


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """How allauth's sign-in by an identity provider behaves here."""

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[SocialApp]:
        """Only the provider in the settings: a row in SQL must not become a way in."""
        apps = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for of_provider in apps.values() for app in of_provider]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Somebody new may come in when a group of theirs gives them a role."""
        return bool(_grants_by_groups(sociallogin))

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]
    ) -> AbstractBaseUser:
        """Take name and address over; the address never decides who somebody is."""
        user: AbstractBaseUser = super().populate_user(request, sociallogin, data)
        sociallogin.email_addresses = []
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Bring roles up to date with the groups; for who is signed in already, this confirms who they are."""
        if request.user.is_authenticated:
            raise ImmediateHttpResponse(_confirm(request, sociallogin))
        if sociallogin.is_existing:
            _synchronize(sociallogin.user, sociallogin, request)

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: None = None
    ) -> AbstractBaseUser:
        """Store somebody new, with the roles their groups give."""
        with transaction.atomic():
            person: Person = super().save_user(request, sociallogin, form)
            grants = _grants_by_groups(sociallogin)
            store_grants(person, grants, MembershipSource.GROUPS)
            record_account_action(
                Action.PERSON_CREATE,
                actor_of(person),
                target=person.username,
                after=describe_grants(grants),
                reason="first sign-in by the identity provider",
                request=request,
            )
        return person


def _confirm(request: HttpRequest, sociallogin: SocialLogin) -> Any:
    next_url = resolve_url(sociallogin.get_redirect_url(request) or settings.LOGIN_REDIRECT_URL)
    if sociallogin.user != request.user or not _authenticated_just_now(sociallogin):
        return redirect("account-confirm-provider")
    record_authentication(
        request, sociallogin.user, "socialaccount", provider=PROVIDER, reauthenticated=True
    )
    return redirect(next_url)


def _authenticated_just_now(sociallogin: SocialLogin) -> bool:
    """Whether the provider asked for a password or key now. Not every provider tells (`auth_time`)."""
    claims = _claims(sociallogin)
    authenticated_at = claims.get("auth_time")
    if not isinstance(authenticated_at, int | float):
        return True
    return time.time() - authenticated_at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _synchronize(person: Person, sociallogin: SocialLogin, request: HttpRequest) -> None:
    with transaction.atomic():
        before = describe_grants(grants_of(person))
        store_grants(person, _grants_by_groups(sociallogin), MembershipSource.GROUPS)
        after = describe_grants(grants_of(Person.objects.get(pk=person.pk)))
        if before != after:
            record_account_action(
                Action.PERSON_UPDATE,
                actor_of(person),
                target=person.username,
                before=before,
                after=after,
                reason="groups at the identity provider",
                request=request,
            )


def _grants_by_groups(sociallogin: SocialLogin) -> dict[str, Grant]:
    claims = _claims(sociallogin).get(settings.OIDC_GROUPS_CLAIM)
    groups = [claims] if isinstance(claims, str) else claims
    if not isinstance(groups, list):
        return {}
    return grants_of_groups(map(str, groups), parse_group_roles(settings.OIDC_GROUP_ROLES))


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider told, in the id token and by its userinfo endpoint."""
    told: dict[str, Any] = sociallogin.account.extra_data
    if "userinfo" not in told and "id_token" not in told:
        return told
    return {**(told.get("id_token") or {}), **(told.get("userinfo") or {})}


def _parse_group_role(part: str) -> GroupRole:
    group, _, what = part.rpartition("=")
    role, _, place = what.partition("@")
    reveals_secrets = place.endswith(REVEALS_SECRETS)
    connection = place.removesuffix(REVEALS_SECRETS)
    if not group or not connection or role not in set(Role):
        raise ValueError(
            f"{part!r} is not group=role@connection; the role is one of {', '.join(Role)}, "
            f"the connection a slug or *, and {REVEALS_SECRETS} may follow."
        )
    return GroupRole(
        group=group,
        connection=connection,
        grant=Grant(role=Role(role), reveals_secrets=reveals_secrets),
    )
