"""Jobs of a connection: previewed, started, watched, stopped, resumed, undone."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.app_path import has_path
from apps_admin.domain.errors import ConsoleError, NotFoundError, ValidationError
from apps_admin.domain.findings import find_new_findings
from apps_admin.forms.bulk import DrainedForm, StartForm
from apps_admin.models.job import Job, JobState, is_any_worker_alive
from apps_admin.models.job_app import AppOutcome
from apps_admin.services.app_jobs import (
    APP_JOBS,
    PREVIEW_JOB,
    confirm_job,
    may_be_undone,
    resume_app_job,
    stop_app_job,
    title_of,
)
from apps_admin.services.bulk import preview_undo
from apps_admin.services.job_results import (
    counts_of,
    progress_of,
    results_csv,
    results_of,
    sample_decisions,
)
from apps_admin.services.job_works import action_of, work_of
from apps_admin.services.jobs import get_job
from apps_admin.views.app_difference import difference_rows
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view
from apps_admin.views.fresh_sign_in import fresh_sign_in

LEVELS = {
    JobState.WAITING: "neutral",
    JobState.RUNNING: "info",
    JobState.SUCCEEDED: "ok",
    JobState.FAILED: "danger",
    JobState.STOPPED: "off",
}
OUTCOME_LEVELS = {
    AppOutcome.WAITING: "neutral",
    AppOutcome.STARTED: "info",
    AppOutcome.CHANGED: "ok",
    AppOutcome.UNCHANGED: "off",
    AppOutcome.REFUSED: "warning",
    AppOutcome.CONFLICT: "warning",
    AppOutcome.FAILED: "danger",
    AppOutcome.UNKNOWN: "danger",
}
JOBS_SHOWN = 100
# htmx stops to ask again at this status.
STOP_POLLING = 286


@require_safe
@workspace_view
def job_list(request: WorkspaceRequest) -> HttpResponse:
    """The jobs on apps of this connection, newest first."""
    require(request, Action.JOB_VIEW)
    jobs = Job.objects.filter(connection=request.workspace.connection.slug, kind__in=APP_JOBS)
    rows = [{"job": job, **_facts(job)} for job in jobs[:JOBS_SHOWN]]
    return render(request, "jobs/list.html", {"rows": rows})


@require_safe
@workspace_view
def job_record(request: WorkspaceRequest, job_id: uuid.UUID) -> HttpResponse:
    """One job: its preview, its progress or its results. For htmx only what changes meanwhile."""
    require(request, Action.JOB_VIEW)
    job = _job(request, job_id)
    return _show(request, job, None)


@require_POST
@fresh_sign_in
@workspace_view
def job_start(request: WorkspaceRequest, job_id: uuid.UUID) -> HttpResponse:
    """Let a previewed job be done."""
    require(request, Action.APP_BULK)
    job = _job(request, job_id)
    require(request, action_of(job))
    form = _start_form(request, job)
    if not form.is_valid():
        return _show(request, job, form)
    try:
        confirm_job(
            request.workspace,
            job,
            action_of(job),
            reason=form.cleaned_data["reason"],
            confirmation=str(form.cleaned_data.get("number", "")),
        )
    except ValidationError as error:
        form.add_domain_errors(error)
        return _show(request, job, form)
    return _to(request, job)


@require_POST
@workspace_view
def job_stop(request: WorkspaceRequest, job_id: uuid.UUID) -> HttpResponse:
    """Stop after what is being written now."""
    require(request, Action.JOB_STOP)
    job = _job(request, job_id)
    stop_app_job(request.workspace, job)
    return _to(request, job)


@require_POST
@workspace_view
def job_resume(request: WorkspaceRequest, job_id: uuid.UUID) -> HttpResponse:
    """Go on where it stopped."""
    require(request, Action.JOB_RESUME)
    job = _job(request, job_id)
    resume_app_job(request.workspace, job)
    messages.success(request, "The job goes on where it stopped.")
    return _to(request, job)


@require_POST
@workspace_view
def job_undo(request: WorkspaceRequest, job_id: uuid.UUID) -> HttpResponse:
    """Preview undoing the whole job."""
    require(request, Action.JOB_UNDO)
    job = _job(request, job_id)
    form = DrainedForm(request.POST)
    is_drained = form.is_valid() and bool(form.cleaned_data["is_drained"])
    try:
        undo = preview_undo(request.workspace, job, is_drained=is_drained)
    except ValidationError as error:
        messages.error(request, error.message)
        return _to(request, job)
    return _to(request, undo)


@require_safe
@workspace_view
def job_results(request: WorkspaceRequest, job_id: uuid.UUID) -> HttpResponse:
    """Every result as a CSV file."""
    require(request, Action.JOB_VIEW)
    job = _job(request, job_id)
    answer = StreamingHttpResponse(results_csv(job), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="job-{job.pk}.csv"'
    # A streamed answer is no HttpResponse to Django's types, though to its middleware.
    return cast(HttpResponse, answer)


def _job(request: WorkspaceRequest, job_id: uuid.UUID) -> Job:
    job = get_job(str(job_id), request.workspace.connection.slug)
    if job.kind not in APP_JOBS:
        raise NotFoundError("There is no such job on this connection.")
    return job


def _to(request: WorkspaceRequest, job: Job) -> HttpResponse:
    return redirect("job-record", request.workspace.connection.slug, job.pk)


def _show(request: WorkspaceRequest, job: Job, form: StartForm | None) -> HttpResponse:
    context = {"job": job, **_facts(job), **_results(request, job)}
    if context["is_ready"]:
        context |= _preview(request, job, form)
    elif not job.is_active:
        context |= {
            "may_undo": request.workspace.may(Action.JOB_UNDO) and may_be_undone(job),
            "drained_form": DrainedForm() if job.parameters.get("work") == "import" else None,
        }
    is_part = bool(request.htmx)
    status = 422 if form is not None and form.errors else 200
    if is_part and not job.is_active:
        status = STOP_POLLING
    template = "jobs/progress.html" if is_part else "jobs/record.html"
    response = render(request, template, context, status=status)
    response["Vary"] = "HX-Request"
    return response


def _facts(job: Job) -> dict[str, Any]:
    is_preview = job.kind == PREVIEW_JOB
    word = "Stopping" if job.is_stopping else job.get_state_display()
    level = LEVELS[JobState(job.state)]
    if is_preview:
        word = "Ready to start" if job.state == JobState.SUCCEEDED else f"Preview: {word.lower()}"
        level = "info" if job.state == JobState.SUCCEEDED else level
    elif job.state == JobState.SUCCEEDED and job.failed:
        word, level = "Done, with troubles", "warning"
    return {
        "title": job.parameters.get("title", job.kind),
        "heading": title_of(job) if job.total else job.parameters.get("title", job.kind),
        "word": word,
        "level": level,
        "is_preview": is_preview,
        "is_ready": is_preview and job.state == JobState.SUCCEEDED,
        "progress": progress_of(job),
    }


def _results(request: WorkspaceRequest, job: Job) -> dict[str, Any]:
    only = request.GET.get("only", "")
    after = request.GET.get("after", "")
    rows, has_more = results_of(job, only=only, after=int(after[:9]) if after.isdecimal() else -1)
    is_preview = job.kind == PREVIEW_JOB
    shown = []
    for row in rows:
        outcome = AppOutcome((row.expected if is_preview else row.outcome) or AppOutcome.WAITING)
        shown.append(
            {
                "row": row,
                "has_page": has_path(row.app_id),
                "word": _label(outcome, is_preview=is_preview),
                "level": _level(outcome, is_preview=is_preview),
            }
        )
    counts = counts_of(job)
    return {
        "counts": [
            {
                "outcome": outcome.value,
                "label": _label(outcome, is_preview=is_preview),
                "number": counts[outcome],
                "level": _level(outcome, is_preview=is_preview),
            }
            for outcome in AppOutcome
            if counts.get(outcome)
        ],
        "shown_outcome": only,
        "results": shown,
        "next_url": f"?only={only}&after={rows[-1].position}" if has_more else "",
        "first_url": f"?only={only}" if after else "",
        "has_worker": is_any_worker_alive(),
    }


def _label(outcome: AppOutcome, *, is_preview: bool) -> str:
    if not is_preview:
        return outcome.label
    words = {AppOutcome.CHANGED: "Will change", AppOutcome.UNCHANGED: "Already so"}
    return words.get(outcome, outcome.label)


def _level(outcome: AppOutcome, *, is_preview: bool) -> str:
    # Green is for what is done.
    return "info" if is_preview and outcome == AppOutcome.CHANGED else OUTCOME_LEVELS[outcome]


def _preview(request: WorkspaceRequest, job: Job, form: StartForm | None) -> dict[str, Any]:
    samples, problem = [], None
    try:
        for each in sample_decisions(request.workspace, job, work_of(job)):
            rows = difference_rows(each.before, each.after)
            is_deleted = each.after is None
            samples.append(
                {
                    "app_id": each.row.app_id,
                    "rows": rows,
                    "is_deleted": is_deleted,
                    "findings": find_new_findings(each.before, each.after) if each.after else (),
                }
            )
    except ConsoleError as error:
        problem = error
    return {
        "samples": samples,
        "problem": problem,
        "will_change": counts_of(job).get(AppOutcome.CHANGED, 0),
        "form": form or _start_form(request, job),
        "may_start": request.workspace.may(action_of(job)),
    }


def _start_form(request: WorkspaceRequest, job: Job) -> StartForm:
    connection = request.workspace.connection
    number = counts_of(job).get(AppOutcome.CHANGED, 0) if connection.protected else None
    return StartForm(sent(request), needs_reason=connection.reason_required, number=number)
