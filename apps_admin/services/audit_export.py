"""Exports of the audit log to read elsewhere: JSON Lines or CSV, of what their reader may see; each is audited itself.

A large one is a job: the worker keeps it in chunks in the vault, each a gzip member of its own, for a day.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind
from apps_admin.domain.audit import COLUMNS, Outcome
from apps_admin.domain.errors import (
    ConsoleError,
    DeniedError,
    NotFoundError,
    RecordsUnavailableError,
)
from apps_admin.models import AuditHead, Job, VaultEntry
from apps_admin.models.job import JobState
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.accounts import authorize
from apps_admin.services.app_jobs import actor_of_job
from apps_admin.services.audit import (
    Doing,
    Ending,
    Origin,
    append_entry,
    append_start,
    records_answering,
)
from apps_admin.services.audit_lines import (
    AuditFilter,
    closed_to,
    matching_entries,
    visible_to,
)
from apps_admin.services.jobs import get_job, start_job
from apps_admin.services.vault import keep_secret, open_secret, require_open_vault
from apps_admin.services.workspace import Workspace, open_workspace

EXPORT_JOB = "audit-export"
STEP = 5000
KEPT_FOR = timedelta(days=1)
EXPORTS_SHOWN = 20
EVERYWHERE = ""  # the connection of a job that exports all of the log
EXPORTED_COLUMNS = (*COLUMNS, "hash")
# What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Row = tuple[Any, ...]


class ExportFormat(StrEnum):
    """How the entries are written."""

    JSON_LINES = "jsonl"
    CSV = "csv"


class ExportReport(Protocol):
    """How an export tells its job about itself; raises to stop it here."""

    def keep(self, checkpoint: dict[str, Any], *, done: int) -> None:
        """So many more entries are written, up to the one in the checkpoint."""
        ...


def export_lines(
    actor: Actor, wanted: AuditFilter, export_format: ExportFormat, *, through: int | None = None
) -> Iterator[str]:
    """The entries this actor may see, oldest first, in pieces of text. Recording the export is the caller's."""
    yield _head(export_format)
    last = 0
    while rows := _rows(actor, wanted, last, through):
        last = _sequence(rows)
        yield _text(rows, export_format)


def export_to(
    workspace: Workspace,
    wanted: AuditFilter,
    export_format: ExportFormat,
    write: Callable[[str], object],
    *,
    reason: str = "",
) -> None:
    """Write what this connection's log has, while the caller waits. Raises DeniedError, ValidationError."""
    with workspace.operation(
        Action.AUDIT_EXPORT, _title(wanted, export_format), reason=reason
    ) as operation:
        operation.note(filter=filter_to_json(wanted))
        for text in export_lines(workspace.actor, wanted, export_format):
            write(text)


def export_everything_to(
    actor: Actor,
    wanted: AuditFilter,
    export_format: ExportFormat,
    write: Callable[[str], object],
    *,
    reason: str = "",
    origin: Origin | None = None,
) -> None:
    """Write what all of the log has. Raises DeniedError for who does not administrate every connection."""
    doing = _doing_everywhere(actor, wanted, export_format, reason, origin)
    started = append_start(doing)
    details: dict[str, Any] = {"filter": filter_to_json(wanted)}
    try:
        for text in export_lines(actor, wanted, export_format, through=started.sequence):
            write(text)
    except BaseException as error:
        details["error"] = type(error).__name__
        append_entry(doing, Ending(outcome=Outcome.FAILED, details=details))
        raise
    append_entry(doing, Ending(outcome=Outcome.SUCCEEDED, details=details))


def start_export(
    workspace: Workspace, wanted: AuditFilter, export_format: ExportFormat, *, reason: str = ""
) -> Job:
    """Let the worker export what this connection's log has now. Raises DeniedError, ValidationError, VaultKeyError."""
    require_open_vault()
    operation_id = workspace.begin(
        Action.AUDIT_EXPORT, _title(wanted, export_format), reason=reason
    )
    slug = workspace.connection.slug
    return _start_job(workspace.actor, slug, wanted, export_format, operation_id, reason)


def start_export_of_everything(
    actor: Actor,
    wanted: AuditFilter,
    export_format: ExportFormat,
    *,
    reason: str = "",
    origin: Origin | None = None,
) -> Job:
    """Let the worker export what all of the log has now. Raises DeniedError (recorded), VaultKeyError."""
    require_open_vault()
    doing = _doing_everywhere(actor, wanted, export_format, reason, origin)
    append_start(doing)
    return _start_job(actor, EVERYWHERE, wanted, export_format, doing.operation_id, reason)


