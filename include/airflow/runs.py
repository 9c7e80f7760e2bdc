"""What callbacks and tasks are told of their run."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from include.pipeline.data_interval import BACKFILL, RunDates, is_midnight, past_days
from include.searches.schedule import Schedule


def run_type(context: Any) -> str:
    """Return Airflow's name of a run's type, such as "scheduled"."""
    named = context["dag_run"].run_type
    # In tasks of Airflow 3 it is an enumeration, whose `str` begins with the name of its class.
    return str(getattr(named, "value", named))


def past_days_of(context: Any, schedule: Schedule) -> list[date]:
    """Return the past days that a run fills; none if it reads what is open now."""
    now = datetime.now(UTC)
    return past_days(_dates(context, schedule, now), schedule, now)


def is_backfill(context: Any) -> bool:
    """Return whether a run belongs to a backfill."""
    if not context.get("dag_run"):
        # When Airflow ends a run, the context may have only the run id.
        return str(context["run_id"]).startswith(f"{BACKFILL}__")
    return run_type(context) == BACKFILL


def _dates(context: Any, schedule: Schedule, now: datetime) -> RunDates:
    run = context["dag_run"]
    interval = context.get("data_interval_start"), context.get("data_interval_end")
    logical_date = getattr(run, "logical_date", None)
    return RunDates(
        run_type(context),
        interval if all(interval) else None,
        logical_date,
        _asked_at(run, schedule, now) if logical_date else None,
    )


def _asked_at(run: Any, schedule: Schedule, now: datetime) -> datetime:
    """Return when a run by hand with a logical date was asked for.

    Airflow 3 keeps it as `run_after`. Only `airflow tasks test`, which runs at once, sets that to
    the end of the interval. Airflow 2 keeps it as `queued_at` until the run is cleared; `dags test`
    and `tasks test` have none. Of a cleared run it is known only that no clock says exactly
    midnight: a date that does was named, and any other counts as the time itself.
    """
    if asked_at := getattr(run, "run_after", None):
        return now if asked_at == run.data_interval_end else asked_at
    if getattr(run, "clear_number", 0):
        zones = (UTC, schedule.zone)
        is_named = any(is_midnight(run.logical_date, zone) for zone in zones)
        return now if is_named else run.logical_date
    return getattr(run, "queued_at", None) or now
