"""A JSON reader that knows where everything stands.

It accepts exactly what JavaScript's `JSON.parse` accepts, in one pass without recursion, and keeps the offset of every
value and key. So a problem can be shown at its line and column, and text can be laid out anew without touching a digit.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_SPACE = re.compile(r"[ \t\n\r]*+")
_STRING = re.compile(
    r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"', re.ASCII
)
_STRING_START = re.compile(
    r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+', re.ASCII
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?", re.ASCII)
_WORD = re.compile(r"[-+]?[A-Za-z_$][\w$]*|[-+.]?[0-9][\w.+-]*", re.ASCII)
_BYTE_ORDER_MARK: Final = "\ufeff"
_NOT_JSON_WORDS: Final = frozenset(
    {"NaN", "Infinity", "-Infinity", "+Infinity", "undefined", "None"}
)


class JsonKind(StrEnum):
    """What a JSON value is."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"


class JsonSyntaxError(Exception):
    """The text is not JSON. `offset` is where that shows, in characters from the start."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(slots=True)
class JsonNode:
    """One value and where it stands: `text[start:end]`.

    `value` is the text of a string, the float of a number, a bool or None; containers have `children`, and objects one
    key in `keys` (a string node) per child.
    """

    kind: JsonKind
    start: int
    end: int = -1
    value: str | float | bool | None = None
    children: list[JsonNode] = field(default_factory=list)
    keys: list[JsonNode] = field(default_factory=list)

    @property
    def is_container(self) -> bool:
        """Whether this is an object or an array."""
        return self.kind in (JsonKind.OBJECT, JsonKind.ARRAY)

    def members(self) -> Iterator[tuple[JsonNode, JsonNode]]:
        """Key and value nodes of an object in their order, duplicates included."""
        return zip(self.keys, self.children, strict=True)

    def get(self, name: str) -> JsonNode | None:
        """The value of an object's member; as in JavaScript the last of duplicates."""
        for key, child in zip(reversed(self.keys), reversed(self.children), strict=True):
            if key.value == name:
                return child
        return None

    def to_python(self) -> Any:
        """The plain value: dict, list, str, float, bool or None."""
        result, opened = _plain(self), [self] if self.is_container else []
        values = [result]
        while opened:
            node, target = opened.pop(), values.pop()
            for index, child in enumerate(node.children):
                value = _plain(child)
                if isinstance(target, dict):
                    target[node.keys[index].value] = value
                else:
                    target.append(value)
                if child.is_container:
                    opened.append(child)
                    values.append(value)
        return result


def _plain(node: JsonNode) -> Any:
    if node.kind is JsonKind.OBJECT:
        return {}
    return [] if node.kind is JsonKind.ARRAY else node.value


