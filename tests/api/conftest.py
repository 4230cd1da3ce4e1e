"""Tokens of the cast: Alice operates and may see secrets, Vera only looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.services.accounts import actor_of, add_person
from apps_admin.services.api_limits import forget_counts
from apps_admin.services.api_tokens import Narrowing, create_token
from tests.api.client import Program

EVERYTHING = Narrowing()
MakeProgram = Callable[..., Program]


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """Requests of earlier tests do not count."""
    forget_counts()
    yield
    forget_counts()


@pytest.fixture
def make_program(transactional_db: None, default_connection: str) -> MakeProgram:
    """A program with a token of a new person."""

    def make(
        name: str = "alice",
        role: Role = Role.OPERATOR,
        *,
        reveals_secrets: bool = True,
        narrowing: Narrowing = EVERYTHING,
        connection: str = EVERY_CONNECTION,
    ) -> Program:
        grants = {connection: Grant(role=role, reveals_secrets=reveals_secrets)}
        person = add_person(name, grants, None)
        issued = create_token(actor_of(person), person, name="pipeline", narrowing=narrowing)
        return Program(token=issued.text)

    return make


@pytest.fixture
def program(make_program: MakeProgram) -> Program:
    """Alice's pipeline."""
    return make_program()


@pytest.fixture
def viewer(make_program: MakeProgram) -> Program:
    """Vera's dashboard, which only looks."""
    return make_program("vera", Role.VIEWER, reveals_secrets=False)
