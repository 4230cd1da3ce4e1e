"""The doctor: everything that is wrong with one record, and the fixes.

A fix is a pure change of the item, so it can be previewed, written conditionally and audited like any other edit.
"""

from __future__ import annotations

from apps_admin.domain.app import App
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.finding import (
    RULES,
    DuplicateFacts,
    Finding,
    FindingRule,
    FindingSeverity,
    Fix,
    FixMode,
    TableFacts,
    finding,
)
from apps_admin.domain.finding_identity import (
    find_duplicates,
    find_identity,
    find_index,
    find_lookalikes,
    find_secret,
    find_size,
)
from apps_admin.domain.finding_values import find_aliases, find_flags, find_limits
from apps_admin.domain.finding_webhooks import find_webhooks
from apps_admin.domain.item import RawItem

_ORDER = {severity: rank for rank, severity in enumerate(FindingSeverity)}
_RULES = (
    find_identity,
    find_secret,
    find_flags,
    find_limits,
    find_webhooks,
    find_aliases,
    find_lookalikes,
    find_size,
)


def find_findings(
    item: RawItem | App,
    *,
    others: DuplicateFacts | None = None,
    table: TableFacts | None = None,
) -> tuple[Finding, ...]:
    """Everything the doctor finds in one record, worst first.

    Facts about other records and about the table come from outside.
    """
    app = item if isinstance(item, App) else App(item)
    found: list[Finding] = []
    if app.view.unreadable:
        found.append(finding("app-unreadable", app.view.reason))
    for rule in _RULES:
        found.extend(rule(app))
    if others is not None:
        found.extend(find_duplicates(others))
    if table is not None:
        found.extend(find_index(app.item, table))
    if len(found) > 1:
        found.sort(key=lambda each: _ORDER[each.severity])
    return tuple(found)


def find_new_findings(before: RawItem | None, after: RawItem) -> tuple[Finding, ...]:
    """What the doctor will find in the item after a change and does not find before it, worst first."""
    known = {_subject(each) for each in find_findings(before)} if before is not None else set()
    return tuple(each for each in find_findings(after) if _subject(each) not in known)


def _subject(each: Finding) -> tuple[str, str, int | None]:
    return each.code, each.attribute, each.index


def has_fix(item: RawItem | App, code: str, mode: FixMode) -> bool:
    """Whether the record has a finding of this code that can be mended in this way."""
    return any(
        fix.mode is mode for each in find_findings(item) if each.code == code for fix in each.fixes
    )


def fix_item(item: RawItem, code: str, mode: FixMode, *, attribute: str = "") -> RawItem:
    """The item with every finding of this code mended in this way (only on `attribute`, where given).

    Raises:
        ValidationError: the record has no such finding, or it has no such fix.
    """
    before = App(item)
    fixes = [
        fix
        for each in find_findings(before)
        if each.code == code and attribute in ("", each.attribute)
        for fix in each.fixes
        if fix.mode is mode
    ]
    if not fixes:
        raise ValidationError(
            {"fix": [f"The record has no {code} that can be fixed {mode.value}; nothing changes."]}
        )
    app = before
    for fix in fixes:
        app = fix.apply(app)
    return app.item


__all__ = [
    "RULES",
    "DuplicateFacts",
    "Finding",
    "FindingRule",
    "FindingSeverity",
    "Fix",
    "FixMode",
    "TableFacts",
    "find_findings",
    "fix_item",
    "has_fix",
]
