"""One problem in the webhooks' JSON: how bad, what, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from apps_admin.domain.json_reader import JsonNode, Positions

_SHOWN: Final = 500
_SUGGESTIONS: Final = 100
_LONGEST_NAME: Final = 40
_CLOSE: Final = 0.72


class Severity(StrEnum):
    """error: lethal or unreadable, cannot be saved. warning: ignored by soketi, or it works by accident."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class WebhookProblem:
    """One problem. `line` and `column` count from 1, in characters; `index` is the webhook's, None for the whole."""

    severity: Severity
    code: str
    message: str
    line: int
    column: int
    path: str
    index: int | None = None


@dataclass(frozen=True)
class Place:
    """Where a rule stands: the webhook's index and the path from it."""

    index: int | None = None
    path: str = "$"

    def at(self, name: str | int) -> Place:
        """A member or element of this place."""
        step = f"[{name}]" if isinstance(name, int) else f".{name}"
        return Place(self.index, self.path + step)


@dataclass
class ProblemList:
    """Collects problems while the rules run."""

    positions: Positions
    errors: list[WebhookProblem] = field(default_factory=list)
    warnings: list[WebhookProblem] = field(default_factory=list)
    dropped: dict[Severity, int] = field(default_factory=dict)
    _suggested: int = 0

    def error(self, code: str, where: JsonNode | int, place: Place, message: str) -> None:
        """Something lethal or unreadable."""
        self._add(Severity.ERROR, code, where, place, message)

    def warn(self, code: str, where: JsonNode | int, place: Place, message: str) -> None:
        """Something that soketi ignores or only bears by accident."""
        self._add(Severity.WARNING, code, where, place, message)

    def suggestion(self, name: str, known: tuple[str, ...]) -> str:
        """A question that names the known name this one is close to; the effort is bounded."""
        if self._suggested >= _SUGGESTIONS:
            return ""
        self._suggested += 1
        match = closest(name, known)
        return f" Did you mean {match}?" if match else ""

    def result(self) -> tuple[WebhookProblem, ...]:
        """All problems by position; errors are never crowded out by warnings."""
        shown = sorted(
            (*self.errors, *self.warnings[: max(0, _SHOWN - len(self.errors))]),
            key=lambda problem: (problem.line, problem.column),
        )
        left_out = len(self.warnings) - (len(shown) - len(self.errors))
        counts = {
            Severity.ERROR: self.dropped.get(Severity.ERROR, 0),
            Severity.WARNING: self.dropped.get(Severity.WARNING, 0) + left_out,
        }
        return (*shown, *(_more(severity, count) for severity, count in counts.items() if count))

    def _add(
        self, severity: Severity, code: str, where: JsonNode | int, place: Place, message: str
    ) -> None:
        kept = self.errors if severity is Severity.ERROR else self.warnings
        if len(kept) >= _SHOWN:
            self.dropped[severity] = self.dropped.get(severity, 0) + 1
            return
        line, column = self.positions.of(where if isinstance(where, int) else where.start)
        kept.append(
            WebhookProblem(
                severity=severity,
                code=code,
                message=message,
                line=line,
                column=column,
                path=place.path,
                index=place.index,
            )
        )


def _more(severity: Severity, count: int) -> WebhookProblem:
    kind = "errors" if severity is Severity.ERROR else "warnings"
    return WebhookProblem(
        severity=severity,
        code="more",
        message=f"{count} more {kind} are not listed. Mend the listed ones first.",
        line=1,
        column=1,
        path="$",
    )


def closest(name: str, known: tuple[str, ...], *, threshold: float = _CLOSE) -> str:
    """The known name that this one is a slip of, empty when there is none."""
    if not name or len(name) > _LONGEST_NAME:
        return ""
    plain = _plain(name)
    best, best_score = "", threshold
    for candidate in known:
        other = _plain(candidate)
        if plain == other:
            return candidate
        score = SequenceMatcher(None, plain, other).ratio()
        if other.endswith(plain) or other.startswith(plain):
            score = max(score, threshold if len(plain) > 3 else 0)
        if score >= best_score:
            best, best_score = candidate, score
    return best


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
