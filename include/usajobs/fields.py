"""Fields of a row, of whatever API: read, or counted as drift, or reason to refuse the row."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import ValidationError

from include.usajobs.codes import PAY_PLANS, RATE_INTERVALS
from include.usajobs.drift import Drift
from include.usajobs.values import read_grade, read_rate_interval

T = TypeVar("T")

LONGEST_CONTROL_NUMBER = 20
"""Digits; those of today have nine."""


class UnreadableRow(ValueError):
    """A row that can't become a position; the message says which field and why."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the reading of a row raises into `UnreadableRow`, with the field and the cause."""
    try:
        yield
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"]))
        raise UnreadableRow(f"{field}: {problem['msg']}") from None
    except UnreadableRow:
        raise
    except ValueError as error:
        raise UnreadableRow(str(error)) from None


def control_number(value: object) -> str | None:
    """Return the number by which postings are told apart, None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return str(value) if 0 <= value < 10**LONGEST_CONTROL_NUMBER else None
    digits = value.strip()
    readable = digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_CONTROL_NUMBER
    return digits if readable else None


def required(mapping: dict[str, Any], name: str, kind: type[T]) -> T:
    """Return a field that a row has to have, of the type that it has to have."""
    value = mapping.get(name)
    if not isinstance(value, kind):
        raise UnreadableRow(f"{name} is {described(value)}, not {kind.__name__}")
    return value


def described(value: object) -> str:
    """Say what was found in place of a value."""
    return "missing" if value is None else type(value).__name__


def text(mapping: dict[str, Any], name: str, drift: Drift) -> str | None:
    """Return an optional text, stripped; None where it is empty."""
    value = mapping.get(name)
    if value is not None and not isinstance(value, str):
        drift.unexpected_type(name, value)
        return None
    try:
        # Some agencies' texts come with their HTML entities.
        return html.unescape(value or "").strip() or None
    except ValueError:  # a character's number has thousands of digits
        drift.unreadable(name, value)
        return None


def flag(mapping: dict[str, Any], name: str, drift: Drift) -> bool | None:
    """Return an optional flag."""
    value = mapping.get(name)
    if value is None or isinstance(value, bool):
        return value
    # Both spellings stand beside each other in one answer for other flags, such as "Relocation".
    if isinstance(value, str) and value.strip().casefold() in {"true", "false"}:
        return value.strip().casefold() == "true"
    drift.unexpected_type(name, value)
    return None


def items(mapping: dict[str, Any], name: str, kind: type, drift: Drift) -> list[Any]:
    """Return the items of an optional list, without those of another type than `kind`."""
    value = mapping.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        drift.unexpected_type(name, value)
        return []
    for item in value:
        if not isinstance(item, kind):
            drift.unexpected_type(f"{name}[]", item)
    return [item for item in value if isinstance(item, kind)]


def grade(details: dict[str, Any], name: str, drift: Drift) -> int | str | None:
    """Return a grade: a number, a letter of a band, or None."""
    try:
        return read_grade(details.get(name))
    except ValueError:
        drift.unreadable(name, details.get(name))
        return None


def known_plan(code: str, name: str, drift: Drift) -> str:
    """Return a pay plan's code, counting one that is on no list."""
    if code not in PAY_PLANS:
        drift.unknown_code(name, code)
    return code


def known_series(codes: Iterable[str], name: str, drift: Drift) -> list[str]:
    """Return occupational series as four digits, sorted, counting what is none."""
    series = set()
    for code in codes:
        if len(code) > 4 or not (code.isascii() and code.isdecimal()):
            drift.unknown_code(name, code)
        series.add(code.zfill(4))
    return sorted(series)


def rate_interval(value: object, name: str, drift: Drift) -> str:
    """Return the code of a pay-rate interval, counting one that is on no list."""
    code = read_rate_interval(value)
    if code not in RATE_INTERVALS:
        drift.unknown_code(name, code)
    return code
