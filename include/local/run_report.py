"""`bin/report`: what a run found and wrote, the one that is named or the latest search's."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pymongo.database import Database
from rich.console import Console

from include.documents import RUNS, Document
from include.history import newest_receipt
from include.local.command import exit_status, jobs_database
from include.local.report import show_report
from include.local.trouble import Refusal, Trouble
from include.saved_searches import DAG_ID
from include.sources import SEARCH

USAGE = (
    "Usage: bin/report [RUN_ID [DAG_ID]], as airflow dags list-runs job_tracker lists runs; "
    "the DAG is job_tracker unless you name another."
)


def main(arguments: Sequence[str]) -> int:
    """Show the report; Trouble if there is none."""
    if len(arguments) > 2 or any(each.startswith("-") for each in arguments):
        raise Refusal(USAGE)
    with jobs_database(os.environ) as database:
        if arguments:
            run_id, dag_id = (*arguments, DAG_ID)[:2]
        else:
            run_id, dag_id = _latest_search(database)
        if not show_report(Console(highlight=False), database, run_id=run_id, dag_id=dag_id):
            raise Trouble(f"There is no complete run {run_id} of {dag_id} here.")
    return 0


def _latest_search(database: Database[Document]) -> tuple[str, str]:
    """Return the run that last asked what is open now; those of past days say little of today."""
    receipt = newest_receipt(database[RUNS], source=SEARCH)
    if receipt is None:
        raise Trouble("No run has been completed here yet.")
    return str(receipt["run_id"]), str(receipt["dag_id"])


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
