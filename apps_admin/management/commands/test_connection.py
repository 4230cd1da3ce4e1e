"""`manage.py test_connection`: test a connection hop by hop, without writing anything."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps_admin.diagnostics.report import Part, Report, Verdict
from apps_admin.domain.errors import ConnectionNotFoundError, ConsoleError
from apps_admin.services.accounts import command_actor
from apps_admin.services.connection_tests import (
    failed_verdicts,
    required_parts,
    run_connection_test,
)
from apps_admin.services.connections import get_connection

OK, FAILED, USAGE = 0, 1, 2


class Command(BaseCommand):
    """Runs the test and exits 0 when the connection is good for what it is meant for, 1 when not, 2 on usage."""

    help = (
        "Test a connection hop by hop: settings, credentials, network, table, index, rights. Writes nothing. "
        "Exit code 0: good for soketi and for this console as the connection says; 1: not; 2: usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The connection, what it must be good for, and the format."""
        parser.add_argument(
            "--connection", default="default", help="The connection (default: default)."
        )
        parser.add_argument(
            "--part",
            action="append",
            choices=[str(part) for part in Part],
            help="what it must be good for (repeatable; default: soketi and edit, or read when read-only)",
        )
        parser.add_argument(
            "--format", choices=("text", "json"), default="text", help="How the answer is written."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Test, print, exit by the verdict."""
        try:
            connection = get_connection(options["connection"])
            report = run_connection_test(command_actor(), connection)
        except ConnectionNotFoundError as error:
            self._complain(error)
            sys.exit(USAGE)
        except ConsoleError as error:
            self._complain(error)
            sys.exit(FAILED)
        chosen = [Part(part) for part in options["part"] or ()]
        failed = failed_verdicts(report, chosen or required_parts(connection))
        if options["format"] == "json":
            answer = {**report.to_json(), "ok": not failed}
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            self._print(report, failed)
        sys.exit(FAILED if failed else OK)

    def _complain(self, error: ConsoleError) -> None:
        self.stderr.write(f"{error.message} {error.hint}".strip())

    def _print(self, report: Report, failed: tuple[Verdict, ...]) -> None:
        for step in report.steps:
            code = f" [{step.outcome.aws_code}]" if step.outcome.aws_code else ""
            self.stdout.write(
                f"{step.status:<12}{step.milliseconds:>6} ms  {step.title}: {step.outcome.message}{code}"
            )
            if step.outcome.hint:
                self.stdout.write(f"{'':23}{step.outcome.hint}")
        self.stdout.write("")
        for verdict in report.verdicts:
            self.stdout.write(f"{'yes' if verdict.works else 'no':<5}{verdict.title}")
            if verdict.reason:
                self.stdout.write(f"     {verdict.reason}")
            if verdict.missing_actions:
                actions = ", ".join(verdict.missing_actions)
                self.stdout.write(f"     Missing: {actions} (policy: {verdict.policy})")
        self.stdout.write(f"\n{report.not_probed}")
        words = "; ".join(verdict.title for verdict in failed)
        self.stdout.write(f"Not good for: {words}" if failed else "This connection is good.")
