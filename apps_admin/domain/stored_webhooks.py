"""The webhooks of an item as JSON text, whatever form they are stored in."""

from __future__ import annotations

import json

from apps_admin.domain.fields import WEBHOOKS
from apps_admin.domain.item import SET_TYPES, AttributeValue, RawItem
from apps_admin.domain.json_reader import JsonKind, JsonSyntaxError, read_json
from apps_admin.domain.webhooks import format_webhooks


def webhooks_attribute(item: RawItem) -> tuple[str, AttributeValue] | None:
    """The name and value of the attribute the webhooks come from, None when there is none."""
    for name in reversed(WEBHOOKS.names):
        value = item.get(name)
        if value is not None and not _is_absent(name, value):
            return name, value
    return None


def _is_absent(name: str, value: AttributeValue) -> bool:
    """What soketi passes over: null, also as JSON in Webhooks, which it parses first; and an empty alias."""
    if "NULL" in value:
        return True
    text = value.get("S")
    absent = ("null", '""') if name == WEBHOOKS.attribute else ("",)
    return isinstance(text, str) and text.strip(" \t\n\r") in absent


def webhooks_text_of(item: RawItem) -> str:
    """The stored text as it is; a native list, bytes or twice encoded text as the JSON it stands for."""
    found = webhooks_attribute(item)
    if found is None:
        return ""
    value = found[1]
    if "S" in value:
        return _decoded_once(value["S"])
    if "B" in value:
        return bytes(value["B"]).decode("utf-8", "replace")
    return format_webhooks(_json_text(value))


def _decoded_once(text: str) -> str:
    """JSON text inside a JSON string, which soketi decodes too; other text as it is."""
    if not text.lstrip().startswith('"'):
        return text
    try:
        root = read_json(text)
    except JsonSyntaxError:
        return text
    return str(root.value) if root.kind is JsonKind.STRING else text


def _json_text(value: AttributeValue) -> str:
    """A native value as compact JSON; the digits of numbers stay."""
    for kind, content in value.items():
        if kind == "M":
            members = (f"{_quoted(name)}:{_json_text(part)}" for name, part in content.items())
            return "{" + ",".join(members) + "}"
        if kind == "L":
            return "[" + ",".join(_json_text(part) for part in content) + "]"
        if kind == "N":
            return str(content)
        if kind == "NULL":
            return "null"
        if kind in SET_TYPES:
            return "[" + ",".join(_json_text({kind[0]: part}) for part in content) + "]"
        if kind == "B":
            return _quoted(bytes(content).decode("utf-8", "replace"))
        return json.dumps(content, ensure_ascii=False)
    return "null"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
