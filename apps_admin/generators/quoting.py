"""Text as a literal of each language, so that whatever a value holds stays a value.

Values are any text without NUL and without half surrogate pairs (`domain/table.py` refuses those).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN_YAML = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*((\.|::?)[A-Za-z0-9_/-]+)*")
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null", "none"})
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HCL_ESCAPES = {"\\b": "\\u0008", "\\f": "\\u000c"}
# Control characters, line separators, marks that change the direction of text, the byte order mark.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff]"
)


def shell_text(text: str) -> str:
    """One word of a POSIX shell."""
    if re.fullmatch(r"[A-Za-z0-9_@%+=:,./-]+", text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """JSON in which nothing is invisible; also a literal of JavaScript, and safe in an HTML script."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _INVISIBLE.sub(lambda m: m[0] if m[0] == "\n" else f"\\u{ord(m[0]):04x}", text)


def python_text(text: str) -> str:
    """A string literal of Python, in double quotes."""
    return json_text(text, indent=None)


def hcl_text(text: str) -> str:
    """A quoted template of HCL that interpolates nothing."""
    quoted = re.sub(r"\\.", lambda m: _HCL_ESCAPES.get(m[0], m[0]), json_text(text, indent=None))
    return quoted.replace("${", "$${").replace("%{", "%%{")


def yaml_text(text: str) -> str:
    """A scalar of YAML 1.1 that is a string in every parser."""
    if _PLAIN_YAML.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return json_text(text, indent=None)


def yaml_document(value: Any, indent: int = 0) -> str:
    """Block-style YAML of mappings, sequences and scalars; comments are the caller's."""
    pad = "  " * indent
    if isinstance(value, Mapping) and value:
        return "".join(
            f"{pad}{yaml_text(key)}:{_yaml_child(part, indent)}" for key, part in value.items()
        )
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        lines = []
        for part in value:
            block = yaml_document(part, indent + 1)
            lines.append(f"{pad}- {block.lstrip(' ')}")
        return "".join(lines)
    return pad + _yaml_scalar(value) + "\n"


def _yaml_child(value: Any, indent: int) -> str:
    if isinstance(value, Mapping | list | tuple) and value:
        return "\n" + yaml_document(value, indent + 1)
    return " " + _yaml_scalar(value) + "\n"


def _yaml_scalar(value: Any) -> str:
    if isinstance(value, str):
        return yaml_text(value)
    return json.dumps(value if not isinstance(value, tuple) else list(value))


def javascript_value(value: Any, indent: int = 0) -> str:
    """An object, array or scalar of JavaScript, two spaces a level, keys bare where they may be."""
    pad, inner = "  " * indent, "  " * (indent + 1)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        lines = [
            f"{inner}{_javascript_key(key)}: {javascript_value(part, indent + 1)},\n"
            for key, part in value.items()
        ]
        return "{\n" + "".join(lines) + pad + "}"
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        lines = [f"{inner}{javascript_value(part, indent + 1)},\n" for part in value]
        return "[\n" + "".join(lines) + pad + "]"
    return json_text(value, indent=None)


def _javascript_key(key: str) -> str:
    return key if _PLAIN_NAME.fullmatch(key) else json_text(key, indent=None)


def python_value(value: Any, indent: int = 0) -> str:
    """A dict, list or scalar of Python, four spaces a level."""
    pad, inner = "    " * indent, "    " * (indent + 1)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        lines = [
            f"{inner}{python_text(key)}: {python_value(part, indent + 1)},\n"
            for key, part in value.items()
        ]
        return "{\n" + "".join(lines) + pad + "}"
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        lines = [f"{inner}{python_value(part, indent + 1)},\n" for part in value]
        return "[\n" + "".join(lines) + pad + "]"
    if isinstance(value, str):
        return python_text(value)
    return repr(value)


def snake_case(name: str) -> str:
    """`ProvisionedThroughput` as `provisioned_throughput`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
