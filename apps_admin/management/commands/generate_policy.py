"""Write an IAM policy for one purpose, or hold an existing policy against it."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.policies import PURPOSES, find_purpose
from apps_admin.generators.policies.checking import PolicyCheck, check_policy
from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.options import OPTIONS, PolicyOption, parse_inputs
from apps_admin.generators.policies.outputs import OUTPUTS, find_output, sizes
from apps_admin.generators.policies.purpose import Purpose
from apps_admin.management.connection_values import (
    Values,
    add_connection_argument,
    policy_values,
)
from apps_admin.management.table_arguments import usage_error

DIFFERS = 1
EXTERNAL_ID_BYTES = 24


class Command(BaseCommand):
    """`manage.py generate_policy`."""

    help = (
        "Write an IAM policy: the document alone on standard output. With --check, compare a policy with the "
        "purpose: exit code 0 when it is exact, 1 when not. Exit code 2: usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Flags of the command, then the inputs of the purposes."""
        parser.add_argument("--purpose", metavar="PURPOSE", help="See --list.")
        parser.add_argument(
            "--list", action="store_true", help="List all purposes, one a line, name first."
        )
        parser.add_argument(
            "--format",
            default="",
            metavar="|".join(OUTPUTS),
            help="json unless said otherwise; with --check lines for people, or json.",
        )
        parser.add_argument(
            "--check",
            metavar="FILE",
            help="Compare the policy in this file (- for standard input) instead of writing one.",
        )
        add_connection_argument(parser)
        group = parser.add_argument_group("inputs of the policy")
        for option in OPTIONS:
            group.add_argument(option.flag, **_arguments(option))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the list, the document or the comparison."""
        if options["list"]:
            for purpose in PURPOSES.values():
                self.stdout.write(f"{purpose.name:<26} {purpose.label}")
            return
        try:
            purpose, inputs = self._what_is_asked(options)
            if options["check"]:
                self._tell(check_policy(_read(options["check"]), purpose, inputs), options)
            else:
                self._write(purpose, inputs, options["format"] or "json")
        except ValidationError as error:
            raise usage_error(error) from error

    def _what_is_asked(self, options: dict[str, Any]) -> tuple[Purpose, PolicyInputs]:
        if not options["purpose"]:
            raise ValidationError({"purpose": [f"Choose one: {', '.join(PURPOSES)}."]})
        purpose = find_purpose(options["purpose"])
        values: Values = {}
        if options["connection"]:
            values = policy_values(options["connection"], self.stderr.write)
        values |= {
            option.name: given if isinstance(given, list) else [given]
            for option in OPTIONS
            if (given := options.get(option.name)) is not None
        }
        if "external_id" in purpose.requires and "external_id" not in values:
            values["external_id"] = [secrets.token_urlsafe(EXTERNAL_ID_BYTES)]
        return purpose, parse_inputs(purpose, values)

    def _write(self, purpose: Purpose, inputs: PolicyInputs, output_name: str) -> None:
        text = find_output(output_name).write(purpose, inputs)
        for size in sizes(purpose, inputs):
            if not size.fits:
                self.stderr.write(
                    f"warning: {size.characters} characters; a {size.label} has at most {size.limit}."
                )
        self.stdout.write(text, ending="")

    def _tell(self, check: PolicyCheck, options: dict[str, Any]) -> None:
        if options["format"] == "json":
            answer = {
                "purpose": check.purpose,
                "exact": check.is_exact,
                "remarks": [remark.to_json() for remark in check.remarks],
            }
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            for remark in check.remarks:
                where = f" [{remark.statement}]" if remark.statement else ""
                self.stdout.write(f"{remark.verdict}{where}: {remark.message}")
        if not check.is_exact:
            raise CommandError(
                f"The policy is not exactly what {check.purpose} needs.", returncode=DIFFERS
            )


def _arguments(option: PolicyOption) -> dict[str, Any]:
    arguments: dict[str, Any] = {"help": option.help}
    if option.is_repeated:
        arguments |= {"nargs": "+", "action": "extend"}
    arguments["metavar"] = "|".join(option.choices) if option.choices else option.metavar
    return arguments


def _read(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValidationError({"check": [f"{path} cannot be read."]}) from error