def do_export(job: Job, report: ExportReport) -> dict[str, Any]:
    """Write an export in the worker, from its last chunk on."""
    wanted = filter_from_json(job.parameters["filter"])
    try:
        reader = actor_of_job(job)
        _require_export(reader, job.connection)
        entries = _write_chunks(reader, job, wanted, report)
    except RecordsUnavailableError:
        raise
    except ConsoleError as error:
        _finish(job, Outcome.FAILED, error=error.code)
        raise
    _finish(job, Outcome.SUCCEEDED, entries=entries, filter=job.parameters["filter"])
    return {"entries": entries}


def list_exports(workspace: Workspace) -> list[Job]:
    """The exports that this actor asked for on this connection, newest first."""
    return _exports_of(workspace.actor, workspace.connection.slug)


def list_exports_of_everything(actor: Actor) -> list[Job]:
    """The exports of all of the log that this actor asked for, newest first."""
    return _exports_of(actor, EVERYWHERE)


def open_export(workspace: Workspace, job_id: str) -> tuple[Job, Iterator[bytes]]:
    """A finished export of this actor's own, as pieces of a gzip file. Raises NotFoundError, also when it expired."""
    workspace.require(Action.AUDIT_EXPORT)
    return _open(workspace.actor, workspace.connection.slug, job_id)


def open_export_of_everything(actor: Actor, job_id: str) -> tuple[Job, Iterator[bytes]]:
    """The same for an export of all of the log. Raises DeniedError, NotFoundError."""
    authorize(actor, Action.AUDIT_EXPORT, [EVERY_CONNECTION])
    return _open(actor, EVERYWHERE, job_id)


def _open(actor: Actor, connection: str, job_id: str) -> tuple[Job, Iterator[bytes]]:
    job = get_job(job_id, connection)
    is_own = (job.actor_kind, job.actor_id) == (actor.kind.value, actor.id)
    chunks = _chunks(job)
    is_there = job.state == JobState.SUCCEEDED and is_own and job.kind == EXPORT_JOB
    if not is_there or not chunks:
        raise NotFoundError(
            "There is no such export.", hint="Exports are kept for a day. Ask for another one."
        )
    return job, (_open_chunk(pk) for pk in chunks)


def file_name(job: Job) -> str:
    """What the file of an export is called."""
    place = job.connection or "everything"
    return f"audit-{place}-{job.created_at:%Y-%m-%d-%H%M}.{job.parameters['format']}.gz"


def remove_old_exports() -> int:
    """Forget exports whose chunks have expired; returns how many."""
    with records_answering():
        over = Job.objects.filter(kind=EXPORT_JOB, finished_at__lt=timezone.now() - KEPT_FOR)
        return over.delete()[0]


def filter_to_json(wanted: AuditFilter) -> dict[str, str]:
    """The filter's fields that are set, as text."""
    texts = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(wanted).items()
        if value
    }
    return {name: "yes" if value is True else value for name, value in texts.items()}


