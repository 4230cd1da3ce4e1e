"""What the worker does by itself now and then: complete the audit log, publish its head, empty the vault."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error as SqlError
from django.db import close_old_connections, connections

from apps_admin.domain.errors import ConsoleError
from apps_admin.services.app_jobs import remove_old_jobs
from apps_admin.services.audit_export import remove_old_exports
from apps_admin.services.audit_head import publish_head
from apps_admin.services.audit_reconciliation import (
    reconcile_operations,
    release_all_settled_claims,
)
from apps_admin.services.idempotency import remove_expired_answers
from apps_admin.services.settings_log import record_settings
from apps_admin.services.vault import remove_expired_secrets

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0


@dataclass(frozen=True, kw_only=True)
class Chore:
    """Something to do every so often. Doing it twice at once, by two workers, must do no harm."""

    name: str
    every: timedelta
    work: Callable[[], object]


CHORES: tuple[Chore, ...] = (
    Chore(name="reconcile", every=timedelta(minutes=1), work=reconcile_operations),
    Chore(name="release-claims", every=timedelta(minutes=1), work=release_all_settled_claims),
    Chore(name="empty-vault", every=timedelta(hours=1), work=remove_expired_secrets),
    Chore(name="forget-answers", every=timedelta(hours=1), work=remove_expired_answers),
    Chore(name="remove-old-jobs", every=timedelta(hours=1), work=remove_old_jobs),
    Chore(name="remove-old-exports", every=timedelta(hours=1), work=remove_old_exports),
    Chore(name="publish-head", every=timedelta(hours=1), work=publish_head),
    Chore(name="record-settings", every=timedelta(minutes=5), work=record_settings),
)


class Upkeep:
    """Does each chore when it is due, the first time at once. Trouble with one is logged and stops no other."""

    def __init__(
        self, chores: Sequence[Chore] = CHORES, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._chores = tuple(chores)
        self._clock = clock
        self._due = dict.fromkeys((chore.name for chore in chores), 0.0)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def end(self) -> None:
        """Stop after the chore under way."""
        self._ending.set()

    def join(self, timeout: float) -> None:
        """Wait for the end."""
        self._thread.join(timeout)

    def do_due(self) -> None:
        """Do every chore that is due."""
        for chore in self._chores:
            if self._ending.is_set() or self._clock() < self._due[chore.name]:
                continue
            self._due[chore.name] = self._clock() + chore.every.total_seconds()
            try:
                chore.work()
            except (ConsoleError, SqlError, OSError) as error:
                logger.warning("%s could not be done: %s", chore.name, error)
            except Exception:
                logger.exception("%s failed", chore.name)

    def _run(self) -> None:
        while not self._ending.wait(LOOK_EVERY):
            close_old_connections()
            self.do_due()
        connections.close_all()
