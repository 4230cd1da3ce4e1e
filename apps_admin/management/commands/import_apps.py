"""Import apps from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import ConflictError, UnavailableError
from apps_admin.domain.transfer import FORMATS
from apps_admin.management.console_command import (
    ExitCode,
    WorkspaceCommand,
    add_confirm_argument,
    add_writing_arguments,
    table,
)
from apps_admin.management.job_progress import do_now
from apps_admin.models.job import Job, JobState
from apps_admin.models.job_app import TROUBLES
from apps_admin.services.app_jobs import PREVIEW_JOB, confirm_job, resume_app_job
from apps_admin.services.audit import secret_fingerprint
from apps_admin.services.job_results import counts_of
from apps_admin.services.transfer_import import (
    ImportOptions,
    OnExisting,
    OnMissing,
    find_import,
    preview_import,
)
from apps_admin.services.workspace import Workspace

PIECE = 1024 * 1024
MOST_TOLD = 50
CONFIRM_HELP = "How many apps change, as --dry-run tells, where the connection is protected."


class Command(WorkspaceCommand):
    """`manage.py import_apps FILE`."""

    help = (
        "Import apps from a file, in any format the console knows; the content tells which. Creating never "
        "overwrites. Killed, it goes on with --resume, nothing twice and nothing skipped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and what to do with it."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="The file, also compressed with gzip.")
        parser.add_argument("--from", choices=list(FORMATS), default="", dest="format_name",
                            help="The format (default: detected).")  # fmt: skip
        parser.add_argument("--on-existing", choices=[each.value for each in OnExisting],
                            default=OnExisting.FAIL.value,
                            help="Apps that are in the table already (default: fail).")  # fmt: skip
        parser.add_argument("--on-missing", choices=[each.value for each in OnMissing],
                            default=OnMissing.GENERATE.value,
                            help="New apps without key or secret (default: generate).")  # fmt: skip
        parser.add_argument("--resume", action="store_true",
                            help="Go on with the interrupted import of this file.")  # fmt: skip
        add_writing_arguments(parser)
        add_confirm_argument(parser, "NUMBER", CONFIRM_HELP)

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Preview, then import."""
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=ExitCode.NOT_FOUND)
        job = self._resumed(workspace, path) if options["resume"] else None
        if job is None:
            asked = ImportOptions(
                format=options["format_name"],
                on_existing=OnExisting(options["on_existing"]),
                on_missing=OnMissing(options["on_missing"]),
            )
            job = preview_import(workspace, _pieces(path), path.name, asked)
        if job.kind == PREVIEW_JOB and job.state == JobState.WAITING:
            job = _ended(do_now(job, "Reading"))
        if job.kind == PREVIEW_JOB and not options["dry_run"]:
            job = confirm_job(
                workspace,
                job,
                Action.APP_IMPORT,
                reason=options["reason"],
                confirmation=options["confirm"],
            )
        if job.kind != PREVIEW_JOB:
            job = _ended(do_now(job, "Importing"))
        return _told(job)

    def _resumed(self, workspace: Workspace, path: Path) -> Job | None:
        digest = hashlib.sha256()
        for piece in _pieces(path):
            digest.update(piece)
        job = find_import(workspace.connection.slug, secret_fingerprint(digest.digest()))
        if job is not None and job.state in {JobState.STOPPED, JobState.FAILED}:
            resume_app_job(workspace, job)
        return job


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _ended(job: Job) -> Job:
    if job.state == JobState.FAILED:
        raise UnavailableError(job.message, hint="Go on with --resume once that is mended.")
    if job.state != JobState.SUCCEEDED:
        raise ConflictError("The import was stopped.", hint="Go on with --resume.")
    return job


def _told(job: Job) -> tuple[dict[str, Any], list[str]]:
    is_preview = job.kind == PREVIEW_JOB
    counts = counts_of(job)
    column = "expected" if is_preview else "outcome"
    troubles = job.apps.filter(**{f"{column}__in": TROUBLES})[:MOST_TOLD]
    rows = [{"app_id": row.app_id, "result": getattr(row, column), "message": row.message}
            for row in troubles]  # fmt: skip
    answer = {
        "dry_run": is_preview,
        "job": str(job.pk),
        "operation_id": job.operation_id,
        "format": job.parameters["format"],
        "apps": job.total,
        "counts": counts,
        "troubles": rows,
    }
    words = {"changed": "would change" if is_preview else "changed"}
    lines = [f"{job.parameters['format_label']}: {job.total:,} apps"] if job.total else ["No apps."]
    lines += table([(words.get(name, name), number) for name, number in counts.items()])
    lines += [f"  {each['app_id'] or '-'}: {each['result']}: {each['message']}" for each in rows]
    return answer, lines
