"""Bulk work: one change for the apps chosen, or for all that a list finds; and its undo."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.audit import Outcome
from apps_admin.domain.bulk import BulkChange, BulkKind
from apps_admin.domain.errors import AppNotFoundError, ConsoleError, ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.models import AuditEntry, Job, JobApp, VaultEntry
from apps_admin.models.job_app import AppOutcome
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.app_jobs import draft_job, offer_preview
from apps_admin.services.audit import records_answering
from apps_admin.services.job_work import Decision
from apps_admin.services.search import AppQuery, find_apps
from apps_admin.services.undo import undone_item
from apps_admin.services.vault import keep_secret, open_secret
from apps_admin.services.versions import find_many_states
from apps_admin.services.workspace import Workspace

BULK = "bulk"
UNDO = "undo"
WEBHOOK_KEPT = timedelta(days=30)
NOT_DRAINED = "Confirm that no client is connected and that soketi's app cache has expired."


class BulkWork:
    """One change, applied to each app as it is stored now."""

    action = Action.APP_BULK

    def __init__(self, change: BulkChange) -> None:
        self.change = change

    def rows(self) -> Iterable[JobApp]:
        """Frozen when the job was asked for."""
        return ()

    def prepare(self, workspace: Workspace) -> None:
        """Nothing is needed."""

    def decide(self, workspace: Workspace, rows: Sequence[JobApp]) -> Sequence[Decision]:
        """One BatchGetItem, then the domain decides."""
        workspace.require(self.change.action)
        stored = workspace.apps.get_many(row.app_id for row in rows)
        return [self._decide(row, stored.get(row.app_id)) for row in rows]

    def _decide(self, row: JobApp, item: RawItem | None) -> Decision:
        action = self.change.action
        if item is None:
            gone = AppNotFoundError(f"{row.app_id} is not in the table any more.")
            return Decision(row=row, action=action, error=gone)
        try:
            after = self.change.apply_to(App(item))
        except ConsoleError as error:
            return Decision(row=row, action=action, before=item, after=item, error=error)
        return Decision(
            row=row, action=action, before=item, after=None if after is None else after.item
        )


class UndoWork:
    """Sets back what another job did to each app, where nobody changed it since."""

    action = Action.JOB_UNDO

    def rows(self) -> Iterable[JobApp]:
        """Frozen when the job was asked for."""
        return ()

    def prepare(self, workspace: Workspace) -> None:
        """Nothing is needed."""

    def decide(self, workspace: Workspace, rows: Sequence[JobApp]) -> Sequence[Decision]:
        """Entries and versions from SQL, the apps by BatchGetItem."""
        ids = [row.undoes for row in rows]
        slug = workspace.connection.slug
        with records_answering():
            found = AuditEntry.objects.filter(
                operation_id__in=ids, connection=slug, outcome=Outcome.SUCCEEDED.value
            )
            entries = {each.operation_id: each.to_entry() for each in found}
        states = find_many_states(slug, ids)
        stored = workspace.apps.get_many(row.app_id for row in rows)
        decisions = []
        for row in rows:
            before, after, error = stored.get(row.app_id), None, None
            try:
                after = undone_item(entries[row.undoes], states.get(row.undoes), before)
            except ConsoleError as refused:
                error = refused
            decisions.append(
                Decision(
                    row=row,
                    action=Action.APP_UNDO,
                    before=before,
                    after=after,
                    error=error,
                    notes={"undoes": row.undoes},
                )
            )
        return decisions


def preview_bulk(
    workspace: Workspace,
    change: BulkChange,
    *,
    app_ids: Iterable[str] = (),
    query: AppQuery | None = None,
    is_drained: bool = False,
) -> Job:
    """Freeze the apps with these ids, or all that the query finds in the app index, and begin the preview.

    Previewed at once where they are few, else by the worker. Raises DeniedError, ValidationError, VaultKeyError.
    """
    change.require_valid()
    workspace.authorize(change.action)
    if change.kind is BulkKind.DELETE and not is_drained:
        raise ValidationError({"is_drained": [NOT_DRAINED]})
    parameters = {
        "work": BULK,
        "title": change.describe(),
        "change": change.to_json(),
        "secret": _keep(workspace, change),
        "query": query.to_address() if query is not None else "",
    }
    rows = (JobApp(app_id=app_id) for app_id in _selected(workspace, app_ids, query))
    job = draft_job(workspace, Action.APP_BULK, parameters, rows)
    if not job.total:
        job.delete()
        raise ValidationError({"apps": ["Choose at least one app."]})
    offer_preview(workspace, job, BulkWork(change))
    return job


def preview_undo(workspace: Workspace, undone: Job, *, is_drained: bool = False) -> Job:
    """Begin the preview of undoing a whole job. Apps that a job created are deleted again where they are disabled."""
    parameters = {
        "work": UNDO,
        "title": f"Undo “{undone.parameters.get('title', '')}”",
        "undoes": str(undone.pk),
    }
    changed = undone.apps.filter(outcome=AppOutcome.CHANGED)
    rows = (
        JobApp(app_id=app_id, undoes=operation_id)
        for app_id, operation_id in changed.values_list("app_id", "operation_id").iterator()
    )
    if not is_drained and undone.parameters.get("work") == "import":
        raise ValidationError({"is_drained": [NOT_DRAINED]})
    job = draft_job(workspace, Action.JOB_UNDO, parameters, rows)
    if not job.total:
        job.delete()
        raise ValidationError({"apps": ["This job changed nothing."]})
    offer_preview(workspace, job, UndoWork())
    return job


def change_of(job: Job) -> BulkChange:
    """The change of a bulk job. Raises ValidationError when the vault does not hold its webhook any more."""
    kept = {"url": "", "webhook": ""}
    if job.parameters.get("secret"):
        entry = VaultEntry.objects.filter(
            pk=job.parameters["secret"], purpose=VaultPurpose.UPLOAD.value
        ).first()
        if entry is None:
            raise ValidationError({"webhook": ["The webhook of this job is not kept any more."]})
        kept = json.loads(open_secret(entry))
    return BulkChange.from_json(job.parameters["change"], **kept)


def _keep(workspace: Workspace, change: BulkChange) -> int | None:
    """Keep the webhook and its URL in the vault: they may hold secrets."""
    if not change.url and not change.webhook:
        return None
    entry = keep_secret(
        json.dumps({"url": change.url, "webhook": change.webhook}),
        VaultPurpose.UPLOAD,
        connection=workspace.connection.slug,
        subject="bulk",
        lifetime=WEBHOOK_KEPT,
    )
    return int(entry.pk)


def _selected(
    workspace: Workspace, app_ids: Iterable[str], query: AppQuery | None
) -> Iterable[str]:
    if query is None:
        return dict.fromkeys(app_ids)
    found = find_apps(workspace.connection, query).order_by("app_id")
    return found.values_list("app_id", flat=True).iterator(2000)
