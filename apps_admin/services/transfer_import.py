"""Importing apps from a file: a job like any other, its rows the records of the file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Min

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.credentials import (
    check_identifier,
    check_secret,
    new_app_key,
    new_app_secret,
)
from apps_admin.domain.errors import (
    AppExistsError,
    ConsoleError,
    KeyTakenError,
    ValidationError,
)
from apps_admin.domain.fields import (
    FIELD_OF_ATTRIBUTE,
    FLAGS,
    ID,
    KEY,
    SECRET,
    WEBHOOKS,
    Flag,
    StoredField,
)
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.domain.soketi_view import SoketiView, soketi_view, stored_type
from apps_admin.domain.transfer import FORMATS, Format, ImportedRecord, detect, unreadable
from apps_admin.domain.webhooks import compact_webhooks, has_errors, lint_webhooks
from apps_admin.models import IndexedApp, Job, JobApp
from apps_admin.models.job import JobState
from apps_admin.services.app_index import freshness_of, refresh_index
from apps_admin.services.app_jobs import PREVIEW_JOB, WRITE_JOB, draft_job, offer_preview
from apps_admin.services.index_rows import storable
from apps_admin.services.job_work import Decision
from apps_admin.services.transfer_files import HEAD, forget_file, keep_file, open_file
from apps_admin.services.workspace import Workspace

IMPORT = "import"
# Uniqueness is judged by an index that is not older, beside the claims of creates under way.
FRESH_INDEX = 60.0


class OnExisting(StrEnum):
    """What an import does with an app that is in the table already."""

    SKIP = "skip"
    UPDATE = "update"
    FAIL = "fail"


class OnMissing(StrEnum):
    """What an import does with a new app that has no key or no secret."""

    GENERATE = "generate"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How a file is imported. `format` empty: detected."""

    format: str = ""
    on_existing: OnExisting = OnExisting.FAIL
    on_missing: OnMissing = OnMissing.GENERATE


@dataclass(frozen=True, kw_only=True)
class KeptUpload:
    """A file that is in the vault."""

    file_id: str
    fingerprint: str


def keep_upload(workspace: Workspace, chunks: Iterable[bytes]) -> KeptUpload:
    """Keep a file for an import. Raises DeniedError, ValidationError, VaultKeyError."""
    workspace.authorize(Action.APP_IMPORT)
    file_id = uuid.uuid4().hex
    fingerprint = keep_file(chunks, connection=workspace.connection.slug, file_id=file_id)
    return KeptUpload(file_id=file_id, fingerprint=fingerprint)


def preview_import(
    workspace: Workspace, chunks: Iterable[bytes], name: str, options: ImportOptions
) -> Job:
    """Keep the file, and begin the preview: the worker reads it. Raises DeniedError, ValidationError, VaultKeyError."""
    return preview_upload(workspace, keep_upload(workspace, chunks), name, options)


def preview_upload(
    workspace: Workspace, upload: KeptUpload, name: str, options: ImportOptions
) -> Job:
    """Begin the preview of a file that is kept. Raises DeniedError, ValidationError; the file is dropped then."""
    try:
        chosen = format_of(upload.file_id, options.format)
        parameters = {
            "work": IMPORT,
            "title": f"Import {name[:100]}",
            "file": upload.file_id,
            "fingerprint": upload.fingerprint,
            "format": chosen.name,
            "format_label": chosen.label,
            "on_existing": options.on_existing.value,
            "on_missing": options.on_missing.value,
        }
        job = draft_job(workspace, Action.APP_IMPORT, parameters, None)
    except ConsoleError:
        forget_file(upload.file_id)
        raise
    offer_preview(workspace, job, ImportWork(job))
    return job


def find_import(connection: str, fingerprint: str) -> Job | None:
    """The last import of this very file that is not done yet."""
    return (
        Job.objects.filter(
            connection=connection,
            kind__in=(PREVIEW_JOB, WRITE_JOB),
            parameters__work=IMPORT,
            parameters__fingerprint=fingerprint,
        )
        .exclude(kind=WRITE_JOB, state=JobState.SUCCEEDED)
        .order_by("-created_at")
        .first()
    )


