"""Defaults that all DAGs of the project share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import CronDataIntervalTimetable
else:
    try:
        from airflow.sdk import CronDataIntervalTimetable
    except ImportError:  # Airflow 2
        from airflow.timetables.interval import CronDataIntervalTimetable

__all__ = ["TAGS", "TASK_DEFAULTS", "CronDataIntervalTimetable"]

TAGS = ["jobs", "usajobs", "mongodb"]

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "job-tracker",
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    # DAGs have no `dagrun_timeout`: it counts from a run's logical date if `airflow dags test` or
    # `airflow tasks test` starts the run, so that one for a past day would end before it begins.
    "execution_timeout": timedelta(hours=1),
    # Return values are long, and can be viewed as XComs.
    "show_return_value_in_logs": False,
}
