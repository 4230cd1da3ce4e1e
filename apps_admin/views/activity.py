"""What people did, from the audit log: one's own activity, that of somebody, and all sign-ins and changes of people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, ActorKind
from apps_admin.forms.audit import position_of
from apps_admin.services.accounts import actor_of, authorize
from apps_admin.services.audit_lines import AuditFilter, list_operations
from apps_admin.services.people import get_person
from apps_admin.views.audit import audited_rows, shown


@require_safe
def account_activity(request: HttpRequest) -> HttpResponse:
    """What I did, on every connection."""
    mine = AuditFilter(actor_kind=ActorKind.PERSON.value, actor_id=actor_of(request).id)
    return _render(request, mine, "What you did")


@require_safe
def person_activity(request: HttpRequest, person_id: int) -> HttpResponse:
    """What somebody did, on every connection; for administrators of every one."""
    actor = actor_of(request)
    authorize(actor, Action.PERSON_UPDATE, [EVERY_CONNECTION])
    person = get_person(actor, person_id)
    theirs = AuditFilter(actor_kind=ActorKind.PERSON.value, actor_id=str(person.pk))
    return _render(request, theirs, f"What {person.username} did")


@require_safe
def person_activity_list(request: HttpRequest) -> HttpResponse:
    """Sign-ins, refusals, and every change of people; for administrators of every connection."""
    authorize(actor_of(request), Action.PERSON_UPDATE, [EVERY_CONNECTION])
    return _render(request, AuditFilter(is_console=True), "Sign-ins and changes")


def _render(request: HttpRequest, wanted: AuditFilter, title: str) -> HttpResponse:
    before = position_of(request.GET)
    page = list_operations(actor_of(request), wanted, before=before)
    return render(
        request,
        "people/activity.html",
        {
            "title": title,
            "is_own": request.resolver_match is not None
            and request.resolver_match.url_name == "account-activity",
            "lines": [
                {
                    **shown(line),
                    "rows": [row for row in audited_rows(line) if row.before != row.after],
                }
                for line in page.lines
            ],
            "first_url": request.path if before else "",
            "next_url": f"?before={page.next_before}" if page.next_before is not None else "",
        },
    )
