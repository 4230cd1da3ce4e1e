"""Requests that may be sent twice: the second gets the answer of the first, and does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps_admin.domain.audit import Outcome
from apps_admin.models import AuditEntry, KeptAnswer
from apps_admin.services.audit import records_answering, secret_fingerprint

KEPT_FOR = timedelta(hours=24)
STARTED = Outcome.STARTED.value


def fingerprint_request(*parts: bytes) -> str:
    """The keyed fingerprint of a request: its body may hold a secret."""
    return secret_fingerprint(b"\0".join(str(len(part)).encode() + b":" + part for part in parts))


def begin_answer(actor_id: str, key: str, fingerprint: str) -> KeptAnswer | None:
    """Take the key for a request that begins now; or the row of the request that took it before."""
    now = timezone.now()
    with records_answering():
        KeptAnswer.objects.filter(actor_id=actor_id, key=key, expires_at__lte=now).delete()
        try:
            with transaction.atomic():
                KeptAnswer.objects.create(
                    actor_id=actor_id,
                    key=key,
                    fingerprint=fingerprint,
                    created_at=now,
                    expires_at=now + KEPT_FOR,
                )
        except IntegrityError:
            return KeptAnswer.objects.filter(actor_id=actor_id, key=key).first()
    return None


def keep_answer(
    actor_id: str, key: str, *, status: int, body: str, headers: Mapping[str, str]
) -> None:
    """Keep what the request was answered. `body` holds no secret."""
    with records_answering():
        KeptAnswer.objects.filter(actor_id=actor_id, key=key).update(
            status=status, body=body, headers=dict(headers)
        )


def forget_answer(actor_id: str, key: str) -> None:
    """The request did nothing: the key is free again."""
    with records_answering():
        KeptAnswer.objects.filter(actor_id=actor_id, key=key, status=0).delete()


def may_have_changed_something(actor_id: str, request_id: str) -> bool:
    """Whether a request that failed left an operation whose outcome nobody knows yet."""
    entries = AuditEntry.objects.filter(actor_id=actor_id, request_id=request_id)
    with records_answering():
        started = set(entries.filter(outcome=STARTED).values_list("operation_id", flat=True))
        ended = entries.exclude(outcome=STARTED).values_list("operation_id", flat=True)
        return bool(started.difference(ended))


def remove_expired_answers() -> int:
    """Remove what is older than a day; returns how many."""
    return KeptAnswer.objects.filter(expires_at__lte=timezone.now()).delete()[0]
