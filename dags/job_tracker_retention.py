"""
### Data retention

Once a day this DAG deletes old data of `job_tracker` and its sister DAGs. Stored positions and your
marks are never deleted.

- `prune_collections` deletes old receipts (`runs`), rows that could not be read (`quarantine`) and,
  if you want, former versions of postings (`position_versions`). It always keeps the latest
  receipts of each search and the current version of each position.
- `prune_files` deletes old XCom files, and old logs of these DAGs' tasks, on the worker where it
  runs. If each worker keeps its own logs (Celery, Kubernetes without a shared volume), limit the
  others' logs there. Logs and XComs in an object store are limited by its lifecycle rules.

**To change the limits**, set the Variable `job_tracker_retention` (*Admin → Variables*, or the
environment variable `AIRFLOW_VAR_JOB_TRACKER_RETENTION`) to the numbers of days that differ from
these defaults; 0 keeps data for ever:

```json
{"runs_days": 400, "versions_days": 0, "quarantine_days": 90, "xcom_days": 30, "log_days": 30}
```

`runs_days` must not be less than `quarantine_days`: rows can be read again only with their
receipts. If the value is not valid, both tasks fail and nothing is deleted.

**Ages** are counted back from the newest receipt, not from this machine's clock, so that a wrong
clock deletes nothing; while `job_tracker` does not run, nothing gets old. A failed task can be
cleared at any time.

**What it did** is in the return values and the logs: how much was deleted, how much is left, and
the date of the oldest data.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import dag, task

from include.airflow.dag_defaults import TAGS, TASK_DEFAULTS, CronDataIntervalTimetable
from include.airflow.pruning import prune_jobs_database, prune_worker_files
from include.store.old_files import PrunedFolders
from include.store.retention import PrunedCollections

SETTINGS = "{{ var.value.get('job_tracker_retention', '{}') }}"


@dag(
    dag_id="job_tracker_retention",
    description="Deletes old receipts, quarantined rows, XCom files and logs of the Job Tracker",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2016, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=TAGS,
    default_args=TASK_DEFAULTS,
)
def job_tracker_retention() -> None:
    """Chain the tasks."""

    @task(multiple_outputs=False)
    def prune_collections(settings: str) -> PrunedCollections:
        """Delete old documents."""
        return prune_jobs_database(settings)

    @task(multiple_outputs=False)
    def prune_files(settings: str, pruned: PrunedCollections) -> PrunedFolders:
        """Delete old XCom files and logs on this worker."""
        return prune_worker_files(settings, pruned["counted_from"])

    pruned: Any = prune_collections(SETTINGS)
    prune_files(SETTINGS, pruned)


job_tracker_retention()
