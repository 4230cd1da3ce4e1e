"""One webhook as a form shows it, and the form's changes put into the JSON text without touching anything else.

What only JSON can say (event_types that is text, a header that is a list) is None: the form shows that it is there and
leaves it alone. Keys the form does not know stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.json_edits import is_object, remove_member, set_member
from apps_admin.domain.json_reader import JsonKind, JsonNode, JsonSyntaxError, read_json
from apps_admin.domain.webhook_list import read_list
from apps_admin.domain.webhook_rules import EVENT_NAMES

KNOWN_KEYS: Final = frozenset(
    {"url", "lambda_function", "lambda", "event_types", "headers", "filter"}
)
LAMBDA_KEYS: Final = frozenset({"async", "region", "client_options"})
STARTS_WITH: Final = "channel_name_starts_with"
ENDS_WITH: Final = "channel_name_ends_with"
_TEXTS: Final = (JsonKind.STRING, JsonKind.NUMBER, JsonKind.BOOLEAN)


class Target(StrEnum):
    """Where a webhook goes."""

    URL = "url"
    LAMBDA = "lambda"


@dataclass(frozen=True, kw_only=True)
class WebhookFields:
    """What the form knows of one webhook. `client_options` is JSON text; `events` in the text's order."""

    target: Target = Target.URL
    url: str | None = ""
    function: str | None = ""
    is_async: bool | None = False
    region: str | None = ""
    client_options: str | None = ""
    events: tuple[str, ...] | None = ()
    headers: tuple[tuple[str, str], ...] | None = ()
    starts_with: str | None = ""
    ends_with: str | None = ""

    def to_json(self) -> str:
        """For a hidden field that remembers what a form was filled with."""
        return json.dumps({each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def from_json(cls, text: str) -> WebhookFields | None:
        """The fields again; None for what is none."""
        try:
            plain = json.loads(text)
            plain["target"] = Target(plain["target"])
            for name in ("events", "headers"):
                if plain[name] is not None:
                    plain[name] = tuple(
                        tuple(each) if name == "headers" else each for each in plain[name]
                    )
            return cls(**plain)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def fields_of(text: str, node: JsonNode) -> WebhookFields:
    """What the form shows of one element of the list; all None where it is no object."""
    if not is_object(node):
        names = [each.name for each in fields(WebhookFields) if each.name != "target"]
        return WebhookFields(**dict.fromkeys(names))  # type: ignore[arg-type]
    options = node.get("lambda")
    url = node.get("url")
    has_url = url is not None and (url.is_container or bool(url.value))
    is_lambda = not has_url and node.get("lambda_function") is not None
    return WebhookFields(
        target=Target.LAMBDA if is_lambda else Target.URL,
        url=_text(url),
        function=_text(node.get("lambda_function")),
        is_async=_flag(_within(options, "async")),
        region=_text(_within(options, "region")),
        client_options=_source(text, _within(options, "client_options")),
        events=_events(node.get("event_types")),
        headers=_headers(text, node.get("headers")),
        starts_with=_text(_within(node.get("filter"), STARTS_WITH)),
        ends_with=_text(_within(node.get("filter"), ENDS_WITH)),
    )


def unknown_keys(node: JsonNode) -> tuple[str, ...]:
    """What stands in a webhook besides the form's fields; it stays there."""
    if not is_object(node):
        return ()
    found = [str(key.value) for key in node.keys if key.value not in KNOWN_KEYS]
    options = node.get("lambda")
    if options is not None and is_object(options):
        found += [f"lambda.{key.value}" for key in options.keys if key.value not in LAMBDA_KEYS]
    return tuple(dict.fromkeys(found))


def find_filled(text: str, index: int, filled: WebhookFields) -> int:
    """Where the webhook is now that a form was filled from: where it was, unless only another place matches."""
    root = read_list(text)
    if root is None:
        return index
    nodes = root.children
    if index < len(nodes) and fields_of(text, nodes[index]) == filled:
        return index
    matching = [place for place, node in enumerate(nodes) if fields_of(text, node) == filled]
    return matching[0] if len(matching) == 1 else index


def with_fields(text: str, index: int, filled: WebhookFields, typed: WebhookFields) -> str:
    """The text with every field that was typed differently from how it was filled.

    Raises ValidationError when the webhook is not there any more, or the client options are no JSON object.
    """
    if typed == filled:
        return text
    root = read_list(text)
    if root is None or not 0 <= index < len(root.children):
        raise ValidationError(
            {"webhooks": [f"Webhook {index + 1} is not in the JSON any more; its form was left."]}
        )
    edit = _Edit(text, index)
    edit.change_target(filled, typed)
    if typed.events != filled.events and typed.events is not None:
        edit.change_events(typed.events)
    if typed.headers != filled.headers and typed.headers is not None:
        edit.change_headers(filled.headers or (), typed.headers)
    for name, before, after in (
        (STARTS_WITH, filled.starts_with, typed.starts_with),
        (ENDS_WITH, filled.ends_with, typed.ends_with),
    ):
        if after != before and after is not None:
            edit.change_member("filter", name, _json(after) if after else None)
    return edit.text


class _Edit:
    """Changes one webhook step by step, reading the text anew after each."""

    def __init__(self, text: str, index: int) -> None:
        self.text = text
        self._index = index

    @property
    def node(self) -> JsonNode:
        root = read_list(self.text)
        if root is None:
            raise AssertionError("an edit leaves a list a list")
        return root.children[self._index]

    def set(self, name: str, written: str | None) -> None:
        """Set or remove a member of the webhook."""
        if written is None:
            self.text = remove_member(self.text, self.node, name)
        else:
            self.text = set_member(self.text, self.node, name, written)

    def change_member(self, parent: str, name: str, written: str | None) -> None:
        """Set or remove a member of an object within the webhook; the object comes with its first member."""
        holder = self.node.get(parent)
        if holder is None or not is_object(holder):
            if written is not None:
                self.set(parent, f"{{ {_json(name)}: {written} }}")
            return
        if written is not None:
            self.text = set_member(self.text, holder, name, written)
            return
        self.text = remove_member(self.text, holder, name)
        left = self.node.get(parent)
        if parent == "filter" and left is not None and not left.children:
            self.set(parent, None)

    def change_target(self, filled: WebhookFields, typed: WebhookFields) -> None:
        """The address or the function, and the function's options."""
        if typed.target is Target.URL:
            if typed.url is not None and (typed.url != filled.url or typed.target != filled.target):
                self.set("url", _json(typed.url))
            if filled.target is Target.LAMBDA:
                self.set("lambda_function", None)
                self.set("lambda", None)
            return
        if filled.target is Target.URL:
            self.set("url", None)
        if typed.function is not None and (
            typed.function != filled.function or typed.target != filled.target
        ):
            self.set("lambda_function", _json(typed.function))
        if not is_object(self.node.get("lambda")):
            self.set("lambda", "{}")
        if typed.is_async != filled.is_async and typed.is_async is not None:
            self.change_member("lambda", "async", "true" if typed.is_async else None)
        if typed.region != filled.region and typed.region is not None:
            self.change_member("lambda", "region", _json(typed.region) if typed.region else None)
        if typed.client_options != filled.client_options and typed.client_options is not None:
            self.change_member("lambda", "client_options", _object(typed.client_options))

    def change_events(self, events: tuple[str, ...]) -> None:
        """Those still wanted in the order they stand, new ones after them."""
        held = _events(self.node.get("event_types")) or ()
        kept = [name for name in dict.fromkeys(held) if name in events]
        self.set("event_types", _json([*kept, *(name for name in events if name not in kept)]))

    def change_headers(
        self, filled: tuple[tuple[str, str], ...], typed: tuple[tuple[str, str], ...]
    ) -> None:
        """Row by row; a row that was left as it was keeps its JSON, a number stays a number."""
        holder = self.node.get("headers")
        if not typed:
            self.set("headers", None)
            return
        if holder is None or not is_object(holder):
            self.set("headers", _written(typed, {}))
            return
        known = {
            (str(key.value), _shown(self.text, child)): self.text[child.start : child.end]
            for key, child in holder.members()
        }
        if [name for name, _ in filled] == [name for name, _ in typed]:
            for (name, value), (_, before) in zip(typed, filled, strict=True):
                if value != before:
                    self.change_member("headers", name, _json(value))
            return
        self.set("headers", _written(typed, known))


def _written(rows: Iterable[tuple[str, str]], known: dict[tuple[str, str], str]) -> str:
    members = (f"{_json(name)}: {known.get((name, value), _json(value))}" for name, value in rows)
    return f"{{ {', '.join(members)} }}"


def _object(text: str) -> str | None:
    """Client options as typed; None for none. Raises ValidationError when they are no JSON object."""
    if not text.strip():
        return None
    try:
        node = read_json(text, max_depth=16)
    except JsonSyntaxError as exc:
        raise ValidationError(
            {"client_options": [f"Client options: not JSON, {exc.message}."]}
        ) from exc
    if node.kind is not JsonKind.OBJECT:
        raise ValidationError({"client_options": ["Client options: this has to be an object, {}."]})
    return text.strip()


def _within(node: JsonNode | None, name: str) -> JsonNode | None:
    return node.get(name) if node is not None and is_object(node) else None


def _text(node: JsonNode | None) -> str | None:
    if node is None or node.kind is JsonKind.NULL:
        return ""
    return str(node.value) if node.kind is JsonKind.STRING else None


def _flag(node: JsonNode | None) -> bool | None:
    if node is None:
        return False
    return bool(node.value) if node.kind is JsonKind.BOOLEAN else None


def _source(text: str, node: JsonNode | None) -> str | None:
    if node is None:
        return ""
    return text[node.start : node.end] if is_object(node) else None


def _events(node: JsonNode | None) -> tuple[str, ...] | None:
    if node is None:
        return ()
    if node.kind is not JsonKind.ARRAY:
        return None
    if any(child.kind is not JsonKind.STRING for child in node.children):
        return None
    return tuple(str(child.value) for child in node.children)


def _headers(text: str, node: JsonNode | None) -> tuple[tuple[str, str], ...] | None:
    if node is None or node.kind is JsonKind.NULL:
        return ()
    if not is_object(node) or any(child.kind not in _TEXTS for child in node.children):
        return None
    names = [str(key.value) for key in node.keys]
    if len(set(names)) < len(names):
        return None
    return tuple((str(key.value), _shown(text, child)) for key, child in node.members())


def _shown(text: str, node: JsonNode) -> str:
    return str(node.value) if node.kind is JsonKind.STRING else text[node.start : node.end]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def unknown_events(events: tuple[str, ...] | None) -> tuple[str, ...]:
    """Event types that soketi does not emit; they stay in the list until they are unticked."""
    return tuple(dict.fromkeys(name for name in events or () if name not in EVENT_NAMES))
