"""One run of a search's DAG without Airflow's servers, by `airflow dags test`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from include.local.airflow_settings import airflow_command
from include.local.connections import database_name, mongo_client
from include.local.services import last_words, run_to_end
from include.local.task_log import failed_task, import_failures, last_error
from include.searches.parameters import BadParameters, check_words
from include.searches.saved_searches import DAG_ID, DEFAULT, BadSearches, read_saved_searches
from include.terminal.errors import UsageError
from include.terminal.progress import complain, step
from include.terminal.report import show_report


@dataclass(frozen=True)
class OneRun:
    """What to run: a DAG, with parameters, for today or a past day."""

    dag_id: str = DAG_ID
    conf: dict[str, Any] = field(default_factory=dict)
    day: date | None = None

    def command(self) -> list[str]:
        """Return the command that runs it in this environment's Airflow."""
        conf = ("--conf", json.dumps(self.conf)) if self.conf else ()
        day = (self.day.isoformat(),) if self.day else ()
        return airflow_command("dags", "test", self.dag_id, *day, *conf)


class Outcome(NamedTuple):
    """How a run ended: its exit status, its id, and why it failed if it did."""

    status: int
    run_id: str
    reason: str = ""


def check_run(run: OneRun) -> None:
    """Check what can be known before anything starts.

    Raises:
        UsageError: the search's file, or the location or a wish in `conf`, is not valid.
    """
    try:
        read_saved_searches().of_dag(run.dag_id)
        check_words(run.conf)
    except (BadSearches, BadParameters) as problem:
        raise UsageError(str(problem)) from None


def run_to_outcome(
    run: OneRun,
    console: Console,
    environment: Mapping[str, str],
    log: Path,
    check: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run the DAG, showing its tasks, with its whole output in the file `log`.

    `check` is called regularly, and raises if the run can't go on.
    """
    with step(console, f"Running {run.dag_id}") as it:

        def watch() -> None:
            check()
            text = log.read_text(encoding="utf-8", errors="replace")
            if task := running_task(text):
                again = f", to be retried after {last_error(text)}" if waits(text) else ""
                it.now(f"Running {run.dag_id}: {task}{again}")

        status = run_to_end(run.command(), environment=environment, log=log, watch=watch)
        (it.failed if status else it.done)(f"{run.dag_id}: {'failed' if status else 'success'}")
    text = log.read_text(encoding="utf-8", errors="replace")
    note_unread(console, dict(import_failures(text)))
    if not status:
        return Outcome(0, run_id_of(text, run.dag_id))
    reason = reason_of_failure(text, run.dag_id)
    return Outcome(
        status,
        run_id_of(text, run.dag_id),
        reason or f"{run.dag_id} did not run. {last_words(log)}",
    )


def report(run: OneRun, console: Console, mongo: str, run_id: str) -> None:
    """Show what a run found and wrote."""
    with mongo_client(mongo) as client:
        database = client[database_name(mongo)]
        if not show_report(console, database, run_id=run_id, dag_id=run.dag_id):
            complain(console, f"The run {run_id} left no receipt in the collection runs.")


def note_unread(console: Console, errors: Mapping[str, str]) -> None:
    """Show which other DAG files can't be read, which concerns their own DAGs only."""
    for file, error in errors.items():
        if not is_of_the_dag(file, error):
            words = f"Airflow cannot read {file}, so its DAGs are missing: {error}"
            console.print(Text(f"  ! {words}", "yellow"), soft_wrap=True)


def is_of_the_dag(file: str, error: str) -> bool:
    """Return whether the DAG is missing because this file can't be read."""
    return Path(file).stem == DAG_ID or f"{DEFAULT}.toml" in error


def reason_of_failure(output: str, dag_id: str = DAG_ID) -> str | None:
    """Return what failed in `airflow dags test`, and why, by its output."""
    if failed := failed_task(output):
        task, why = failed
        return f"The task {task} failed: {why or 'it gives no reason'}"
    ours = [error for file, error in import_failures(output) if is_of_the_dag(file, error)]
    reason = ours[0] if ours else last_error(output)
    last_task = running_task(output)
    subject = f"{dag_id} {f'failed after its task {last_task}' if last_task else 'did not run'}"
    return f"{subject}: {reason}" if reason else None


def running_task(output: str) -> str | None:
    """Return the last task that `airflow dags test` started."""
    started = re.findall(r"\[DAG TEST\] starting task_id=(\S+)", output)
    return started[-1] if started else None


def waits(output: str) -> bool:
    """Return whether `airflow dags test` is waiting to retry a failed task."""
    return "up_for_retry]" in output.rstrip().rpartition("\n")[2].lower()


def run_id_of(output: str, dag_id: str = DAG_ID) -> str:
    """Return the run id that `airflow dags test` chose."""
    found = re.search(rf"<TaskInstance: {re.escape(dag_id)}\.\S+ (\S+)", output)
    return found.group(1) if found else ""
