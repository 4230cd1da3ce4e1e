"""Find what is wrong with apps, and mend it: for people, for CI, for code scanning."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from apps_admin.domain.errors import ConsoleError
from apps_admin.domain.finding import RULES, Finding, FindingSeverity, FixMode
from apps_admin.domain.request_id import current_request_id
from apps_admin.generators.doctor_reports import FORMATS
from apps_admin.management.console_command import (
    ExitCode,
    WorkspaceCommand,
    add_confirm_argument,
    add_writing_arguments,
    failure,
)
from apps_admin.services.accounts import command_actor
from apps_admin.services.doctor import (
    Examination,
    FixResult,
    examine_app,
    examine_table,
    findings_after,
    fix_apps,
)
from apps_admin.services.examined_apps import ExaminedApps, Line
from apps_admin.services.workspace import Origin, Workspace, open_workspace

NEVER = "never"
CONFIRM_HELP = "How many apps are to be mended, where the connection is protected."
_ORDER = list(FindingSeverity)


class Command(WorkspaceCommand):
    """`manage.py doctor`."""

    help = (
        "Find what is wrong with the records of apps, in one pass over the table, and mend it on request. "
        "Exits 1 when something at least as bad as --fail-on is left."
    )
    formats: ClassVar[tuple[str, ...]] = ("text", *FORMATS)

    def add_arguments(self, parser: CommandParser) -> None:
        """What to look at, when to fail, what to mend."""
        super().add_arguments(parser)
        parser.add_argument("--app", metavar="ID", help="Only this app (default: every app).")
        parser.add_argument(
            "--fail-on",
            choices=[*(severity.value for severity in FindingSeverity), NEVER],
            default=FindingSeverity.ERROR.value,
            help="Exit 1 when a finding this bad or worse is left (default: error).",
        )
        parser.add_argument(
            "--read-capacity-percent",
            type=_percent,
            metavar="PERCENT",
            help="Spend at most this share of the table's read capacity (default: the setting "
            "INDEX_CAPACITY_SHARE, on AWS).",
        )
        parser.add_argument(
            "--fix",
            action="append",
            default=[],
            type=_fix,
            metavar="CODE=MODE",
            help="Mend every finding of this code: as-read writes what soketi reads now, as-meant what the record "
            "says. Can be given several times.",
        )
        add_writing_arguments(parser)
        add_confirm_argument(parser, "NUMBER", CONFIRM_HELP)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Examine, mend, report, and exit by what is left."""
        origin = Origin(request_id=current_request_id.get(), user_agent="manage.py")
        try:
            workspace = open_workspace(options["connection"], command_actor(), origin=origin)
            with self._examined(workspace, options) as examination:
                failed = self._mend(workspace, examination.found, options)
                self._report(workspace, examination, options)
                worst = self._worst(examination)
        except ConsoleError as error:
            raise failure(error) from error
        if failed or _is_bad(worst, options["fail_on"]):
            sys.exit(ExitCode.FAILED)

    @contextmanager
    def _examined(self, workspace: Workspace, options: dict[str, Any]) -> Iterator[Examination]:
        if options["app"] is None:
            percent = options["read_capacity_percent"]
            with examine_table(workspace, read_capacity_percent=percent) as examination:
                yield examination
            return
        found = ExaminedApps()
        try:
            findings = examine_app(workspace, options["app"])
            found.add([(options["app"], "", findings)])
            found.find_shared()
            yield Examination(found=found, table_findings=(), read_units=0, seconds=0)
        finally:
            found.close()

    def _mend(self, workspace: Workspace, found: ExaminedApps, options: dict[str, Any]) -> int:
        """Mend what was asked for and tell it on stderr; returns how many apps could not be mended."""
        fixes = dict(options["fix"])
        if not fixes:
            return 0
        results = fix_apps(
            workspace,
            found.apps_with(fixes),
            fixes,
            reason=options["reason"],
            dry_run=options["dry_run"],
            confirmation=options["confirm"],
        )
        mended = stopped = failed = 0
        for result in results:
            self._tell(result, is_dry_run=options["dry_run"])
            failed += bool(result.problem)
            mended += result.is_change
            stopped += result.stops_connections
            if result.change is not None and not options["dry_run"]:
                found.replace(result.app_id, findings_after(result.change))
        verb = "would be mended" if options["dry_run"] else "mended"
        self.stderr.write(
            f"{mended} apps {verb}, {failed} could not be; "
            f"{stopped} of them took connections and {'would' if options['dry_run'] else 'do'} not any more."
        )
        return failed

    def _tell(self, result: FixResult, *, is_dry_run: bool) -> None:
        if result.problem:
            self.stderr.write(f"{result.app_id}: {result.problem}")
            return
        word = "nothing to mend"
        if result.is_change:
            word = "would be mended" if is_dry_run else "mended"
        if result.stops_connections:
            word += (
                "; soketi refuses its connections then"
                if is_dry_run
                else "; soketi refuses its connections now"
            )
        self.stderr.write(f"{result.app_id}: {word}")

    def _report(
        self, workspace: Workspace, examination: Examination, options: dict[str, Any]
    ) -> None:
        lines = _lines(examination)
        if options["format"] == "text":
            for text in _text(lines):
                self.stdout.write(text)
            for text in _summary(examination, is_one_app=options["app"] is not None):
                self.stdout.write(text)
            return
        for part in FORMATS[options["format"]].write(workspace.connection.slug, lines):
            self.stdout.write(part, ending="")

    def _worst(self, examination: Examination) -> FindingSeverity | None:
        counts = examination.found.findings_by_severity()
        table = {finding.severity for finding in examination.table_findings}
        return next((each for each in _ORDER if counts[each] or each in table), None)


def _lines(examination: Examination) -> Iterator[Line]:
    """The table's own findings first, then every app's."""
    for finding in examination.table_findings:
        yield {"app": "", **finding.to_json()}
    yield from examination.found.lines()


def _text(lines: Iterable[Line]) -> Iterator[str]:
    last: str | None = None
    for line in lines:
        if line["app"] != last:
            last = line["app"]
            yield line["app"] or "The table"
        yield f"  {line['severity']:<8}{line['code']}: {line['message']} {line['effect']}".rstrip()


def _summary(examination: Examination, *, is_one_app: bool) -> Iterator[str]:
    by_code = examination.found.apps_by_code()
    if is_one_app:
        if not by_code:
            yield "Nothing found."
        return
    table: tuple[Finding, ...] = examination.table_findings
    yield ""
    worst = examination.found.worst_by_code()
    for code, apps in by_code.items():
        yield f"{apps:>8}  {worst[code]:<8}{code}"
    if not by_code and not table:
        yield "Nothing found."
    yield (
        f"{examination.apps} apps examined in {examination.seconds:.1f} s, "
        f"{examination.read_units:.1f} read units."
    )


def _is_bad(worst: FindingSeverity | None, fail_on: str) -> bool:
    if worst is None or fail_on == NEVER:
        return False
    return _ORDER.index(worst) <= _ORDER.index(FindingSeverity(fail_on))


def _percent(text: str) -> float:
    value = float(text)
    if not 0 < value <= 100:
        raise ValueError(text)
    return value


def _fix(text: str) -> tuple[str, FixMode]:
    code, _, mode = text.partition("=")
    if code not in RULES or mode not in set(FixMode):
        raise ArgumentTypeError(
            f"{text!r} is not CODE=as-read or CODE=as-meant; docs/findings.md lists the codes."
        )
    return code, FixMode(mode)
