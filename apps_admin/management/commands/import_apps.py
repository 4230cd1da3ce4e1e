"""Import apps from a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

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
from apps_admin.models.job_app import TROUBLES, AppOutcome
from apps_admin.services.app_jobs import PREVIEW_JOB, confirm_job, resume_app_job
from apps_admin.services.job_results import counts_of
from apps_admin.services.transfer_files import forget_file
from apps_admin.services.transfer_import import (
    ImportOptions,
    KeptUpload,
    OnExisting,
    OnMissing,
    find_import,
    keep_upload,
    preview_upload,
)
from apps_admin.services.workspace import Workspace

PIECE = 1024 * 1024
MOST_TOLD = 50
LONGEST_ID = 64
STANDARD_INPUT = "-"
DRY_RUN_HELP = "Only preview. The table stays as it is; the preview waits among the jobs for a day."
CONFIRM_HELP = "How many apps change, as --dry-run tells, where the connection is protected."


class Command(WorkspaceCommand):
    """`manage.py import_apps FILE`."""

    help = (
        "Import apps from a file, in any format the console knows; the content tells which. Creating never "
        "overwrites. Killed, it goes on with --resume, nothing twice and nothing skipped. Exits 1 when an app of the "
        "file was, or would be, refused, in conflict or failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and what to do with it."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE",
                            help="The file, also compressed with gzip; - is standard input.")  # fmt: skip
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
        add_writing_arguments(parser, dry_run=DRY_RUN_HELP)
        add_confirm_argument(parser, "NUMBER", CONFIRM_HELP)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and exit by whether every app of the file is as it says."""
        self._has_troubles = False
        super().handle(*args, **options)
        if self._has_troubles:
            sys.exit(ExitCode.FAILED)

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Preview, then import."""
        name = options["file"]
        upload = keep_upload(workspace, _pieces(name))
        job = _resumed(workspace, upload) if options["resume"] else None
        if job is None:
            asked = ImportOptions(
                format=options["format_name"],
                on_existing=OnExisting(options["on_existing"]),
                on_missing=OnMissing(options["on_missing"]),
            )
            job = preview_upload(workspace, upload, _title(name), asked)
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
        counts = counts_of(job)
        self._has_troubles = any(counts.get(outcome) for outcome in TROUBLES)
        return _answer(job, counts), _lines(job, counts)


def _resumed(workspace: Workspace, upload: KeptUpload) -> Job | None:
    """The import of the same file that is not done yet, which has its own copy of it."""
    job = find_import(workspace.connection.slug, upload.fingerprint)
    if job is None:
        return None
    forget_file(upload.file_id)
    if job.state in {JobState.STOPPED, JobState.FAILED}:
        resume_app_job(workspace, job)
    return job


def _pieces(name: str) -> Iterator[bytes]:
    if name == STANDARD_INPUT:
        yield from _read(sys.stdin.buffer)
        return
    path = Path(name)
    if path.is_dir():
        raise CommandError(f"{path} is a directory.", returncode=ExitCode.USAGE)
    if not path.is_file():
        raise CommandError(f"There is no file {path}.", returncode=ExitCode.NOT_FOUND)
    with path.open("rb") as file:
        yield from _read(file)


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _title(name: str) -> str:
    return "standard input" if name == STANDARD_INPUT else Path(name).name


def _ended(job: Job) -> Job:
    if job.state == JobState.FAILED and job.kind == PREVIEW_JOB:
        raise CommandError(job.message, returncode=ExitCode.FAILED)
    if job.state == JobState.FAILED:
        raise UnavailableError(job.message, hint="Go on with --resume once that is mended.")
    if job.state != JobState.SUCCEEDED:
        raise ConflictError("The import was stopped.", hint="Go on with --resume.")
    return job


def _answer(job: Job, counts: Mapping[str, int]) -> dict[str, Any]:
    """For programs; of a dry run also what would become of every app."""
    answer = {
        "dry_run": job.kind == PREVIEW_JOB,
        "job": str(job.pk),
        "operation_id": job.operation_id,
        "format": job.parameters["format"],
        "apps": job.total,
        "counts": counts,
        "troubles": _rows(job, TROUBLES)[:MOST_TOLD],
    }
    if job.kind == PREVIEW_JOB:
        answer["results"] = _rows(job, AppOutcome.values)
    return answer


def _lines(job: Job, counts: Mapping[str, int]) -> list[str]:
    """For people: the numbers, and the first apps that one has to look at."""
    if not job.total:
        return ["No apps."]
    is_preview = job.kind == PREVIEW_JOB
    words = {"changed": "would change"} if is_preview else {}
    lines = [f"{job.parameters['format_label']}: {job.total:,} app{'' if job.total == 1 else 's'}"]
    lines += table([(words.get(name, name), f"{number:,}") for name, number in counts.items()])
    told = [*TROUBLES, AppOutcome.CHANGED] if is_preview else TROUBLES
    rows = _rows(job, told)
    for each in rows[:MOST_TOLD]:
        result = "" if each["result"] == AppOutcome.CHANGED else f"{each['result']}: "
        lines.append(f"  {each['app_id'][:LONGEST_ID] or '-'}: {result}{each['message']}")
    if len(rows) > MOST_TOLD:
        lines.append(
            f"  and {len(rows) - MOST_TOLD:,} more{'; --format json has all' if is_preview else ''}"
        )
    return lines


def _rows(job: Job, results: Iterable[str]) -> list[dict[str, str]]:
    """The apps with these results, those with a trouble first."""
    column = "expected" if job.kind == PREVIEW_JOB else "outcome"
    found = job.apps.filter(**{f"{column}__in": list(results)}).values_list(
        "app_id", column, "message"
    )
    rows = [{"app_id": i, "result": result, "message": message} for i, result, message in found]
    return sorted(rows, key=lambda row: row["result"] not in TROUBLES)
