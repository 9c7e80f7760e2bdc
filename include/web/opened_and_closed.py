"""What opened and closed lately, by day and by week, and for how long it was open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from pymongo.database import Database

from include.jobs import limits
from include.jobs.office_time import EASTERN, eastern_day
from include.matching.match_result import KEPT_LEVELS
from include.store import collections
from include.store.damage import FIRST, LAST
from include.store.documents import Document
from include.web.queries import Standpoint, at_level, not_closed
from include.web.schemas import DayCount, WeekCount

WEEK = timedelta(days=7)

Times = Mapping[tuple[date, int], int]
"""How many jobs closed on a day after so many days."""


class OpenedAndClosed(NamedTuple):
    """The last `ANALYTICS_DAYS` until today, and the weeks that end with it.

    `open_days` is the median of the days for which those were open that have closed.
    """

    days: list[DayCount]
    weeks: list[WeekCount]
    open_days: int | None


def opened_and_closed(database: Database[Document], at: Standpoint) -> OpenedAndClosed:
    """Return how many of a search's matches and near misses opened and closed (Eastern Time)."""
    first = eastern_day(at.now) - timedelta(days=limits.ANALYTICS_DAYS - 1)
    since = datetime.combine(first, time.min, EASTERN)
    day_of = cache(eastern_day)
    opened: Counter[date] = Counter()
    closed: Counter[date] = Counter()
    times: Counter[tuple[date, int]] = Counter()
    for group, jobs in _counted(database, at, since):
        opening = day_of(group["opened"]) if group["opened"] else None
        if opening and group["opened_lately"]:
            opened[opening] += jobs
        if group["closed"]:
            day = day_of(group["closed"])
            closed[day] += jobs
            if opening and opening <= day:
                times[day, (day - opening).days + 1] += jobs
    dates = [first + timedelta(days=each) for each in range(limits.ANALYTICS_DAYS)]
    days = [DayCount(day=each, opened=opened[each], closed=closed[each]) for each in dates]
    return OpenedAndClosed(days, weeks(days, times), median_days(times))


def weeks(days: list[DayCount], times: Times) -> list[WeekCount]:
    """Return the whole weeks that end with the last of the days, the earliest first."""
    found = []
    for start in range(len(days) % WEEK.days, len(days), WEEK.days):
        those = days[start : start + WEEK.days]
        first, last = those[0].day, those[-1].day
        found.append(
            WeekCount(
                first_day=first,
                last_day=last,
                opened=sum(each.opened for each in those),
                closed=sum(each.closed for each in those),
                open_days=median_days(
                    {each: jobs for each, jobs in times.items() if first <= each[0] <= last}
                ),
            )
        )
    return found


def median_days(times: Times) -> int | None:
    """Return the days for which half of the jobs were open, or less; None without any job."""
    half, counted = sum(times.values()) / 2, 0
    for (_, days), jobs in sorted(times.items(), key=lambda each: each[0][1]):
        counted += jobs
        if counted >= half > 0:
            return days
    return None


def _counted(
    database: Database[Document], at: Standpoint, since: datetime
) -> Iterable[tuple[Document, int]]:
    """Count the positions that opened or closed between then and now, by both times of theirs.

    Each is read once, by one index: what opened has closed since, or is still open. A position that
    closed earlier is left out, even if it says that it opened later.
    """
    # A list of dates would match, too, and is on no day.
    between = {"$gte": since, "$lte": at.now, "$not": {"$type": "array"}}
    of_search = at_level(at, *KEPT_LEVELS)
    still_open = {**not_closed(at.now), "published_at": between}
    groups = collections.tz_aware(database[collections.POSITIONS]).aggregate(
        [
            {"$match": {"$or": [{"closes_at": between, **of_search}, {**still_open, **of_search}]}},
            {
                "$group": {
                    "_id": {
                        "opened": _if_between("published_at", FIRST, LAST),
                        "opened_lately": _is_between("published_at", since, at.now),
                        "closed": _if_between("closes_at", since, at.now),
                    },
                    "jobs": {"$sum": 1},
                }
            },
        ]
    )
    return ((group["_id"], group["jobs"]) for group in groups)


def _is_between(field: str, first: datetime, last: datetime) -> Document:
    # What is between two dates is one.
    return {"$and": [{"$gte": [f"${field}", first]}, {"$lte": [f"${field}", last]}]}


def _if_between(field: str, first: datetime, last: datetime) -> Document:
    """Return the expression for a time on the same day as a date, or for null if it is not between.

    Days in Eastern Time begin at 4 or at 5 o'clock UTC, so that hour is kept apart. Servers take
    ten times as long to compute days of a time zone.
    """
    into_day = {"$mod": [{"$subtract": [f"${field}", FIRST + DAY_BEGINS]}, A_DAY]}
    into_part = {
        "$cond": [
            {"$gte": [into_day, A_DAY - AN_HOUR]},
            {"$subtract": [into_day, A_DAY - AN_HOUR]},
            into_day,
        ]
    }
    that = {"$subtract": [f"${field}", into_part]}
    return {"$cond": [_is_between(field, first, last), that, None]}


DAY_BEGINS = timedelta(hours=5)
AN_HOUR, A_DAY = 60 * 60 * 1000, 24 * 60 * 60 * 1000
"""In milliseconds, in which servers subtract dates."""
