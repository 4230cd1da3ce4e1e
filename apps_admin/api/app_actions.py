"""What is done to an app beside changing its fields: each one service call, named like the button on its page."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, reason_of, required_revision, send, send_once
from apps_admin.api.apps import APP, told
from apps_admin.api.authentication import workspace_of
from apps_admin.api.inputs import (
    ConfirmIn,
    FixIn,
    Position,
    ReasonIn,
    RestoreIn,
    RotateIn,
    UndoIn,
)
from apps_admin.api.shapes import difference_shape, time_shape
from apps_admin.domain.actions import Action
from apps_admin.domain.finding import FixMode
from apps_admin.services.apps import (
    Change,
    cut_off_app,
    disable_app,
    enable_app,
    fix_app,
    reveal_secret,
    rotate_secret,
)
from apps_admin.services.undo import restore_version, undo_operation
from apps_admin.services.versions import Side, list_deleted_apps, list_versions
from apps_admin.services.workspace import Workspace

router = Router(tags=["Apps"])
NO_REASON, NOT_CONFIRMED, GENERATED, NOT_DRAINED = ReasonIn(), ConfirmIn(), RotateIn(), UndoIn()
CHANGED: dict[Any, Any] = {200: outputs.Change, **documents.WRITE}


class Transition(Protocol):
    """A service that changes one app without further words."""

    def __call__(
        self,
        workspace: Workspace,
        app_id: str,
        *,
        reason: str = "",
        revision: str | None = None,
        dry_run: bool = False,
    ) -> Change:
        """Change the app."""
        ...


@router.post(
    f"{APP}:enable", response=CHANGED, url_name="app-enable", openapi_extra=documents.CHANGES
)
def enable(
    request: HttpRequest,
    connection: str,
    app_id: str,
    asked: ReasonIn = NO_REASON,
    dry_run: bool = False,
) -> HttpResponse:
    """Let soketi accept new connections."""
    return _transition(request, connection, app_id, asked, enable_app, dry_run=dry_run)


@router.post(
    f"{APP}:disable", response=CHANGED, url_name="app-disable", openapi_extra=documents.CHANGES
)
def disable(
    request: HttpRequest,
    connection: str,
    app_id: str,
    asked: ConfirmIn = NOT_CONFIRMED,
    dry_run: bool = False,
) -> HttpResponse:
    """Make soketi refuse new connections (4003). Connected clients and the HTTP API are not affected."""
    confirmed = partial(disable_app, confirmation=asked.confirm)
    return _transition(request, connection, app_id, asked, confirmed, dry_run=dry_run)


@router.post(
    f"{APP}:cut-off", response=CHANGED, url_name="app-cut-off", openapi_extra=documents.CHANGES
)
def cut_off(
    request: HttpRequest,
    connection: str,
    app_id: str,
    asked: ConfirmIn = NOT_CONFIRMED,
    dry_run: bool = False,
) -> HttpResponse:
    """Disable and rotate in one write; the new secret is in this answer."""
    confirmed = partial(cut_off_app, confirmation=asked.confirm)
    return _transition(
        request, connection, app_id, asked, confirmed, dry_run=dry_run, shows_secret=True
    )


@router.post(
    f"{APP}:rotate-secret",
    response=CHANGED,
    url_name="app-rotate-secret",
    openapi_extra=documents.CHANGES,
)
def rotate(
    request: HttpRequest,
    connection: str,
    app_id: str,
    asked: RotateIn = GENERATED,
    dry_run: bool = False,
) -> HttpResponse:
    """Give the app another secret; it is in this answer."""
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        change = rotate_secret(
            workspace,
            app_id,
            secret=asked.secret,
            revision=revision,
            reason=reason_of(request, asked.reason),
            dry_run=dry_run,
            confirmation=asked.confirm,
        )
        return told(workspace, change, dry_run=dry_run, shows_secret=True)

    return send_once(request, do, dry_run=dry_run)


@router.post(
    f"{APP}:reveal-secret",
    response={200: outputs.RevealedSecret, **documents.WRITE},
    url_name="app-reveal-secret",
    openapi_extra=documents.CREATES,
)
def reveal(
    request: HttpRequest,
    connection: str,
    app_id: str,
    asked: ReasonIn = NO_REASON,
) -> HttpResponse:
    """The app's secret. That it was revealed is in the audit log."""
    workspace = workspace_of(request, connection)

    def do() -> Answer:
        revealed = reveal_secret(workspace, app_id, reason=reason_of(request, asked.reason))
        return Answer(
            data={
                "id": app_id,
                "secret": revealed.secret,
                "operation_id": revealed.operation_id,
            }
        )

    return send_once(request, do)


