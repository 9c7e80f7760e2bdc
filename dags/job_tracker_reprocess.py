"""
### Reading quarantined rows again

A row that the program can't read is kept whole in `quarantine`, and the others are loaded. When an
update of the program can read it, trigger this DAG: it reads all rows in `quarantine` again,
without requests to USAJOBS, and moves the readable ones to `positions`, with the times and the
search of each run that read them. It takes no parameters, and can be interrupted and repeated at
any time.

- `reprocess` returns how many rows were in quarantine, which positions were inserted, changed,
  unchanged, superseded (something newer is stored) or rejected by their search, and which rows
  stay, with the reason.

Receipts of runs are not changed. `job_tracker_retention` deletes the remaining rows after 90 days.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import dag, get_current_context, task

from include.airflow.assets import POSITIONS, QUARANTINE, VERSIONS
from include.airflow.dag_defaults import TAGS, TASK_DEFAULTS
from include.airflow.operators import read_quarantine_again
from include.pipeline.reprocess import Outcome


@dag(
    dag_id="job_tracker_reprocess",
    description="Reads quarantined rows again and stores those that can be read now",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    # It has no schedule, so it runs only when triggered.
    is_paused_upon_creation=False,
    tags=TAGS,
    default_args=TASK_DEFAULTS,
)
def job_tracker_reprocess() -> None:
    """Define the only task."""

    @task(outlets=[POSITIONS, VERSIONS, QUARANTINE], multiple_outputs=False)
    def reprocess() -> Outcome:
        """Read all rows in `quarantine` again, and move those that can be read now."""
        return read_quarantine_again(get_current_context())

    reprocess()


job_tracker_reprocess()
