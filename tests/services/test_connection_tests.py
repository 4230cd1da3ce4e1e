"""Tests of connections are kept, stream their progress, and are seen by whom they concern."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps_admin.diagnostics.report import Part
from apps_admin.domain.errors import DeniedError, NotFoundError, TooManyRequestsError
from apps_admin.models import AuditEntry, ConnectionTest
from apps_admin.services.connection_tests import (
    AT_ONCE,
    GIVEN_UP_AFTER,
    KEPT_TESTS,
    begin_connection_test,
    failed_verdicts,
    find_connection_test,
    is_running,
    last_tests,
    required_parts,
    run_connection_test,
    step_rows,
)
from tests.aws.conftest import faults
from tests.aws.fault_server import FaultServer, hanging
from tests.aws.tables import connection_to
from tests.cast import ADMINISTRATOR, ALICE, BOB, CHARLIE

__all__ = ["faults"]


@pytest.mark.django_db
def test_a_result_is_kept_with_time_and_person(apps_table: str, dynamodb_endpoint: str) -> None:
    connection = connection_to(dynamodb_endpoint, apps_table)
    report = run_connection_test(BOB, connection)
    kept = last_tests(["tests"])["tests"]
    assert kept.person == "Bob"
    assert kept.finished_at is not None
    assert kept.report == report.to_json()
    assert failed_verdicts(report, required_parts(connection)) == ()
    assert AuditEntry.objects.get().action == "connection.test"


@pytest.mark.django_db
def test_only_the_last_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(KEPT_TESTS + 3):
        run_connection_test(BOB, connection_to("http://nowhere"))
    assert ConnectionTest.objects.count() == KEPT_TESTS


@pytest.mark.django_db
def test_who_has_no_role_may_not_test(dynamodb_endpoint: str) -> None:
    with pytest.raises(DeniedError):
        run_connection_test(CHARLIE, connection_to(dynamodb_endpoint))
    assert ConnectionTest.objects.count() == 0


@pytest.mark.django_db
def test_only_who_may_set_an_endpoint_may_test_one_that_is_not_saved() -> None:
    with pytest.raises(DeniedError):
        begin_connection_test(ALICE, connection_to("http://127.0.0.1:1"), is_of_form=True)


@pytest.mark.django_db
def test_no_more_than_a_few_run_at_once() -> None:
    for _ in range(AT_ONCE):
        begin_connection_test(BOB, connection_to("http://127.0.0.1:1"))
    with pytest.raises(TooManyRequestsError, match="are running already"):
        begin_connection_test(BOB, connection_to("http://127.0.0.1:1"))
    given_up = timezone.now() - GIVEN_UP_AFTER
    ConnectionTest.objects.update(started_at=given_up)
    assert begin_connection_test(BOB, connection_to("http://127.0.0.1:1"))


def wait_for(row: ConnectionTest) -> ConnectionTest:
    for _ in range(200):
        # The tests' database is in memory: it refuses a read while the other thread writes, instead of waiting.
        with suppress(OperationalError):
            row.refresh_from_db()
        if not is_running(row):
            return row
        time.sleep(0.05)
    raise AssertionError("the test did not end")


@pytest.mark.django_db(transaction=True)
def test_the_page_is_answered_while_an_endpoint_hangs(faults: FaultServer) -> None:
    faults.always = hanging
    began = time.monotonic()
    row = begin_connection_test(BOB, connection_to(faults.url))
    assert time.monotonic() - began < 4
    faults.released.set()
    wait_for(row)


@pytest.mark.django_db(transaction=True)
def test_a_test_in_the_background_fills_up_its_steps(
    apps_table: str, dynamodb_endpoint: str
) -> None:
    connection = connection_to(dynamodb_endpoint, apps_table)
    row = begin_connection_test(BOB, connection)
    assert is_running(row)
    assert {step["status"] for step in step_rows(row)} == {"waiting"}
    done = wait_for(find_connection_test(BOB, row.pk, "tests"))
    assert "waiting" not in {step["status"] for step in step_rows(done)}
    assert done.report["verdicts"][0]["part"] == Part.SOKETI
    with pytest.raises(NotFoundError):
        find_connection_test(CHARLIE, row.pk, "tests")
    with pytest.raises(NotFoundError):
        find_connection_test(BOB, row.pk, "another")


@pytest.mark.django_db(transaction=True)
def test_values_of_a_form_are_tested_and_not_kept_as_the_connections_verdict(
    apps_table: str, dynamodb_endpoint: str
) -> None:
    connection = replace(connection_to(dynamodb_endpoint, apps_table), slug="not-saved")
    row = begin_connection_test(ADMINISTRATOR, connection, is_of_form=True)
    wait_for(row)
    assert last_tests(["not-saved"]) == {}
    assert find_connection_test(ADMINISTRATOR, row.pk).pk == row.pk
    with pytest.raises(NotFoundError):
        find_connection_test(ALICE, row.pk)
