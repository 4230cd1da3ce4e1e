"""Changes of JSON text that leave everything else of it as it was typed: layout, order, digits, escapes.

Every function takes the text and nodes that `read_json` read from that very text, and returns new text.
"""

from __future__ import annotations

import json
import re
from typing import Final

from apps_admin.domain.json_reader import JsonKind, JsonNode

_INDENT: Final = "  "
_BREAK_BEFORE = re.compile(r"\n[ \t]*\Z")


def replace_node(text: str, node: JsonNode, written: str) -> str:
    """Other JSON in the place of one value."""
    return text[: node.start] + written + text[node.end :]


def insert_element(text: str, array: JsonNode, index: int, written: str) -> str:
    """One more element at this place of an array, laid out as its neighbor is."""
    children = array.children
    if not children:
        gap = _inner_gap(text, array)
        return text[: array.start + 1] + gap + written + _outer_gap(gap) + text[array.end - 1 :]
    if index == 0:
        first = children[0]
        gap = _space_before(text, first.start) or " "
        return text[: first.start] + written + "," + gap + text[first.start :]
    before = children[min(index, len(children)) - 1]
    gap = _space_before(text, before.start) or " "
    return text[: before.end] + "," + gap + written + text[before.end :]


def remove_child(text: str, parent: JsonNode, index: int) -> str:
    """The array or object without one of its elements or members, and without its comma."""
    starts = [key.start for key in parent.keys] or [child.start for child in parent.children]
    ends = [child.end for child in parent.children]
    if len(ends) == 1:
        return text[: parent.start + 1] + text[parent.end - 1 :]
    if index == 0:
        return text[: starts[0]] + text[starts[1] :]
    return text[: ends[index - 1]] + text[ends[index] :]


def swap_elements(text: str, array: JsonNode, one: int, other: int) -> str:
    """Two elements in each other's place."""
    first, second = (array.children[index] for index in sorted((one, other)))
    return (
        text[: first.start]
        + text[second.start : second.end]
        + text[first.end : second.start]
        + text[first.start : first.end]
        + text[second.end :]
    )


def set_member(text: str, parent: JsonNode, name: str, written: str) -> str:
    """The object with this member: replaced where it is (the last of equal names, which counts), else added last."""
    child = parent.get(name)
    if child is not None:
        return replace_node(text, child, written)
    member = f"{json.dumps(name, ensure_ascii=False)}: {written}"
    if not parent.children:
        return text[: parent.start + 1] + member + text[parent.end - 1 :]
    gap = _space_before(text, parent.keys[-1].start)
    last = parent.children[-1]
    return text[: last.end] + "," + (gap or " ") + member + text[last.end :]


def remove_member(text: str, parent: JsonNode, name: str) -> str:
    """The object without the member that counts; as it was where there is none."""
    for index in reversed(range(len(parent.keys))):
        if parent.keys[index].value == name:
            return remove_child(text, parent, index)
    return text


def is_object(node: JsonNode | None) -> bool:
    """Whether there is a value and it is an object."""
    return node is not None and node.kind is JsonKind.OBJECT


def _space_before(text: str, start: int) -> str:
    """The white space in front of a value."""
    end = start
    while start and text[start - 1] in " \t\r\n":
        start -= 1
    return text[start:end]


def _inner_gap(text: str, array: JsonNode) -> str:
    """In front of the first element of an empty array: a line of its own, deeper than the array's."""
    found = _BREAK_BEFORE.search(text[: array.start])
    return (found.group() if found else "\n") + _INDENT


def _outer_gap(gap: str) -> str:
    return gap[: -len(_INDENT)]
