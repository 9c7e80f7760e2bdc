"""Readers for single fields of a row, shared by both APIs.

A bad required field makes the row unreadable; a bad optional one becomes null and counts as drift.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import ValidationError

from include.jobs import limits
from include.jobs.codes import PAY_PLANS, RATE_INTERVALS
from include.usajobs.drift import Drift
from include.usajobs.values import read_grade, read_promotion_potential, read_rate_interval

T = TypeVar("T")


class UnreadableRowError(ValueError):
    """A row that can't become a position; the message says which field and why."""


@contextmanager
def unreadable_row_errors() -> Iterator[None]:
    """Turn any `ValueError` from reading a row into `UnreadableRowError`, with field and cause."""
    try:
        yield
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"]))
        raise UnreadableRowError(f"{field}: {problem['msg']}") from None
    except UnreadableRowError:
        raise
    except ValueError as error:
        raise UnreadableRowError(str(error)) from None


def control_number(value: object) -> str | None:
    """Return a control number as digits, or None if the value is not one."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return str(value) if 0 <= value < 10**limits.MAX_CONTROL_NUMBER_DIGITS else None
    digits = value.strip()
    readable = (
        digits.isascii() and digits.isdecimal() and len(digits) <= limits.MAX_CONTROL_NUMBER_DIGITS
    )
    return digits if readable else None


def required(mapping: dict[str, Any], name: str, kind: type[T]) -> T:
    """Return a required field of a required type.

    Raises:
        UnreadableRowError: it is missing or of another type.
    """
    value = mapping.get(name)
    if not isinstance(value, kind):
        raise UnreadableRowError(f"{name} is {described(value)}, not {kind.__name__}")
    return value


def described(value: object) -> str:
    """Return what was found instead of the expected value: "missing", or the type's name."""
    return "missing" if value is None else type(value).__name__


def text(mapping: dict[str, Any], name: str, drift: Drift) -> str | None:
    """Return an optional text, stripped, or None if it is empty."""
    value = mapping.get(name)
    if value is not None and not isinstance(value, str):
        drift.unexpected_type(name, value)
        return None
    try:
        # Some agencies' texts contain HTML entities.
        return html.unescape(value or "").strip() or None
    except ValueError:  # a character reference with thousands of digits
        drift.unreadable(name, value)
        return None


def number_or_text(mapping: dict[str, Any], name: str, drift: Drift) -> str | None:
    """Return an optional text, or the digits of an optional number."""
    value = mapping.get(name)
    if type(value) is int and 0 <= value < 10**limits.MAX_OPENINGS_DIGITS:
        return str(value)
    return text(mapping, name, drift)


_FLAG = re.compile(r"(?:(true|yes|y)|false|no|n)(?:$|\s*[\u2013\u2014:;,.]|\s+-)", re.IGNORECASE)


def flag(mapping: dict[str, Any], name: str, drift: Drift) -> bool | None:
    """Return an optional flag: true, "True", "Y" and "Yes"; words may follow after a dash.

    Both APIs have changed how they spell flags, the Search API even within one response.
    """
    value = mapping.get(name)
    if value is None or isinstance(value, bool):
        return value
    said = text(mapping, name, drift)
    found = _FLAG.match(said) if said else None
    if said and not found:
        drift.unknown_code(name, said)
    return bool(found[1]) if found else None


def items(mapping: dict[str, Any], name: str, kind: type, drift: Drift) -> list[Any]:
    """Return the items of an optional list that are of type `kind`."""
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


_AGENCY_CODE = re.compile(r"[A-Z]{2}(?:[A-Z0-9]{2})?")


def agency_codes(*said: object) -> list[str]:
    """Return the codes of departments and offices, also of two in one text: "DD/ARCE".

    Nothing else is a code; an agency is known by its name as well.
    """
    parts = "/".join(text for text in said if isinstance(text, str)).upper().split("/")
    return [code for part in parts if _AGENCY_CODE.fullmatch(code := part.strip())]


def grade(details: dict[str, Any], name: str, drift: Drift) -> int | str | None:
    """Return a grade: a number, a band letter, or None."""
    return _readable(read_grade, details, name, drift)


def promotion_potential(details: dict[str, Any], name: str, drift: Drift) -> int | str | None:
    """Return the grade up to which one is promoted, or None."""
    return _readable(read_promotion_potential, details, name, drift)


def _readable(
    read: Callable[[object], int | str | None], mapping: dict[str, Any], name: str, drift: Drift
) -> int | str | None:
    """Return what an optional field holds; an unreadable value becomes null and counts as drift."""
    try:
        return read(mapping.get(name))
    except ValueError:
        drift.unreadable(name, mapping.get(name))
        return None


def known_plan(code: str, name: str, drift: Drift) -> str:
    """Return the code of a pay plan, counting unknown ones as drift."""
    if code not in PAY_PLANS:
        drift.unknown_code(name, code)
    return code


def known_series(codes: Iterable[str], name: str, drift: Drift) -> list[str]:
    """Return occupational series as four digits, sorted, counting invalid ones as drift."""
    series = set()
    for code in codes:
        if len(code) > 4 or not (code.isascii() and code.isdecimal()):
            drift.unknown_code(name, code)
        series.add(code.zfill(4))
    return sorted(series)


def rate_interval(value: object, name: str, drift: Drift) -> str:
    """Return the code of a pay-rate interval, counting unknown ones as drift.

    Raises:
        ValueError: the value is not a code or a name.
    """
    code = read_rate_interval(value)
    if code not in RATE_INTERVALS:
        drift.unknown_code(name, code)
    return code
