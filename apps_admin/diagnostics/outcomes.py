"""From what a call raised to how a step ended."""

from __future__ import annotations

from dataclasses import replace

from apps_admin.aws.probe import ProbeError
from apps_admin.diagnostics.report import Outcome, Status
from apps_admin.domain.errors import (
    AccessDeniedError,
    ConsoleError,
    CredentialsError,
    NotFoundError,
    StoreError,
    UnavailableError,
    ValidationError,
)

NOT_OFFERED = frozenset({"UnknownOperationException", "UnknownOperation", "NotImplemented"})


def outcome_of(failed: ProbeError, *, blocks: bool = True) -> Outcome:
    """The outcome for a failed call. A denied action blocks nothing that does not need it."""
    error = failed.error
    status = Status.UNSUPPORTED if failed.aws_code in NOT_OFFERED else _status_of(error)
    denied = isinstance(error, AccessDeniedError)
    action = error.action if isinstance(error, AccessDeniedError) else ""
    return Outcome(
        status=status,
        message=error.message,
        hint=f"Add {action} to their IAM policy." if action else error.hint,
        aws_code=failed.aws_code,
        action=action,
        blocks=blocks and not denied and status is not Status.UNSUPPORTED,
    )


def _status_of(error: ConsoleError) -> Status:
    kinds: tuple[tuple[type[ConsoleError], Status], ...] = (
        (CredentialsError, Status.DENIED),
        (NotFoundError, Status.MISSING),
        (UnavailableError, Status.UNREACHABLE),
        (ValidationError, Status.DIFFERENT),
        (StoreError, Status.DIFFERENT),
    )
    return next((status for kind, status in kinds if isinstance(error, kind)), Status.DIFFERENT)


def blocking(outcome: Outcome) -> Outcome:
    """The outcome, blocking what needs the step."""
    return replace(outcome, blocks=True)
