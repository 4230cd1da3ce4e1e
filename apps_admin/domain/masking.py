"""Hides secrets wherever an item is shown, logged or kept: in every form in which one can be stored.

Masked are the attributes `AppSecret` and `secret`, and in webhooks (JSON text, native lists, bytes, any alias) the
values of headers, `client_options`, and credentials in addresses. Attributes soketi does not read are masked where
their name announces a secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE, SECRET
from apps_admin.domain.item import SET_TYPES, AttributeValue, RawItem
from apps_admin.domain.json_reader import JsonKind, JsonNode, JsonSyntaxError, read_json
from apps_admin.domain.secret_words import is_secret_name

MASK: Final = "••••••••"
_HIDDEN_MEMBERS: Final = frozenset({"headers", "header", "clientoptions"})
_URL_CREDENTIALS = re.compile(r"^(\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:[\\/]*|[\\/]{2}))[^/\\?#]*@")
_URL_PARAMETER = re.compile(r"([?&;#])([^=?&;#]*)=([^&;#]*)")
_LOOKS_LIKE_URL = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*:[\\/]{0,2}[^\s]|\s*[\\/]{2}")


def masked_json(item: RawItem) -> dict[str, Any]:
    """The item as DynamoDB JSON (B as base64) that may be shown and logged."""
    return {name: wire_value(masked_value(name, value)) for name, value in item.attributes.items()}


def is_secret_attribute(name: str) -> bool:
    """Whether the whole value of this attribute is a secret."""
    if name in FIELD_OF_ATTRIBUTE:
        return name in SECRET.names
    return is_secret_name(name) and not _is_webhooks(name)


def masked_value(name: str, value: AttributeValue) -> AttributeValue:
    """One attribute's value with its secrets replaced; the same object where it has none."""
    if is_secret_attribute(name):
        return _hide(value)
    if _is_webhooks(name):
        return _mask_native(value, mask_webhooks_text)
    if name in FIELD_OF_ATTRIBUTE:
        return value
    return _mask_native(value, _mask_inner)


def wire_value(value: AttributeValue) -> dict[str, Any]:
    """An attribute value as DynamoDB's own JSON, bytes as base64."""
    return {kind: _wire(kind, content) for kind, content in value.items()}


def _wire(kind: str, content: Any) -> Any:
    if kind == "M":
        return {name: wire_value(part) for name, part in content.items()}
    if kind == "L":
        return [wire_value(part) for part in content]
    if kind in SET_TYPES:
        return [_wire(kind[0], part) for part in content]
    if isinstance(content, bytes | bytearray):
        return base64.b64encode(content).decode("ascii")
    return content


def _is_webhooks(name: str) -> bool:
    return "webhook" in re.sub(r"[^a-z]", "", name.lower())


def _mask_native(value: AttributeValue, mask_text: Callable[[str], str]) -> AttributeValue:
    """A value in DynamoDB's types. `mask_text` is for text on its own, `_mask_inner` for text in a list or map."""
    for kind, content in value.items():
        if kind == "S":
            return {"S": mask_text(content)}
        if kind == "B":
            return {"B": _mask_bytes(bytes(content), mask_text)}
        if kind == "SS":
            return {"SS": [mask_text(part) for part in content]}
        if kind == "L":
            return {"L": [_mask_native(part, _mask_inner) for part in content]}
        if kind == "M":
            return {"M": _mask_members(content)}
    return value


def _mask_bytes(content: bytes, mask_text: Callable[[str], str]) -> bytes:
    text = content.decode("utf-8", "replace")
    masked = mask_text(text)
    return content if masked == text else masked.encode("utf-8")


