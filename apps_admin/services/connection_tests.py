"""Testing connections: at once for a command, in the background for the page, with the last results kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db import connection as sql
from django.utils import timezone

from apps_admin.diagnostics.report import Part, Report, StepResult, Verdict
from apps_admin.diagnostics.runner import STEPS, TIME_LIMIT, run_test
from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import (
    DeniedError,
    NotFoundError,
    RecordsUnavailableError,
    TooManyRequestsError,
)
from apps_admin.models import ConnectionTest
from apps_admin.services.audit import Origin, record_event, records_answering

logger = logging.getLogger(__name__)

KEPT_TESTS = 20
FORM_TESTS_KEPT = timedelta(hours=1)
# A test of the pages takes threads of its own; one through the API holds the thread that serves it.
AT_ONCE = 4
GIVEN_UP_AFTER = timedelta(seconds=TIME_LIMIT + 15)


def run_connection_test(
    actor: Actor, connection: Connection, *, origin: Origin | None = None
) -> Report:
    """Test a connection, keep the result, and return it when it is complete. Raises DeniedError."""
    row = _begin(actor, connection, is_of_form=False, origin=origin)
    report = run_test(connection)
    _finish(row, report)
    return report


def begin_connection_test(
    actor: Actor, connection: Connection, *, is_of_form: bool = False, origin: Origin | None = None
) -> ConnectionTest:
    """Start a test in the background; its row fills up step by step. Raises DeniedError.

    `is_of_form` is for values that are not saved: they are tested as they are, and nothing of them is kept but the
    result.
    """
    row = _begin(actor, connection, is_of_form=is_of_form, origin=origin)
    thread = threading.Thread(
        target=_run_in_background, args=(row, connection), name=f"test-{row.pk}", daemon=True
    )
    transaction.on_commit(thread.start)
    return row


def find_connection_test(actor: Actor, test_id: int, slug: str = "") -> ConnectionTest:
    """One test this actor may see. Raises NotFoundError."""
    with records_answering():
        row = ConnectionTest.objects.filter(pk=test_id).first()
    visible = row is not None and (
        actor.may(Action.CONNECTION_CREATE, EVERY_CONNECTION)
        if row.is_of_form
        else actor.may(Action.CONNECTION_TEST, row.connection) and row.connection == slug
    )
    if row is None or not visible:
        raise NotFoundError("There is no such connection test.")
    return row


def is_running(row: ConnectionTest) -> bool:
    """Whether results are still to come; a test whose process died is given up."""
    return row.finished_at is None and timezone.now() - row.started_at < GIVEN_UP_AFTER


def step_rows(row: ConnectionTest) -> list[Mapping[str, Any]]:
    """The steps in their order; those still to come are `waiting`."""
    done = {step["step"]: step for step in row.report.get("steps", ())}
    pending = "waiting" if is_running(row) else "skipped"
    return [
        done.get(step.name)
        or {"step": step.name, "title": step.title, "status": pending, "message": ""}
        for step in STEPS
    ]


def last_tests(slugs: Iterable[str]) -> dict[str, ConnectionTest]:
    """The last finished test of each of these connections."""
    found: dict[str, ConnectionTest] = {}
    with records_answering():
        for row in ConnectionTest.objects.filter(
            connection__in=list(slugs), is_of_form=False, finished_at__isnull=False
        ).order_by("started_at", "pk"):
            found[row.connection] = row
    return found


def required_parts(connection: Connection) -> tuple[Part, ...]:
    """What a connection must be good for to pass: soketi, and the console as the connection says."""
    return (Part.SOKETI, Part.READ if connection.read_only else Part.EDIT)


def failed_verdicts(report: Report, parts: Iterable[Part]) -> tuple[Verdict, ...]:
    """The verdicts on these parts that are not good."""
    verdicts = (report.verdict_on(part) for part in parts)
    return tuple(verdict for verdict in verdicts if not verdict.works)


def _begin(
    actor: Actor, connection: Connection, *, is_of_form: bool, origin: Origin | None
) -> ConnectionTest:
    if is_of_form:
        # Only who may choose an endpoint may have the console connect to one.
        allowed = actor.may(Action.CONNECTION_CREATE, EVERY_CONNECTION)
    else:
        allowed = actor.may(Action.CONNECTION_TEST, connection.slug)
    if not allowed:
        raise DeniedError(
            f"{actor.name} may not test this connection.",
            hint="Ask an administrator of the connection.",
        )
    with records_answering():
        _require_room()
        _forget_old(connection.slug)
        record_event(
            actor,
            Action.CONNECTION_TEST,
            connection=connection.slug,
            target=connection.slug,
            origin=origin,
        )
        return ConnectionTest.objects.create(
            connection=connection.slug,
            person=actor.name,
            is_of_form=is_of_form,
            started_at=timezone.now(),
            report={"steps": []},
        )


def _require_room() -> None:
    """Raises TooManyRequestsError while as many tests run as the console lets run at once."""
    running = ConnectionTest.objects.filter(
        finished_at__isnull=True, started_at__gt=timezone.now() - GIVEN_UP_AFTER
    )
    if running.count() >= AT_ONCE:
        raise TooManyRequestsError(
            f"{AT_ONCE} connection tests are running already.",
            hint="Test again when one of them has ended: half a minute at most.",
            retry_after=int(TIME_LIMIT),
        )


def _forget_old(slug: str) -> None:
    tests = ConnectionTest.objects
    old = tests.filter(connection=slug).values_list("pk", flat=True)[KEPT_TESTS - 1 :]
    tests.filter(pk__in=list(old)).delete()
    tests.filter(is_of_form=True, started_at__lt=timezone.now() - FORM_TESTS_KEPT).delete()


def _run_in_background(row: ConnectionTest, connection: Connection) -> None:
    steps: list[dict[str, Any]] = []

    def keep(result: StepResult) -> None:
        steps.append(result.to_json())
        # Without the row (its connection was deleted meanwhile) there is nobody to tell. What is not told now is told
        # with the next step.
        with suppress(DatabaseError):
            ConnectionTest.objects.filter(pk=row.pk).update(report={"steps": steps})

    try:
        _finish(row, run_test(connection, on_result=keep))
    except (RecordsUnavailableError, DatabaseError):
        logger.exception("the result of connection test %s could not be kept", row.pk)
    finally:
        sql.close()


def _finish(row: ConnectionTest, report: Report) -> None:
    with records_answering():
        ConnectionTest.objects.filter(pk=row.pk).update(
            report=report.to_json(), finished_at=timezone.now()
        )
