"""USAJOBS's days and deadlines, which are in US Eastern Time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

CLOSING_TIME = time(23, 59)
"""When announcements close on their last day, unless they say otherwise."""


# Hundreds of jobs have few deadlines, and each is compared with the same `now`.
@lru_cache(maxsize=10_000)
def eastern_day(moment: datetime) -> date:
    """Return the day in Eastern Time; in UTC where that would be out of `datetime`'s range."""
    try:
        return moment.astimezone(EASTERN).date()
    except OverflowError:
        return moment.date()


def is_end_of_day(moment: datetime) -> bool:
    """Return whether it is in the first or the last minute of its day."""
    return (moment.hour, moment.minute) in {(0, 0), (23, 59)}


def next_day(moment: datetime, days: int = 1) -> datetime:
    """Return when the next day, or the one so many days later, begins in Eastern Time."""
    return datetime.combine(eastern_day(moment) + timedelta(days=days), time.min, EASTERN)


def days_left(closes_at: datetime, now: datetime) -> int:
    """Return the number of days until the last one: 0 on that day, negative afterwards."""
    return (eastern_day(closes_at) - eastern_day(now)).days
