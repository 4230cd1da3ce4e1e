"""The cast as people in SQL."""

from __future__ import annotations

import pytest

from apps_admin.models import Person
from apps_admin.services.accounts import add_person
from tests.accounts.cast import CAST, PASSWORD


@pytest.fixture
def alice(db: None) -> Person:
    return add_person("alice", CAST["alice"], PASSWORD)


@pytest.fixture
def bob(db: None) -> Person:
    return add_person("bob", CAST["bob"], PASSWORD)


@pytest.fixture
def charlie(db: None) -> Person:
    return add_person("charlie", CAST["charlie"], PASSWORD)


@pytest.fixture
def vera(db: None) -> Person:
    return add_person("vera", CAST["vera"], PASSWORD)
