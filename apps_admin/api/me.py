"""What this token is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, send
from apps_admin.api.authentication import actor_in
from apps_admin.domain.actions import Action
from apps_admin.services.connections import list_connections

router = Router(tags=["Token"])


@router.get("/me", response={200: outputs.Me, **documents.READ}, url_name="me")
def show(request: HttpRequest) -> HttpResponse:
    """Who this token acts as, and what it may do on each connection."""
    actor = actor_in(request)
    grants = {each.slug: actor.grant_on(each.slug) for each in list_connections(actor)}
    return send(
        Answer(
            data={
                "id": actor.id,
                "name": actor.name,
                "connections": {
                    slug: {
                        "role": grant.role.value,
                        "reveals_secrets": grant.reveals_secrets,
                        "actions": [a.value for a in Action if actor.may(a, slug)],
                    }
                    for slug, grant in grants.items()
                    if grant is not None
                },
            }
        )
    )
