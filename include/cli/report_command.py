"""`bin/report`: prints the report of the given run, or of the latest one.

With `--wait` it first waits for a run that is under way, or for the first one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pymongo.database import Database
from rich.console import Console

from include.cli.airflow_cli import AirflowCli
from include.cli.airflow_command import airflow_cli, check_stack
from include.cli.command import exit_status, jobs_database
from include.jobs.source import SEARCH
from include.local.airflow_api import FINISHED
from include.searches.saved_searches import DAG_ID
from include.store.collections import RUNS
from include.store.documents import Document
from include.store.history import newest_receipt
from include.terminal.errors import CommandError, UsageError
from include.terminal.progress import step
from include.terminal.report import show_report

USAGE = (
    "Usage: bin/report [--wait] [RUN_ID [DAG_ID]], as airflow dags list-runs job_tracker lists "
    "runs; the DAG is job_tracker unless you name another. --wait waits for a run that is under "
    "way, or for the first one."
)

POLL_SECONDS = 3.0
# After so long without any run, something else is wrong.
PATIENCE_SECONDS = 600.0


def main(arguments: Sequence[str]) -> int:
    """Show the report.

    Raises:
        UsageError: there are too many arguments, or unknown options.
        CommandError: there is no such run, or the one that was waited for failed.
    """
    named = [each for each in arguments if each != "--wait"]
    if len(named) > 2 or any(each.startswith("-") for each in named):
        raise UsageError(USAGE)
    if "--wait" in arguments:
        check_stack()
        _wait(airflow_cli(["dags"]), *named)
    with jobs_database(os.environ) as database:
        if named:
            run_id, dag_id = (*named, DAG_ID)[:2]
        else:
            run_id, dag_id = _latest_search(database)
        if not show_report(Console(highlight=False), database, run_id=run_id, dag_id=dag_id):
            raise CommandError(f"There is no complete run {run_id} of {dag_id} here.")
    return 0


def _wait(airflow: AirflowCli, run_id: str | None = None, dag_id: str = DAG_ID) -> None:
    """Wait until no run is under way and there is one, or until the named one has finished.

    Backfills don't count unless they are named.

    Raises:
        CommandError: the run failed, or none appears.
    """
    what = f"the run {run_id}" if run_id else "a run"
    began = time.monotonic()
    with step(Console(stderr=True, highlight=False), f"Waiting for {what} of {dag_id}") as it:
        while not (finished := _finished(airflow, dag_id, run_id)):
            if finished is None and time.monotonic() - began > PATIENCE_SECONDS:
                raise CommandError(
                    f"There was no sign of {what} of {dag_id} for "
                    f"{PATIENCE_SECONDS / 60:.0f} minutes. Is the DAG paused, or does Airflow "
                    "show an import error?"
                )
            time.sleep(POLL_SECONDS)
        last = max(finished, key=lambda run: str(run["start_date"]))
        if last["state"] == "failed":
            raise CommandError(
                f"The run {last['run_id']} of {dag_id} failed: its log in Airflow says why."
            )
        it.done(f"{last['run_id']} is done")


def _finished(airflow: AirflowCli, dag_id: str, run_id: str | None) -> list[dict[str, Any]] | None:
    """Return the runs that are meant; none while one is under way, None if there is none yet."""
    named = ("--dag-id", dag_id) if version("apache-airflow").startswith("2.") else (dag_id,)
    try:
        runs = airflow.rows("dags", "list-runs", *named)
    except UsageError:
        # Soon after the start, Airflow does not know the DAG yet.
        return None
    meant = [run for run in runs if _is_meant(run, run_id)]
    if not meant:
        return None
    return meant if all(run["state"] in FINISHED for run in meant) else []


def _is_meant(run: dict[str, Any], run_id: str | None) -> bool:
    return run["run_id"] == run_id if run_id else not run["run_id"].startswith("backfill__")


def _latest_search(database: Database[Document]) -> tuple[str, str]:
    """Return the run and DAG ids of the latest run over the Search API; backfills don't count."""
    receipt = newest_receipt(database[RUNS], source=SEARCH)
    if receipt is None:
        raise CommandError("No run has been completed here yet.")
    return str(receipt["run_id"]), str(receipt["dag_id"])


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
