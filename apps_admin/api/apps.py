"""Apps: list, show, create, change, delete."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, etag, reason_of, required_revision, send, send_once
from apps_admin.api.authentication import workspace_of
from apps_admin.api.inputs import AppEditIn, AppIn
from apps_admin.api.queries import Listed
from apps_admin.api.shapes import (
    app_path,
    app_shape,
    change_shape,
    count_shape,
    freshness_shape,
    indexed_shape,
)
from apps_admin.aws.codec import parse_item
from apps_admin.domain.actions import Action
from apps_admin.domain.app import UNSET, App, Maybe
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import AttributeValue
from apps_admin.domain.masking import MASK
from apps_admin.domain.webhook_secrets import restore_webhooks
from apps_admin.services.app_index import freshness_of, request_refresh
from apps_admin.services.apps import create_app, delete_app, show_app, update_app
from apps_admin.services.search import AppQuery, list_apps
from apps_admin.services.workspace import Workspace

router = Router(tags=["Apps"])
APPS = "/connections/{slug:connection}/apps"
APP = f"{APPS}/{{app_id:app_id}}"


@router.get(APPS, response={200: outputs.AppList, **documents.READ}, url_name="app-list")
def list_(request: HttpRequest, connection: str, query: Query[Listed]) -> HttpResponse:  # type: ignore[valid-type]
    """List apps from the app index, which says how old it is. No call to DynamoDB."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.APP_VIEW)
    asked: dict[str, Any] = query.model_dump()  # type: ignore[attr-defined]
    size = asked.pop("page_size")
    page = list_apps(workspace.connection, AppQuery.from_parameters(asked), page_size=size)
    return send(
        Answer(
            data={
                "apps": [indexed_shape(row) for row in page.apps],
                "count": count_shape(page.count),
                "total": count_shape(page.total),
                "next_cursor": page.next_cursor,
                "previous_cursor": page.previous_cursor,
                "index": freshness_shape(page.freshness),
            }
        )
    )


@router.post(
    "/connections/{slug:connection}/apps:refresh",
    response={202: outputs.Freshness, **documents.WRITE},
    url_name="app-list-refresh",
)
def refresh(request: HttpRequest, connection: str) -> HttpResponse:
    """Ask the worker to read the whole table anew for the app index."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.APP_VIEW)
    request_refresh(workspace.connection)
    return send(Answer(data=freshness_shape(freshness_of(workspace.connection)), status=202))


@router.get(APP, response={200: outputs.App, **documents.READ}, url_name="app-record")
def show(request: HttpRequest, connection: str, app_id: str) -> HttpResponse:
    """One app, read from DynamoDB now, with what soketi makes of it and what the doctor finds."""
    record = show_app(workspace_of(request, connection), app_id)
    return send(Answer(data=app_shape(record), headers=etag(record.revision)))


@router.post(
    APPS,
    response={201: outputs.Change, 200: outputs.Change, **documents.WRITE},
    url_name="app-list",
    openapi_extra=documents.CREATES,
)
def create(
    request: HttpRequest, connection: str, asked: AppIn, dry_run: bool = False
) -> HttpResponse:
    """Create an app. Its secret is in this answer and never again but on rotate and reveal."""
    workspace = workspace_of(request, connection)

    def do() -> Answer:
        new = asked.to_new_app(_text_of(asked.webhooks), _unknown(asked.unknown_attributes))
        change = create_app(
            workspace, new, reason=reason_of(request, asked.reason), dry_run=dry_run
        )
        data = change_shape(workspace, change, dry_run=dry_run, shows_secret=True)
        if dry_run:
            return Answer(data=data)
        headers = {"Location": app_path(connection, new.id), **etag(data["app"]["revision"])}
        return Answer(data=data, status=201, headers=headers)

    return send_once(request, do, dry_run=dry_run)


@router.patch(
    APP,
    response={200: outputs.Change, **documents.WRITE},
    url_name="app-record",
    openapi_extra=documents.CHANGES,
)
def change(
    request: HttpRequest, connection: str, app_id: str, asked: AppEditIn, dry_run: bool = False
) -> HttpResponse:
    """Change what is sent, and nothing else. Equal values change nothing, so this can be sent again and again."""
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        text: Maybe[str | None] = UNSET
        if "webhooks" in asked.model_fields_set:
            text = webhooks_text(workspace, app_id, asked.webhooks)
        change = update_app(
            workspace,
            app_id,
            asked.to_edit(text),
            revision=revision,
            reason=reason_of(request, asked.reason),
            dry_run=dry_run,
            confirmation=asked.confirm,
        )
        return told(workspace, change, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


@router.delete(
    APP,
    response={200: outputs.Change, **documents.WRITE},
    url_name="app-record",
    openapi_extra=documents.CHANGES,
)
def delete(
    request: HttpRequest,
    connection: str,
    app_id: str,
    confirm: str = "",
    drained: bool = False,
    dry_run: bool = False,
) -> HttpResponse:
    """Delete an app that is disabled.

    `confirm` is its id once more. `drained` says that no client is connected and that soketi's app cache has expired:
    deleting an app under its clients can shut soketi down.
    """
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        gone = delete_app(
            workspace,
            app_id,
            confirmation=confirm,
            is_drained=drained,
            revision=revision,
            reason=reason_of(request),
            dry_run=dry_run,
        )
        return told(workspace, gone, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


def told(workspace: Workspace, change: Any, *, dry_run: bool, shows_secret: bool = False) -> Answer:
    """The answer that tells a change, with the ETag of what is stored now."""
    data = change_shape(workspace, change, dry_run=dry_run, shows_secret=shows_secret)
    has_tag = data["app"] is not None and not dry_run
    return Answer(data=data, headers=etag(data["app"]["revision"]) if has_tag else {})


def webhooks_text(workspace: Workspace, app_id: str, webhooks: list[Any] | None) -> str | None:
    """Webhooks as they are stored, with the stored values where masked ones were sent back."""
    text = _text_of(webhooks)
    if text is None or MASK not in text:
        return text
    return restore_webhooks(text, App(workspace.apps.get(app_id)).webhooks_text)


def _text_of(webhooks: list[Any] | None) -> str | None:
    if not webhooks:
        return None
    try:
        return json.dumps(webhooks, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ValidationError({"webhooks": ["A number in it is too large for JSON."]}) from error


def _unknown(attributes: dict[str, Any]) -> dict[str, AttributeValue]:
    """Attributes soketi does not read, from DynamoDB JSON."""
    if not attributes:
        return {}
    try:
        return dict(parse_item(json.dumps(attributes)).attributes)
    except ValidationError as error:
        messages = [text for texts in error.errors.values() for text in texts]
        raise ValidationError({"unknown_attributes": messages}) from error
