"""What a connection test found: one result per step, and a verdict for each role the credentials may play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a step ended."""

    OK = "ok"
    DENIED = "denied"
    MISSING = "missing"
    DIFFERENT = "different"
    UNREACHABLE = "unreachable"
    UNSUPPORTED = "unsupported"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a step found. `blocks` says that the steps which need this one make no sense any more.

    `action` is the IAM action a denied step would have needed.
    """

    status: Status = Status.OK
    message: str
    hint: str = ""
    aws_code: str = ""
    action: str = ""
    blocks: bool = False


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """The outcome of one step with its place in the test."""

    step: str
    title: str
    outcome: Outcome
    milliseconds: int = 0

    @property
    def status(self) -> Status:
        """How the step ended."""
        return self.outcome.status

    def to_json(self) -> dict[str, Any]:
        """The shape of `--format json` and of what is kept."""
        return {
            "step": self.step,
            "title": self.title,
            "status": str(self.status),
            "milliseconds": self.milliseconds,
            "message": self.outcome.message,
            "hint": self.outcome.hint,
            "aws_code": self.outcome.aws_code,
            "action": self.outcome.action,
        }


class Part(StrEnum):
    """Who could use these credentials, for what."""

    SOKETI = "soketi"
    READ = "read"
    EDIT = "edit"
    COPY_SOURCE = "copy-source"
    COPY_DESTINATION = "copy-destination"


PART_TITLES: Mapping[Part, str] = {
    Part.SOKETI: "soketi can run with these credentials",
    Part.READ: "This console can read",
    Part.EDIT: "This console can edit",
    Part.COPY_SOURCE: "It can be the source of a copy",
    Part.COPY_DESTINATION: "It can be the destination of a copy",
}
# The purpose of the policy that grants what a part needs.
PART_POLICIES: Mapping[Part, str] = {
    Part.SOKETI: "soketi-server",
    Part.READ: "console-viewer",
    Part.EDIT: "console-operator",
    Part.COPY_SOURCE: "copy-source",
    Part.COPY_DESTINATION: "copy-destination",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the credentials and the table are enough for one part, and what exactly is missing."""

    part: Part
    works: bool
    reason: str = ""
    missing_actions: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the part can do, in words."""
        return PART_TITLES[self.part]

    @property
    def policy(self) -> str:
        """The purpose of the policy that grants it."""
        return PART_POLICIES[self.part]

    def to_json(self) -> dict[str, Any]:
        """The shape of `--format json`."""
        return {
            "part": str(self.part),
            "title": self.title,
            "works": self.works,
            "reason": self.reason,
            "missing_actions": list(self.missing_actions),
            "policy": self.policy,
        }


NOT_PROBED = "Creating or changing the table, and rights beyond those listed, are not probed: nothing is ever written."


@dataclass(frozen=True, kw_only=True)
class Report:
    """A whole connection test."""

    connection: str
    steps: tuple[StepResult, ...]
    verdicts: tuple[Verdict, ...]
    milliseconds: int
    not_probed: str = field(default=NOT_PROBED)

    def verdict_on(self, part: Part) -> Verdict:
        """The verdict on one part."""
        return next(verdict for verdict in self.verdicts if verdict.part is part)

    def to_json(self) -> dict[str, Any]:
        """The shape of `--format json`, and what is kept of a test."""
        return {
            "connection": self.connection,
            "milliseconds": self.milliseconds,
            "steps": [step.to_json() for step in self.steps],
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "not_probed": self.not_probed,
        }