class Positions:
    """Turns an offset into a line and a column, both from 1, in characters."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def read_json(text: str, *, max_depth: int | None = None) -> JsonNode:
    """The whole text as one value.

    Raises:
        JsonSyntaxError: the text is not JSON, or nests deeper than `max_depth`.
    """
    reader = _Reader(text)
    root = reader.read_value()
    stack = [root] if root.is_container else []
    while stack:
        parent = stack[-1]
        if reader.closes(parent):
            stack.pop()
            continue
        child = reader.read_child(parent)
        if child.is_container:
            stack.append(child)
            if max_depth is not None and len(stack) > max_depth:
                raise JsonSyntaxError(f"nested deeper than {max_depth} levels", child.start)
    reader.expect_end()
    return root


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read_value(self) -> JsonNode:
        """One leaf, or a container just opened."""
        self._skip_space()
        start, char = self.at, self._peek()
        if char == "{" or char == "[":
            self.at += 1
            return JsonNode(JsonKind.OBJECT if char == "{" else JsonKind.ARRAY, start)
        if char == '"':
            return self._read_string()
        number = _NUMBER.match(self.text, start)
        if number:
            self._refuse_longer_word(number.end())
            self.at = number.end()
            return JsonNode(JsonKind.NUMBER, start, self.at, float(number.group()))
        return self._read_word(start)

    def closes(self, parent: JsonNode) -> bool:
        """Whether the container ends here; otherwise the next child starts here."""
        closing = "}" if parent.kind is JsonKind.OBJECT else "]"
        self._skip_space()
        char = self._peek()
        if char == closing:
            self.at += 1
            parent.end = self.at
            return True
        if not parent.children:
            return False
        if char != ",":
            raise JsonSyntaxError(self._unexpected(f"a comma or {closing}"), self.at)
        comma = self.at
        self.at += 1
        self._skip_space()
        if self._peek() == closing:
            raise JsonSyntaxError(f"a comma before {closing} is not JSON", comma)
        return False

    def read_child(self, parent: JsonNode) -> JsonNode:
        """The next value of the container, with its key in an object."""
        if parent.kind is JsonKind.OBJECT:
            self._skip_space()
            if self._peek() != '"':
                raise JsonSyntaxError(self._unexpected("a name in double quotes"), self.at)
            key = self._read_string()
            self._skip_space()
            if self._peek() != ":":
                raise JsonSyntaxError(self._unexpected("a colon"), self.at)
            self.at += 1
            parent.keys.append(key)
        child = self.read_value()
        parent.children.append(child)
        return child

    def expect_end(self) -> None:
        """Nothing but white space may follow."""
        self._skip_space()
        if self.at < len(self.text):
            raise JsonSyntaxError(self._unexpected("the end of the text"), self.at)

    def _skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        if match:
            self.at = match.end()

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _read_string(self) -> JsonNode:
        start = self.at
        match = _STRING.match(self.text, start)
        if not match:
            raise self._string_error(start)
        self.at = match.end()
        inner = self.text[start + 1 : self.at - 1]
        value = json.loads(match.group()) if "\\" in inner else inner
        return JsonNode(JsonKind.STRING, start, self.at, value)

    def _string_error(self, start: int) -> JsonSyntaxError:
        match = _STRING_START.match(self.text, start)
        at = match.end() if match else start
        if at >= len(self.text):
            return JsonSyntaxError("this string is never closed", start)
        if self.text[at] == "\\":
            return JsonSyntaxError("this backslash starts no escape that JSON knows", at)
        name = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}.get(
            self.text[at], "a control character"
        )
        return JsonSyntaxError(f"{name} inside a string has to be written as an escape", at)

    def _refuse_longer_word(self, end: int) -> None:
        word = _WORD.match(self.text, self.at)
        if word and word.end() > end:
            raise JsonSyntaxError(f"{_quote(word.group())} is not a JSON number", self.at)

    def _read_word(self, start: int) -> JsonNode:
        match = _WORD.match(self.text, start)
        word = match.group() if match else ""
        if word in ("true", "false", "null"):
            self.at = start + len(word)
            if word == "null":
                return JsonNode(JsonKind.NULL, start, self.at)
            return JsonNode(JsonKind.BOOLEAN, start, self.at, word == "true")
        if word in _NOT_JSON_WORDS:
            raise JsonSyntaxError(f"{word} is not JSON", start)
        raise JsonSyntaxError(self._unexpected("a value"), start)

    def _unexpected(self, wanted: str) -> str:
        rest = self.text[self.at : self.at + 2]
        if not rest:
            return f"the text ends where {wanted} was expected"
        if rest[0] == _BYTE_ORDER_MARK:
            return "a byte order mark (U+FEFF) stands here; remove it"
        if rest in ("//", "/*"):
            return "comments are not JSON"
        if rest[0] == "'":
            return "JSON strings take double quotes, not single ones"
        word = _WORD.match(self.text, self.at)
        return f"expected {wanted}, found {_quote(word.group() if word else rest[0])}"


def _quote(text: str) -> str:
    """Foreign text, short and on one line."""
    return json.dumps(text if len(text) <= 20 else text[:19] + "…", ensure_ascii=False)


_PIECE = re.compile(_STRING.pattern + r'|[{}\[\],:]|[^\s{}\[\],:"]++', re.ASCII)


def lay_out(text: str, *, indent: int = 0) -> str:
    """The same JSON, compact or in indented lines. No piece is rewritten: digits and escapes stay.

    Raises:
        JsonSyntaxError: the text is not JSON.
    """
    read_json(text)
    pieces = _PIECE.findall(text)
    return _indented(pieces, indent) if indent else "".join(pieces)


# Deeper levels get no more space: the layout of nested text stays linear in its length.
_DEEPEST_INDENT: Final = 16


def _indented(pieces: list[str], indent: int) -> str:
    parts: list[str] = []
    level = 0
    for position, piece in enumerate(pieces):
        following = pieces[position + 1] if position + 1 < len(pieces) else ""
        if piece in "}]":
            level -= 1
            if pieces[position - 1] not in "{[":
                parts.append(_line(level, indent))
            parts.append(piece)
        elif piece in "{[":
            level += 1
            parts.append(piece)
            if following not in "}]":
                parts.append(_line(level, indent))
        elif piece == ",":
            parts.append("," + _line(level, indent))
        else:
            parts.append(": " if piece == ":" else piece)
    return "".join(parts)


def _line(level: int, indent: int) -> str:
    return "\n" + " " * (indent * min(level, _DEEPEST_INDENT))
