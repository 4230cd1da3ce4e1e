"""Bulk work and imports while things go wrong: nothing is lost, nothing is done twice."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection as sql

from apps_admin.aws.embedded_engine import EngineProcess, start_engine
from apps_admin.aws.engine_package import fetch_engine
from apps_admin.domain.actions import Action
from apps_admin.domain.app import App, NewApp
from apps_admin.domain.bulk import BulkChange, BulkKind
from apps_admin.domain.connection import Connection, ConnectionSource
from apps_admin.domain.errors import RecordsUnavailableError, ThrottledError
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import Limit
from apps_admin.models import (
    AuditEntry,
    IndexedApp,
    Job,
    KeyClaim,
    OpenOperation,
    OperationPlan,
)
from apps_admin.services import job_work, parallel_scan
from apps_admin.services.app_jobs import NoReport, confirm_job, make_rows
from apps_admin.services.audit_verification import verify_entries
from apps_admin.services.bulk import BulkWork, change_of, preview_bulk
from apps_admin.services.index_scan import scan_index
from apps_admin.services.job_work import count_outcomes, preview_rows, run_rows
from apps_admin.services.transfer_import import ImportOptions, ImportWork, preview_import
from apps_admin.services.workspace import Origin, Workspace
from tests.benchmarks.stand import bare_client, make_table
from tests.cast import ALICE
from tests.fakes import InMemoryAppRepository

pytestmark = pytest.mark.django_db(transaction=True)

APPS = 60


@pytest.fixture
def store() -> InMemoryAppRepository:
    """Sixty apps."""
    return InMemoryAppRepository([NewApp(id=n, key=f"key-{n}").to_item() for n in names()])


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten apps a chunk, and hardly any waiting between attempts."""
    monkeypatch.setattr(job_work, "CHUNK", 10)
    monkeypatch.setattr(job_work, "PAUSES", (0.05,))


def names() -> list[str]:
    return [f"app-{number:03}" for number in range(APPS)]


def bulk_job(workspace: Workspace, change: BulkChange) -> Job:
    job = preview_bulk(workspace, change, app_ids=names())
    return confirm_job(workspace, job, Action.APP_BULK)


def import_job(workspace: Workspace) -> Job:
    items = ({"AppId": {"S": f"new-{n}"}, "AppKey": {"S": f"new-key-{n}"}} for n in range(APPS))
    lines = "".join(json.dumps({"soketi_app": item}) + "\n" for item in items)
    job = preview_import(workspace, [lines.encode()], "apps.jsonl", ImportOptions())
    make_rows(job, ImportWork(job), NoReport())
    preview_rows(workspace, job, ImportWork(job), NoReport())
    Job.objects.filter(pk=job.pk).update(state="succeeded")
    job.refresh_from_db()
    return confirm_job(workspace, job, Action.APP_IMPORT)


def run(workspace: Workspace, job: Job, report: job_work.Report | None = None) -> None:
    is_import = job.parameters["work"] == "import"
    work: job_work.Work = ImportWork(job) if is_import else BulkWork(change_of(job))
    run_rows(workspace, job, work, report or NoReport())


def set_limit(value: int) -> BulkChange:
    return BulkChange(kind=BulkKind.SET_LIMIT, limit=Limit.MAX_CONNECTIONS, value=Decimal(value))


def limit_of(item: RawItem) -> Decimal | None:
    return App(item).limits[Limit.MAX_CONNECTIONS]


def assert_each_app_once(job: Job) -> None:
    assert count_outcomes(job) == {"changed": APPS}
    children = AuditEntry.objects.filter(parent_id=job.operation_id)
    succeeded = children.filter(outcome="succeeded")
    assert succeeded.count() == succeeded.values("target").distinct().count() == APPS
    assert not OperationPlan.objects.exists()
    assert OpenOperation.objects.count() == 1, "only the parent, which the job ends"
    assert verify_entries().is_intact


@pytest.mark.sqlite
@pytest.mark.parametrize("room", [2, 9, 16, 23])  # pages; the whole job takes some more than 30
def test_a_disk_that_fills_up_loses_nothing(
    workspace: Workspace, store: InMemoryAppRepository, room: int
) -> None:
    job = bulk_job(workspace, BulkChange(kind=BulkKind.ROTATE_SECRET))
    with sql.cursor() as cursor:
        cursor.execute("VACUUM")  # pages freed by earlier tests would be room to write in
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + room}")
    try:
        with pytest.raises(RecordsUnavailableError):
            run(workspace, job)
    finally:
        with sql.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    written = {name: store.get(name) for name in names()}
    recorded = {a for a, o in job.apps.values_list("app_id", "outcome") if o == "changed"}
    run(workspace, job)
    assert_each_app_once(job)
    assert all(store.get(name) == written[name] for name in recorded), "nothing twice"


class Throttle:
    """Refuses every write for a minute of a clock that only pauses move on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: InMemoryAppRepository) -> None:
        self.now = 0.0
        self.refused = 0
        self._update = store.update
        monkeypatch.setattr(job_work, "PAUSES", (0.5, 1.0, 2.0, 5.0, 10.0, 20.0))
        monkeypatch.setattr("apps_admin.services.job_work.time.sleep", self.sleep)
        monkeypatch.setattr("apps_admin.services.job_work.time.monotonic", lambda: self.now)
        monkeypatch.setattr(store, "update", self.update)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def update(self, before: RawItem, after: RawItem) -> None:
        if self.now < 60:
            self.refused += 1
            raise ThrottledError("DynamoDB throttles.")
        self._update(before, after)


class Heard(NoReport):
    """Keeps what the job said."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def say(self, message: str) -> None:
        self.said.add(message)


