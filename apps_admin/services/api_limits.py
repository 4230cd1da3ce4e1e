"""How many requests a token may send in a minute, counted in the cache that all processes share.

A process takes a lot of requests at a time and hands them out from memory, so that a request costs no write of its own.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.core.cache import cache

from apps_admin.domain.errors import TooManyRequestsError

WINDOW: Final = 60
LOT: Final = 20


@dataclass
class _Lots:
    """What this process still may hand out in the current window, and the next lot to ask for."""

    window: int = 0
    left: dict[str, int] = field(default_factory=dict)
    next_lot: dict[str, int] = field(default_factory=dict)


_lots = _Lots()
_lock = threading.Lock()


def count_request(token_id: str) -> None:
    """Count one request of a token. Raises TooManyRequestsError when this minute has no more of them."""
    now = int(time.time())
    window = now // WINDOW
    with _lock:
        if _lots.window != window:
            _lots.window, _lots.left, _lots.next_lot = window, {}, {}
        if _lots.left.get(token_id, 0) < 1:
            _lots.left[token_id] = _take_lot(token_id, window)
        if _lots.left[token_id] > 0:
            _lots.left[token_id] -= 1
            return
    seconds = WINDOW - now % WINDOW
    raise TooManyRequestsError(
        f"{settings.API_REQUESTS_PER_MINUTE} requests a minute are the limit for one token.",
        hint=f"Send the next one in {seconds} seconds.",
        retry_after=seconds,
    )


def forget_counts() -> None:
    """Forget what this process took; what the cache holds stays."""
    with _lock:
        _lots.window = 0


def _take_lot(token_id: str, window: int) -> int:
    """The size of the next lot nobody has, 0 when there is none left. `cache.add` is atomic between processes."""
    limit: int = settings.API_REQUESTS_PER_MINUTE
    lot = _lots.next_lot.get(token_id, 0)
    while lot * LOT < limit:
        taken = cache.add(f"api:{token_id}:{window}:{lot}", 1, timeout=2 * WINDOW)
        lot += 1
        _lots.next_lot[token_id] = lot
        if taken:
            return min(LOT, limit - (lot - 1) * LOT)
    return 0
