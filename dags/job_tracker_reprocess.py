"""
### Reading again what could not be read

A row of an answer that the program can't read is kept whole in `quarantine`, and the others are
loaded. Once the program has learned to read it (after an update), trigger this DAG: it reads all
rows in `quarantine` again, without asking USAJOBS, and moves those that it can read now to
`positions`, as what they were when they came: with the times and the search of each run that met
them. It takes no parameters, and may be broken off and run again at any time.

- `reprocess` returns how many rows were waiting, which positions were inserted, changed, unchanged,
  superseded (something newer is stored) or rejected by their search, and which rows stay, with the
  reason.

Receipts of runs are not changed. Rows that stay are deleted after 90 days by
`job_tracker_retention`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import dag, task
from dag_defaults import TAGS, TASK_DEFAULTS
from jobs_store import POSITIONS, jobs_database

from include import reprocess as quarantine


@dag(
    dag_id="job_tracker_reprocess",
    description="Reads quarantined rows again and stores those that can be read now",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    # It does nothing unless somebody triggers it.
    is_paused_upon_creation=False,
    tags=TAGS,
    default_args=TASK_DEFAULTS,
)
def job_tracker_reprocess() -> None:
    """Hold the task."""

    @task(outlets=[POSITIONS])
    def reprocess(outlet_events: Any = None) -> Any:
        with jobs_database() as database:
            outcome = quarantine.reprocess(database)
        outlet_events[POSITIONS].extra = quarantine.counts(outcome)
        return outcome

    reprocess()


job_tracker_reprocess()