def test_throttling_for_a_minute_is_waited_out(
    workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bulk_job(workspace, set_limit(7))
    throttle, heard = Throttle(monkeypatch, store), Heard()
    run(workspace, job, heard)
    assert heard.said == {"DynamoDB throttles. Trying again.", ""}
    assert throttle.refused <= 10 * 8, "ever longer pauses"
    assert_each_app_once(job)
    assert {limit_of(store.get(name)) for name in names()} == {7}


def test_two_jobs_over_the_same_apps_lose_no_write(
    workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = bulk_job(workspace, set_limit(1)), bulk_job(workspace, set_limit(2))
    original, reads = store.get_many, itertools.count()

    def get_many(app_ids: Iterable[str]) -> Mapping[str, RawItem]:
        found = original(app_ids)
        if next(reads) == 2:
            # The slow job has read its third chunk and not written it yet.
            run(workspace, quick)
        return found

    monkeypatch.setattr(store, "get_many", get_many)
    run(workspace, slow)
    assert count_outcomes(quick) == {"changed": APPS}
    assert count_outcomes(slow) == {"changed": APPS - 10, "conflict": 10}
    lost = slow.apps.filter(outcome="conflict").values_list("app_id", flat=True)
    assert {limit_of(store.get(name)) for name in lost} == {2}, "the quick job's value stands"
    told = AuditEntry.objects.filter(outcome="succeeded", action="app.update")
    assert told.count() == 2 * APPS - 10, "every write that happened is recorded, and no other"
    assert not OperationPlan.objects.exists()
    assert verify_entries().is_intact


class Killer(NoReport):
    """Kills the engine amid the third chunk's writes, and starts it again after some trouble."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._chunks = itertools.count(1)
        self._troubles = itertools.count(1)

    def require_ours(self) -> None:
        if next(self._chunks) == 3:
            threading.Timer(0.01, self._engine.kill).start()

    def say(self, message: str) -> None:
        if message and next(self._troubles) == 2:
            self._engine.start()


class Engine:
    """A durable engine: started again, it is on the same port with the same data."""

    def __init__(self, folder: Path) -> None:
        package = fetch_engine(settings.EMBEDDED_ENGINE_DIR)
        at = package.relative_to(settings.EMBEDDED_ENGINE_DIR).parts[0]
        (folder / at).symlink_to(settings.EMBEDDED_ENGINE_DIR / at)
        self._folder = folder
        self._process: EngineProcess | None = None
        self.kills = 0
        self.start()

    def start(self) -> None:
        started = start_engine(self._folder)
        assert isinstance(started, EngineProcess)
        self._process = started
        self.endpoint = started.endpoint

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self.kills += 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine with sixty apps on its disk."""
    started = Engine(tmp_path)
    client = bare_client(started.endpoint)
    make_table(client)
    for name in names():
        item = NewApp(id=name, key=f"key-{name}").to_item().attributes
        client.put_item(TableName="apps", Item=dict(item))
    yield started
    started.kill()


def connection_to(engine: Engine) -> Connection:
    return Connection(
        slug="production",
        endpoint=engine.endpoint,
        region="us-east-1",
        table="apps",
        source=ConnectionSource.EMBEDDED,
    )


class ScanKiller:
    """Kills the engine after the first page of a scan, and starts it again after some trouble."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._troubles = itertools.count(1)

    def keep(self, checkpoint: dict[str, Any], *, apps: int) -> None:  # noqa: ARG002
        if not self._engine.kills:
            self._engine.kill()

    def say(self, message: str) -> None:
        if message and next(self._troubles) == 2:
            self._engine.start()


def test_an_engine_killed_amid_a_rebuild_leaves_no_app_out(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_scan, "PAUSES", (0.05,))
    client = bare_client(engine.endpoint)
    for name in names():
        item = NewApp(id=name, key=f"key-{name}").to_item().attributes
        client.put_item(TableName="apps", Item={**item, "Notes": {"S": "x" * 60_000}})
    state = scan_index(connection_to(engine), ScanKiller(engine))
    assert engine.kills == 1
    assert state.pages > 3
    indexed = IndexedApp.objects.filter(connection="production").values_list("app_id", flat=True)
    assert sorted(indexed) == names()
    assert not state.problem


@pytest.mark.parametrize("kind", ["bulk", "import"])
def test_an_engine_killed_amid_the_writes_loses_nothing(engine: Engine, kind: str) -> None:
    workspace = Workspace(connection=connection_to(engine), actor=ALICE, origin=Origin())
    job = import_job(workspace) if kind == "import" else bulk_job(workspace, set_limit(5))
    run(workspace, job, Killer(engine))
    assert engine.kills == 1
    assert_each_app_once(job)
    stored = bare_client(engine.endpoint).scan(TableName="apps")["Items"]
    if kind == "bulk":
        assert [item["MaxConnections"] for item in stored] == [{"N": "5"}] * APPS
    else:
        assert len(stored) == 2 * APPS
        assert KeyClaim.objects.count() == 2 * APPS, "held until the table's index shows the apps"
