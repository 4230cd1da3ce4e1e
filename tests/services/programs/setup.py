"""What every program begins with: Django, and forks that share no connection."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from apps_admin.services.workspace import Workspace, open_workspace  # noqa: E402
from tests.cast import ALICE  # noqa: E402

# SQLite lets writers wait in no order. These programs ask what a thousand of them leave behind, not how long a busy
# machine lets the unluckiest wait.
if connections["default"].vendor == "sqlite":
    settings.DATABASES["default"]["OPTIONS"]["timeout"] = 120


def workspace() -> Workspace:
    """Alice's workspace in the default connection."""
    return open_workspace("default", ALICE)


def fork(work: Callable[[], None]) -> int:
    """Do the work in a process of its own; returns its id."""
    connections.close_all()
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def report(**facts: object) -> None:
    """Tell the test something: one JSON line, whole even when several processes write."""
    os.write(1, (json.dumps(facts) + "\n").encode())
