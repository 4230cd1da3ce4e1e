"""The order, the dependencies, the time bounds, and a whole test against real engines."""

from __future__ import annotations

import threading
import time

import pytest

from apps_admin.diagnostics import runner
from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.report import Outcome, Part, Report, Status, StepResult
from apps_admin.diagnostics.runner import Step, run_test
from tests.aws.fault_server import FaultServer
from tests.aws.tables import client_to, connection_to, make_apps_table


def status_of(report: Report, step: str) -> Status:
    return next(result.status for result in report.steps if result.step == step)


def test_a_good_connection_passes_every_step(apps_table: str, dynamodb_endpoint: str) -> None:
    client_to(dynamodb_endpoint).put_item(
        TableName=apps_table,
        Item={"AppId": {"S": "shop"}, "AppKey": {"S": "key"}, "AppSecret": {"S": "s3cret-1"}},
    )
    report = run_test(connection_to(dynamodb_endpoint, apps_table))
    unlike = {s.step: s.status for s in report.steps if s.status is not Status.OK}
    assert unlike == {
        "tls": Status.SKIPPED,
        "identity": Status.SKIPPED,
        "recovery": Status.UNSUPPORTED,
    } or unlike == {
        "tls": Status.SKIPPED,
        "clock": Status.SKIPPED,
        "identity": Status.SKIPPED,
        "recovery": Status.UNSUPPORTED,
    }
    assert all(verdict.works for verdict in report.verdicts)
    assert "shop" in next(s.outcome.message for s in report.steps if s.step == "record")
    assert "p95" in next(s.outcome.message for s in report.steps if s.step == "latency")
    assert "s3cret-1" not in str(report.to_json())


def test_the_second_engine_passes_too(second_endpoint: str) -> None:
    client = client_to(second_endpoint)
    report = run_test(connection_to(second_endpoint, make_apps_table(client)))
    assert {verdict.part for verdict in report.verdicts if verdict.works} == set(Part)


def test_a_test_writes_nothing(faulty_engine: FaultServer, apps_table: str) -> None:
    run_test(connection_to(faulty_engine.url, apps_table))
    for operation, body in faulty_engine.requests:
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            assert body["ConditionExpression"] == "attribute_exists(AppId)"
    client = client_to(faulty_engine.url)
    assert client.scan(TableName=apps_table)["Items"] == []


def test_results_come_in_as_the_steps_end(apps_table: str, dynamodb_endpoint: str) -> None:
    heard: list[StepResult] = []
    report = run_test(connection_to(dynamodb_endpoint, apps_table), on_result=heard.append)
    assert heard[0].step == "settings"
    assert len(heard) == len(report.steps) == len(runner.STEPS)
    assert [step.step for step in report.steps] == [step.name for step in runner.STEPS]


def fine(_facts: Facts) -> Outcome:
    return Outcome(message="fine")


def test_steps_that_need_nothing_of_one_another_run_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = threading.Barrier(2, timeout=5)

    def meet(_facts: Facts) -> Outcome:
        both.wait()
        return Outcome(message="met")

    steps = (
        Step(name="a", title="A", run=fine),
        Step(name="b", title="B", run=meet, needs=("a",)),
        Step(name="c", title="C", run=meet, needs=("a",)),
    )
    monkeypatch.setattr(runner, "STEPS", steps)
    report = run_test(connection_to("http://127.0.0.1:1"))
    assert [step.outcome.message for step in report.steps] == ["fine", "met", "met"]


def test_what_needs_a_step_that_failed_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_facts: Facts) -> Outcome:
        return Outcome(status=Status.MISSING, message="gone", blocks=True)

    steps = (
        Step(name="a", title="First", run=fails),
        Step(name="b", title="B", run=fine, needs=("a",)),
        Step(name="c", title="C", run=fine, needs=("b",)),
        Step(name="d", title="D", run=fine),
    )
    monkeypatch.setattr(runner, "STEPS", steps)
    report = run_test(connection_to("http://127.0.0.1:1"))
    assert [s.status for s in report.steps] == ["missing", "skipped", "skipped", "ok"]
    assert "First comes first" in report.steps[1].outcome.message


def test_a_step_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def endless(_facts: Facts) -> Outcome:
        over.wait(20)
        return Outcome(message="late")

    steps = (
        Step(name="a", title="A", run=endless),
        Step(name="b", title="B", run=fine),
        Step(name="c", title="C", run=fine, needs=("a",)),
    )
    monkeypatch.setattr(runner, "STEPS", steps)
    began = time.monotonic()
    report = run_test(connection_to("http://127.0.0.1:1"), time_limit=0.3)
    over.set()
    assert time.monotonic() - began < 10
    assert [s.status for s in report.steps] == ["unreachable", "ok", "unreachable"]


def test_a_step_that_breaks_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(_facts: Facts) -> Outcome:
        raise RuntimeError("internal")

    monkeypatch.setattr(runner, "STEPS", (Step(name="a", title="A", run=breaks),))
    report = run_test(connection_to("http://127.0.0.1:1"))
    assert report.steps[0].status is Status.UNREACHABLE
    assert "internal" not in str(report.to_json())
    assert "step a" in caplog.text
