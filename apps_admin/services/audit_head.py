"""Publishing the head of the audit log outside its database, so that a cut tail shows."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from apps_admin.domain.audit import GENESIS, time_text
from apps_admin.models import AuditHead
from apps_admin.services.audit import audit_key, records_answering, require_audit_key

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PublishedHead:
    """The number and hash of the last entry at a time. Whoever keeps it can tell a log that was cut or made anew."""

    sequence: int
    hash: str
    published_at: str

    def to_json(self) -> dict[str, object]:
        """For files and programs."""
        return {
            "sequence": self.sequence,
            "hash": self.hash,
            "published_at": self.published_at,
        }


def current_head() -> PublishedHead:
    """The head now. Raises AuditKeyError, AuditBrokenError, RecordsUnavailableError."""
    with records_answering():
        head = AuditHead.objects.filter(pk=AuditHead.ONLY).first()
    if head is not None:
        require_audit_key(head, audit_key())
    return PublishedHead(
        sequence=head.sequence if head else 0,
        hash=head.hash if head else GENESIS,
        published_at=time_text(timezone.now()),
    )


def publish_head() -> PublishedHead:
    """Write the head to the log, and to `AUDIT_HEAD_FILE` where it is set (one JSON line each time)."""
    head = current_head()
    logger.info("audit head %s %s", head.sequence, head.hash)
    path = head_file()
    if path is not None:
        line = json.dumps(head.to_json()) + "\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    return head


def read_published_heads() -> list[PublishedHead]:
    """The heads in `AUDIT_HEAD_FILE`, oldest first; a last line cut short by a crash is left out."""
    path = head_file()
    if path is None or not path.exists():
        return []
    heads = []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            heads.append(PublishedHead(**json.loads(line)))
        except (ValueError, TypeError):
            logger.warning("%s holds a line that is no published head", path)
    return heads


def head_file() -> Path | None:
    """Where heads are published, where they are."""
    return Path(settings.AUDIT_HEAD_FILE) if settings.AUDIT_HEAD_FILE else None
