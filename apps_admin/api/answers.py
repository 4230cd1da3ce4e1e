"""How an operation answers: JSON, its ETag, the condition it asks for, and the same answer to the same request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from apps_admin.api.authentication import actor_in
from apps_admin.api.errors import (
    IdempotencyKeyError,
    RequestInProgressError,
    RevisionRequiredError,
)
from apps_admin.api.shapes import without_secrets
from apps_admin.domain.request_id import current_request_id
from apps_admin.models import KeptAnswer
from apps_admin.services.idempotency import (
    begin_answer,
    fingerprint_request,
    forget_answer,
    keep_answer,
    may_have_changed_something,
)

_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an operation answers, before it is JSON."""

    data: Mapping[str, Any] = field(repr=False)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def send(answer: Answer) -> HttpResponse:
    """The answer as JSON."""
    return _respond(json.dumps(answer.data, allow_nan=False), answer.status, answer.headers)


def etag(revision: str) -> dict[str, str]:
    """The header that tells a revision."""
    return {"ETag": f'"{revision}"'}


def required_revision(request: HttpRequest) -> str | None:
    """The revision of If-Match; None for `*`, whatever is stored. Raises RevisionRequiredError when it is missing."""
    text = request.headers.get("If-Match", "").strip()
    if not text:
        raise RevisionRequiredError(
            "A change says in If-Match which revision of the app it is based on. Nothing was written.",
            hint="Send the ETag of the last answer, or `If-Match: *` to change whatever is stored.",
        )
    return None if text == "*" else text.removeprefix('"').removesuffix('"')


def reason_of(request: HttpRequest, asked: str = "") -> str:
    """The reason in the body, else in X-Reason (UTF-8)."""
    if asked:
        return asked
    header = request.headers.get("X-Reason", "")
    return header.encode("latin-1", "replace").decode("utf-8", "replace")


def send_once(
    request: HttpRequest,
    do: Callable[[], Answer],
    *,
    dry_run: bool = False,
    body: bytes | None = None,
) -> HttpResponse:
    """Do it and send the answer; with an Idempotency-Key that was used already, send the answer of that time.

    `body` stands for a body that was read already. Raises IdempotencyKeyError, RequestInProgressError, and whatever
    `do` raises; the key is then free again.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or dry_run:
        return send(do())
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyError("An Idempotency-Key has 1 to 200 visible ASCII characters.")
    actor_id, told = actor_in(request).id, _fingerprint(request, body)
    earlier = begin_answer(actor_id, key, told)
    if earlier is not None:
        return _answer_again(earlier, told)
    try:
        answer = do()
    except BaseException:
        # What may have been written must not be done a second time: the key stays taken.
        if not may_have_changed_something(actor_id, current_request_id.get()):
            forget_answer(actor_id, key)
        raise
    keep_answer(
        actor_id,
        key,
        status=answer.status,
        body=json.dumps(without_secrets(answer.data), allow_nan=False),
        headers=answer.headers,
    )
    return send(answer)


def _answer_again(earlier: KeptAnswer, told: str) -> HttpResponse:
    if earlier.fingerprint != told:
        raise IdempotencyKeyError(
            "This Idempotency-Key was used for another request. Nothing was done.",
            hint="Take a new key for each thing to do.",
        )
    if not earlier.status:
        raise RequestInProgressError(
            "The first request with this Idempotency-Key has no answer yet. Nothing was done a second time.",
            hint="Ask again in a moment. If it stays so, the audit log tells what became of the first.",
        )
    headers = {**earlier.headers, "Idempotency-Replayed": "true"}
    return _respond(earlier.body, earlier.status, headers)


def _fingerprint(request: HttpRequest, body: bytes | None) -> str:
    return fingerprint_request(
        str(request.method).encode(),
        request.get_full_path().encode(),
        request.body if body is None else body,
    )


def _respond(body: str, status: int, headers: Mapping[str, str]) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json", headers=dict(headers))
