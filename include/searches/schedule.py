"""When a search is due, by the rules of Airflow's `CronDataIntervalTimetable`.

Tasks and commands compute it here, because Airflow's own class is not available in all of its
processes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

SECOND = timedelta(seconds=1)

# croniter draws the times of R anew each time that it reads the expression.
RANDOM = re.compile(r"\br\b", re.IGNORECASE)


def check_cron(expression: str) -> str:
    """Return a cron expression by which Airflow can schedule runs.

    Raises:
        ValueError: it is not valid, or no time matches it.
    """
    fields = len(expression.split())
    valid = croniter.is_valid(expression) and not RANDOM.search(expression)
    if fields not in (1, 5) or not valid:
        raise ValueError("a schedule has five cron fields, as in “0 12 * * 1-5”, or is “@daily”")
    always = croniter(expression, datetime(2024, 1, 1, tzinfo=UTC))
    try:
        always.get_next(datetime)
        always.get_prev(datetime)
    except CroniterBadDateError:
        raise ValueError("no date matches this schedule, so it would never run") from None
    return expression


@dataclass(frozen=True)
class Schedule:
    """A cron expression in a time zone; each run covers the interval between two due times."""

    cron: str = "@daily"
    timezone: str = "UTC"

    @cached_property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.timezone)

    def next_after(self, moment: datetime) -> datetime:
        """Return the first due time after a moment, in UTC."""
        return self._due(moment, croniter.get_next)

    def last_before(self, moment: datetime) -> datetime:
        """Return the last due time before a moment, in UTC."""
        return self._due(moment, croniter.get_prev)

    def first_from(self, moment: datetime) -> datetime:
        """Return the first due time that is not before a moment, as Airflow aligns it."""
        due = self.next_after(moment)
        return moment if self.last_before(due) == moment else due

    def last_until(self, moment: datetime) -> datetime:
        """Return the last due time that is not after a moment, as Airflow aligns it."""
        due = self.last_before(moment)
        return moment if self.next_after(due) == moment else due

    def _due(self, moment: datetime, step: Callable[..., Any]) -> datetime:
        local = _plain(moment).astimezone(self.zone).replace(tzinfo=None)
        cron = croniter(self.cron, local)
        due: datetime = step(cron, datetime)
        if cron.expanded[1] == ["*"]:
            # Due every hour, also in the hour that a change of clocks repeats.
            return _plain(moment) + (due - local)
        return self._moment(due)

    def _moment(self, local: datetime) -> datetime:
        """Return a local time in UTC: if clocks skip it, later; if they repeat it, the second."""
        return max(local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))

    def runs_of(self, first: date, last: date) -> tuple[datetime, datetime]:
        """Return bounds, in UTC, between which Airflow finds the intervals that cover these days.

        Days are those of the time zone. An interval covers the day on which it starts, and the
        days after that up to the one before its end.
        """
        midnight, end = self._midnight(first), self._midnight(last + timedelta(days=1))
        before = self.last_before(midnight)
        after = self.next_after(before)
        start = after if after.astimezone(self.zone).date() == first else before
        # Near a change of clocks, Airflow overlooks a run that starts at, or after, some of these.
        moments = (midnight, start, start - SECOND, self.last_before(start) + SECOND)
        since = next((each for each in moments if self.first_from(each) == start), start)
        return since, end - SECOND

    def interval_of(self, day: date) -> tuple[datetime, datetime]:
        """Return when the first interval that covers a day starts, and when the last one ends."""
        since, until = self.runs_of(day, day)
        return self.first_from(since), self.next_after(self.last_until(until))

    def _midnight(self, day: date) -> datetime:
        """Return the first moment of a day, in UTC; where clocks skip midnight, it is later."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def _plain(moment: datetime) -> datetime:
    """Return a moment in UTC, without the arithmetic of Airflow's own class of datetimes."""
    in_utc = moment.astimezone(UTC)
    return datetime.combine(in_utc.date(), in_utc.time(), UTC)
