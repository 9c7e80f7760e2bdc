"""Which API a run asks: what is open now, or what was announced on a past day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

Source = Literal["search", "historicjoa"]

# They sort by rank: what the Search API says goes before what the Historic JOA API says.
SEARCH: Source = "search"
HISTORIC: Source = "historicjoa"

# Airflow's names of run types.
MANUAL, BACKFILL = "manual", "backfill"


def lies_in_the_past(
    run_type: str, start: datetime | None, end: datetime | None, now: datetime
) -> bool:
    """Tell whether a run is to be filled with what was announced in its data interval.

    It is where the interval ended more than its own length ago: then another run has had, or will
    have, what is open now. A run that somebody triggers by hand asks for what is open now, and so
    does a scheduled one that is merely late.
    """
    if run_type == MANUAL or start is None or end is None:
        return False
    return now - end > end - start


def days_of(start: datetime, end: datetime) -> list[date]:
    """Return the days that a data interval fills: those on which it begins and goes on.

    The day on which it ends belongs to the next one, so that intervals in a row, of whatever
    schedule, leave no day out.
    """
    first = start.date()
    return [first + timedelta(days=number) for number in range(max(1, (end.date() - first).days))]
