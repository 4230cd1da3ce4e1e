"""The id that ties together what one request, command or job writes: log lines, audit entries, the error page."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

# Empty outside of a request, command or job.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")

_ACCEPTABLE = re.compile(r"[A-Za-z0-9_-]{8,64}")


def new_request_id() -> str:
    """A fresh id, 22 characters."""
    return secrets.token_urlsafe(16)


def accepted_request_id(offered: str) -> str:
    """The id a proxy already gave the request if it is harmless text, else a fresh one."""
    return offered if _ACCEPTABLE.fullmatch(offered) else new_request_id()
