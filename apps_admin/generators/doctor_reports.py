"""What the doctor found, written for other programs: CSV, JSON and SARIF 2.1.0, piece by piece.

Every function takes the lines of a report (the app's id under "app", and what `Finding.to_json()` gives) and yields
text, so that a report of any length takes no memory.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.finding import RULES, FindingRule

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
COLUMNS: Final = (
    "app",
    "code",
    "severity",
    "message",
    "effect",
    "attribute",
    "webhook",
    "fixes",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Line = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReportFormat:
    """One way to write a report."""

    name: str
    media_type: str
    write: Callable[[str, Iterable[Line]], Iterator[str]]


def csv_report(_connection: str, lines: Iterable[Line]) -> Iterator[str]:
    """One row per finding. What a spreadsheet would take for a formula begins with an apostrophe."""
    yield _csv_row(COLUMNS)
    for line in lines:
        index = line["index"]
        yield _csv_row(
            (
                line["app"],
                line["code"],
                line["severity"],
                line["message"],
                line["effect"],
                line["attribute"],
                "" if index is None else index + 1,
                " ".join(line["fixes"]),
            )
        )


def json_report(connection: str, lines: Iterable[Line]) -> Iterator[str]:
    """An object with all findings, one finding per line of text."""
    yield f'{{"connection": {_json(connection)}, "findings": [\n'
    yield from _separated(_json(dict(line)) for line in lines)
    yield "\n]}\n"


def sarif_report(connection: str, lines: Iterable[Line]) -> Iterator[str]:
    """SARIF for code scanning: the app is the logical location, its page's path the artifact."""
    rules = list(RULES.values())
    driver = {"name": "soketi console doctor", "rules": [_sarif_rule(rule) for rule in rules]}
    number = {rule.code: index for index, rule in enumerate(rules)}
    yield f'{{"$schema": {_json(SARIF_SCHEMA)}, "version": "2.1.0", "runs": [\n'
    yield f'{{"tool": {{"driver": {_json(driver)}}}, "results": [\n'
    yield from _separated(_json(_sarif_result(connection, line, number)) for line in lines)
    yield "\n]}]}\n"


FORMATS: Final[Mapping[str, ReportFormat]] = {
    "csv": ReportFormat(name="csv", media_type="text/csv; charset=utf-8", write=csv_report),
    "json": ReportFormat(name="json", media_type="application/json", write=json_report),
    "sarif": ReportFormat(name="sarif", media_type="application/sarif+json", write=sarif_report),
}
"""Every format a report can be had in."""


def _sarif_rule(rule: FindingRule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.effect},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _sarif_result(connection: str, line: Line, number: Mapping[str, int]) -> dict[str, Any]:
    app_id = line["app"]
    place = f"connections/{connection}/apps/{encode_app_id(app_id)}" if app_id else connection
    attribute = line["attribute"]
    name = "/".join(part for part in (connection, app_id, attribute) if part)
    index = line["index"]
    return {
        "ruleId": line["code"],
        "ruleIndex": number[line["code"]],
        "level": line["severity"],
        "message": {"text": f"{line['message']} {line['effect']}".strip()},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": place}},
                "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {
            "finding/v1": f"{app_id}/{line['code']}/{attribute}/{'' if index is None else index}"
        },
    }


def _separated(parts: Iterable[str]) -> Iterator[str]:
    separator = ""
    for part in parts:
        yield separator + part
        separator = ",\n"


def _csv_row(values: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
