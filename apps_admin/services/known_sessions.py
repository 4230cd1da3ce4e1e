"""Sessions that this process saw signed in lately: who is who when the database that knows is down.

Only for telling them what to do without the console; nothing is ever authorized by it.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from threading import Lock
from typing import Final

from django.conf import settings
from django.http import HttpRequest

MOST_KNOWN: Final = 1000
LONGEST_KNOWN: Final = 12 * 3600.0

# By connection and the hash of a session's cookie: when it was last seen. No key is kept.
_seen: OrderedDict[tuple[str, bytes], float] = OrderedDict()
_lock = Lock()


def remember_session(request: HttpRequest, connection: str) -> None:
    """Note that the person of this session may look at the connection."""
    name = (connection, _fingerprint(request))
    if not name[1]:
        return
    with _lock:
        _seen[name] = time.monotonic()
        _seen.move_to_end(name)
        while len(_seen) > MOST_KNOWN:
            _seen.popitem(last=False)


def is_known_session(request: HttpRequest, connection: str) -> bool:
    """Whether this session was seen on the connection within the last hours, by this process."""
    seen_at = _seen.get((connection, _fingerprint(request)))
    return seen_at is not None and time.monotonic() - seen_at < LONGEST_KNOWN


def _fingerprint(request: HttpRequest) -> bytes:
    """Empty for a request without a session."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return hashlib.sha256(key.encode()).digest() if key else b""
