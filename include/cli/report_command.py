"""`bin/report`: prints the report of the given run, or of the latest one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pymongo.database import Database
from rich.console import Console

from include.cli.command import exit_status, jobs_database
from include.jobs.source import SEARCH
from include.searches.saved_searches import DAG_ID
from include.store.collections import RUNS
from include.store.documents import Document
from include.store.history import newest_receipt
from include.terminal.errors import CommandError, UsageError
from include.terminal.report import show_report

USAGE = (
    "Usage: bin/report [RUN_ID [DAG_ID]], as airflow dags list-runs job_tracker lists runs; "
    "the DAG is job_tracker unless you name another."
)


def main(arguments: Sequence[str]) -> int:
    """Show the report.

    Raises:
        UsageError: there are too many arguments, or unknown options.
        CommandError: there is no such run.
    """
    if len(arguments) > 2 or any(each.startswith("-") for each in arguments):
        raise UsageError(USAGE)
    with jobs_database(os.environ) as database:
        if arguments:
            run_id, dag_id = (*arguments, DAG_ID)[:2]
        else:
            run_id, dag_id = _latest_search(database)
        if not show_report(Console(highlight=False), database, run_id=run_id, dag_id=dag_id):
            raise CommandError(f"There is no complete run {run_id} of {dag_id} here.")
    return 0


def _latest_search(database: Database[Document]) -> tuple[str, str]:
    """Return the run and DAG ids of the latest run over the Search API; backfills don't count."""
    receipt = newest_receipt(database[RUNS], source=SEARCH)
    if receipt is None:
        raise CommandError("No run has been completed here yet.")
    return str(receipt["run_id"]), str(receipt["dag_id"])


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
