"""The audit log: list, show, verify."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, send
from apps_admin.api.authentication import actor_in, workspace_of
from apps_admin.api.inputs import Asked, Position, Reason
from apps_admin.api.shapes import time_shape
from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, ActorKind
from apps_admin.domain.audit import Outcome
from apps_admin.domain.errors import DeniedError
from apps_admin.services.audit_lines import (
    AuditFilter,
    AuditLine,
    LinePage,
    list_operations,
    show_operation,
)
from apps_admin.services.audit_verification import verify_entries
from apps_admin.services.undo import why_not_undoable

router = Router(tags=["Audit"])
OPERATIONS = "/connections/{slug:connection}/operations"
Word = Annotated[str, Field(max_length=200)]
_ACTIONS = tuple(each.value for each in Action)
_OUTCOMES = tuple(each.value for each in Outcome)
_ACTOR_KINDS = tuple(each.value for each in ActorKind)


class OperationFilter(BaseModel):
    """What to list; what is empty takes everything."""

    model_config = ConfigDict(extra="forbid")

    app_id: Annotated[str, Field(max_length=2048)] = ""
    action: Literal["", *_ACTIONS] = ""  # type: ignore[valid-type]
    outcome: Literal["", *_OUTCOMES] = ""  # type: ignore[valid-type]
    actor_kind: Literal["", *_ACTOR_KINDS] = ""  # type: ignore[valid-type]
    actor_id: Word = ""
    actor_name: Word = Field(default="", description="The whole name, as it was then.")
    parent_id: Word = ""
    text: Word = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Operations(OperationFilter):
    """A page of what is listed."""

    before: Position | None = None
    page_size: int = Field(default=50, ge=1, le=500)


class AllOperations(Operations):
    """A page of what is listed, wherever it was."""

    is_console: bool = Field(
        default=False, description="Only what belongs to no connection: people, tokens, sign-ins."
    )


class AuditExportIn(Asked):
    """An export of the audit log."""

    format: Literal["jsonl", "csv"] = "jsonl"
    filter: OperationFilter = OperationFilter()
    reason: Reason = ""


@router.get(
    OPERATIONS,
    response={200: outputs.OperationList, **documents.READ},
    url_name="operation-list",
)
def list_(request: HttpRequest, connection: str, query: Query[Operations]) -> HttpResponse:
    """What was done on this connection, newest first: who, what, when, what changed."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.AUDIT_VIEW)
    asked: dict[str, Any] = query.model_dump()
    before, size = asked.pop("before"), asked.pop("page_size")
    wanted = AuditFilter(connection=connection, **asked)
    page = list_operations(workspace.actor, wanted, before=before, limit=size)
    return send(Answer(data=_page_shape(page)))


@router.get(
    f"{OPERATIONS}/{{slug:operation_id}}",
    response={200: outputs.Operation, **documents.READ},
    url_name="operation-record",
)
def show(request: HttpRequest, connection: str, operation_id: str) -> HttpResponse:
    """One operation, and whether it can be undone."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.AUDIT_VIEW)
    line = show_operation(workspace.actor, operation_id)
    return send(Answer(data={**operation_shape(line), "undo": why_not_undoable(workspace, line)}))


@router.get(
    "/operations",
    response={200: outputs.OperationList, **documents.READ},
    url_name="operation-all-list",
)
def list_all(request: HttpRequest, query: Query[AllOperations]) -> HttpResponse:
    """What was done anywhere that this token may see."""
    asked: dict[str, Any] = query.model_dump()
    before, size = asked.pop("before"), asked.pop("page_size")
    page = list_operations(actor_in(request), AuditFilter(**asked), before=before, limit=size)
    return send(Answer(data=_page_shape(page)))


@router.get(
    "/operations/{slug:operation_id}",
    response={200: outputs.Operation, **documents.READ},
    url_name="operation-any-record",
)
def show_any(request: HttpRequest, operation_id: str) -> HttpResponse:
    """One operation that this token may see, wherever it was."""
    return send(Answer(data=operation_shape(show_operation(actor_in(request), operation_id))))


@router.post(
    "/audit:verify",
    response={200: outputs.Verification, **documents.READ},
    url_name="audit-verify",
)
def verify(
    request: HttpRequest, first: Position | None = None, last: Position | None = None
) -> HttpResponse:
    """Verify the chain of the audit log, all of it or from one entry's number to another's."""
    actor = actor_in(request)
    if not actor.may(Action.AUDIT_VIEW, EVERY_CONNECTION):
        raise DeniedError(
            f"{actor.name} may not verify the audit log.",
            hint="It takes a role on every connection.",
        )
    return send(Answer(data=verify_entries(first=first, last=last).to_json()))


def _page_shape(page: LinePage) -> dict[str, Any]:
    return {
        "operations": [operation_shape(line) for line in page.lines],
        "next_before": page.next_before,
    }


def operation_shape(line: AuditLine) -> dict[str, Any]:
    """One line of the log."""
    ended: datetime | None = line.ended_at
    return {
        "operation_id": line.operation_id,
        "action": line.action,
        "outcome": line.outcome.value,
        "started_at": time_shape(line.started_at),
        "ended_at": time_shape(ended),
        "actor": {"kind": line.actor_kind, "id": line.actor_id, "name": line.actor_name},
        "connection": line.connection,
        "target": line.target,
        "reason": line.reason,
        "before": line.before,
        "after": line.after,
        "parent_id": line.parent_id,
        "request_id": line.request_id,
        "details": dict(line.details),
    }
