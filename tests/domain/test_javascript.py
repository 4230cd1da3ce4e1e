"""JavaScript's conversions; the expected values come from Node 20."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.javascript import (
    DynamoSet,
    JavaScriptError,
    boolean_of_text,
    json_parse,
    number_text,
    parse_float,
    parse_int,
    to_number,
    to_text,
    truthy,
    unmarshall,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("  \t\n", 0),
        ("\u00a012\ufeff", 12),
        ("1e3", 1000),
        (".5", 0.5),
        ("5.", 5),
        ("-0", -0.0),
        ("+7", 7),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        ("1e400", math.inf),
        ("-Infinity", -math.inf),
        ("9.99e125", 9.99e125),
        ("123456789012345678901234567890", 1.2345678901234568e29),
    ],
)
def test_number_reads_what_javascript_reads(text: str, number: float) -> None:
    assert to_number(text) == number


@pytest.mark.parametrize(
    "text", ["1_000", "3px", "-0x10", "nan", "inf", "\uff11\uff12", "1e", "0x", "--1"]
)
def test_number_refuses_what_javascript_refuses(text: str) -> None:
    assert math.isnan(to_number(text))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1e21, 1),
        (2.9, 2),
        (-0.5, -0.0),
        (0.0000001, 1),
        (0.000001, 0),
        (9.99e125, 9),
        ("3px", 3),
        ("\ufeff 9", 9),
        ("0x1F", 31),
        ("-0x1F", -31),
        ("1e3", 1),
        ("9" * 400, math.inf),
        ([5.0], 5),
        ([5.0, 6.0], 5),
        ([["7"]], 7),
        (b"5 and more", 5),
    ],
)
def test_parse_int_reads_the_digits_of_the_text(value: Any, number: float) -> None:
    assert parse_int(value) == number


@pytest.mark.parametrize(
    "value",
    [True, "true", "", "0x", None, {}, [], [None, 5.0], DynamoSet((5.0,)), ".5", "Infinity", "٣"],
)
def test_parse_int_finds_no_number(value: Any) -> None:
    assert math.isnan(parse_int(value))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1e21, 1e21),
        (0.5, 0.5),
        ("-.5", -0.5),
        ("5.", 5),
        ("12e", 12),
        ("1e400", math.inf),
        ("-Infinityx", -math.inf),
        ("1.5kb", 1.5),
        ([2.5], 2.5),
    ],
)
def test_parse_float_takes_the_longest_number(value: Any, number: float) -> None:
    assert parse_float(value) == number


def test_an_object_with_its_own_to_string_cannot_become_text() -> None:
    for value in ({"toString": 1.0}, [{"toString": None}]):
        with pytest.raises(JavaScriptError):
            parse_int(value)
    assert to_text({"valueOf": 1.0}) == "[object Object]"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1.2345678901234568e29, "1.2345678901234568e+29"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (-2.5, "-2.5"),
        (100.0, "100"),
        (9007199254740993.0, "9007199254740992"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_numbers_are_written_as_javascript_writes_them(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(allow_nan=False))
def test_a_number_survives_its_text(number: float) -> None:
    assert to_number(number_text(number)) == number


def test_only_five_values_are_false() -> None:
    false: list[Any] = [False, 0.0, -0.0, math.nan, "", None]
    true: list[Any] = [b"", b"false", "false", [], {}, DynamoSet((0.0,)), -1.0]
    assert not any(truthy(value) for value in false)
    assert all(truthy(value) for value in true)


@pytest.mark.parametrize(
    "value",
    [
        {"SS": []},
        {"L": [{"NS": []}]},
        {"M": {"deep": {"BS": []}}},
    ],
)
def test_an_empty_set_cannot_be_converted(value: dict[str, Any]) -> None:
    with pytest.raises(JavaScriptError):
        unmarshall(value)


def test_values_are_converted_by_type() -> None:
    value = {
        "M": {
            "n": {"N": "1.5"},
            "b": {"B": b"x"},
            "no": {"BOOL": False},
            "null": {"NULL": True},
            "set": {"NS": ["1"]},
            "__proto__": {"S": "never a property"},
        }
    }
    assert unmarshall(value) == {
        "n": 1.5,
        "b": b"x",
        "no": False,
        "null": None,
        "set": DynamoSet((1.0,)),
    }


def test_the_boolean_package_knows_six_words() -> None:
    assert all(boolean_of_text(text) for text in (" TRUE\n", "t", "Yes", "y", "on", "1", "\ufeffy"))
    assert not any(boolean_of_text(text) for text in ("", "false", "2", "enabled", "\x01"))


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[Infinity]",
        "-Infinity",
        "\ufeff[]",
        "[\u00a0]",
        "[01]",
        "[1,]",
        "{'a':1}",
        "",
        "[]x",
        '["\t"]',
        '["\\x41"]',
        '["\\u12"]',
        "[1.]",
        "[.5]",
        "[+1]",
        "nul",
        '"',
    ],
)
def test_json_parse_refuses_what_javascript_refuses(text: str) -> None:
    with pytest.raises(JavaScriptError):
        json_parse(text)


def test_json_parse_takes_what_javascript_takes() -> None:
    assert json_parse(' [1e999, -0, "\\ud800", "\x7f"]\n') == [math.inf, 0.0, "\ud800", "\x7f"]
    assert json_parse('{"a": 1, "a": 2}') == {"a": 2}
    assert json_parse("9" * 5000) == math.inf


def test_json_parse_has_no_limit_of_depth() -> None:
    value = json_parse("[" * 100_000 + "]" * 100_000)
    assert isinstance(value, list)
    with pytest.raises(JavaScriptError):
        json_parse("[" * 100_000)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4),
    max_leaves=20,
)


@given(json_values, st.booleans())
def test_json_parse_reads_any_document(value: Any, escaped: bool) -> None:
    assert json_parse(json.dumps(value, ensure_ascii=escaped)) == value
