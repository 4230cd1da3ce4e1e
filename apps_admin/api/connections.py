"""Connections: list, show, add, change, forget, test; soketi's environment."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, etag, required_revision, send, send_once
from apps_admin.api.authentication import actor_in, workspace_of
from apps_admin.api.inputs import ConnectionEditIn, ConnectionIn
from apps_admin.api.shapes import connection_fields
from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor
from apps_admin.domain.connection import Connection, ConnectionSource
from apps_admin.domain.errors import ConflictError, DeniedError
from apps_admin.domain.masking import mask_url
from apps_admin.generators.environment import soketi_environment
from apps_admin.services.account_log import origin_of
from apps_admin.services.connection_edits import (
    connection_revision,
    create_connection,
    delete_connection,
    update_connection,
)
from apps_admin.services.connection_tests import run_connection_test
from apps_admin.services.connections import list_connections

router = Router(tags=["Connections"])
CONNECTION = "/connections/{slug:connection}"


@router.get(
    "/connections",
    response={200: outputs.ConnectionList, **documents.READ},
    url_name="connection-list",
)
def list_(request: HttpRequest) -> HttpResponse:
    """The connections this token may see."""
    actor = actor_in(request)
    found = [connection_shape(actor, each) for each in list_connections(actor)]
    return send(Answer(data={"connections": found}))


@router.post(
    "/connections",
    response={201: outputs.ConnectionChange, 200: outputs.ConnectionChange, **documents.WRITE},
    url_name="connection-list",
    openapi_extra=documents.CREATES,
)
def create(request: HttpRequest, asked: ConnectionIn, dry_run: bool = False) -> HttpResponse:
    """Keep a connection. Its secrets are encrypted and never answered."""
    actor = actor_in(request)

    def do() -> Answer:
        if not actor.may(Action.CONNECTION_CREATE, EVERY_CONNECTION):
            raise DeniedError(
                f"{actor.name} may not add connections.",
                hint="Ask an administrator of every connection.",
            )
        wanted = asked.applied_to(Connection(slug=asked.slug, source=ConnectionSource.SQL))
        created = create_connection(actor, wanted, origin=origin_of(request), dry_run=dry_run)
        answer = _told(actor, None, created, dry_run=dry_run)
        if dry_run:
            return answer
        location = {"Location": f"/api/v1/connections/{created.slug}", **answer.headers}
        return Answer(data=answer.data, status=201, headers=location)

    return send_once(request, do, dry_run=dry_run)


@router.get(
    CONNECTION,
    response={200: outputs.Connection, **documents.READ},
    url_name="connection-record",
)
def show(request: HttpRequest, connection: str) -> HttpResponse:
    """One connection: where it leads and what this token is there."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.CONNECTION_VIEW)
    data = connection_shape(workspace.actor, workspace.connection)
    return send(Answer(data=data, headers=etag(data["revision"])))


@router.patch(
    CONNECTION,
    response={200: outputs.ConnectionChange, **documents.WRITE},
    url_name="connection-record",
    openapi_extra=documents.CHANGES,
)
def change(
    request: HttpRequest, connection: str, asked: ConnectionEditIn, dry_run: bool = False
) -> HttpResponse:
    """Change a connection that is kept in the console's database."""
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        workspace.authorize(Action.CONNECTION_UPDATE)
        before = workspace.connection
        if before.source is not ConnectionSource.SQL:
            raise ConflictError(
                f"{before.name} is declared outside the console's database.",
                hint="Change it in the environment or in CONNECTIONS_FILE.",
            )
        after = update_connection(
            workspace.actor,
            asked.applied_to(before),
            origin=origin_of(request),
            # What is sent is put upon `before`: it has to be what is stored still.
            revision=revision or connection_revision(before),
            dry_run=dry_run,
        )
        return _told(workspace.actor, before, after, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


@router.delete(
    CONNECTION,
    response={200: outputs.ConnectionChange, **documents.WRITE},
    url_name="connection-record",
    openapi_extra=documents.CHANGES,
)
def delete(
    request: HttpRequest, connection: str, confirm: str = "", dry_run: bool = False
) -> HttpResponse:
    """Forget a connection; its table stays as it is. `confirm` is its slug once more."""
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        delete_connection(
            workspace.actor,
            connection,
            confirmation=confirm,
            origin=origin_of(request),
            revision=revision,
            dry_run=dry_run,
        )
        return _told(workspace.actor, workspace.connection, None, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


@router.post(
    f"{CONNECTION}:test",
    response={200: outputs.Report, **documents.WRITE},
    url_name="connection-test",
)
def test(request: HttpRequest, connection: str) -> HttpResponse:
    """Test the connection hop by hop, and wait for the result (30 s at most)."""
    workspace = workspace_of(request, connection)
    report = run_connection_test(workspace.actor, workspace.connection, origin=workspace.origin)
    return send(Answer(data=report.to_json()))


@router.get(
    f"{CONNECTION}/environment",
    response={200: outputs.Environment, **documents.READ},
    url_name="connection-environment",
)
def environment(request: HttpRequest, connection: str) -> HttpResponse:
    """Soketi's environment for this connection, without secrets."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.CONNECTION_VIEW)
    made = soketi_environment(workspace.connection)
    files = [
        {"format": each.format.value, "filename": each.filename, "text": each.text}
        for each in made.files
    ]
    return send(
        Answer(data={"variables": dict(made.variables), "notes": list(made.notes), "files": files})
    )


def _told(
    actor: Actor, before: Connection | None, after: Connection | None, *, dry_run: bool
) -> Answer:
    """What a change did, or would do: secrets are told apart by their fingerprints."""
    old, new = ({} if each is None else connection_fields(each) for each in (before, after))
    differences = [
        {"field": name, "before": old.get(name), "after": new.get(name)}
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]
    data = {
        "changed": bool(differences),
        "dry_run": dry_run,
        "differences": differences,
        "connection": None if after is None else connection_shape(actor, after),
    }
    headers = {} if after is None or dry_run else etag(connection_revision(after))
    return Answer(data=data, headers=headers)


def connection_shape(actor: Actor, connection: Connection) -> dict[str, Any]:
    """A connection, without anything of its credentials but their mode."""
    grant = actor.grant_on(connection.slug)
    return {
        "slug": connection.slug,
        "revision": connection_revision(connection),
        "name": connection.name,
        "table": connection.table,
        "region": connection.region,
        "endpoint": mask_url(connection.endpoint),
        "protected": connection.protected,
        "read_only": connection.read_only,
        "without_secrets": connection.without_secrets,
        "reason_required": connection.reason_required,
        "soketi_version": connection.soketi_version,
        "soketi_url": mask_url(connection.soketi_url),
        "credentials": connection.credentials.mode.value,
        "source": connection.source.value,
        "role": grant.role.value if grant else "",
        "reveals_secrets": bool(grant and grant.reveals_secrets),
    }
