"""The audit log at a million entries: verifying it in bounded memory, and paging through it.

`make bench TOPIC=audit` measures this topic alone, with AUDIT_BENCH_ENTRIES in the environment on a smaller log.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Figure, milliseconds

if TYPE_CHECKING:
    from apps_admin.services.audit_lines import AuditFilter

TOPIC = "audit"
ENTRIES = int(os.environ.get("AUDIT_BENCH_ENTRIES", "1000000"))
MOST_MEMORY = 150  # MB
ROOT = Path(__file__).parents[2]


def run() -> list[Figure]:
    """All figures."""
    return measure_audit()


def measure_audit(entries: int = ENTRIES) -> list[Figure]:
    """The figures of the audit log, on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        _run(environment, "django", "migrate", "--verbosity=0")
        _run(environment, "tests.benchmarks.audit", "write", str(entries))
        started = time.perf_counter()
        megabytes = _peak_memory(environment, "django", "verify_audit")
        seconds = time.perf_counter() - started
        pages = _run(environment, "tests.benchmarks.audit", "pages").splitlines()
    return [
        Figure(
            what=f"verify_audit, {entries:,} entries: memory",
            ours=f"{megabytes:.0f} MB at most",
            aim=f"≤ {MOST_MEMORY} MB",
            is_met=megabytes <= MOST_MEMORY,
        ),
        Figure(
            what=f"verify_audit, {entries:,} entries: time",
            ours=f"{seconds:.0f} s ({entries / seconds:,.0f} entries/s)",
        ),
        *(Figure(what=what, ours=ours) for what, _, ours in (p.partition(": ") for p in pages)),
    ]


def write_entries(count: int) -> None:
    """Fill the log as operations do, two entries each, but many in a transaction."""
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from apps_admin.domain.audit import GENESIS, Entry, KeyPurpose, Outcome, derived_key, entry_hash
    from apps_admin.models.audit import store_entries
    from apps_admin.services.audit import head_seal, new_head

    key = derived_key(settings.AUDIT_KEY, KeyPurpose.CHAIN)
    head = new_head(settings.AUDIT_KEY)
    previous = GENESIS
    rows: list[dict[str, int | str]] = []
    for sequence in range(1, count + 1):
        is_start = sequence % 2 == 1
        entry = Entry(
            sequence=sequence,
            previous_hash=previous,
            operation_id=f"{(sequence + 1) // 2:032x}",
            outcome=Outcome.STARTED if is_start else Outcome.SUCCEEDED,
            action="app.update",
            recorded_at=timezone.now(),
            actor_kind="person",
            actor_id=str(sequence % 40),
            actor_name=f"Operator {sequence % 40}",
            connection="production" if sequence % 5 else "staging",
            target=f"app-{sequence % 10_000}",
            reason="as agreed with the customer" if sequence % 3 else "",
            before=None if is_start else {"MaxConnections": {"N": "100"}},
            after=None if is_start else {"MaxConnections": {"N": "200"}},
            request_id=f"{sequence:016x}",
            address="203.0.113.7",
            user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        )
        columns = entry.columns()
        previous = entry_hash(key, columns)
        rows.append({**columns, "hash": previous})
        if len(rows) == 20_000 or sequence == count:
            with transaction.atomic():
                store_entries(rows)
            rows = []
    head.sequence, head.hash = count, previous
    head.seal = head_seal(settings.AUDIT_KEY, head)
    head.save(force_insert=True)


def time_pages() -> list[str]:
    """How long pages of the log take, deep ones and filtered ones too."""
    from apps_admin.models import AuditHead
    from apps_admin.services.audit_lines import AuditFilter, list_operations
    from tests.cast import ADMINISTRATOR

    middle = AuditHead.objects.get().sequence // 2
    asked = {
        "first page of 50 operations": (AuditFilter(), None),
        "a page from the middle": (AuditFilter(), middle),
        "an app's own timeline": (AuditFilter(connection="production", app_id="app-1234"), None),
        "one person's, from the middle": (AuditFilter(actor_kind="person", actor_id="8"), middle),
        "an app on every connection": (AuditFilter(app_id="app-1234"), None),
        "one person's by name": (AuditFilter(actor_name="Operator 8"), None),
        "a time range in the middle": (_around(middle), None),
        "free text that matches one operation in 10,000": (AuditFilter(text="app-1234"), None),
        "free text that matches nothing, as far as one page looks": (AuditFilter(text="zz"), None),
    }
    return [
        f"{what}: {_median(wanted, before):.1f} ms"
        for what, (wanted, before) in asked.items()
        if list_operations(ADMINISTRATOR, wanted, before=before) is not None
    ]


def _around(sequence: int) -> AuditFilter:
    from datetime import timedelta

    from apps_admin.models import AuditEntry
    from apps_admin.services.audit_lines import AuditFilter

    moment = AuditEntry.objects.get(sequence=sequence).to_entry().recorded_at
    return AuditFilter(since=moment, until=moment + timedelta(seconds=1))


def _median(wanted: object, before: int | None) -> float:
    from apps_admin.services.audit_lines import AuditFilter, list_operations
    from tests.cast import ADMINISTRATOR

    assert isinstance(wanted, AuditFilter)
    return statistics.median(
        milliseconds(lambda: list_operations(ADMINISTRATOR, wanted, before=before), count=5)
    )


def _run(environment: dict[str, str], module: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def _peak_memory(environment: dict[str, str], module: str, *arguments: str) -> float:
    """The most memory the program had, in MB."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATABASE_URL": f"sqlite:///{folder / 'console.sqlite3'}",
        "VAR_DIR": str(folder),
        "LOCAL_RUN": "true",
        "LOG_LEVEL": "ERROR",
        "SOKETI_APP_MANAGER_DYNAMODB_REGION": "us-east-1",
    }


def main(arguments: Sequence[str]) -> None:
    """Measure; or, within, fill the log and time its pages."""
    if arguments[:1] in (["write"], ["pages"]):
        import django

        django.setup()
        if arguments[0] == "write":
            write_entries(int(arguments[1]))
        else:
            sys.stdout.write("\n".join(time_pages()))
        return
    for figure in measure_audit():
        sys.stdout.write(f"{figure.what}: {figure.ours}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
