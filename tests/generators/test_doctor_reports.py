"""The doctor's report as CSV, JSON and SARIF."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from apps_admin.domain.finding import RULES
from apps_admin.generators.doctor_reports import COLUMNS, FORMATS


def a_line(app: str = "shop", **changes: Any) -> dict[str, Any]:
    return {
        "app": app,
        "code": "webhook-ignored",
        "severity": "warning",
        "message": "Webhook 2: no target",
        "effect": "soketi never delivers it.",
        "attribute": "Webhooks",
        "index": 1,
        "fixes": ["as-read", "as-meant"],
        **changes,
    }


def written(name: str, *lines: dict[str, Any]) -> str:
    return "".join(FORMATS[name].write("production", lines))


def test_csv_has_a_row_per_finding_and_counts_webhooks_from_one() -> None:
    rows = list(csv.reader(io.StringIO(written("csv", a_line(), a_line(index=None)))))
    assert rows[0] == list(COLUMNS)
    assert rows[1][0] == "shop"
    assert [row[6] for row in rows[1:]] == ["2", ""]
    assert rows[1][7] == "as-read as-meant"


def test_csv_is_no_formula_and_keeps_line_breaks_in_their_cell() -> None:
    text = written("csv", a_line('=HYPERLINK("http://evil")', message='a "b"\nc, d'))
    row = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert row[0].startswith("'=HYPERLINK")
    assert row[3] == 'a "b"\nc, d'


def test_json_is_one_object_also_without_findings() -> None:
    assert json.loads(written("json")) == {"connection": "production", "findings": []}
    assert json.loads(written("json", a_line(), a_line("chat")))["findings"][1]["app"] == "chat"


def test_sarif_names_every_rule_and_where_each_result_is() -> None:
    report = json.loads(written("sarif", a_line("a b/ü")))
    assert report["version"] == "2.1.0"
    run = report["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    result = run["results"][0]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "webhook-ignored"
    assert result["level"] in {"error", "warning", "note"}
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert " " not in uri


def test_sarif_tells_equal_findings_of_two_webhooks_apart() -> None:
    results = json.loads(written("sarif", a_line(index=0), a_line(index=1)))["runs"][0]["results"]
    prints = {result["partialFingerprints"]["finding/v1"] for result in results}
    assert len(prints) == 2
