"""How USAJOBS writes times, amounts, grades and codes, read into Python values.

Every function raises `ValueError` with what it found where the text cannot be read, and returns
None where USAJOBS says nothing.
"""

from __future__ import annotations

import math
import reprlib
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from include.usajobs.codes import RATE_INTERVALS

EASTERN = ZoneInfo("America/New_York")
"""USAJOBS' clock: announcements close at 23:59 Eastern Time unless they say otherwise."""

CLOSING_TIME = time(23, 59)

LONGEST_QUOTATION = 80

LONGEST_BAND = 10
"""Characters of a grade in letters."""

_quoter = reprlib.Repr()
_quoter.maxstring = _quoter.maxlong = _quoter.maxother = LONGEST_QUOTATION

_RATE_CODES_BY_NAME = {interval.name.casefold(): code for code, interval in RATE_INTERVALS.items()}


def quoted(value: object) -> str:
    """Return how a message quotes a value: its beginning, however large or deep it is."""
    return _quoter.repr(value)[:LONGEST_QUOTATION]


def read_opening(value: object) -> datetime | None:
    """Return the moment as UTC; what names no zone is Eastern Time, a bare day its midnight."""
    moment = _read_moment(value)
    if moment is None:
        return None
    return _as_utc(moment if moment.tzinfo else moment.replace(tzinfo=EASTERN))


def read_closing(value: object) -> datetime | None:
    """Return the moment as UTC; what names no zone is 23:59 Eastern Time of its day."""
    moment = _read_moment(value)
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = datetime.combine(moment.date(), CLOSING_TIME, EASTERN)
    return _as_utc(moment)


def _read_moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        if value is None:
            return None
        raise ValueError(f"{quoted(value)} is not a date")
    text = value.strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(_with_microseconds(text))
    except ValueError:
        pass
    try:
        return datetime.strptime(text, "%m/%d/%Y")  # noqa: DTZ007 - the caller adds the zone
    except ValueError:
        raise ValueError(f"{quoted(text)} is not a date in any form that USAJOBS uses") from None


def _with_microseconds(text: str) -> str:
    """Cut a fraction of more than six digits, which `fromisoformat` refuses."""
    whole, point, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{whole}{point}{rest[: min(digits, 6)]}{rest[digits:]}"


def _as_utc(moment: datetime) -> datetime:
    """Return it in UTC and in whole milliseconds, which is what MongoDB keeps."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is no date in UTC") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def read_amount(value: object) -> float | None:
    """Return a pay amount; `"94199.0"` and `"88,621"` are amounts, an empty string is none."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{quoted(value)} is not an amount")
    try:
        amount = float(value.replace(",", "") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        raise ValueError(f"{quoted(value)} is not an amount") from None
    if not math.isfinite(amount) or amount < 0:
        raise ValueError(f"{quoted(value)} is not an amount")
    return amount


def read_rate_interval(value: object) -> str:
    """Return the code of a pay-rate interval, which was written as its name until 2022.

    An unknown one is returned as it is: the caller counts it.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{quoted(value)} is not a pay-rate interval")
    text = value.strip()
    return _RATE_CODES_BY_NAME.get(text.casefold(), text.upper() if len(text) == 2 else text)


def read_grade(value: object) -> int | str | None:
    """Return 7 for "07" and "7", "D" for a band, None for "00", "" and nothing."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{quoted(value)} is not a grade")
    text = str(value).strip().upper()
    if len(text) > (2 if text.isdecimal() else LONGEST_BAND):
        raise ValueError(f"{quoted(value)} is not a grade")
    return int(text) or None if text.isdecimal() else text or None


def read_coordinate(value: object, bound: int) -> float | None:
    """Return degrees rounded to about ten metres, None for 0, which stands for unknown.

    The API's own figures waver in the last digits, and a waver is no amendment.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{quoted(value)} is not a coordinate")
    if not -bound <= value <= bound:  # also refuses NaN
        raise ValueError(f"{quoted(value)} is not a coordinate")
    return round(float(value), 4) or None
