from __future__ import annotations

import contextlib
import json
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.json_reader import (
    JsonKind,
    JsonSyntaxError,
    Positions,
    lay_out,
    read_json,
)
from tests.domain.test_javascript import json_values


@given(json_values, st.sampled_from([None, 1, 4]))
def test_it_reads_what_the_standard_library_reads(value: Any, indent: int | None) -> None:
    assert read_json(json.dumps(value, indent=indent)).to_python() == value


@given(st.text(alphabet='[]{},:"\\ \n\t019.eE+-truefalsn\ufeffu', max_size=30))
def test_it_refuses_exactly_what_the_standard_library_refuses(text: str) -> None:
    try:
        expected = json.loads(text, parse_int=float, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        with pytest.raises(JsonSyntaxError):
            read_json(text)
    else:
        assert read_json(text).to_python() == expected


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("", 0, "ends where a value"),
        ("[1,]", 2, "a comma before ]"),
        ('{"a":1,}', 6, "a comma before }"),
        ("[1 2]", 3, "expected a comma or ]"),
        ('{"a" 1}', 5, "expected a colon"),
        ("{a:1}", 1, "a name in double quotes"),
        ("['a']", 1, "double quotes, not single"),
        ("[NaN]", 1, "NaN is not JSON"),
        ("[-Infinity]", 1, "-Infinity is not JSON"),
        ("\ufeff[]", 0, "byte order mark"),
        ('["abc', 1, "never closed"),
        ('["a\nb"]', 3, "a line break inside a string"),
        ('["a\\x"]', 3, "no escape"),
        ("[] // done", 3, "comments"),
        ("[01]", 1, "not a JSON number"),
        ("[1.5.2]", 1, "not a JSON number"),
        ("[True]", 1, 'found "True"'),
        ("[]]", 2, "the end of the text"),
    ],
)
def test_it_says_what_is_wrong_and_where(text: str, offset: int, words: str) -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        read_json(text)
    assert words in caught.value.message
    assert caught.value.offset == offset


def test_a_message_quotes_little_of_a_long_word() -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        read_json("[" + "x" * 100_000 + "]")
    assert len(caught.value.message) < 80


def test_every_value_knows_its_place() -> None:
    text = '[\n  {"a": [1, "é"]}\n]'
    root = read_json(text)
    inner = root.children[0].get("a")
    assert inner is not None
    assert inner.kind is JsonKind.ARRAY
    number, word = inner.children
    assert text[number.start : number.end] == "1"
    assert text[word.start : word.end] == '"é"'
    assert Positions(text).of(word.start) == (2, 13)


def test_lines_end_as_editors_end_them() -> None:
    positions = Positions("a\r\nb\rc\nd")
    assert [positions.of(offset) for offset in (0, 3, 5, 7)] == [(1, 1), (2, 1), (3, 1), (4, 1)]


def test_the_last_of_equal_names_counts_and_all_are_kept() -> None:
    root = read_json('{"a": 1, "a": 2}')
    last = root.get("a")
    assert last is not None
    assert last.value == 2
    assert [key.value for key in root.keys] == ["a", "a"]


def test_depth_is_bounded_only_where_asked() -> None:
    text = "[" * 10_000 + "]" * 10_000
    assert read_json(text).kind is JsonKind.ARRAY
    with pytest.raises(JsonSyntaxError, match="nested deeper than 64 levels"):
        read_json(text, max_depth=64)
    assert read_json("[" * 64 + "]" * 64, max_depth=64).kind is JsonKind.ARRAY


@given(json_values, st.sampled_from([None, 1, 4]), st.booleans())
def test_laying_out_changes_nothing_but_space(
    value: Any, indent: int | None, escaped: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=escaped)
    assert lay_out(text) == compact
    assert lay_out(lay_out(text, indent=2)) == compact
    if isinstance(value, list | dict):
        assert lay_out(text, indent=2) == json.dumps(value, indent=2, ensure_ascii=escaped)


def test_laying_out_keeps_digits_escapes_and_repeated_names() -> None:
    text = '{ "a" : 1.50 , "a" : 123456789012345678901234567890 , "b" : "\\u0041\\/" }'
    assert lay_out(text) == '{"a":1.50,"a":123456789012345678901234567890,"b":"\\u0041\\/"}'


def test_laying_out_deep_text_stays_linear() -> None:
    text = "[" * 20_000 + "]" * 20_000
    assert len(lay_out(text, indent=2)) < 40 * len(text)


@pytest.mark.parametrize(
    "shape",
    [
        lambda n: "[" * n,
        lambda n: "[" * n + "]" * n,
        lambda n: '["' + "\\u0041" * n,
        lambda n: '["' + "\\" * n,
        lambda n: "[" + "1," * n,
        lambda n: "[" + " " * n,
        lambda n: "-" * n,
        lambda n: "1" * n + "x",
        lambda n: '{"a":' * n,
        lambda n: "[" + '{"a":1},' * n,
    ],
)
def test_work_grows_with_the_length_and_no_faster(shape: Any) -> None:
    """Eight times the text may take about eight times as many steps; quadratic would be 64 times."""
    assert _steps(shape(8_000)) < 10 * _steps(shape(1_000)) + 1_000


def _steps(text: str) -> int:
    """How many lines of Python reading the text runs: work counted, not timed."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    tracing = sys.gettrace()
    sys.settrace(count)
    try:
        with contextlib.suppress(JsonSyntaxError):
            read_json(text)
    finally:
        sys.settrace(tracing)
    return steps
