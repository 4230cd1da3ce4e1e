"""Kills a process at every step of a write, reconciles, and reports what the log and the table then say."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.services.programs.setup import fork, report, workspace  # isort: skip

from django.utils import timezone

from apps_admin.aws.app_repository import DynamoAppRepository
from apps_admin.domain.app import NewApp
from apps_admin.domain.errors import AppNotFoundError
from apps_admin.models import AuditEntry, KeyClaim, OperationPlan, VaultEntry
from apps_admin.services import operation
from apps_admin.services import workspace as workspace_module
from apps_admin.services.apps import create_app, delete_app, disable_app, rotate_secret
from apps_admin.services.audit_reconciliation import (
    LONGEST_OPERATION,
    reconcile_operations,
    release_all_settled_claims,
)
from apps_admin.services.audit_verification import verify_entries

SECRET = "a-secret-of-enough-length-1234"


def die(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> None:
    setattr(owner, name, die)


def after(owner: Any, name: str) -> None:
    original = getattr(owner, name)

    def run_and_die(*args: Any, **kwargs: Any) -> None:
        try:
            original(*args, **kwargs)
        finally:
            die()

    setattr(owner, name, run_and_die)


def steps(write: str) -> dict[str, Callable[[], None]]:
    """Every place a process can end at, in order."""
    return {
        "before started": lambda: before(workspace_module.Workspace, "_start"),
        "after started": lambda: after(workspace_module.Workspace, "_start"),
        "after the read": lambda: after(DynamoAppRepository, "get"),
        "while planning": lambda: before(operation, "keep_version"),
        "after planning": lambda: after(operation, "plan_write"),
        "before the write": lambda: before(DynamoAppRepository, write),
        "after the write": lambda: after(DynamoAppRepository, write),
        "before the outcome": lambda: before(workspace_module, "end_operation"),
        "within the outcome": lambda: before(operation, "forget_plan"),
        "after the outcome": lambda: after(workspace_module, "end_operation"),
    }


def stored(app_id: str) -> dict[str, Any] | None:
    try:
        item = workspace().apps.get(app_id)
    except AppNotFoundError:
        return None
    return {name: value for name, value in item.attributes.items() if name != "AppSecret"} | {
        "secret is old": item.get("AppSecret") == {"S": SECRET}
    }


WORK: dict[str, tuple[str, Callable[[str], object]]] = {
    "disable": ("update", lambda app: disable_app(workspace(), app)),
    "rotate": ("update", lambda app: rotate_secret(workspace(), app)),
    "create": (
        "create",
        lambda app: create_app(workspace(), NewApp(id=f"{app}-2", key=f"{app}-2-key")),
    ),
    "delete": (
        "delete",
        lambda app: delete_app(workspace(), app, confirmation=app, is_drained=True),
    ),
}


def crash(name: str, step: str, number: int) -> None:
    write, work = WORK[name]
    app = f"{name}-{number}"
    create_app(workspace(), NewApp(id=app, key=f"{app}-key", secret=SECRET))
    if name == "delete":
        disable_app(workspace(), app)
    target = f"{app}-2" if name == "create" else app
    was = stored(target)
    last = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True)[0]

    def run() -> None:
        steps(write)[step]()
        work(app)

    _, status = os.waitpid(fork(run), 0)
    started = AuditEntry.objects.filter(sequence__gt=last, outcome="started").count()
    later = timezone.now() + LONGEST_OPERATION + timedelta(minutes=2)
    reconcile_operations(now=later)
    release_all_settled_claims()
    rows = AuditEntry.objects.filter(sequence__gt=last).exclude(outcome="started")
    operations = list(rows.values_list("operation_id", flat=True))
    report(
        work=name,
        step=step,
        signal=os.WTERMSIG(status),
        started=started,
        outcomes=list(rows.values_list("outcome", flat=True)),
        has_changed=stored(target) != was,
        intact=verify_entries().is_intact,
        versions=VaultEntry.objects.filter(operation_id__in=operations).count(),
        plans=OperationPlan.objects.count(),
        claims=KeyClaim.objects.count(),
    )


if __name__ == "__main__":
    for name in WORK:
        for number, step in enumerate(steps("")):
            crash(name, step, number)
