"""The list of webhooks as text: add, duplicate, move, remove. What is not touched stays as it was typed."""

from __future__ import annotations

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.json_edits import insert_element, remove_child, swap_elements
from apps_admin.domain.json_reader import JsonKind, JsonNode, JsonSyntaxError, read_json
from apps_admin.domain.webhooks import MAX_DEPTH

NEW_WEBHOOK = """{
    "url": "https://",
    "event_types": []
  }"""


def read_list(text: str) -> JsonNode | None:
    """The list, None where the text is no list (the lint says why). Blank text is an empty list."""
    try:
        root = read_json(text if text.strip() else "[]", max_depth=MAX_DEPTH)
    except JsonSyntaxError:
        return None
    return root if root.kind is JsonKind.ARRAY else None


def with_new_webhook(text: str) -> str:
    """One more webhook at the end, with nothing in it yet."""
    text, root = _opened(text)
    return insert_element(text, root, len(root.children), NEW_WEBHOOK)


def with_duplicate(text: str, index: int) -> str:
    """A copy of one webhook right after it."""
    text, root = _opened(text)
    child = _child(root, index)
    return insert_element(text, root, index + 1, text[child.start : child.end])


def with_moved(text: str, index: int, place: int) -> str:
    """One webhook and its neighbor in each other's place; unchanged where there is no such place."""
    text, root = _opened(text)
    _child(root, index)
    if not 0 <= place < len(root.children) or place == index:
        return text
    return swap_elements(text, root, index, place)


def without_webhook(text: str, index: int) -> str:
    """The list without one webhook."""
    text, root = _opened(text)
    _child(root, index)
    return remove_child(text, root, index)


def _opened(text: str) -> tuple[str, JsonNode]:
    text = text if text.strip() else "[]"
    root = read_list(text)
    if root is None:
        raise ValidationError(
            {
                "webhooks": [
                    "The JSON is not a list of webhooks, so the form cannot change it. Mend it first."
                ]
            }
        )
    return text, root


def _child(root: JsonNode, index: int) -> JsonNode:
    if not 0 <= index < len(root.children):
        raise ValidationError({"webhooks": [f"There is no webhook {index + 1} any more."]})
    return root.children[index]