def filter_from_json(texts: Mapping[str, str]) -> AuditFilter:
    """The filter again."""
    values: dict[str, Any] = dict(texts)
    for name in ("since", "until"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    if "is_console" in values:
        values["is_console"] = True
    return AuditFilter(**values)


def _exports_of(actor: Actor, connection: str) -> list[Job]:
    jobs = Job.objects.filter(
        kind=EXPORT_JOB,
        connection=connection,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
    )
    return list(jobs.order_by("-created_at")[:EXPORTS_SHOWN])


def _doing_everywhere(
    actor: Actor,
    wanted: AuditFilter,
    export_format: ExportFormat,
    reason: str,
    origin: Origin | None,
) -> Doing:
    """The doing of an export of everything. Raises DeniedError, recorded."""
    doing = Doing(
        actor=actor,
        action=Action.AUDIT_EXPORT,
        target=_title(wanted, export_format),
        reason=reason.strip(),
        origin=origin or Origin(),
    )
    try:
        authorize(actor, Action.AUDIT_EXPORT, [EVERY_CONNECTION])
    except DeniedError as denied:
        append_entry(doing, Ending(outcome=Outcome.DENIED, details={"error": denied.code}))
        raise
    return doing


def _start_job(
    actor: Actor,
    connection: str,
    wanted: AuditFilter,
    export_format: ExportFormat,
    operation_id: str,
    reason: str,
) -> Job:
    with records_answering():
        return start_job(
            EXPORT_JOB,
            connection,
            actor,
            parameters={
                "filter": filter_to_json(wanted),
                "format": export_format.value,
                "through": AuditHead.objects.get(pk=AuditHead.ONLY).sequence,
                "has_second_factor": actor.has_second_factor,
            },
            operation_id=operation_id,
            reason=reason,
        )


def _require_export(reader: Actor, connection: str) -> None:
    """Raises DeniedError when who asked may not (any more)."""
    if connection == EVERYWHERE:
        authorize(reader, Action.AUDIT_EXPORT, [EVERY_CONNECTION])
    else:
        open_workspace(connection, reader).require(Action.AUDIT_EXPORT)


def _write_chunks(
    reader: Actor,
    job: Job,
    wanted: AuditFilter,
    report: ExportReport,
) -> int:
    """Each chunk and the checkpoint behind it are kept together or not at all."""
    export_format = ExportFormat(job.parameters["format"])
    last, entries = int(job.checkpoint.get("last", 0)), int(job.checkpoint.get("entries", 0))
    text = _head(export_format) if last == 0 else ""
    while True:
        rows = _rows(reader, wanted, last, job.parameters["through"])
        if not rows and last:
            return entries
        last = _sequence(rows) if rows else int(job.parameters["through"])
        entries += len(rows)
        with transaction.atomic():
            _keep_chunk(job, text + _text(rows, export_format))
            report.keep({"last": last, "entries": entries}, done=len(rows))
        text = ""


def _keep_chunk(job: Job, text: str) -> None:
    keep_secret(
        base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii"),
        VaultPurpose.EXPORT,
        connection=job.connection,
        subject=str(job.pk),
        operation_id=job.operation_id,
        lifetime=KEPT_FOR,
    )


def _chunks(job: Job) -> list[int]:
    kept = VaultEntry.objects.filter(
        purpose=VaultPurpose.EXPORT.value, connection=job.connection, subject=str(job.pk)
    )
    return list(kept.order_by("pk").values_list("pk", flat=True))


def _open_chunk(pk: int) -> bytes:
    return base64.b64decode(open_secret(VaultEntry.objects.get(pk=pk)))


def _finish(job: Job, outcome: Outcome, **details: Any) -> None:
    """Record the outcome in the name of who asked, who may have lost the role by now."""
    asker = Actor(kind=ActorKind(job.actor_kind), id=job.actor_id, name=job.actor_name)
    doing = Doing(
        actor=asker,
        action=Action.AUDIT_EXPORT,
        connection=job.connection,
        target=_title(filter_from_json(job.parameters["filter"]), job.parameters["format"]),
        reason=job.reason,
        origin=Origin(request_id=f"job-{job.pk}"),
        operation_id=job.operation_id,
    )
    # A worker that died a moment ago may have recorded this already.
    with suppress(IntegrityError):
        append_entry(doing, Ending(outcome=outcome, details=details))


def _title(wanted: AuditFilter, export_format: str) -> str:
    return f"{wanted.connection or 'every connection'}, {export_format}"


def _rows(actor: Actor, wanted: AuditFilter, last: int, through: int | None) -> list[Row]:
    """A step of rows, read on its own: a long export neither fills the memory nor holds a transaction."""
    with records_answering():
        rows = matching_entries(wanted).filter(visible_to(actor), sequence__gt=last)
        if not wanted.connection:
            rows = rows.exclude(connection__in=closed_to(actor))
        if wanted.outcome:
            rows = rows.filter(outcome=wanted.outcome)
        if through is not None:
            rows = rows.filter(sequence__lte=through)
        return list(rows.order_by("sequence").values_list(*EXPORTED_COLUMNS)[:STEP])


def _sequence(rows: list[Row]) -> int:
    return int(rows[-1][EXPORTED_COLUMNS.index("sequence")])


def _head(export_format: ExportFormat) -> str:
    return _csv_text([EXPORTED_COLUMNS]) if export_format is ExportFormat.CSV else ""


def _text(rows: Iterable[Row], export_format: ExportFormat) -> str:
    if export_format is ExportFormat.CSV:
        return _csv_text([_safe_cell(value) for value in row] for row in rows)
    named = (dict(zip(EXPORTED_COLUMNS, row, strict=True)) for row in rows)
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in named)


def _csv_text(rows: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _safe_cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
