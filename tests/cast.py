"""The people of the tests: Alice operates and may see secrets, Bob only looks, Charlie has no access."""

from __future__ import annotations

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind, Grant

ALICE = Actor(
    kind=ActorKind.PERSON,
    id="1",
    name="Alice",
    grants={EVERY_CONNECTION: Grant(role=Role.OPERATOR, reveals_secrets=True)},
)
BOB = Actor(
    kind=ActorKind.PERSON,
    id="2",
    name="Bob",
    grants={EVERY_CONNECTION: Grant(role=Role.VIEWER)},
)
CHARLIE = Actor(kind=ActorKind.PERSON, id="3", name="Charlie")
ADMINISTRATOR = Actor(
    kind=ActorKind.PERSON,
    id="4",
    name="Ada",
    grants={EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)},
)
