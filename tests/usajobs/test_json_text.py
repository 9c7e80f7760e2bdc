"""JSON is read and written as the standard library does it, only faster."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.usajobs.json_text import is_deeper_than, json_values, read_json, write_json

TEXT = st.text(st.characters(exclude_categories=()), max_size=9)
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=9,
)
PIECES = st.sampled_from(
    [
        *('[]{},:"\\ ', "NaN", "-Infinity", "1e999", "-0", "1.50", "10" * 40, "9" * 5_000, '"a"'),
        *("\\u0000", "\\ud800", "\\ud83d\\ude00", "\x01", "null", "true", "é", "\ufeff"),
        *'[]{},:"\\ ',
    ]
)


@given(ANY_JSON, st.booleans())
def test_any_value_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only)
    text = written.encode(errors="surrogatepass")
    assert repr(read_json(text)) == repr(value)
    assert repr(json.loads(write_json(value))) == repr(value)


def outcome(read: Any, text: bytes) -> str:
    try:
        return repr(read(text))
    except (ValueError, RecursionError):
        return "refused"


@given(st.lists(PIECES | TEXT, max_size=9), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
@example(['{"a":', "1e999", "}"], "utf-8")
@example(["[" * 100_000], "utf-8")
@example(["[" * 900 + "]" * 900], "utf-8")
def test_any_text_is_read_or_refused_as_the_standard_library_does_it(
    pieces: list[str], encoding: str
) -> None:
    text = "".join(pieces).encode(encoding, errors="surrogatepass")
    expected = outcome(lambda text: json.loads(text, parse_constant=str), text)
    assert outcome(read_json, text) == expected


@given(st.binary(max_size=20))
def test_any_bytes_are_read_or_refused_as_the_standard_library_does_it(text: bytes) -> None:
    expected = outcome(lambda text: json.loads(text, parse_constant=str), text)
    assert outcome(read_json, text) == expected


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_in_json_is_a_text(word: str) -> None:
    assert read_json(f"[{word}]") == [word]
    assert math.isinf(read_json("1e999"))


@given(ANY_JSON)
def test_a_text_has_no_more_values_than_are_counted(value: Any) -> None:
    def values(outer: Any) -> int:
        inner = outer.values() if isinstance(outer, dict) else outer
        is_nested = isinstance(outer, dict | list)
        return len(outer) + sum(map(values, inner)) if is_nested else 0

    assert values(value) <= json_values(write_json(value).encode())


@given(ANY_JSON, st.integers(0, 6))
def test_a_value_is_deeper_than_one_level_less_than_it_has(value: Any, levels: int) -> None:
    def depth(outer: Any) -> int:
        inner = outer.values() if isinstance(outer, dict) else outer
        is_nested = isinstance(outer, dict | list)
        return 1 + max(map(depth, inner)) if is_nested and outer else 0

    assert is_deeper_than(levels, value) == (depth(value) >= levels)
