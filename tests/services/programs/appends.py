"""Many processes and threads append to the audit log at once."""

from __future__ import annotations

import os
import threading

from tests.services.programs.setup import fork, report  # isort: skip

from django.db import connections

from apps_admin.domain.actions import Action
from apps_admin.models import AuditEntry
from apps_admin.services.audit import record_event
from apps_admin.services.audit_verification import verify_entries
from tests.cast import ALICE

PROCESSES, THREADS, EACH = 4, 5, 50


def append_some() -> None:
    for number in range(EACH):
        record_event(ALICE, Action.SESSION_SIGN_IN, target=str(number))
    connections.close_all()


def run_threads() -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            append_some()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


if __name__ == "__main__":
    processes = [fork(run_threads) for _ in range(PROCESSES)]
    statuses = [os.waitpid(process, 0)[1] for process in processes]
    found = verify_entries()
    report(
        statuses=statuses,
        entries=AuditEntry.objects.count(),
        verified=found.entries,
        intact=found.is_intact,
        last=found.last,
    )
