"""Writes docs/commands.md from the commands' own help (`make golden`); a test compares the two."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from django.core.management import get_commands, load_command_class

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
# What every Django command has.
DJANGO_OPTIONS = {
    "--help",
    "--version",
    "--verbosity",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
    "--skip-checks",
}
HEAD = """\
# Commands

`python manage.py COMMAND`, with the environment of the console (after `make run`, `.venv/bin/python manage.py COMMAND`
beside it works as it is). Exit codes: 0 done or as wanted, 1 failed or differs, 2 used wrongly; those on
apps also: 3 not found, 4 denied, 5 conflict, 6 a value breaks a rule, 7 something does not answer. This page is
written by `make golden` from the commands' own help.
"""


def commands() -> list[str]:
    """The product's own commands."""
    return sorted(name for name, app in get_commands().items() if app == "apps_admin")


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section(name) for name in commands())])


def section(name: str) -> str:
    """What one command does, and its arguments."""
    command = load_command_class("apps_admin", name)
    parser = command.create_parser("manage.py", name)
    lines = [f"## `{name}`", "", command.help, ""]
    rows = list(arguments(parser))
    if rows:
        lines += ["| Argument | Meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A row for each argument that is not Django's own."""
    for action in parser._actions:
        if DJANGO_OPTIONS & set(action.option_strings) or action.help == argparse.SUPPRESS:
            continue
        names = action.option_strings or [str(action.metavar or action.dest)]
        value = ""
        if action.option_strings and action.nargs != 0:
            choices = "|".join(map(str, action.choices)) if action.choices else ""
            value = f" {action.metavar or choices or action.dest.upper()}"
        shown = ", ".join(f"`{each}{value}`" for each in names).replace("|", "\\|")
        needed = " Required." if action.required and action.option_strings else ""
        meaning = (action.help or "").replace("%%", "%").replace("|", "\\|")
        yield f"| {shown} | {meaning[:1].upper()}{meaning[1:]}{needed} |"


if __name__ == "__main__":
    import django

    django.setup()
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE} has {len(commands())} commands\n")
