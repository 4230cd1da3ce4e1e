"""Who does something: a person, a token, a command or a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps_admin.domain.actions import ROLE_ACTIONS, SECRET_ACTIONS, Action, Role

EVERY_CONNECTION = "*"


class ActorKind(StrEnum):
    """Where an actor comes from."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a kind of actor
    COMMAND = "command"
    JOB = "job"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an actor is on one connection, and whether secrets may be revealed there."""

    role: Role
    reveals_secrets: bool = False


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One actor, its name frozen for the audit log.

    `grants` maps a connection's slug, or `EVERY_CONNECTION`, to what the actor is there; the slug's own grant wins.
    `scopes`, where set, narrows the actor further (a token's actions). `has_second_factor` says whether a second factor
    was used to sign in; a connection may require one.
    """

    kind: ActorKind
    id: str
    name: str
    grants: Mapping[str, Grant] = field(default_factory=dict)
    scopes: frozenset[Action] | None = None
    has_second_factor: bool = False

    def grant_on(self, connection: str) -> Grant | None:
        """What this actor is on a connection; None means no access at all."""
        return self.grants.get(connection) or self.grants.get(EVERY_CONNECTION)

    def may(self, action: Action, connection: str) -> bool:
        """Whether this actor may do this action on this connection. Deny by default."""
        grant = self.grant_on(connection)
        if grant is None or (self.scopes is not None and action not in self.scopes):
            return False
        if action in SECRET_ACTIONS:
            return grant.reveals_secrets
        return action in ROLE_ACTIONS[grant.role]