@router.post(f"{APP}:fix", response=CHANGED, url_name="app-fix", openapi_extra=documents.CHANGES)
def fix(
    request: HttpRequest, connection: str, app_id: str, asked: FixIn, dry_run: bool = False
) -> HttpResponse:
    """Mend one finding and change nothing else."""
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        change = fix_app(
            workspace,
            app_id,
            code=asked.code,
            mode=FixMode(asked.mode),
            attribute=asked.attribute,
            index=asked.index,
            reason=reason_of(request, asked.reason),
            revision=revision,
            dry_run=dry_run,
            confirmation=asked.confirm,
        )
        return told(workspace, change, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


@router.get(
    f"{APP}/versions",
    response={200: outputs.VersionList, **documents.READ},
    url_name="app-versions",
)
def versions(request: HttpRequest, connection: str, app_id: str) -> HttpResponse:
    """Earlier states that can be restored, as far as the vault keeps them."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.APP_RESTORE)
    return send(
        Answer(
            data={
                "versions": [
                    {
                        "operation_id": each.operation_id,
                        "side": each.side.value,
                        "action": each.action,
                        "actor": each.actor_name,
                        "recorded_at": time_shape(each.recorded_at),
                        "expires_at": time_shape(each.expires_at),
                        "differences": [difference_shape(one) for one in each.differences],
                    }
                    for each in list_versions(workspace, app_id)
                ]
            }
        )
    )


@router.get(
    "/connections/{slug:connection}/deleted-apps",
    response={200: outputs.DeletedAppList, **documents.READ},
    url_name="deleted-app-list",
)
def deleted(request: HttpRequest, connection: str, before: Position | None = None) -> HttpResponse:
    """The apps that were deleted and can be restored: `side` "before" of their operation."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.APP_RESTORE)
    page = list_deleted_apps(workspace, before=before)
    return send(
        Answer(
            data={
                "apps": [
                    {
                        "id": each.app_id,
                        "operation_id": each.operation_id,
                        "deleted_at": time_shape(each.deleted_at),
                        "actor": each.actor_name,
                    }
                    for each in page.apps
                ],
                "next_before": page.next_before,
            }
        )
    )


@router.post(
    f"{APP}:restore", response=CHANGED, url_name="app-restore", openapi_extra=documents.CHANGES
)
def restore(
    request: HttpRequest,
    connection: str,
    app_id: str,
    asked: RestoreIn,
    dry_run: bool = False,
) -> HttpResponse:
    """Make the app what it was before or after an operation. A deleted one comes back (`If-Match: *`)."""
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        workspace.require(Action.APP_RESTORE)
        change = restore_version(
            workspace,
            app_id,
            asked.operation_id,
            Side(asked.side),
            reason=reason_of(request, asked.reason),
            revision=revision,
            dry_run=dry_run,
            confirmation=asked.confirm,
        )
        return told(workspace, change, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


@router.post(
    "/connections/{slug:connection}/operations/{slug:operation_id}:undo",
    response=CHANGED,
    url_name="operation-undo",
    openapi_extra=documents.CHANGES,
)
def undo(
    request: HttpRequest,
    connection: str,
    operation_id: str,
    asked: UndoIn = NOT_DRAINED,
    dry_run: bool = False,
) -> HttpResponse:
    """Set back what one operation changed; the ETag is the app's. 412 where that was changed again since.

    `If-Match: *` for whatever is stored, and for an app that was deleted.
    """
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        workspace.require(Action.APP_UNDO)
        change = undo_operation(
            workspace,
            operation_id,
            reason=reason_of(request, asked.reason),
            is_drained=asked.drained,
            revision=revision,
            dry_run=dry_run,
            confirmation=asked.confirm,
        )
        return told(workspace, change, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


def _transition(
    request: HttpRequest,
    connection: str,
    app_id: str,
    asked: ReasonIn,
    service: Transition,
    *,
    dry_run: bool,
    shows_secret: bool = False,
) -> HttpResponse:
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        change = service(
            workspace,
            app_id,
            reason=reason_of(request, asked.reason),
            revision=revision,
            dry_run=dry_run,
        )
        return told(workspace, change, dry_run=dry_run, shows_secret=shows_secret)

    return send_once(request, do, dry_run=dry_run)
