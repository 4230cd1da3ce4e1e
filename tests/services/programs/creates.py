"""Processes and threads create apps with the same id, or the same key, at the same moment."""

from __future__ import annotations

import os
import threading
import time
from functools import partial

from tests.services.programs.setup import fork, report, workspace  # isort: skip

from django.db import connections

from apps_admin.domain.app import NewApp
from apps_admin.domain.errors import AppExistsError, KeyTakenError
from apps_admin.models import KeyClaim
from apps_admin.services.apps import create_app
from apps_admin.services.audit_reconciliation import release_all_settled_claims
from apps_admin.services.audit_verification import verify_entries

PROCESSES, THREADS = 3, 4


def create(process: int, thread: int, race: str, at: float) -> None:
    app = NewApp(
        id="one-id" if race == "id" else f"app-{process}-{thread}",
        key="one-key" if race == "key" else f"key-{process}-{thread}",
    )
    if race == "mixed" and (process + thread) % 2:
        app = NewApp(id="both", key=f"k-{process}-{thread}")
    elif race == "mixed":
        app = NewApp(id=f"i-{process}-{thread}", key="both")
    time.sleep(max(0.0, at - time.time()))
    try:
        create_app(workspace(), app)
    except (KeyTakenError, AppExistsError) as refused:
        report(race=race, result=refused.code)
    else:
        report(race=race, result="created")
    finally:
        connections.close_all()


def run_threads(process: int, race: str, at: float) -> None:
    threads = [
        threading.Thread(target=create, args=(process, number, race, at))
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    for race in ("id", "key", "mixed"):
        start = time.time() + 0.6
        processes = [fork(partial(run_threads, number, race, start)) for number in range(PROCESSES)]
        for process in processes:
            os.waitpid(process, 0)
    items = workspace().apps.scan().items
    release_all_settled_claims()
    report(
        race="",
        ids=sorted(item.app_id for item in items),
        keys=sorted(str((item.get("AppKey") or {}).get("S")) for item in items),
        intact=verify_entries().is_intact,
        claims=KeyClaim.objects.count(),
    )
