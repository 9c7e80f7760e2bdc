"""Which postings a run is about: those open now, or those announced in a past data interval."""

from __future__ import annotations

from datetime import date, datetime, timedelta

# Airflow's names of run types.
MANUAL, BACKFILL = "manual", "backfill"


def is_past_interval(
    run_type: str, start: datetime | None, end: datetime | None, now: datetime
) -> bool:
    """Return whether a run should read what was announced in its data interval.

    It should if the interval ended more than its own length ago, because then another run covers
    the postings that are open now. Manual runs, and scheduled ones that are merely late, read what
    is open now.
    """
    if run_type == MANUAL or start is None or end is None:
        return False
    return now - end > end - start


def days_of(start: datetime, end: datetime) -> list[date]:
    """Return the days that a data interval covers, at least one.

    The day on which it ends belongs to the next interval, so that consecutive intervals of any
    schedule cover every day.
    """
    first = start.date()
    return [first + timedelta(days=number) for number in range(max(1, (end.date() - first).days))]
