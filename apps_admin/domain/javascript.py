"""The few rules of JavaScript that decide what soketi makes of a stored value.

soketi reads an item with aws-sdk v2's `Converter.unmarshall` and then leans on JavaScript's own conversions. A value
that came through that converter is modelled as: Number -> float, String -> str, Boolean -> bool, null -> None,
Array -> list, Object -> dict, Buffer -> bytes, and aws-sdk's set -> `DynamoSet`. `undefined` is a missing key.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from apps_admin.domain.item import SET_TYPES, AttributeValue
from apps_admin.domain.json_reader import JsonSyntaxError, read_json

# ECMAScript WhiteSpace and LineTerminator: what trim, Number and parseInt skip.
WHITESPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
NAN: Final = math.nan
# From here up `String(number)` has an exponent.
_FIRST_EXPONENT: Final = 1e21

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_PREFIXED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)", re.ASCII)
_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]*)|([0-9]+))", re.ASCII)
_INFINITY = re.compile(r"[+-]?Infinity")
_TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1"})


class JavaScriptError(Exception):
    """JavaScript would throw here; inside soketi that means "app not found" or worse."""


@dataclass(frozen=True)
class DynamoSet:
    """aws-sdk v2's `DynamoDBSet`: an object, always truthy, without `includes`."""

    values: tuple[Any, ...]


def unmarshall(value: AttributeValue) -> Any:
    """One attribute value as `AWS.DynamoDB.Converter.output` gives it.

    Raises:
        JavaScriptError: an empty set, for which the converter throws `InvalidSetType`.
    """
    for kind, content in value.items():
        if kind == "S":
            return str(content)
        if kind == "N":
            return to_number(str(content))
        if kind == "BOOL":
            return content is True
        if kind == "B":
            return bytes(content)
        if kind == "M":
            return unmarshall_map(content)
        if kind == "L":
            return [unmarshall(part) for part in content]
        if kind in SET_TYPES:
            return _unmarshall_set(kind, content)
        if kind == "NULL":
            return None
    return None  # a type that aws-sdk does not know is undefined to it, which counts as absent


def unmarshall_map(attributes: AttributeValue) -> dict[str, Any]:
    """An item or a map. `__proto__` never becomes a property of the object."""
    return {name: unmarshall(part) for name, part in attributes.items() if name != "__proto__"}


def _unmarshall_set(kind: str, content: Any) -> DynamoSet:
    if not content:
        raise JavaScriptError("InvalidSetType: sets can contain string, number, or binary values")
    if kind == "NS":
        return DynamoSet(tuple(to_number(str(part)) for part in content))
    return DynamoSet(tuple(bytes(part) if kind == "BS" else str(part) for part in content))


def truthy(value: Any) -> bool:
    """`Boolean(value)`: only false, 0, NaN, '' and null are false; every object is true."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    if isinstance(value, str | bool) or value is None:
        return bool(value)
    return True


def to_number(text: str) -> float:
    """`Number(text)`."""
    text = text.strip(WHITESPACE)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _PREFIXED.fullmatch(text):
        return _to_float(int(text[2:], {"x": 16, "o": 8, "b": 2}[text[1].lower()]))
    if _INFINITY.fullmatch(text):
        return -math.inf if text[0] == "-" else math.inf
    return NAN


def to_text(value: Any) -> str:
    """`String(value)`.

    Raises:
        JavaScriptError: an object whose own `toString` is not a function.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return ",".join("" if part is None else to_text(part) for part in value)
    if isinstance(value, dict) and "toString" in value:
        raise JavaScriptError("TypeError: Cannot convert object to primitive value")
    return "[object Object]"


def number_text(number: float) -> str:
    """`String(number)`: the shortest digits, with an exponent from 1e21 up and below 1e-6."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).rstrip("0") if fraction.strip("0") else whole
    point = len(whole) + int(exponent or 0)
    leading = len(digits) - len(digits.lstrip("0"))
    digits, point = digits[leading:], point - leading
    return sign + _place_point(digits.rstrip("0") or "0", point)


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return digits[0] + (f".{digits[1:]}" if count > 1 else "") + exponent


def parse_int(value: Any) -> float:
    """`parseInt(value)` without a radix: leading digits of `String(value)`, so 1e21 is 1."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _FIRST_EXPONENT:
        return value
    match = _INTEGER.match(to_text(value).lstrip(WHITESPACE))
    if not match:
        return NAN
    sign, hexadecimal, decimal = match.groups()
    if hexadecimal == "":
        return NAN
    number = _to_float(int(hexadecimal, 16)) if hexadecimal else float(decimal)
    return -number if sign == "-" else number


def parse_float(value: Any) -> float:
    """`parseFloat(value)`: the longest decimal number at the start of `String(value)`."""
    if isinstance(value, float):
        return value
    text = to_text(value).lstrip(WHITESPACE)
    match = _INFINITY.match(text) or _DECIMAL.match(text)
    return float(match.group().replace("Infinity", "inf")) if match else NAN


def _to_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def boolean_of_text(text: str) -> bool:
    """Npm `boolean` 3: true for true, t, yes, y, on and 1, trimmed and in any case."""
    return text.strip(WHITESPACE).lower() in _TRUE_WORDS


def json_parse(text: str) -> Any:
    """`JSON.parse(text)`: no NaN, no BOM, the last of duplicate keys, any depth of nesting.

    Raises:
        JavaScriptError: a SyntaxError.
    """
    try:
        return _parse_json(text)
    except RecursionError:
        pass
    except ValueError as exc:
        raise JavaScriptError("SyntaxError: not JSON") from exc
    try:
        return read_json(text).to_python()
    except JsonSyntaxError as exc:
        raise JavaScriptError("SyntaxError: not JSON") from exc


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_parse_json: Final = json.JSONDecoder(parse_int=float, parse_constant=_refuse_constant).decode
