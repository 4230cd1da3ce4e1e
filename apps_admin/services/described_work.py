"""Work whose preview says of each app what would be done to it and what is wrong with that, not only that it would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apps_admin.domain.actions import Action
from apps_admin.domain.difference import describe_change
from apps_admin.domain.findings import find_new_findings
from apps_admin.domain.item import RawItem
from apps_admin.models import JobApp
from apps_admin.services.job_work import Decision, Work
from apps_admin.services.workspace import Workspace

LONGEST = 1000


class DescribedWork:
    """The same work; every change is told in its row's message, with what the doctor will newly find."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def action(self) -> Action:
        """As the work."""
        return self._work.action

    def rows(self) -> Iterable[JobApp]:
        """As the work."""
        return self._work.rows()

    def prepare(self, workspace: Workspace) -> None:
        """As the work."""
        self._work.prepare(workspace)

    def decide(self, workspace: Workspace, rows: Sequence[JobApp]) -> Sequence[Decision]:
        """As the work, each change described."""
        decisions = self._work.decide(workspace, rows)
        for each in decisions:
            if each.error is None and each.is_change:
                each.row.message = _described(each.before, each.after)[:LONGEST]
        return decisions


def _described(before: RawItem | None, after: RawItem | None) -> str:
    told = describe_change(before, after)
    found = find_new_findings(before, after) if after is not None else ()
    if not found:
        return told
    return f"{told.removesuffix('.')}. Then the doctor finds: {' '.join(each.message for each in found)}"