def _mask_members(members: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
    return {name: _mask_member(name, part) for name, part in members.items()}


def _mask_member(name: str, part: AttributeValue) -> AttributeValue:
    if _hides_members(name):
        return _hide_members(part)
    return _hide(part) if is_secret_name(name) else _mask_native(part, _mask_inner)


def _hide_members(value: AttributeValue) -> AttributeValue:
    """Names stay, every value goes."""
    if isinstance(value.get("M"), Mapping):
        return {"M": {name: _hide_members(part) for name, part in value["M"].items()}}
    return _hide(value)


def _hide(value: AttributeValue) -> AttributeValue:
    """Nothing but the type stays; the result has the shape of a value of this type."""
    kind = next(iter(value), "S")
    if kind == "L":
        return {"L": [{"S": MASK}]}
    if kind == "M":
        return {"M": {MASK: {"S": MASK}}}
    return {kind: [MASK] if kind in SET_TYPES else MASK}


def _hides_members(name: str) -> bool:
    return name.lower().replace("_", "").replace("-", "") in _HIDDEN_MEMBERS


def mask_url(url: str) -> str:
    """The address without its user, password and secret-looking parameters. Other text is unchanged."""
    if not _LOOKS_LIKE_URL.match(url):
        return url
    return _URL_PARAMETER.sub(
        _mask_parameter, _URL_CREDENTIALS.sub(lambda match: f"{match.group(1)}{MASK}@", url)
    )


def _mask_parameter(match: re.Match[str]) -> str:
    mark, name, value = match.groups()
    return f"{mark}{name}={MASK}" if value and is_secret_name(unquote_plus(name)) else match.group()


def mask_webhooks_text(text: str) -> str:
    """Webhooks as JSON text with secrets replaced and everything else, layout included, as it is.

    Text that is not JSON cannot be told apart, so all of it is hidden.
    """
    if not text.strip():
        return text
    try:
        root = read_json(text)
    except JsonSyntaxError:
        return f"{MASK} ({len(text)} characters that are not JSON)"
    if root.kind is JsonKind.STRING:
        return json.dumps(_mask_inner(str(root.value)), ensure_ascii=False)
    return _mask_document(text, root, _mask_inner)


def masked_leaves(root: JsonNode) -> Iterator[tuple[JsonNode, str]]:
    """The values of webhooks' JSON that are hidden, and what is shown in place of each."""
    return _masked_nodes(root, _mask_inner)


def _mask_inner(text: str) -> str:
    """Text inside something else: an address, or JSON in a string. JSON still deeper inside is hidden."""
    if not text.lstrip().startswith(("{", "[", '"')):
        return mask_url(text)
    try:
        root = read_json(text)
    except JsonSyntaxError:
        return MASK if _mentions_secret(text) else text
    if root.kind is JsonKind.STRING:
        return MASK
    return _mask_document(text, root, _mask_innermost)


def _mask_innermost(text: str) -> str:
    return MASK if text.lstrip().startswith(("{", "[", '"')) else mask_url(text)


def _mentions_secret(text: str) -> bool:
    return is_secret_name(text) or "header" in text.lower() or "://" in text


def _mask_document(text: str, root: JsonNode, mask_leaf: Callable[[str], str]) -> str:
    pieces, end = [], 0
    for node, masked in sorted(_masked_nodes(root, mask_leaf), key=lambda pair: pair[0].start):
        pieces += [text[end : node.start], json.dumps(masked, ensure_ascii=False)]
        end = node.end
    return "".join((*pieces, text[end:]))


def _masked_nodes(
    root: JsonNode, mask_leaf: Callable[[str], str]
) -> Iterator[tuple[JsonNode, str]]:
    """The nodes to replace and with what; every member counts, duplicates too."""
    waiting: list[tuple[JsonNode, bool]] = [(root, False)]
    while waiting:
        node, hidden = waiting.pop()
        if not node.is_container:
            if hidden:
                yield node, MASK
            elif isinstance(node.value, str) and (masked := mask_leaf(node.value)) != node.value:
                yield node, masked
            continue
        names = [str(key.value) for key in node.keys] or [""] * len(node.children)
        for name, child in zip(names, node.children, strict=True):
            secret = hidden or is_secret_name(name) or _hides_members(name)
            waiting.append((child, secret))
