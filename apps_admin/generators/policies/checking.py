"""Holding any policy against a purpose: what is missing, what is too much, what says nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.policies.iam import (
    acts_on,
    covers,
    has_wildcard,
    known_actions,
    level_of,
    matches,
)
from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import PolicyKind, Purpose, Statement

# IAM takes 10,240 characters at the most, white space not counted.
LONGEST_POLICY = 50_000
MOST_STATEMENTS = 100
_SHOWN_ACTIONS = 8
_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    }
)


class Verdict(StrEnum):
    """What kind of remark it is."""

    MISSING = "missing"
    EXCESS = "excess"
    WILDCARD = "wildcard"
    UNKNOWN = "unknown"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing to say. `statement` is the Sid or the number of the statement it is about, empty for the whole."""

    verdict: Verdict
    message: str
    action: str = ""
    resource: str = ""
    statement: str = ""

    def to_json(self) -> dict[str, str]:
        """For programs."""
        return {
            "verdict": str(self.verdict),
            "message": self.message,
            "action": self.action,
            "resource": self.resource,
            "statement": self.statement,
        }


@dataclass(frozen=True, kw_only=True)
class PolicyCheck:
    """All remarks, missing things first."""

    purpose: str
    remarks: tuple[Remark, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the policy gives what the purpose needs and nothing more."""
        return all(remark.verdict is Verdict.NOTE for remark in self.remarks)

    def of(self, verdict: Verdict) -> tuple[Remark, ...]:
        """The remarks of one kind."""
        return tuple(remark for remark in self.remarks if remark.verdict is verdict)


@dataclass(frozen=True, kw_only=True)
class _Given:
    """A statement of the policy under judgment."""

    name: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principal: Any
    condition: Any
    inverted: tuple[str, ...]

    def gives(self, action: str, resource: str) -> bool:
        """Whether it covers this action on this resource."""
        return any(matches(pattern, action, ignore_case=True) for pattern in self.actions) and (
            not self.resources or any(covers(pattern, resource) for pattern in self.resources)
        )


def check_policy(text: str, purpose: Purpose, inputs: PolicyInputs) -> PolicyCheck:
    """Compare a pasted policy with what the purpose needs here.

    Raises ValidationError (field `policy`) when the text is no policy.
    """
    given = _parse(text)
    needed = purpose.write(inputs)
    remarks = [
        *_missing(given, needed, purpose),
        *_denied(given, needed),
        *_excess(given, needed),
        *_unknown(given),
        *_notes(given),
    ]
    order = list(Verdict)
    return PolicyCheck(
        purpose=purpose.name,
        remarks=tuple(sorted(remarks, key=lambda remark: order.index(remark.verdict))),
    )


def _parse(text: str) -> tuple[_Given, ...]:
    if len(text) > LONGEST_POLICY:
        raise _no_policy(f"It is longer than {LONGEST_POLICY} characters.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _no_policy(f"This is not JSON{place}.") from None
    if isinstance(document, Mapping) and "PolicyDocument" in document:
        document = document["PolicyDocument"]
    if isinstance(document, Mapping):
        document = document.get("Statement", document)
    statements = document if isinstance(document, list) else [document]
    if not statements:
        raise _no_policy("It has no statement.")
    if len(statements) > MOST_STATEMENTS:
        raise _no_policy(f"It has more than {MOST_STATEMENTS} statements.")
    return tuple(_statement(part, number) for number, part in enumerate(statements, start=1))


def _statement(part: Any, number: int) -> _Given:
    if not isinstance(part, Mapping) or part.get("Effect") not in ("Allow", "Deny"):
        raise _no_policy(f'Statement {number} has no "Effect" of Allow or Deny.')
    if unknown := sorted(set(map(str, part)) - _ELEMENTS):
        raise _no_policy(
            f"Statement {number} has elements IAM does not know: {', '.join(unknown)}."
        )
    inverted = tuple(name for name in ("NotAction", "NotResource", "NotPrincipal") if name in part)
    if "Action" not in part and "NotAction" not in part:
        raise _no_policy(f'Statement {number} has no "Action".')
    return _Given(
        name=str(part.get("Sid") or number),
        effect=str(part["Effect"]),
        actions=_texts(part.get("Action", ()), number),
        resources=_texts(part.get("Resource", ()), number),
        principal=_normal(part.get("Principal")),
        condition=_normal(part.get("Condition") or {}),
        inverted=inverted,
    )


def _texts(value: Any, number: int) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise _no_policy(f"Statement {number}: actions and resources are texts or lists of texts.")
    return tuple(dict.fromkeys(texts))


def _no_policy(message: str) -> ValidationError:
    return ValidationError({"policy": [message]})


def _missing(
    given: Sequence[_Given], needed: Sequence[Statement], purpose: Purpose
) -> Iterator[Remark]:
    for statement in needed:
        allowing = [g for g in given if g.effect == statement.effect and not g.inverted]
        if purpose.kind is not PolicyKind.IDENTITY:
            principal = _normal(statement.document().get("Principal"))
            allowing = [g for g in allowing if g.principal == principal]
        if statement.effect == "Deny":
            allowing = [g for g in allowing if _same_condition(g, statement)]
        for action, reason in statement.actions.items():
            for resource in statement.resources or ("",):
                if not any(g.gives(action, resource) for g in allowing):
                    yield Remark(
                        verdict=Verdict.MISSING,
                        action=action,
                        resource=resource,
                        message=f"{statement.effect} {action}{_on(resource)}: to {reason}.",
                    )


def _denied(given: Sequence[_Given], needed: Sequence[Statement]) -> Iterator[Remark]:
    for deny in (g for g in given if g.effect == "Deny" and not g.inverted):
        for statement in needed:
            if statement.effect == "Deny":
                continue
            for action in statement.actions:
                for resource in statement.resources:
                    if deny.gives(action, resource):
                        when = " when its condition holds" if deny.condition else ""
                        yield Remark(
                            verdict=Verdict.NOTE if deny.condition else Verdict.MISSING,
                            action=action,
                            resource=resource,
                            statement=deny.name,
                            message=f"{action}{_on(resource)} is denied{when}.",
                        )


def _excess(given: Sequence[_Given], needed: Sequence[Statement]) -> Iterator[Remark]:
    for statement in given:
        if statement.effect == "Allow" and not statement.inverted:
            for pattern in statement.actions:
                yield from _excess_actions(statement, pattern, needed)
            yield from _excess_resources(statement, needed)
            yield from _lost_conditions(statement, needed)


def _excess_actions(given: _Given, pattern: str, needed: Sequence[Statement]) -> Iterator[Remark]:
    wanted = {action for statement in needed for action in statement.actions}
    if pattern in wanted:
        return
    extra = [action for action in known_actions(pattern) if not _is_wanted(action, wanted)]
    if not extra:
        return
    names = ", ".join(extra[:_SHOWN_ACTIONS])
    more = f" and {len(extra) - _SHOWN_ACTIONS} more" if len(extra) > _SHOWN_ACTIONS else ""
    levels = sorted({level for action in extra if (level := level_of(action))})
    kinds = f" ({', '.join(levels).lower()})" if levels else ""
    yield Remark(
        verdict=Verdict.WILDCARD if has_wildcard(pattern) else Verdict.EXCESS,
        action=pattern,
        statement=given.name,
        message=f"{pattern} allows what the purpose does not need: {names}{more}{kinds}."
        if has_wildcard(pattern)
        else f"{pattern} is not needed{kinds}.",
    )


def _is_wanted(action: str, wanted: Iterable[str]) -> bool:
    return any(matches(pattern, action, ignore_case=True) for pattern in wanted)


def _excess_resources(given: _Given, needed: Sequence[Statement]) -> Iterator[Remark]:
    for resource in given.resources:
        useful = [
            (action, statement)
            for statement in needed
            for action in statement.actions
            if any(matches(pattern, action, ignore_case=True) for pattern in given.actions)
        ]
        wanted = {part for _, statement in useful for part in statement.resources}
        if not useful or resource in wanted:
            yield from _excess_pairs(given, resource, needed)
            continue
        is_broader = any(covers(resource, part) for part in wanted)
        yield Remark(
            verdict=Verdict.WILDCARD if is_broader else Verdict.EXCESS,
            resource=resource,
            statement=given.name,
            message=(
                f"{resource} reaches further than {', '.join(sorted(wanted))}."
                if is_broader
                else f"{resource} is not a resource of this purpose."
            ),
        )


def _excess_pairs(given: _Given, resource: str, needed: Sequence[Statement]) -> Iterator[Remark]:
    """Actions that are needed, but not on this resource."""
    wanted = {action for statement in needed for action in statement.actions}
    on_this = {
        action
        for statement in needed
        if not statement.resources or any(covers(part, resource) for part in statement.resources)
        for action in statement.actions
    }
    for action in given.actions:
        if action in wanted - on_this and acts_on(action, resource):
            yield Remark(
                verdict=Verdict.EXCESS,
                action=action,
                resource=resource,
                statement=given.name,
                message=f"{action} is not needed{_on(resource)}.",
            )


def _lost_conditions(given: _Given, needed: Sequence[Statement]) -> Iterator[Remark]:
    for statement in needed:
        if (
            not statement.condition
            or statement.effect == "Deny"
            or _same_condition(given, statement)
        ):
            continue
        resources = statement.resources or ("",)
        if any(given.gives(action, part) for action in statement.actions for part in resources):
            yield Remark(
                verdict=Verdict.EXCESS,
                statement=given.name,
                message=f"It allows this without the condition {json.dumps(statement.condition)}.",
            )


def _same_condition(given: _Given, statement: Statement) -> bool:
    return bool(given.condition == _normal(statement.condition))


def _unknown(given: Sequence[_Given]) -> Iterator[Remark]:
    for statement in given:
        for pattern in statement.actions:
            actions = known_actions(pattern)
            if not actions:
                yield Remark(
                    verdict=Verdict.UNKNOWN,
                    action=pattern,
                    statement=statement.name,
                    message=f"IAM knows no action {pattern}.",
                )
            elif statement.resources and not any(
                acts_on(action, resource) for action in actions for resource in statement.resources
            ):
                yield Remark(
                    verdict=Verdict.UNKNOWN,
                    action=pattern,
                    resource=", ".join(statement.resources),
                    statement=statement.name,
                    message=f"{pattern} never acts on such a resource, so this allows nothing.",
                )


def _notes(given: Sequence[_Given]) -> Iterator[Remark]:
    for statement in given:
        for element in statement.inverted:
            yield Remark(
                verdict=Verdict.WILDCARD,
                statement=statement.name,
                message=f"{element} means everything but what it names; say what is meant instead.",
            )
        if statement.condition:
            yield Remark(
                verdict=Verdict.NOTE,
                statement=statement.name,
                message="Its condition is compared, not evaluated.",
            )


def _on(resource: str) -> str:
    return f" on {resource}" if resource else ""


def _normal(value: Any) -> Any:
    """The value with lists of one as their member and lists in order, as IAM does not mind either."""
    if isinstance(value, Mapping):
        return {str(key): _normal(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = sorted((_normal(part) for part in value), key=str)
        return parts[0] if len(parts) == 1 else parts
    return value
