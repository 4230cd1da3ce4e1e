"""Tokens by which programs use the API in a person's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from apps_admin.models.person import Membership, Person


class ApiToken(models.Model):
    """One token. Only its SHA-256 is kept: 32 random bytes need no slower hash, and cannot be read back.

    `actions` and `connections` narrow what the owner may do; None means all of it. `hint` is the token's first
    characters, by which a person recognizes it and a leak is found.
    """

    public_id = models.CharField(max_length=32, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    hint = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    actions = models.JSONField(null=True)
    connections = models.JSONField(null=True)
    has_second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("-created_at", "pk")
        indexes: ClassVar = [models.Index(fields=["person", "-created_at"], name="token_person")]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """A token with its owner (`token.person`, only what decides whether it is valid) and the owner's memberships."""

    token: ApiToken
    memberships: tuple[Membership, ...]


def find_bearer(token_hash: str) -> Bearer | None:
    """The token with this hash. One query, and not composed anew: every request of the API begins with it."""
    rows: list[Any] = list(ApiToken.objects.raw(_BEARER, [token_hash]))
    if not rows:
        return None
    token = rows[0]
    token.person = Person(
        pk=token.person_id,
        username=token.owner_name,
        is_active=token.owner_is_active,
        must_change_password=token.owner_must_change_password,
    )
    memberships = (
        Membership(
            person_id=row.person_id,
            connection=row.member_on,
            role=row.member_role,
            reveals_secrets=bool(row.member_reveals),
        )
        for row in rows
        if row.member_on
    )
    return Bearer(token=token, memberships=tuple(memberships))


_BEARER = (
    "SELECT token.*, owner.username AS owner_name, owner.is_active AS owner_is_active, "  # noqa: S608 - our own names
    "owner.must_change_password AS owner_must_change_password, member.connection AS member_on, "
    "member.role AS member_role, member.reveals_secrets AS member_reveals "
    f"FROM {ApiToken._meta.db_table} token JOIN {Person._meta.db_table} owner ON owner.id = token.person_id "
    f"LEFT JOIN {Membership._meta.db_table} member ON member.person_id = owner.id WHERE token.token_hash = %s"
)
