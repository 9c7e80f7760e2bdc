"""Parses the times, amounts, grades and codes of USAJOBS into Python values.

The `read_…` functions raise `ValueError`, quoting the value, if it can't be parsed. For a missing
value they return None, except for the rate interval, which is required.
"""

from __future__ import annotations

import math
import re
import reprlib
from datetime import UTC, datetime, timedelta

from include.jobs import limits
from include.jobs.codes import GENERAL_SCHEDULE_PLANS, RATE_INTERVALS
from include.jobs.office_time import CLOSING_TIME, EASTERN, is_end_of_day

_quoter = reprlib.Repr()
_quoter.maxstring = _quoter.maxlong = _quoter.maxother = limits.MAX_QUOTED_CHARACTERS

NO_POTENTIAL = re.compile(r"(?:NONE|NO|N\.?/?A\.?|NOT APPLICABLE)\.?|0*")
_PLANS = "|".join(sorted(GENERAL_SCHEDULE_PLANS))
POTENTIAL = re.compile(
    rf"(?:(?:{_PLANS})[- ]?(?:\d{{4}}-)?(?=\d))?(\d{{1,2}})(?:\.0)?"
    r"|([A-Z]{2}(?:[- ]?\d{1,2}|[- ](?:[A-Z]|I{2,3}|IV))|[A-Z]|I{2,3}|IV)"
)
"""A grade of the General Schedule, whose plan and series may stand before it, or a band."""

_RATE_CODES_BY_NAME = {interval.name.casefold(): code for code, interval in RATE_INTERVALS.items()}


def quoted(value: object) -> str:
    """Return a value as messages quote it: truncated, however large or deeply nested it is."""
    return _quoter.repr(value)[: limits.MAX_QUOTED_CHARACTERS]


def read_opening(value: object) -> datetime | None:
    """Return an opening time in UTC.

    Without a zone it is Eastern Time; a date without a time means midnight.
    """
    moment = _read_moment(value)
    if moment is None:
        return None
    return _as_utc(moment if _has_zone(moment) else moment.replace(tzinfo=EASTERN))


def read_closing(value: object) -> datetime | None:
    """Return a closing time in UTC; without a zone it means 23:59 Eastern Time on that day."""
    moment = _read_moment(value)
    if moment is None:
        return None
    if not _has_zone(moment):
        moment = datetime.combine(moment.date(), CLOSING_TIME, EASTERN)
    return _as_utc(moment)


def _has_zone(moment: datetime) -> bool:
    """Return whether a time names its zone.

    The Z of a day's first or last minute does not: all 2,032 times of the rows recorded in 2016 are
    days, written as 2016-05-10T00:00:00Z.
    """
    return bool(moment.tzinfo) and not (moment.utcoffset() == timedelta() and is_end_of_day(moment))


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
    """Truncate a fraction of more than six digits, which `fromisoformat` rejects."""
    whole, point, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{whole}{point}{rest[: min(digits, 6)]}{rest[digits:]}"


def _as_utc(moment: datetime) -> datetime:
    """Return a time in UTC in whole milliseconds, as MongoDB stores it."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is no date in UTC") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def read_amount(value: object) -> float | None:
    """Return a pay amount from text such as "94199.0" or "88,621"; None for an empty string."""
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
    """Return the code of a pay-rate interval; until 2022 rows had its name instead.

    An unknown one is returned as it is, for the caller to count.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{quoted(value)} is not a pay-rate interval")
    text = value.strip()
    return _RATE_CODES_BY_NAME.get(text.casefold(), text.upper() if len(text) == 2 else text)


def read_grade(value: object) -> int | str | None:
    """Return a grade: 7 for "07" and "7", "D" for a band, None for "00", "" and None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{quoted(value)} is not a grade")
    text = str(value).strip().upper()
    if len(text) > (2 if text.isdecimal() else limits.MAX_BAND_CHARACTERS):
        raise ValueError(f"{quoted(value)} is not a grade")
    return int(text) or None if text.isdecimal() else text or None


def read_promotion_potential(value: object) -> int | str | None:
    """Return the grade up to which one is promoted: 12 for "12" and "GS-12", None for "NA"."""
    if not isinstance(value, str):
        return read_grade(value)
    text = value.strip().upper()
    if NO_POTENTIAL.fullmatch(text):
        return None
    found = POTENTIAL.fullmatch(text)
    if not found:
        raise ValueError(f"{quoted(value)} is not a grade")
    return read_grade(found[1] or found[2])


def read_coordinate(value: object, bound: int) -> float | None:
    """Return degrees rounded to about ten metres; None for 0, which means unknown.

    The API's values vary in the last digits, which must not count as an amendment.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{quoted(value)} is not a coordinate")
    if not -bound <= value <= bound:  # also refuses NaN
        raise ValueError(f"{quoted(value)} is not a coordinate")
    return round(float(value), 4) or None
