"""Sessions in SQL, so kept that reading the table gives nobody a session.

Django's own table holds each session's key and its content in clear. Here the key is hashed and the content encrypted
(it holds TOTP secrets while they are set up, and forms that wait for a fresh sign-in).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone

from apps_admin.models.encryption import InvalidToken, decrypt_text, encrypt_text
from apps_admin.models.prepared import VALUE, PreparedQuery

PURPOSE = "session"
# A session's last use is written at most this often.
TOUCH_AFTER = timedelta(seconds=60)
# What the session holds about itself (see `services/sessions.py`).
ADDRESS_KEY = "console_address"
USER_AGENT_KEY = "console_user_agent"
# The first mark found wins: every browser also names those it descends from.
BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"), ("curl/", "curl"), ("python", "A Python program"),
)  # fmt: skip
SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


class SessionManager(BaseSessionManager["Session"]):
    """Finds the sessions that still count."""

    def live(self) -> models.QuerySet[Session]:
        """Neither expired, nor idle for too long, nor too old."""
        return self.get_queryset().filter(
            **{f"{name}__gt": bound for name, bound in live_bounds(timezone.now()).items()}
        )


def live_bounds(now: datetime) -> dict[str, datetime]:
    """The columns of a session that still counts, and what each is later than."""
    return {
        "expire_date": now,
        "last_seen_at": now - settings.SESSION_IDLE_TIME,
        "created_at": now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
    }


class Session(AbstractBaseSession):
    """One browser's session. `session_key` is a hash of what the cookie holds."""

    session_key = models.CharField(max_length=64, primary_key=True)
    person_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=45, blank=True, default="")
    user_agent = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[SessionManager] = SessionManager()

    def is_live(self, now: datetime) -> bool:
        """Whether it still counts: what `live` asks SQL."""
        return all(getattr(self, name) > bound for name, bound in live_bounds(now).items())

    @property
    def browser(self) -> str:
        """The browser and system in a few words, as it named itself."""
        agent = self.user_agent
        browser = next((name for mark, name in BROWSERS if mark in agent), "A browser")
        system = next((name for mark, name in SYSTEMS if mark in agent), "")
        return f"{browser} on {system}" if system else browser

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        """The store that reads and writes these rows."""
        return SessionStore


_session_of = PreparedQuery(lambda: Session.objects.filter(pk=VALUE))


class SessionStore(DatabaseSessionStore):
    """Django's database sessions with hashed keys, encrypted content, an idle and an absolute limit."""

    _created_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table of the sessions."""
        return Session

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The content, serialized, signed and encrypted."""
        return encrypt_text(PURPOSE, super().encode(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The content back; empty, so signed out, when no key fits."""
        try:
            return super().decode(decrypt_text(PURPOSE, str(session_data)))
        except InvalidToken:
            return {}

    def exists(self, session_key: str) -> bool:
        """Whether a session with this key is kept."""
        return Session.objects.filter(session_key=hash_session_key(session_key)).exists()

    def _get_session_from_db(self) -> Session | None:
        now = timezone.now()
        row = next(iter(_session_of(hash_session_key(self.session_key or ""))), None)
        if row is None or not row.is_live(now):
            self._session_key = None
            return None
        if now - row.last_seen_at > TOUCH_AFTER:
            Session.objects.filter(pk=row.pk).update(last_seen_at=now)
        self._created_at = row.created_at
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row for this content; its age is kept when it is saved again."""
        person_id = data.get("_auth_user_id")
        session_key = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return Session(
            session_key=hash_session_key(session_key),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            person_id=int(person_id) if person_id else None,
            created_at=self._created_at or timezone.now(),
            address=str(data.get(ADDRESS_KEY, ""))[:45],
            user_agent=str(data.get(USER_AGENT_KEY, ""))[:200],
        )

    def restart(self) -> None:
        """Count the session's age from now: somebody just signed in."""
        self._created_at = timezone.now()
        self.modified = True

    def flush(self) -> None:
        """Drop the session; what follows is a new one."""
        super().flush()
        self._created_at = None

    def delete(self, session_key: str | None = None) -> None:
        """Delete the row of this key, or of the current session."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=hash_session_key(key)).delete()

    # Django's asynchronous variants would look for the key itself.
    aexists = sync_to_async(exists)  # type: ignore[arg-type]
    adelete = sync_to_async(delete)  # type: ignore[arg-type]
    acreate_model_instance = sync_to_async(create_model_instance)  # type: ignore[arg-type]
    _aget_session_from_db = sync_to_async(_get_session_from_db)


def hash_session_key(session_key: str) -> str:
    """What SQL holds in place of a session's key."""
    return hashlib.sha256(session_key.encode()).hexdigest()