def format_of(file_id: str, name: str = "") -> Format:
    """The format of a kept file: the one named, or what its content says. Raises ValidationError."""
    if name:
        if name not in FORMATS:
            raise ValidationError({"format": [f"There is no format {name!r}."]})
        return FORMATS[name]
    with open_file(file_id) as stream:
        try:
            found = detect(stream.read(HEAD))
        except UnicodeError:
            raise unreadable("The file is neither UTF-8 nor UTF-16 text.") from None
        except (OSError, EOFError):
            raise unreadable("The file is compressed, but damaged.") from None
    if found is None:
        raise ValidationError(
            {"format": ["The content is of no format the console knows. Choose one."]}
        )
    return found


class ImportWork:
    """Creates and updates apps as a file says."""

    action = Action.APP_IMPORT

    def __init__(self, job: Job) -> None:
        self._job = job
        self._format = FORMATS[job.parameters["format"]]
        self._on_existing = OnExisting(job.parameters["on_existing"])
        self._on_missing = OnMissing(job.parameters["on_missing"])
        self._reader: Iterator[tuple[int, ImportedRecord]] = iter(())
        self._next = -1

    def rows(self) -> Iterable[JobApp]:
        """A row for each record of the file."""
        return (JobApp(app_id=storable(record.item.app_id)) for record in self._read())

    def prepare(self, workspace: Workspace) -> None:
        """See to it that the index, by which uniqueness is judged, is fresh."""
        age = freshness_of(workspace.connection).age
        if age is None or age > FRESH_INDEX:
            refresh_index(workspace.connection)

    def decide(self, workspace: Workspace, rows: Sequence[JobApp]) -> Sequence[Decision]:
        """The records of these rows against what is stored now."""
        records = self._records([row.position for row in rows])
        ids = [row.app_id for row in rows if row.app_id]
        stored = workspace.apps.get_many(ids)
        first = dict(
            self._job.apps.filter(app_id__in=ids)
            .order_by()
            .values_list("app_id")
            .annotate(Min("position"))
        )
        taken = _taken(workspace, [records[row.position] for row in rows])
        decisions = []
        for row in rows:
            record, before = records[row.position], stored.get(row.app_id)
            action = Action.APP_UPDATE if before else Action.APP_CREATE
            after, error = before, None
            try:
                if first.get(row.app_id, row.position) != row.position:
                    raise ValidationError(
                        {"id": [f"{record.place}: an earlier record has the same id."]}
                    )
                after = self._after(record, before, taken)
            except ConsoleError as refused:
                error = refused
            decisions.append(
                Decision(row=row, action=action, before=before, after=after, error=error)
            )
        return decisions

    def _after(
        self, record: ImportedRecord, before: RawItem | None, taken: dict[str, str]
    ) -> RawItem | None:
        if record.problems:
            raise ValidationError({"record": record.problems})
        if not record.item.app_id:
            raise ValidationError({"id": [f"{record.place}: {_no_id(record.item)}"]})
        if before is None:
            return self._new(record, taken)
        if self._on_existing is OnExisting.SKIP:
            return before
        after = self._merged(before, record.item)
        if self._on_existing is OnExisting.FAIL and before.changes_to(after):
            raise AppExistsError(f"{record.place}: an app with this id is in the table already.")
        return after

    def _new(self, record: ImportedRecord, taken: dict[str, str]) -> RawItem:
        item, missing = record.item, []
        if item.get(KEY.attribute) is None:
            missing.append("key")
            item = item.with_attribute(KEY.attribute, {"S": new_app_key()})
        if not any(item.get(name) for name in SECRET.names):
            missing.append("secret")
            item = item.with_attribute(SECRET.attribute, {"S": new_app_secret()})
        if missing and self._on_missing is OnMissing.FAIL:
            raise ValidationError(
                {name: [f"{record.place}: the {name} is missing."] for name in missing}
            )
        if not self._format.is_lossless:
            item = _completed(item, record.place)
        app_key = App(item).key
        # A key that is no text is refused with all that soketi could not bear.
        for value in filter(None, (app_key, item.app_id)):
            if taken.setdefault(value, item.app_id) != item.app_id:
                raise KeyTakenError(f"{record.place}: {value!r} is the id or key of another app.")
        return item

    def _merged(self, before: RawItem, new: RawItem) -> RawItem:
        """What is stored, with every attribute of the file; what the file does not name stays."""
        attributes = dict(before.attributes)
        for name, value in new.attributes.items():
            field = FIELD_OF_ATTRIBUTE.get(name)
            if field is None or self._format.is_lossless:
                attributes[name] = value
            elif not _means_the_same(before, field, value):
                for alias in field.aliases:
                    attributes.pop(alias, None)
                attributes[name] = value
        return RawItem(attributes=attributes)

    def _read(self) -> Iterator[ImportedRecord]:
        with open_file(self._job.parameters["file"]) as stream:
            try:
                yield from self._format.read(stream)
            except UnicodeError:
                raise unreadable("The file is neither UTF-8 nor UTF-16 text.") from None
            except (OSError, EOFError):
                raise unreadable("The file is compressed, but damaged.") from None

    def _records(self, positions: Sequence[int]) -> Mapping[int, ImportedRecord]:
        """The records at these ascending positions; the file is read on, and anew only to go back."""
        if positions[0] < self._next or self._next < 0:
            self._reader, self._next = iter(enumerate(self._read())), 0
        wanted, found = set(positions), {}
        for position, record in self._reader:
            self._next = position + 1
            if position in wanted:
                found[position] = record
            if position >= positions[-1]:
                break
        return found


