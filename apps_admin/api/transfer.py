"""Files of apps: import with a preview, export, and the formats there are."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from apps_admin.api import documents, file_outputs, outputs
from apps_admin.api.answers import Answer, reason_of, send, send_once
from apps_admin.api.authentication import actor_in, workspace_of
from apps_admin.api.files import EXPORT_TYPES, UPLOAD, answered_as, chunks_of, send_file
from apps_admin.api.inputs import ExportIn
from apps_admin.api.jobs import accepted
from apps_admin.api.queries import query_of
from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.errors import DeniedError
from apps_admin.domain.transfer import FORMATS, WRITABLE
from apps_admin.services.transfer_export import export_apps
from apps_admin.services.transfer_files import forget_file
from apps_admin.services.transfer_import import (
    ImportOptions,
    OnExisting,
    OnMissing,
    keep_upload,
    preview_upload,
)

router = Router(tags=["Import and export"])
_FORMATS = tuple(FORMATS)


class ImportQuery(BaseModel):
    """How a file is imported."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100)] = Field(
        default="file", description="What the job is called after."
    )
    format: Literal["", *_FORMATS] = Field(  # type: ignore[valid-type]
        default="", description="Detected by content when it is empty."
    )
    on_existing: Literal["fail", "skip", "update"] = "fail"
    on_missing: Literal["generate", "fail"] = "generate"

    def to_options(self) -> ImportOptions:
        """What the service takes."""
        return ImportOptions(
            format=self.format,
            on_existing=OnExisting(self.on_existing),
            on_missing=OnMissing(self.on_missing),
        )


@router.get(
    "/transfer-formats",
    response={200: file_outputs.TransferFormats, **documents.READ},
    url_name="transfer-format-list",
)
def list_formats(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - an operation
    """The formats of files of apps, and which of them are written too."""
    found = [
        {
            "name": each.name,
            "label": each.label,
            "extension": each.extension,
            "media_type": each.content_type,
            "is_written": each.is_writable,
            "is_lossless": each.is_lossless,
        }
        for each in FORMATS.values()
    ]
    return send(Answer(data={"formats": found}))


@router.post(
    "/connections/{slug:connection}/imports",
    response={202: outputs.Job, **documents.WRITE},
    url_name="import-list",
    openapi_extra={**documents.CREATES, **UPLOAD},
)
def preview(request: HttpRequest, connection: str, query: Query[ImportQuery]) -> HttpResponse:
    """Send a file and begin its preview; `:start` the job to import it. Its apps: the results of the job.

    The file is kept encrypted, for seven days at most. The worker previews it: ask for the job until it has
    `succeeded`.
    """
    workspace = workspace_of(request, connection)
    upload = keep_upload(workspace, chunks_of(request))
    is_used = False

    def do() -> Answer:
        nonlocal is_used
        is_used = True
        return accepted(preview_upload(workspace, upload, query.name, query.to_options()))

    try:
        return send_once(request, do, body=upload.fingerprint.encode())
    finally:
        if not is_used:
            forget_file(upload.file_id)


@router.post(
    "/connections/{slug:connection}/apps:export",
    response=documents.READ,
    url_name="app-export",
    openapi_extra={**documents.REASONED, **answered_as(*EXPORT_TYPES)},
)
def export(request: HttpRequest, connection: str, asked: ExportIn) -> HttpResponse:
    """The apps as a file, read from DynamoDB while it is sent; one operation of the audit log.

    With secrets only for a token whose scopes name `app.export_secrets`: nobody can ask a program who it is once more.
    """
    workspace = workspace_of(request, connection)
    if asked.with_secrets:
        _require_named(actor_in(request), Action.APP_EXPORT_SECRETS)
    chosen = WRITABLE[asked.format]
    pieces = export_apps(
        workspace,
        chosen.name,
        query=None if asked.query is None else query_of(asked.query),
        with_secrets=asked.with_secrets,
        reason=reason_of(request, asked.reason),
    )
    name = f"{workspace.connection.slug}-apps-{timezone.now():%Y%m%d-%H%M}.{chosen.extension}"
    return send_file(pieces, name=name, media_type=f"{chosen.content_type}; charset=utf-8")


def _require_named(actor: Actor, action: Action) -> None:
    """Raises DeniedError unless the token was made for exactly this."""
    if actor.scopes is None or action not in actor.scopes:
        raise DeniedError(
            f"{actor.name} may not do {action.value}: no scope of the token names it.",
            hint=f"Make a token with the scope {action.value}; one that may do everything is not enough.",
        )
