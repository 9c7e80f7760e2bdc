"""`airflow dags backfill`, a command of Airflow 2, on Airflow 3.

There the scheduler fills the days: `airflow backfill create` only asks it to, and what is here
waits until they are done, as Airflow 2's command does.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from include.local.airflow_api import FINISHED
from include.local.airflow_cli import AirflowCli
from include.local.services import uninterrupted
from include.local.terminal import complain, step
from include.local.trouble import Refusal, Trouble

POLL_SECONDS = 4.0
# Between two lines where the output is no terminal.
LINE_SECONDS = 15.0
# Without news for so long, the scheduler may be gone.
QUIET_SECONDS = 60.0
# The scheduler closes a backfill whose days are done at its next look, every 30 seconds.
CLOSING_SECONDS = 90.0

STOPPED = (
    "Not waiting any longer. Days that Airflow has taken on go on under its scheduler: to end "
    'them, open the DAG\'s page in Airflow and press "Cancel backfill".'
)
INTERRUPTED = 130

Run = dict[str, Any]


@dataclass(frozen=True)
class Backfill:
    """What is to be filled. `reprocess` are the finished days that run again, in Airflow's word."""

    dag_id: str
    start: str
    end: str
    reprocess: str = "none"
    conf: str | None = None
    backwards: bool = False
    dry_run: bool = False

    def command(self) -> list[str]:
        """Return the arguments of Airflow 3 that ask for it."""
        command = ["backfill", "create", "--dag-id", self.dag_id]
        command += ["--from-date", self.start, "--to-date", self.end]
        command += ["--dag-run-conf", self.conf] if self.conf else []
        command += ["--reprocess-behavior", self.reprocess] if self.reprocess != "none" else []
        command += ["--run-backwards"] if self.backwards else []
        command += ["--dry-run"] if self.dry_run else []
        return command

    def leaves(self, run: Run) -> bool:
        """Tell whether it leaves a run as it is that was there before."""
        again = {"none": (), "failed": ("failed",), "completed": FINISHED}[self.reprocess]
        return run["state"] in FINISHED and run["state"] not in again


def read_backfill(arguments: Sequence[str]) -> Backfill:
    """Read Airflow 2's arguments; what Airflow 3 can't follow ends the program with status 2."""
    parser = _parser()
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        names = [each for each in unknown if each.startswith("-")] or unknown
        parser.error(f"Airflow 3 has nothing for {', '.join(names)}; it takes what --help shows.")
    if not (given.start_date or given.end_date):
        parser.error("name the first day with -s, the last with -e, or one day with either")
    return Backfill(
        dag_id=given.dag_id,
        start=given.start_date or given.end_date,
        end=given.end_date or given.start_date,
        reprocess=given.reprocess,
        conf=given.conf,
        backwards=given.run_backwards,
        dry_run=given.dry_run,
    )


def say_native(command: Sequence[str]) -> None:
    """Tell which command of Airflow 3 does the work."""
    print(f"Airflow 3: airflow {shlex.join(command)}", file=sys.stderr)


def fill(
    backfill: Backfill, airflow: AirflowCli, check_scheduler: Callable[[], None], console: Console
) -> int:
    """Have the days filled and wait for them; return the exit status, 1 if a day failed.

    `check_scheduler` raises Refusal if nobody is there to run them.
    """

    def check() -> str:
        check_scheduler()
        return _active_runs(airflow, backfill.dag_id)

    # Left to itself, Airflow 3 runs ten days at once, whatever the DAG says.
    command = [*backfill.command(), "--max-active-runs", check()]
    there = {run["run_id"] for run in _days(airflow, backfill) if backfill.leaves(run)}
    say_native(command)
    try:
        _create(airflow, backfill.dag_id, command, console)
        runs = _wait(airflow, backfill, there, check, console)
    except KeyboardInterrupt:
        console.print(Text(STOPPED), soft_wrap=True)
        return INTERRUPTED
    return _outcome(runs, there, console)


def _active_runs(airflow: AirflowCli, dag_id: str) -> str:
    """Return how many runs of the DAG may be active; Refusal if it is paused or unknown."""
    dag = airflow.rows("dags", "details", dag_id)[0]
    if str(dag["is_paused"]) == "True":
        raise Refusal(
            f"{dag_id} is paused, so its days would not run. Unpause it first: "
            f"bin/airflow dags unpause {dag_id}"
        )
    return str(dag["max_active_runs"])


def _days(airflow: AirflowCli, backfill: Backfill) -> list[Run]:
    """Return the runs of the days to fill, the oldest first; Airflow 3 has one a day at most."""
    between = ("--start-date", backfill.start, "--end-date", backfill.end)
    runs = airflow.rows("dags", "list-runs", backfill.dag_id, *between)
    return sorted(runs, key=lambda run: str(run["logical_date"]))


