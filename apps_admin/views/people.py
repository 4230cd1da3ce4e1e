"""People, for administrators: who is here, who may do what where, who is invited."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps_admin.domain.actor import EVERY_CONNECTION, Actor
from apps_admin.domain.errors import ValidationError
from apps_admin.forms.people import GrantForm, InviteForm, connection_choices
from apps_admin.services.accounts import actor_of
from apps_admin.services.connections import list_connections
from apps_admin.services.invitations import (
    IssuedInvitation,
    invite_person,
    invite_to_new_password,
    open_invitations,
    withdraw_invitation,
)
from apps_admin.services.people import (
    end_sessions_of,
    get_person,
    list_people,
    may_administrate,
    remove_grant,
    remove_person,
    reset_second_factor,
    restore_person,
    set_grant,
)
from apps_admin.services.second_factor import count_second_factors
from apps_admin.services.sessions import list_sessions
from apps_admin.views.fresh_sign_in import fresh_sign_in


@require_safe
def person_list(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account, and the invitations that still work."""
    actor = actor_of(request)
    return render(
        request,
        "people/list.html",
        {
            "people": list_people(actor),
            "invitations": open_invitations(),
            "may_everything": may_administrate(actor, EVERY_CONNECTION),
        },
    )


@require_safe
def person_show(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: roles, sessions, second factors, and what can be done about them."""
    return _render_person(request, person_id)


@fresh_sign_in
@require_http_methods(["GET", "POST"])
def person_invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody; their link is shown once."""
    actor = actor_of(request)
    list_people(actor)
    form = InviteForm(request.POST or None, connections=_choices(actor))
    if form.is_valid():
        try:
            issued = invite_person(
                actor,
                form.cleaned_data["username"],
                {form.connection_slug: form.grant},
                request=request,
            )
        except ValidationError as error:
            form.add_error("username", [text for texts in error.errors.values() for text in texts])
        else:
            return _show_link(request, issued)
    return render(request, "people/invite.html", {"form": form})


@fresh_sign_in
@require_POST
def person_update_role(request: HttpRequest, person_id: int) -> HttpResponse:
    """Set what somebody is on a connection."""
    actor = actor_of(request)
    person = get_person(actor, person_id)
    form = GrantForm(request.POST, connections=_choices(actor))
    if not form.is_valid():
        return _render_person(request, person_id, form=form, status=422)
    set_grant(actor, person, form.connection_slug, form.grant, request=request)
    messages.success(
        request,
        f"{person.username} is {form.grant.role.value} of {_place(form.connection_slug)} from now on.",
    )
    return redirect("person-show", person.pk)


@fresh_sign_in
@require_POST
def person_remove_role(request: HttpRequest, person_id: int) -> HttpResponse:
    """Take somebody's role on a connection away."""
    actor = actor_of(request)
    person = get_person(actor, person_id)
    connection = request.POST.get("connection", "")
    remove_grant(actor, person, connection, request=request)
    messages.success(request, f"{person.username} has no role on {_place(connection)} any more.")
    return redirect("person-show", person.pk)


@fresh_sign_in
@require_POST
def person_remove(request: HttpRequest, person_id: int) -> HttpResponse:
    """Close somebody's account."""
    actor = actor_of(request)
    person = get_person(actor, person_id)
    remove_person(actor, person, request=request)
    messages.success(
        request, f"{person.username}'s account is closed and their sessions have ended."
    )
    return redirect("person-list")


@fresh_sign_in
@require_POST
def person_restore(request: HttpRequest, person_id: int) -> HttpResponse:
    """Open a closed account again."""
    actor = actor_of(request)
    person = get_person(actor, person_id)
    restore_person(actor, person, request=request)
    messages.success(request, f"{person.username}'s account is open again, with the roles it had.")
    return redirect("person-show", person.pk)


@fresh_sign_in
@require_POST
def person_reset_second_factor(request: HttpRequest, person_id: int) -> HttpResponse:
    """Remove the second factors of somebody who lost theirs."""
    actor = actor_of(request)
    person = get_person(actor, person_id)
    removed = reset_second_factor(actor, person, request=request)
    messages.success(
        request,
        f"{removed} of {person.username}'s second factors {'is' if removed == 1 else 'are'} removed and their "
        "sessions have ended. Their password alone signs them in until they add a new one.",
    )
    return redirect("person-show", person.pk)


@fresh_sign_in
@require_POST
def person_end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    """End all sessions of somebody."""
    actor = actor_of(request)
    person = get_person(actor, person_id)
    ended = end_sessions_of(actor, person, request=request)
    messages.success(
        request, f"{ended} of {person.username}'s sessions ended. They can sign in again."
    )
    return redirect("person-show", person.pk)


@fresh_sign_in
@require_POST
def person_password_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """A link by which somebody sets a new password; shown once."""
    actor = actor_of(request)
    person = get_person(actor, person_id)
    return _show_link(request, invite_to_new_password(actor, person, request=request))


@require_POST
def invitation_withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation's link useless."""
    invitation = withdraw_invitation(actor_of(request), invitation_id, request=request)
    messages.success(request, f"{invitation.username}'s link does not work any more.")
    return redirect("person-list")


def _render_person(
    request: HttpRequest, person_id: int, *, form: GrantForm | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    person = get_person(actor, person_id)
    choices = _choices(actor)
    return render(
        request,
        "people/show.html",
        {
            "person": person,
            "memberships": [
                {
                    "membership": membership,
                    "may_change": may_administrate(actor, membership.connection),
                }
                for membership in person.memberships.all()
            ],
            "form": form or GrantForm(connections=choices),
            "may_everything": may_administrate(actor, EVERY_CONNECTION),
            "is_me": person.pk == request.user.pk,
            "sessions": list_sessions(person),
            "second_factors": count_second_factors(person),
        },
        status=status,
    )


def _show_link(request: HttpRequest, issued: IssuedInvitation) -> HttpResponse:
    link = request.build_absolute_uri(reverse("invitation-open")) + f"#{issued.code}"
    return render(request, "people/link.html", {"link": link, "invitation": issued.invitation})


def _choices(actor: Actor) -> list[tuple[str, str]]:
    administered = [
        (connection.slug, connection.name)
        for connection in list_connections(actor)
        if may_administrate(actor, connection.slug)
    ]
    return connection_choices(administered, with_every=may_administrate(actor, EVERY_CONNECTION))


def _place(connection: str) -> str:
    return "every connection" if connection == EVERY_CONNECTION else connection
