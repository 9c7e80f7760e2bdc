"""Which postings a run is about: those open now, or those announced on past days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from include.searches.schedule import Schedule

# Airflow's names of the run types whose data interval is one of the schedule. A run of any other
# type (manual, operator_triggered, asset_materialization, …) was asked for at some moment, and its
# interval, if it has one, was inferred from the clock or from its logical date.
BACKFILL, SCHEDULED = "backfill", "scheduled"

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class RunDates:
    """What Airflow knows of a run that decides which postings it is about.

    A run by hand has the logical date that somebody named, or else none or the time at which it was
    asked for.
    """

    run_type: str
    interval: Interval | None = None
    logical_date: datetime | None = None
    asked_at: datetime | None = None

    @property
    def is_of_schedule(self) -> bool:
        """Whether its data interval is one of the schedule."""
        return self.run_type in (BACKFILL, SCHEDULED)


def past_days(run: RunDates, schedule: Schedule, now: datetime) -> list[date]:
    """Return the past days whose announcements a run reads; none if it reads what is open now.

    A run of the schedule, scheduled or of a backfill, reads those of its interval once the interval
    is past; one that is merely late reads what is open now.

    Any other run does so if its logical date was in a past interval when the run was asked for. How
    long it has waited since, and whether it is cleared, makes no difference, so that a run without
    a date is never taken for one of a past day. It reads what a backfill of that day reads.
    """
    moment = now if run.is_of_schedule else run.asked_at
    if moment is None or (run.logical_date and run.logical_date > moment):
        return []
    interval = _interval(run, schedule)
    # Once the next interval has ended, too, another run covers what is open.
    if interval is None or moment <= schedule.next_after(interval[1]):
        return []
    return days_of(*interval, schedule.zone)


def _interval(run: RunDates, schedule: Schedule) -> Interval | None:
    """Return the interval of the schedule that a run is about; None if it has none and no date.

    A backfill takes over a run by hand of the same logical date, with the interval before it.
    """
    has_its_own = run.interval is not None and run.interval[0] == run.logical_date
    if run.logical_date is None or (run.is_of_schedule and has_its_own):
        return run.interval
    return schedule.interval_of(named_day(run.logical_date, schedule.zone))


def named_day(moment: datetime, zone: tzinfo) -> date:
    """Return the day that a logical date names, in a time zone.

    Airflow takes a day without a time for its midnight in UTC, so that is the day itself.
    """
    return moment.astimezone(UTC if is_midnight(moment, UTC) else zone).date()


def is_midnight(moment: datetime, zone: tzinfo) -> bool:
    """Return whether a day of a time zone begins at this moment."""
    return moment.astimezone(zone).time() == time()


def days_of(start: datetime, end: datetime, zone: tzinfo) -> list[date]:
    """Return the days in a time zone that a data interval covers, at least one.

    The day on which it ends belongs to the next interval, so that consecutive intervals of any
    schedule cover every day.
    """
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    return [first + timedelta(days=number) for number in range(max(1, (last - first).days))]
