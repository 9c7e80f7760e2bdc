"""Which postings a run is about: those open now, or those announced in a past data interval."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from include.searches.schedule import Schedule

# Airflow's names of the run types whose data interval is one of the schedule. A run of any other
# type (manual, operator_triggered, asset_materialization, …) was asked for at some moment: if it
# has an interval, Airflow inferred it from the clock.
BACKFILL, SCHEDULED = "backfill", "scheduled"


def is_past_interval(
    run_type: str, end: datetime | None, schedule: Schedule, now: datetime
) -> bool:
    """Return whether a run should read what was announced in its data interval.

    It should if the next interval has ended too, because then another run covers the postings that
    are open now. Scheduled runs that are merely late, and runs of any other type, read what is open
    now.
    """
    if run_type not in (BACKFILL, SCHEDULED) or end is None:
        return False
    return schedule.next_after(end) < now


def days_of(start: datetime, end: datetime, zone: tzinfo) -> list[date]:
    """Return the days in a time zone that a data interval covers, at least one.

    The day on which it ends belongs to the next interval, so that consecutive intervals of any
    schedule cover every day.
    """
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    return [first + timedelta(days=number) for number in range(max(1, (last - first).days))]
