"""Every claim of THREAT_MODEL.md names tests, and these tests exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "THREAT_MODEL.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
# What is said plainly to remain, or to be outside of what the console can guard.
ADMISSIONS = ("What remains:", "App secrets stand in the table in clear")


def claims() -> list[str]:
    lines = [line for line in TEXT.splitlines() if line.startswith("- ")]
    return [line for line in lines if not any(admitted in line for admitted in ADMISSIONS)]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_the_test_that_a_claim_names_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text())

    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name in functions


def test_every_claim_names_a_test() -> None:
    assert len(claims()) > 30
    assert not [claim for claim in claims() if "`tests/" not in claim]


def test_every_mention_of_a_test_is_readable_by_this_one() -> None:
    assert TEXT.count("`tests/") - TEXT.count("`tests/test_threat_model.py`") == len(
        re.findall(r"`tests/[\w/]+\.py::\w+`", TEXT)
    )
