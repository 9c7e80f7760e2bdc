"""
### What became of your applications?

Once a day this DAG asks the **Historic JOA API** for the status of the positions that somebody
saved or applied for: accepting applications, reviewing applications, candidate selected, hiring
complete, job canceled. The page shows it, and the next digest tells it once.

- `read_outcomes` asks for up to 1,000 positions with 10 requests; if there are more, those go
  first that it has not asked about for longest. It stores the statuses in `positions`, as
  `outcome`, with the day on which each was first seen. It needs no API key, and sends none.

A position is asked about from its publication until its status is final (hiring complete, job
canceled), or for a year after it closed.

If USAJOBS does not answer, the task is skipped after its retries, and the next run asks again.
After a week without any answer it fails, and the recipients of the default search are notified.
Runs of the searches don't wait for this DAG, and it can be run again at any time.

**What it did** is in the return value: how many positions it asked about, which are unknown to the
API, and whose status is new.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from airflow.providers.common.compat.sdk import dag, get_current_context, task

from include.airflow import outcomes
from include.airflow.assets import APIS, POSITIONS
from include.airflow.dag_defaults import TAGS, TASK_DEFAULTS, CronDataIntervalTimetable
from include.jobs.source import HISTORIC
from include.pipeline.outcomes import Outcomes

RUN_FAILED = outcomes.outcomes_failed(Path(__file__).with_name("searches"))


@dag(
    dag_id="job_tracker_outcomes",
    description="Reads what became of the positions that somebody saved or applied for",
    doc_md=__doc__,
    # After the office day in Washington, and before the digests of the day.
    schedule=CronDataIntervalTimetable("0 23 * * *", timezone="UTC"),
    start_date=datetime(2016, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=TAGS,
    default_args={**TASK_DEFAULTS, "on_failure_callback": RUN_FAILED},
    on_failure_callback=RUN_FAILED,
)
def job_tracker_outcomes() -> None:
    """Define the only task."""

    @task(inlets=[APIS[HISTORIC]], outlets=[POSITIONS], multiple_outputs=False)
    def read_outcomes() -> Outcomes:
        """Read the status of each position that somebody saved or applied for."""
        return outcomes.read_outcomes(get_current_context())

    read_outcomes()


job_tracker_outcomes()