def _no_id(item: RawItem) -> str:
    kind = stored_type(item, ID.attribute)
    if kind in {"", "S"}:
        return "the record has no id."
    return f"the id has to be text (S); this one has the type {kind}."


def _completed(item: RawItem, place: str) -> RawItem:
    """A new app of another program, judged by the rules of a new app."""
    enabled = FLAGS[Flag.ENABLED].attribute
    if item.get(enabled) is None:
        item = item.with_attribute(enabled, {"BOOL": True})
    app = App(item)
    webhooks = lint_webhooks(app.webhooks_text) if app.webhooks_text else ()
    problems = {
        "id": check_identifier("Id", app.id),
        "key": check_identifier("Key", app.key),
        "secret": check_secret(app.secret),
        "webhooks": [each.message for each in webhooks if has_errors((each,))],
    }
    found = {
        name: [f"{place}: {text}" for text in texts] for name, texts in problems.items() if texts
    }
    if found:
        raise ValidationError(found)
    return item


def _means_the_same(before: RawItem, field: StoredField, value: AttributeValue) -> bool:
    """Whether soketi reads the same from what is stored, which keeps its type and its name then."""
    if before.get(field.attribute) == value and before.attributes.keys().isdisjoint(field.aliases):
        return True
    if field is WEBHOOKS:
        try:
            typed = compact_webhooks(str(value.get("S")))
            return compact_webhooks(App(before).webhooks_text) == typed
        except ConsoleError:
            return False
    if not any(name in before.attributes for name in field.names):
        # What the server takes now may be the same, and another tomorrow.
        return False
    after = before.without(*field.names).with_attribute(field.attribute, value)
    return _as_read(soketi_view(before), field) == _as_read(soketi_view(after), field)


def _as_read(view: SoketiView, field: StoredField) -> object:
    if field.name in FLAGS:
        return view.flag(Flag(field.name)).value
    if field.name in LIMITS:
        return view.limits[Limit(field.name)].value
    return (view.id, view.key, view.secret)


def _taken(workspace: Workspace, records: Sequence[ImportedRecord]) -> dict[str, str]:
    """The ids and keys among these that are in the table, by the index, and whose they are."""
    values = set()
    for record in records:
        app_key = (record.item.get(KEY.attribute) or {}).get("S", "")
        values |= {storable(record.item.app_id), storable(str(app_key))}
    values.discard("")
    here = IndexedApp.objects.filter(connection=workspace.connection.slug)
    named = here.filter(app_id__in=values).values_list("app_id", "app_key")
    keyed = here.filter(app_key__in=values).values_list("app_id", "app_key")
    taken: dict[str, str] = {}
    # Two searches by an index each: asked for one or the other, SQLite reads every row.
    for app_id, app_key in named.union(keyed):
        taken[app_id] = app_id
        if app_key:
            taken[app_key] = app_id
    return taken
