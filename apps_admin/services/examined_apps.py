"""What the doctor found in a table, on disk while it is looked at: the memory taken does not grow with the table.

A private temporary database that nobody else can open and that is gone with its process. It holds ids, keys and
findings, which carry no secret.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from apps_admin.domain.finding import DuplicateFacts, Finding, FindingSeverity
from apps_admin.domain.finding_identity import find_duplicates

# What one line of a report is: the app's id under "app", and `Finding.to_json()`.
Line = Mapping[str, Any]
# An app's id, key and what was found in the record itself.
ExaminedApp: TypeAlias = tuple[str, str, tuple[Finding, ...]]

_SEVERITIES = tuple(FindingSeverity)
_RANK = {severity: rank for rank, severity in enumerate(_SEVERITIES)}
# What other records and the table say about an app: a change of its own record leaves it.
_FROM_OUTSIDE = (
    "key-duplicate",
    "id-is-another-key",
    "key-is-another-id",
    "index-missing",
    "index-not-all",
)
_as_line = json.JSONEncoder(ensure_ascii=False).encode
_CACHE_KB = 16_000
_MANY = 21
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
CREATE TABLE app (id TEXT, key TEXT);
CREATE TABLE found (app TEXT, rank INTEGER, code TEXT, line TEXT);
"""
_SAME_KEY = """
SELECT one.key, one.id FROM app one
WHERE one.key <> '' AND one.key IN (SELECT key FROM app WHERE key <> '' GROUP BY key HAVING COUNT(*) > 1)
ORDER BY one.key, one.id
"""
_ID_IS_KEY = """
SELECT named.id, one.id FROM app named JOIN app one ON one.key = named.id
WHERE one.id <> named.id ORDER BY named.id, one.id
"""


class ExaminedApps:
    """Collects findings app by app, finds duplicates among all of them, and tells them by app."""

    def __init__(self) -> None:
        # An empty name is SQLite's own temporary file, removed when it is closed.
        self._sql = sqlite3.connect("", isolation_level=None)
        self._sql.executescript(f"PRAGMA cache_size = -{_CACHE_KB};{_SCHEMA}")
        self.apps = 0

    def close(self) -> None:
        """Throw everything away."""
        self._sql.close()

    def add(self, examined: Iterable[ExaminedApp]) -> None:
        """Take apps."""
        names: list[tuple[str, str]] = []
        found: list[tuple[str, int, str, str]] = []
        for app_id, app_key, findings in examined:
            names.append((app_id, app_key))
            found.extend(_row(app_id, each) for each in findings)
        self._sql.execute("BEGIN")
        self._sql.executemany("INSERT INTO app VALUES (?, ?)", names)
        self._sql.executemany("INSERT INTO found VALUES (?, ?, ?, ?)", found)
        self._sql.execute("COMMIT")
        self.apps += len(names)

    def find_shared(self) -> None:
        """After the last app: add what one id or key shared by several apps means, and get ready to tell."""
        self._sql.execute("CREATE INDEX app_key ON app (key)")
        self._sql.execute("CREATE INDEX app_id ON app (id)")
        self._sql.execute("BEGIN")
        for app_id, facts in self._duplicates():
            self._sql.executemany(
                "INSERT INTO found VALUES (?, ?, ?, ?)",
                [_row(app_id, each) for each in find_duplicates(facts)],
            )
        self._sql.execute("COMMIT")
        self._sql.execute("CREATE INDEX found_app ON found (app, rank, code)")

    def replace(self, app_id: str, findings: tuple[Finding, ...]) -> None:
        """What is found in the record of this app now, after it was changed."""
        marks = ", ".join("?" * len(_FROM_OUTSIDE))
        self._sql.execute(
            f"DELETE FROM found WHERE app = ? AND code NOT IN ({marks})",  # noqa: S608 - marks
            (app_id, *_FROM_OUTSIDE),
        )
        self._sql.executemany(
            "INSERT INTO found VALUES (?, ?, ?, ?)",
            [_row(app_id, each) for each in findings],
        )

    def lines(self) -> Iterator[Line]:
        """Every finding, by app and severity."""
        for app_id, line in self._sql.execute(
            "SELECT app, line FROM found ORDER BY app, rank, code"
        ):
            yield {"app": app_id, **json.loads(line)}

    def apps_with(self, codes: Iterable[str]) -> list[str]:
        """The ids of the apps that have one of these findings."""
        wanted = list(codes)
        marks = ", ".join("?" * len(wanted))
        query = f"SELECT DISTINCT app FROM found WHERE code IN ({marks}) ORDER BY app"  # noqa: S608 - marks
        return [app_id for (app_id,) in self._sql.execute(query, wanted)]

    def apps_by_code(self) -> dict[str, int]:
        """How many apps have each finding, the most frequent first."""
        query = "SELECT code, COUNT(DISTINCT app) FROM found GROUP BY code"
        return dict(Counter(dict(self._sql.execute(query))).most_common())

    def worst_by_code(self) -> dict[str, FindingSeverity]:
        """How severe the worst finding of each code is."""
        worst = self._sql.execute("SELECT code, MIN(rank) FROM found GROUP BY code")
        return {code: _SEVERITIES[rank] for code, rank in worst}

    def findings_by_severity(self) -> dict[FindingSeverity, int]:
        """How many findings there are of each severity."""
        query = "SELECT rank, COUNT(*) FROM found GROUP BY rank"
        counted: dict[int, int] = dict(self._sql.execute(query))
        return {severity: counted.get(rank, 0) for severity, rank in _RANK.items()}

    def _duplicates(self) -> Iterator[tuple[str, DuplicateFacts]]:
        """Each app and what it shares. An id or key that very many share names the first of them only."""
        for _, rows in groupby(self._sql.cursor().execute(_SAME_KEY), key=itemgetter(0)):
            first: list[str] = []
            for _, app_id in rows:
                if len(first) < _MANY:
                    first.append(app_id)
                    continue
                yield app_id, DuplicateFacts(same_key=tuple(first[: _MANY - 1]))
            for app_id in first:
                others = tuple(other for other in first if other != app_id)
                yield app_id, DuplicateFacts(same_key=others[: _MANY - 1])
        for named, rows in groupby(self._sql.cursor().execute(_ID_IS_KEY), key=itemgetter(0)):
            keyed: list[str] = []
            for _, app_id in rows:
                yield app_id, DuplicateFacts(id_is_my_key=(named,))
                if len(keyed) < _MANY:
                    keyed.append(app_id)
            yield named, DuplicateFacts(key_is_my_id=tuple(keyed))


def _row(app_id: str, found: Finding) -> tuple[str, int, str, str]:
    return app_id, _RANK[found.severity], found.code, _as_line(found.to_json())
