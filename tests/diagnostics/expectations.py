"""What a connection test is expected to say."""

from __future__ import annotations

from typing import Any

from apps_admin.diagnostics.report import Part, Report, Status, StepResult
from apps_admin.diagnostics.runner import run_test
from apps_admin.domain.connection import Connection, CredentialMode, Credentials
from tests.aws.iam_server import KeyPair


def step(report: Report, name: str) -> StepResult:
    """The result of one step."""
    return next(result for result in report.steps if result.step == name)


def first_fault(connection: Connection) -> StepResult:
    """The first step that is not as it should be, which the operator reads first."""
    report = run_test(connection)
    fault = next(s for s in report.steps if s.status not in (Status.OK, Status.SKIPPED))
    assert fault.outcome.hint
    assert not report.verdict_on(Part.EDIT).works
    assert report.verdict_on(Part.EDIT).reason
    return fault


def expect(result: StepResult, name: str, status: Status, says: str) -> None:
    """The step, how it ended and what it says."""
    assert (result.step, result.status) == (name, status), result
    assert says in result.outcome.message


def static(keys: KeyPair, **more: Any) -> Credentials:
    """Credentials that are these keys."""
    return Credentials(
        mode=CredentialMode.STATIC,
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        **more,
    )
