"""What the commands on one app share: how an app and a change are told, and the fields one can be given."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps_admin.domain.app import App
from apps_admin.domain.difference import find_differences
from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.domain.masking import MASK, mask_webhooks_text, masked_json
from apps_admin.management.console_command import (
    ExitCode,
    WorkspaceCommand,
    add_confirm_argument,
    add_writing_arguments,
    table,
)
from apps_admin.services.apps import Change
from apps_admin.services.workspace import Workspace

UNLIMITED = "unlimited"
SERVER_DEFAULT = "default"


class AppChangeCommand(WorkspaceCommand):
    """A command that changes one app. Subclasses implement `change` and say in `fact` what it means for soketi."""

    fact = ""
    shows_secret = False
    takes_away = False

    def add_arguments(self, parser: CommandParser) -> None:
        """The app, and what every writing command takes."""
        super().add_arguments(parser)
        parser.add_argument("app_id", metavar="APP_ID", help="The app's id.")
        add_writing_arguments(parser)
        if self.takes_away:
            add_confirm_argument(
                parser, "APP_ID", "The id once more, where the connection is protected."
            )

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Make the change and tell it."""
        change = self.change(workspace, options)
        return tell_change(
            change,
            fact=self.fact.format(app=options["app_id"]),
            is_dry_run=options["dry_run"],
            shows_secret=self.shows_secret,
        )

    def change(self, workspace: Workspace, options: dict[str, Any]) -> Change:
        """The one service call."""
        raise NotImplementedError


def asked(options: dict[str, Any]) -> dict[str, Any]:
    """What every writing service takes, from a command's options."""
    words = {"reason": options["reason"], "dry_run": options["dry_run"]}
    return {**words, "confirmation": options["confirm"]} if "confirm" in options else words


def tell_change(
    change: Change, *, fact: str, is_dry_run: bool, shows_secret: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """A change for programs and for people. The new secret is told only where the command is there to make one."""
    before = change.before.item if change.before else None
    after = change.after.item if change.after else None
    differences = find_differences(before, after)
    answer: dict[str, Any] = {
        "changed": change.is_change,
        "dry_run": is_dry_run,
        "operation_id": change.operation_id,
        "differences": [
            {"attribute": each.attribute, "before": each.before, "after": each.after}
            for each in differences
        ],
        "app": None if change.after is None else app_json(change.after, shows_secret=shows_secret),
    }
    lines = [_headline(change, fact, is_dry_run=is_dry_run)]
    lines += [f"  {each.attribute}: {each.before} -> {each.after}" for each in differences]
    if shows_secret and change.after is not None and not is_dry_run:
        lines += table(
            [("id", change.after.id), ("key", change.after.key), ("secret", change.after.secret)]
        )
    return answer, lines


def app_json(app: App, *, shows_secret: bool = False) -> dict[str, Any]:
    """An app for programs: what is stored as the console reads it, and what soketi makes of it."""
    return {
        "id": app.id,
        "key": app.key,
        "secret": app.secret if shows_secret else MASK,
        "enabled": app.is_enabled,
        "enable_client_messages": app.allows_client_messages,
        "enable_user_authentication": app.requires_user_authentication,
        "limits": {limit.value: _number(value) for limit, value in app.limits.items()},
        "webhooks": mask_webhooks_text(app.webhooks_text),
        "soketi": app.view.to_json(),
        "item": masked_json(app.item) if not shows_secret else {},
    }


def app_lines(app: App, *, shows_secret: bool = False) -> list[str]:
    """An app for people."""
    view = app.view
    state = "accepts connections" if view.accepts_connections else "refuses connections"
    if not view.found:
        state = f"not found: {view.reason}"
    return table(
        [
            ("id", app.id),
            ("key", app.key),
            ("secret", app.secret if shows_secret else MASK),
            ("soketi", state),
            ("enabled", _yes_no(app.is_enabled)),
            ("client messages", _yes_no(app.allows_client_messages)),
            ("user authentication", _yes_no(app.requires_user_authentication)),
            *(
                (LIMITS[limit].label.lower(), f"{effective.value} ({effective.source})")
                for limit, effective in view.limits.items()
            ),
            ("webhooks", len(view.webhooks)),
        ]
    )


def add_field_arguments(parser: CommandParser) -> None:
    """The fields of an app, for creating and updating one."""
    names = ", ".join(limit.value for limit in Limit)
    for name, meaning in (
        ("client-messages", "clients may send events to one another"),
        ("user-authentication", "clients have to sign in within 30 s"),
    ):
        attribute = name.replace("-", "_")
        parser.add_argument(
            f"--{name}", action="store_true", default=None, dest=attribute, help=meaning
        )
        parser.add_argument(
            f"--no-{name}", action="store_false", dest=attribute, help=f"The opposite of --{name}."
        )
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"A limit: a number, `{UNLIMITED}`, or `{SERVER_DEFAULT}`. Can be given several times. Names: {names}.",
    )
    parser.add_argument(
        "--webhooks",
        metavar="FILE",
        help="A JSON file; - reads standard input, an empty one clears.",
    )


def parse_limits(texts: list[str]) -> dict[Limit, Decimal | None]:
    """Limits from NAME=VALUE. Raises CommandError (usage)."""
    limits: dict[Limit, Decimal | None] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            limits[Limit(name)] = _parse_limit(value)
        except (ValueError, InvalidOperation) as exc:
            raise CommandError(
                f"--limit {text}: not NAME=NUMBER, NAME={UNLIMITED} or NAME={SERVER_DEFAULT}.",
                returncode=ExitCode.USAGE,
            ) from exc
    return limits


def read_webhooks(path: str | None) -> str | None:
    """The text of --webhooks; None when it is not given. Raises CommandError (usage)."""
    if path is None:
        return None
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"--webhooks {path}: {exc}", returncode=ExitCode.USAGE) from exc


def _headline(change: Change, fact: str, *, is_dry_run: bool) -> str:
    if is_dry_run:
        return "Would change:" if change.is_change else "Nothing would change."
    return fact if change.is_change else "Nothing to change: it already was so."


def _parse_limit(text: str) -> Decimal | None:
    if text == SERVER_DEFAULT:
        return None
    return Decimal(-1) if text == UNLIMITED else Decimal(text)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"