def _create(airflow: AirflowCli, dag_id: str, command: Sequence[str], console: Console) -> None:
    """Ask for the backfill, also of a DAG whose last one is done but not closed yet."""
    patience = time.monotonic() + CLOSING_SECONDS
    while True:
        try:
            with uninterrupted():
                airflow.ask(*command)
            return
        except Refusal as refusal:
            if "Another backfill is running" not in str(refusal):
                raise
            if time.monotonic() > patience or _is_at_work(airflow, dag_id):
                raise Refusal(
                    f"Another backfill of {dag_id} is running, and Airflow runs one at a time: "
                    "start this one again when that one is done."
                ) from refusal
        console.print(Text("  … waiting until Airflow has closed the backfill before this one"))
        time.sleep(POLL_SECONDS)


def _is_at_work(airflow: AirflowCli, dag_id: str) -> bool:
    runs = airflow.rows("dags", "list-runs", dag_id)
    return any(run["state"] not in FINISHED for run in runs)


def _wait(
    airflow: AirflowCli,
    backfill: Backfill,
    there: Collection[str],
    check: Callable[[], object],
    console: Console,
) -> list[Run]:
    """Show how the days get on, and return the runs of all when they are finished."""
    with step(console, f"Filling days of {backfill.dag_id}") as it:
        changed = said = time.monotonic()
        runs = _days(airflow, backfill)
        while any(run["state"] not in FINISHED for run in runs):
            if console.is_terminal or time.monotonic() - said > LINE_SECONDS:
                it.now(_progress(runs, there))
                said = time.monotonic()
            if time.monotonic() - changed > QUIET_SECONDS:
                _check_again(check)
                changed = time.monotonic()
            time.sleep(POLL_SECONDS)
            before = runs
            # One question without an answer is no news; if that lasts, the check says why.
            with suppress(Refusal):
                runs = _days(airflow, backfill)
            changed = changed if runs == before else time.monotonic()
        filled = [run["state"] for run in runs if run["run_id"] not in there]
        if failed := filled.count("failed"):
            it.failed(f"{failed} of {_days_of(len(filled))} failed")
        else:
            it.done(f"{_days_of(len(filled))} filled" if filled else "No day was left to fill")
    return runs


def _check_again(check: Callable[[], object]) -> None:
    try:
        check()
    except Refusal as refusal:
        raise Trouble(f"{refusal} The days that are left go on then.") from refusal


def _progress(runs: Sequence[Run], there: Collection[str]) -> str:
    """Return such as "12 of 30 days done, 1 running, 0 failed, 2026-09-13"."""
    filled = [run for run in runs if run["run_id"] not in there]
    states = Counter(run["state"] for run in filled)
    done = sum(states[state] for state in FINISHED)
    words = f"{done} of {_days_of(len(filled))} done"
    words += f", {states['running']} running, {states['failed']} failed"
    at_work = [_day(run) for run in filled if run["state"] == "running"]
    return f"{words}, {at_work[0]}" if at_work else words


def _outcome(runs: Sequence[Run], there: Collection[str], console: Console) -> int:
    """Name the days that failed, now or before, and return the exit status."""
    if there:
        console.print(f"  {_days_of(len(there))} there already; --reset-dagruns runs them again.")
    failed = [run for run in runs if run["state"] == "failed"]
    for run in failed:
        earlier = " earlier" if run["run_id"] in there else ""
        complain(console, f"{_day(run)} failed{earlier}: {run['run_id']}")
    if failed:
        console.print("  --rerun-failed-tasks runs the failed days again.")
    return 1 if failed else 0


def _day(run: Run) -> str:
    return str(run["logical_date"]).removesuffix("T00:00:00+00:00")


def _days_of(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _parser() -> argparse.ArgumentParser:
    """Return the options of Airflow 2's command that Airflow 3 has a word for."""
    parser = argparse.ArgumentParser(
        prog="airflow dags backfill",
        description="Fill past days and wait until they are done. On Airflow 3 the scheduler does "
        "the work.",
        allow_abbrev=False,
    )
    parser.add_argument("dag_id")
    parser.add_argument("-s", "--start-date", metavar="DAY", help="the first day")
    parser.add_argument("-e", "--end-date", metavar="DAY", help="the last day")
    parser.add_argument("-c", "--conf", metavar="JSON", help="parameters of the runs")
    for option, state, which in (
        ("--rerun-failed-tasks", "failed", "failed"),
        ("--reset-dagruns", "completed", "are there already"),
    ):
        parser.add_argument(
            option,
            dest="reprocess",
            action="store_const",
            const=state,
            default="none",
            help=f"run days again that {which}",
        )
    parser.add_argument("-B", "--run-backwards", action="store_true", help="the last day first")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only show what would run")
    parser.add_argument("-y", "--yes", action="store_true", help="nothing is asked on Airflow 3")
    return parser
