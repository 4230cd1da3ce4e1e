"""The locks fit what they were compiled from, so that what is installed is what was asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)


def asked_for(name: str) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def pinned(name: str) -> dict[str, str]:
    pins = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[.*\])?==([^\s;\\]+)", (ROOT / name).read_text(), re.MULTILINE
    )
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize(
    ("asked", "locks"),
    [
        ("requirements.in", ["requirements.txt", "requirements-dev.txt"]),
        ("requirements-dev.in", ["requirements-dev.txt"]),
        ("requirements-postgresql.in", ["requirements-postgresql.txt"]),
    ],
)
def test_every_package_asked_for_is_pinned_as_asked(asked: str, locks: list[str]) -> None:
    for lock in locks:
        pins = pinned(lock)
        for requirement in asked_for(asked):
            version = pins.get(canonicalize_name(requirement.name))
            assert version, f"{lock} lacks {requirement.name}: run `make lock`"
            assert requirement.specifier.contains(version), f"{lock}: {requirement} is {version}"


def test_tests_run_on_the_very_versions_that_ship() -> None:
    shipped = pinned("requirements.txt") | pinned("requirements-postgresql.txt")
    tested = pinned("requirements-dev.txt")
    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "requirements-dev.txt", "requirements-postgresql.txt"]
)
def test_every_pin_has_hashes_and_the_lock_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"^--.*|https?://.*", text, flags=re.MULTILINE) == []
