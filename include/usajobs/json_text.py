"""JSON as the APIs send it: its value, and how many values it may have at most."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from typing_extensions import Buffer


def read_json(text: bytes | str) -> Any:
    """Return the value of a JSON text; NaN and Infinity, which JSON has not, become strings.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested deeper than this process can read.
    """
    try:
        return msgspec.json.decode(text)
    except ValueError:
        # Also reads what is not strictly JSON: half a character, NaN, 1e999, other encodings.
        return json.loads(text, parse_constant=str)


_OTHER_BYTES = bytes({*range(256)} - {*b",[{"})


def json_values(text: bytes) -> int:
    """Return the largest number of values that a JSON text may have; it is not parsed.

    Commas and brackets in strings are counted too.
    """
    return len(text.translate(None, _OTHER_BYTES))


_NO_BRACKETS = bytes({*range(256)} - {*b"[{"})


def json_levels(text: Buffer) -> int:
    """Return the largest number of levels that a JSON text may have; it is not parsed.

    Brackets in strings, and beside each other, are counted too.
    """
    return len(bytes(text).translate(None, _NO_BRACKETS))


_NESTED = frozenset((dict, list))


def is_deeper_than(levels: int, value: object) -> bool:
    """Return whether the value of a JSON text is nested deeper: {"a": [1]} has two levels."""
    inner = [value]
    for _ in range(levels):
        nested: list[Any] = [each for each in inner if type(each) in _NESTED]
        inner = []
        for outer in nested:
            inner += outer.values() if type(outer) is dict else outer
        if not inner:
            return False
    return True


def write_json(value: object) -> str:
    """Return a value of finite numbers, texts, lists and objects as JSON text."""
    try:
        return msgspec.json.encode(value).decode()
    except (ValueError, OverflowError, RecursionError):
        # Also writes half a character, and a number of more than 64 bits.
        return json.dumps(value)
