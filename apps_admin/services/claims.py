"""Claiming ids and keys for apps being created, so that of two creates at once exactly one wins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from apps_admin.domain.audit import Outcome
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import KeyTakenError
from apps_admin.domain.repository import AppReader
from apps_admin.models import AuditEntry, KeyClaim
from apps_admin.models.key_claim import store_claims

INDEX_SHOWS_WITHIN = timedelta(minutes=10)
LOOKED_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An app that an operation is about to create."""

    operation_id: str
    app_id: str
    app_key: str

    @property
    def values(self) -> set[str]:
        """What it takes."""
        return {self.app_id, self.app_key} - {""}


def claim_keys(connection: Connection, operation_id: str, *, app_id: str, app_key: str) -> None:
    """Take the id and the key, in the caller's transaction. Raises KeyTakenError when one is claimed already."""
    claim = Claim(operation_id=operation_id, app_id=app_id, app_key=app_key)
    for error in claim_many(connection, [claim]).values():
        raise error


def claim_many(connection: Connection, claims: Sequence[Claim]) -> Mapping[str, KeyTakenError]:
    """Take the ids and keys of many apps, in the caller's transaction; the first of two that want the same gets it.

    Returns why an operation did not get both, by its id; it then holds neither.
    """
    wanted = {
        (_claim_hash(connection, value), claim.operation_id): (claim, value)
        for claim in claims
        for value in sorted(claim.values)
    }
    store_claims(
        (
            (digest, connection.place, value, claim.app_id, claim.app_key, claim.operation_id)
            for (digest, _), (claim, value) in wanted.items()
        ),
        claimed_at=timezone.now(),
    )
    digests = {digest for digest, _ in wanted}
    held = KeyClaim.objects.filter(claim_hash__in=digests)
    holders = dict(held.values_list("claim_hash", "operation_id"))
    refused = {
        operation_id: KeyTakenError(
            f"{value!r} is being taken by another app right now.",
            hint="Nothing was written. Choose another value, or try again in a minute.",
            field="id" if value == claim.app_id else "key",
        )
        for (digest, operation_id), (claim, value) in wanted.items()
        if holders.get(digest) != operation_id
    }
    if refused:
        KeyClaim.objects.filter(operation_id__in=list(refused)).delete()
    return refused


def release_claims(operation_id: str) -> None:
    """Give back what an operation that did not create its app had claimed."""
    KeyClaim.objects.filter(operation_id=operation_id).delete()


def release_settled_claims(
    connection: Connection, apps: AppReader, *, values: frozenset[str] | None = None
) -> int:
    """Give back the claims that are no longer needed; returns how many. `values` narrows it to these ids and keys.

    A claim is needed while its operation has no outcome, and until `AppKeyIndex` shows the app under its key, or must
    have shown it long since: who may not ask the index, or whose connection is gone, leaves nothing claimed for ever.
    """
    claims = KeyClaim.objects.filter(place=connection.place)
    if values is not None:
        claims = claims.filter(claim_hash__in=[_claim_hash(connection, v) for v in values])
    keys = list(claims.values_list("pk", flat=True))
    released = 0
    for start in range(0, len(keys), LOOKED_AT_ONCE):
        some = list(claims.filter(pk__in=keys[start : start + LOOKED_AT_ONCE]))
        for claim in _settled(some, apps):
            released += KeyClaim.objects.filter(
                pk=claim.pk, operation_id=claim.operation_id
            ).delete()[0]
    return released


def _settled(claims: Sequence[KeyClaim], apps: AppReader) -> Iterator[KeyClaim]:
    """Those of these claims that nobody needs. One batch read, and one query for each app that is there."""
    outcomes = AuditEntry.objects.filter(operation_id__in={each.operation_id for each in claims})
    ended = set(
        outcomes.exclude(outcome=Outcome.STARTED.value).values_list("operation_id", flat=True)
    )
    oldest = timezone.now() - INDEX_SHOWS_WITHIN
    over = [each for each in claims if each.operation_id in ended]
    young = [each for each in over if each.claimed_at >= oldest]
    yield from (each for each in over if each.claimed_at < oldest)
    stored = apps.get_many({each.app_id for each in young})
    shown: dict[tuple[str, str], bool] = {}
    for claim in young:
        item, place = stored.get(claim.app_id), (claim.app_id, claim.app_key)
        if item is not None and item.get("AppKey") == {"S": claim.app_key}:
            if place not in shown:
                matches = apps.find_by_key(claim.app_key)
                shown[place] = any(match.app_id == claim.app_id for match in matches)
            if not shown[place]:
                continue
        yield claim


def _claim_hash(connection: Connection, value: str) -> str:
    return hashlib.sha256(f"{connection.place}\n{value}".encode()).hexdigest()
