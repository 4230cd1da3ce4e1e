"""From the steps to the verdict on each part these credentials may play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps_admin.diagnostics.report import Part, Status, StepResult, Verdict

DESCRIBED = ("table", "key_schema")
NEEDS: Mapping[Part, tuple[str, ...]] = {
    # soketi never describes the table; a shape nobody may see is proven by the reads themselves.
    Part.SOKETI: ("key_schema", "index", "get_item", "query"),
    Part.READ: (*DESCRIBED, "get_item", "query", "scan"),
    Part.EDIT: (
        *DESCRIBED,
        "get_item",
        "query",
        "scan",
        "put_item",
        "update_item",
        "delete_item",
    ),
    # What export and import call. Many apps are read one by one where BatchGetItem is denied.
    Part.COPY_SOURCE: (*DESCRIBED, "get_item", "scan"),
    Part.COPY_DESTINATION: (*DESCRIBED, "get_item", "scan", "put_item", "update_item"),
}
# What these steps ask for only tells, or makes faster: no verdict needs it.
OPTIONAL = frozenset({"batch_get_item", "recovery", "expiry"})
MAY_BE_UNSEEN = frozenset({"key_schema", "index"})
READ_ONLY_PARTS = frozenset({Part.EDIT, Part.COPY_DESTINATION})


def judge(steps: Sequence[StepResult], *, read_only: bool) -> tuple[Verdict, ...]:
    """The verdict on each part."""
    return tuple(_judge_part(part, steps, read_only=read_only) for part in Part)


def _judge_part(part: Part, steps: Sequence[StepResult], *, read_only: bool) -> Verdict:
    needed = {step.step: step for step in steps if step.step in NEEDS[part]}
    lacking = [step for step in needed.values() if not _is_enough(step, read_only=read_only)]
    missing = tuple(dict.fromkeys(s.outcome.action for s in lacking if s.outcome.action))
    if lacking:
        return Verdict(
            part=part,
            works=False,
            reason=_reason(lacking, steps),
            missing_actions=missing,
        )
    if read_only and part in READ_ONLY_PARTS:
        return Verdict(part=part, works=False, reason="The connection is read-only.")
    return Verdict(part=part, works=True)


def _is_enough(step: StepResult, *, read_only: bool) -> bool:
    if step.status is Status.OK:
        return True
    if step.status is not Status.SKIPPED or step.outcome.blocks:
        return False
    return step.step in MAY_BE_UNSEEN or read_only


def _reason(lacking: Sequence[StepResult], steps: Sequence[StepResult]) -> str:
    """The first of the lacking steps that has a reason of its own, else the step that stopped them all."""
    for step in lacking:
        if step.status is not Status.SKIPPED:
            return step.outcome.message
    stopping = (s for s in steps if s.outcome.blocks and s.status is not Status.SKIPPED)
    return next((step.outcome.message for step in stopping), lacking[0].outcome.message)
