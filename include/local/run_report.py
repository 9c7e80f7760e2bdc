"""`bin/report`: what a run found and wrote, the one that is named or the latest search."""

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
from include.sources import SEARCH


def main(arguments: Sequence[str]) -> int:
    """Show the report; Trouble if there is none."""
    if len(arguments) > 1 or any(each.startswith("-") for each in arguments):
        raise Refusal("Usage: bin/report [RUN_ID], as airflow dags list-runs job_tracker lists it.")
    with jobs_database(os.environ) as database:
        run_id = arguments[0] if arguments else _latest_search(database)
        if not show_report(Console(highlight=False), database, run_id):
            raise Trouble(f"There is no complete run {run_id} here.")
    return 0


def _latest_search(database: Database[Document]) -> str:
    """Return the run that last asked what is open now; those of past days say little of today."""
    receipt = newest_receipt(database[RUNS], source=SEARCH)
    if receipt is None:
        raise Trouble("No run has been completed here yet.")
    return str(receipt["run_id"])


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
