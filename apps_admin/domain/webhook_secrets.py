"""Editing webhooks without seeing their secrets: masked for the form, put back from the stored text on the way in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.json_reader import JsonKind, JsonNode, JsonSyntaxError, Positions, read_json
from apps_admin.domain.masking import MASK, mask_webhooks_text, masked_leaves
from apps_admin.domain.webhooks import format_webhooks

Path: TypeAlias = tuple[str | int, ...]
_MOST_NAMED: Final = 5
_ESCAPED_MASK: Final = "\\u2022"


def editable_webhooks(stored: str) -> str:
    """The stored webhooks as a form shows them: laid out, secrets masked."""
    return mask_webhooks_text(format_webhooks(stored))


def restore_webhooks(typed: str, stored: str) -> str:
    """What was typed, with every masked value replaced by the stored one it stands for.

    A value is found at its own place, or, when webhooks were moved, in the one webhook that has it there.
    Raises ValidationError when a masked value stands where nothing, or more than one thing, is stored.
    """
    if MASK not in typed and _ESCAPED_MASK not in typed.lower():
        return typed
    try:
        root = read_json(typed)
    except JsonSyntaxError:
        # The lint says what is wrong with it; nothing that is not JSON is stored.
        return typed
    secrets = _secrets_of(stored)
    pieces, end, unknown = [], 0, []
    for path, node in _leaves(root):
        if node.kind is not JsonKind.STRING or MASK not in str(node.value):
            continue
        found = _find(path, str(node.value), secrets)
        if found is None:
            unknown.append((path, node))
            continue
        pieces += [typed[end : node.start], found]
        end = node.end
    if unknown:
        raise ValidationError({"webhooks": _messages(typed, unknown)})
    return "".join((*pieces, typed[end:]))


# A masked value's path and masked text, and the JSON that stands there.
Secrets: TypeAlias = dict[tuple[Path, str], str]


def _secrets_of(stored: str) -> Secrets:
    text = format_webhooks(stored)
    try:
        root = read_json(text)
    except JsonSyntaxError:
        return {}
    masks = {node.start: masked for node, masked in masked_leaves(root)}
    return {
        (path, masks[node.start]): text[node.start : node.end]
        for path, node in _leaves(root)
        if node.start in masks
    }


def _find(path: Path, masked: str, secrets: Secrets) -> str | None:
    at_its_place = secrets.get((path, masked))
    if at_its_place is not None:
        return at_its_place
    elsewhere = {
        value
        for (other, other_masked), value in secrets.items()
        if other_masked == masked and other[1:] == path[1:]
    }
    return elsewhere.pop() if len(elsewhere) == 1 else None


def _leaves(root: JsonNode) -> Iterator[tuple[Path, JsonNode]]:
    """Every value that is no container with its path, in the order of the text."""
    waiting: list[tuple[Path, JsonNode]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if not node.is_container:
            yield path, node
            continue
        children = zip(_steps(node), node.children, strict=True)
        waiting.extend(reversed([((*path, name), child) for name, child in children]))


def _steps(node: JsonNode) -> list[str | int]:
    """What leads to each child; of equal names in one object the later ones are told apart."""
    if not node.keys:
        return list(range(len(node.children)))
    seen: dict[str, int] = {}
    steps: list[str | int] = []
    for key in node.keys:
        name = str(key.value)
        seen[name] = seen.get(name, 0) + 1
        steps.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return steps


def _messages(typed: str, unknown: list[tuple[Path, JsonNode]]) -> list[str]:
    positions = Positions(typed)
    messages = []
    for path, node in unknown[:_MOST_NAMED]:
        line, column = positions.of(node.start)
        messages.append(
            f"Webhooks, line {line}, column {column}: no stored value belongs to this {MASK}. "
            f"Type the value of {path[-1] if path else 'it'}."
        )
    return messages
