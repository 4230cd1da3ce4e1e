"""Editing webhooks without seeing their secrets: masked for the form, put back from the stored text on the way in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.json_reader import (
    JsonKind,
    JsonNode,
    JsonSyntaxError,
    Positions,
    lay_out,
    read_json,
)
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

    A webhook's values are those of the stored webhook it was: the one that reads the same masked, wherever it was
    moved, else the one at its place. They stay with their host: a webhook that goes to another host gets none of them.
    Raises ValidationError when a masked value stands where nothing, or more than one thing, is stored.
    """
    if MASK not in typed and _ESCAPED_MASK not in typed.lower():
        return typed
    try:
        root = read_json(typed)
    except JsonSyntaxError:
        # The lint says what is wrong with it; nothing that is not JSON is stored.
        return typed
    kept = _Kept(stored)
    origins = kept.origins_of(typed, root)
    pieces, end, unknown = [], 0, []
    for path, node in _leaves(root):
        if node.kind is not JsonKind.STRING or MASK not in str(node.value):
            continue
        found = kept.find(path, str(node.value), origins)
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


class _Kept:
    """The stored webhooks: their hidden values, and which of them a typed webhook was."""

    def __init__(self, stored: str) -> None:
        self._secrets = _secrets_of(stored)
        masked = editable_webhooks(stored)
        try:
            root = read_json(masked)
        except JsonSyntaxError:
            self._webhooks: list[tuple[str, str]] = []
        else:
            self._webhooks = _shapes(masked, root)

    def origins_of(self, typed: str, root: JsonNode) -> list[_Origin]:
        """Where each typed webhook was stored, and where it goes now."""
        shapes = _shapes(typed, root)
        places: dict[str, list[int]] = {}
        for place, (shape, _) in enumerate(self._webhooks):
            places.setdefault(shape, []).append(place)
        typed_places: dict[str, list[int]] = {}
        for index, (shape, _) in enumerate(shapes):
            typed_places.setdefault(shape, []).append(index)
        same: dict[int, int] = {}
        for shape, indexes in typed_places.items():
            stored = places.get(shape, [])
            if len(stored) == len(indexes) or len(stored) == 1:
                same |= {index: stored[min(n, len(stored) - 1)] for n, index in enumerate(indexes)}
            else:
                # Which of several that read alike it is cannot be told, but for one at its own place.
                same |= {index: index for index in indexes if index in stored}
        taken = set(same.values())
        return [
            _Origin(
                place=same.get(index, index if self._is_free(index, host, taken) else None),
                host=host,
            )
            for index, (_, host) in enumerate(shapes)
        ]

    def _is_free(self, place: int, host: str, taken: set[int]) -> bool:
        """Whether the stored webhook here goes to this host, and no other typed webhook is it."""
        return (
            place < len(self._webhooks) and place not in taken and self._webhooks[place][1] == host
        )

    def find(self, path: Path, masked: str, origins: list[_Origin]) -> str | None:
        """The stored JSON that a masked value stands for."""
        if not path or not isinstance(path[0], int) or not origins:
            return self._secrets.get((path, masked))
        origin = origins[path[0]]
        if origin.place is not None:
            at_its_place = self._secrets.get(((origin.place, *path[1:]), masked))
            if at_its_place is not None:
                return at_its_place
        elsewhere = {
            value
            for (other, other_masked), value in self._secrets.items()
            if other_masked == masked
            and other[1:] == path[1:]
            and isinstance(other[0], int)
            and self._webhooks[other[0]][1] == origin.host
        }
        return elsewhere.pop() if len(elsewhere) == 1 else None


@dataclass(frozen=True, kw_only=True)
class _Origin:
    """The stored place of a typed webhook (None: not known), and the host or function it goes to."""

    place: int | None
    host: str


def _shapes(text: str, root: JsonNode) -> list[tuple[str, str]]:
    """Each webhook without its white space, and the host or function it goes to."""
    if root.kind is not JsonKind.ARRAY:
        return []
    return [(lay_out(text[node.start : node.end]), _goes_to(node)) for node in root.children]


def _goes_to(node: JsonNode) -> str:
    if node.kind is not JsonKind.OBJECT:
        return ""
    url = node.get("url")
    if url is not None and isinstance(url.value, str) and url.value:
        _, _, rest = url.value.partition("://")
        authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
        return authority.rpartition("@")[2].lower()
    function = node.get("lambda_function")
    return f"lambda {function.value}" if function is not None else ""


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
            f"Webhooks, line {line}, column {column}: no stored value of this host belongs to this {MASK}. "
            f"Type the value of {path[-1] if path else 'it'}."
        )
    return messages
