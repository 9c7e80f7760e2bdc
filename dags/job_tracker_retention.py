"""
### What is kept how long?

Once a day this DAG deletes what `job_tracker` and its sister DAGs have left long ago. Stored
positions and your marks are never deleted.

- `prune_collections` deletes old receipts (`runs`), rows that could not be read (`quarantine`) and,
  if you want, former versions of postings (`position_versions`). Of each search it keeps the latest
  receipts, and of each position the current version, however old they are.
- `prune_files` deletes old XCom files, and old logs of these DAGs' tasks, from the file system of
  the worker that it runs on. Where each worker keeps logs of its own (Celery, Kubernetes without a
  shared volume), the others' have to be bounded there; logs and XComs in an object store by its
  lifecycle rules.

**To change it** set the Variable `job_tracker_retention` (*Admin → Variables*, or the environment
variable `AIRFLOW_VAR_JOB_TRACKER_RETENTION`) to what differs from these numbers of days; 0 keeps
for ever:

```json
{"runs_days": 400, "versions_days": 0, "quarantine_days": 90, "xcom_days": 30, "log_days": 30}
```

`runs_days` must not be less than `quarantine_days`: rows can be read again only with their
receipts. With a value that can't be used, both tasks fail and nothing is deleted.

**Ages** are counted back from the newest receipt, not from this machine's clock, so that a clock
that jumps deletes nothing; while `job_tracker` does not run, nothing gets old. A failed task can be
cleared at any time.

**What it did** is in the return values and the logs: how much was deleted, how much is left, and
from when the oldest is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.configuration import conf
from airflow.providers.common.compat.sdk import AirflowFailException, dag, task
from airflow.timetables.interval import CronDataIntervalTimetable
from dag_defaults import TAGS, TASK_DEFAULTS
from jobs_store import jobs_database

from include import retention

SETTINGS = "{{ var.value.get('job_tracker_retention', '{}') }}"


@dag(
    dag_id="job_tracker_retention",
    description="Deletes old receipts, quarantined rows, XCom files and logs of the Job Tracker",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2016, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags=TAGS,
    default_args=TASK_DEFAULTS,
)
def job_tracker_retention() -> None:
    """Chain the tasks."""

    @task
    def prune_collections(settings: str) -> Any:
        days = _read(settings)
        with jobs_database() as database:
            return retention.prune_collections(database, days)

    @task
    def prune_files(settings: str, pruned: Any) -> Any:
        return retention.prune_files(
            _read(settings),
            pruned["counted_from"],
            xcom_path=conf.get("common.io", "xcom_objectstorage_path", fallback=""),
            log_folder=conf.get("logging", "base_log_folder"),
            # Where DAG files are read is set by another name in Airflow 2.
            parsing_log_folders=[
                conf.get("logging", "dag_processor_child_process_log_directory", fallback=""),
                conf.get("scheduler", "child_process_log_directory", fallback=""),
            ],
        )

    prune_files(SETTINGS, prune_collections(SETTINGS))


def _read(settings: str) -> retention.Retention:
    try:
        return retention.read_retention(settings)
    except retention.BadRetention as problem:
        raise AirflowFailException(str(problem)) from None


job_tracker_retention()
