"""What opened and closed lately, by day and by week, and for how long it was open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from pymongo.database import Database

from include.jobs import limits
from include.jobs.office_time import EASTERN, eastern_day
from include.matching.match_result import KEPT_LEVELS
from include.store import collections
from include.store.damage import FIRST, LAST
from include.store.documents import Document
from include.web.queries import Standpoint, at_level
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
    for hour, jobs in _counted(database, at, since, "published_at", _hour_of("published_at")):
        opened[day_of(hour)] += jobs
    closed: Counter[date] = Counter()
    times: Counter[tuple[date, int]] = Counter()
    for hours, jobs in _counted(database, at, since, "closes_at", CLOSED):
        day = day_of(hours["closed"])
        closed[day] += jobs
        if hours["opened"] and (opening := day_of(hours["opened"])) <= day:
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
    database: Database[Document], at: Standpoint, since: datetime, field: str, key: Document
) -> Iterable[tuple[Any, int]]:
    """Count the positions whose `field` lies between then and now, by a key."""
    # A list of dates would match, too, and has no hour.
    is_between = {"$gte": since, "$lte": at.now, "$not": {"$type": "array"}}
    groups = collections.tz_aware(database[collections.POSITIONS]).aggregate(
        [
            {"$match": {field: is_between, **at_level(at, *KEPT_LEVELS)}},
            {"$group": {"_id": key, "jobs": {"$sum": 1}}},
        ]
    )
    return ((group["_id"], group["jobs"]) for group in groups)


def _hour_of(field: str) -> Document:
    """Return the expression for the hour in which a date lies.

    Days in Eastern Time consist of whole hours. Servers take ten times as long to compute them.
    """
    milliseconds = {"$mod": [{"$subtract": [f"${field}", FIRST]}, 60 * 60 * 1000]}
    return {"$subtract": [f"${field}", milliseconds]}


# What is between two dates is one.
IS_PUBLISHED = {"$and": [{"$gte": ["$published_at", FIRST]}, {"$lte": ["$published_at", LAST]}]}
CLOSED = {
    "opened": {"$cond": [IS_PUBLISHED, _hour_of("published_at"), None]},
    "closed": _hour_of("closes_at"),
}
