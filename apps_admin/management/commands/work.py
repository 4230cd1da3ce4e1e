"""The worker process: index scans, bulk work, imports."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Any, ClassVar

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandParser

from apps_admin.jobs.upkeep import Upkeep
from apps_admin.jobs.worker import Worker

END_TIMEOUT = 6.0


class Command(BaseCommand):
    """Runs jobs until told to end. Several workers share the work (with PostgreSQL also on several machines)."""

    help = "Run the background worker until Ctrl-C."
    # Others load every page, of which a worker shows none.
    requires_system_checks: ClassVar[list[str]] = [  # type: ignore[misc]
        Tags.models,
        Tags.security,
    ]

    def add_arguments(self, parser: CommandParser) -> None:
        """How many jobs at a time."""
        parser.add_argument("--threads", type=int, default=3, help="jobs to run at a time")

    def handle(self, *_args: Any, threads: int, **options: Any) -> None:
        """Run jobs; on SIGTERM or Ctrl-C stop each at its next checkpoint and give it back.

        Does not start with keys that do not open what SQL holds.
        """
        if not options["skip_checks"]:
            self.check(tags=[Tags.database], databases=["default"])
        self._ending = False
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        worker = Worker(threads=threads)
        upkeep = Upkeep()
        worker.start()
        upkeep.start()
        while not self._ending:
            time.sleep(0.1)
        upkeep.end()
        worker.end()
        worker.join(END_TIMEOUT)
        upkeep.join(END_TIMEOUT)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True
