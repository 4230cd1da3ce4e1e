"""The documentation names every setting and every command, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests import command_docs

ROOT = Path(settings.BASE_DIR)
SETTING = re.compile(r'env\.\w+\(\s*"([A-Z0-9_]+)"')
# soketi's own names are put together from a prefix and these.
SOKETI = {f"SOKETI_APP_MANAGER_DYNAMODB_{name}" for name in ("TABLE", "REGION", "ENDPOINT")}


def text(path: str) -> str:
    return (ROOT / path).read_text()


def settings_read() -> set[str]:
    return set(SETTING.findall(text("dashboard/settings.py"))) | SOKETI | {"LOCAL_RUN"}


def test_every_setting_is_in_the_configuration_page_and_none_else() -> None:
    rows = [row for row in text("docs/configuration.md").splitlines() if row.startswith("| `")]
    documented = set(
        re.findall(r"`([A-Z][A-Z0-9_]+)`", " ".join(row.split("|")[1] for row in rows))
    )
    assert settings_read() - documented == set()
    assert documented - settings_read() == set()


def test_every_setting_is_in_the_example_and_none_else() -> None:
    example = set(re.findall(r"^# ([A-Z][A-Z0-9_]+)=", text(".env.example"), re.MULTILINE))
    assert example == settings_read()


def test_the_example_sets_nothing_as_it_is() -> None:
    assert [line for line in text(".env.example").splitlines() if line and line[0] != "#"] == []


def test_every_command_is_documented_as_it_is() -> None:
    assert text("docs/commands.md") == command_docs.page(), "run `make golden`"


@pytest.mark.parametrize("command", command_docs.commands())
def test_every_command_and_argument_says_what_it_does(command: str) -> None:
    section = command_docs.section(command)
    assert len(section.splitlines()[2]) > 10
    assert [line for line in section.splitlines() if line.endswith("|  |")] == []


def test_every_target_of_the_makefile_has_its_line_in_help() -> None:
    makefile = text("Makefile")
    phony = set(" ".join(re.findall(r"^\.PHONY: (.*)", makefile, re.MULTILINE)).split())
    helped = set(re.findall(r"^(\w+):.*## ", makefile, re.MULTILINE))
    assert phony - {".venv", ".venv-dev"} == helped


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
