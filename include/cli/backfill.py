"""Airflow 2's command `airflow dags backfill`, for Airflow 3.

In Airflow 3 the scheduler runs backfills: `airflow backfill create` only requests one. This module
also waits until the days are done, as Airflow 2's command does.
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
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Any

from rich.console import Console
from rich.text import Text

from include.cli.airflow_cli import AirflowCli
from include.jobs.formatting import count
from include.local.airflow_api import FINISHED
from include.local.services import uninterrupted
from include.searches.saved_searches import (
    DAG_ID,
    TAKEN,
    BadSearches,
    is_ours,
    read_saved_searches,
)
from include.searches.schedule import Schedule
from include.terminal.errors import INTERRUPTED, CommandError, UsageError
from include.terminal.progress import complain, step

POLL_SECONDS = 4.0
# Between two progress lines if the output is not a terminal.
LINE_SECONDS = 15.0
# After so long without progress, check whether the scheduler is still running.
QUIET_SECONDS = 60.0
# The scheduler looks for finished backfills, to close them, every 30 seconds.
CLOSING_SECONDS = 90.0

STOPPED = (
    "No longer waiting. Airflow's scheduler continues the backfill: to cancel it, open the DAG's "
    'page in Airflow and press "Cancel backfill".'
)
NOTHING_ENDED = (
    "None of these days can be filled yet: a run fills its days when its data interval has ended."
)

MANUAL = "manual__"
"""How Airflow begins the ids of runs by hand."""

Run = dict[str, Any]


@dataclass(frozen=True)
class Backfill:
    """The backfill to run. `reprocess` is Airflow 3's name for which finished days run again.

    The runs whose logical dates are between `start` and `end` are run. `schedule` is that of the
    DAG, if it runs a saved search.
    """

    dag_id: str
    start: str
    end: str
    reprocess: str = "none"
    conf: str | None = None
    backwards: bool = False
    dry_run: bool = False
    schedule: Schedule | None = None

    def command(self) -> list[str]:
        """Return the arguments that request it from Airflow 3."""
        command = ["backfill", "create", "--dag-id", self.dag_id]
        command += ["--from-date", self.start, "--to-date", self.end]
        command += ["--dag-run-conf", self.conf] if self.conf else []
        command += ["--reprocess-behavior", self.reprocess] if self.reprocess != "none" else []
        command += ["--run-backwards"] if self.backwards else []
        command += ["--dry-run"] if self.dry_run else []
        return command

    def has(self, run: Run) -> bool:
        """Return whether a run between the dates is one that it fills, and not one by hand."""
        if self.schedule is None or not run["run_id"].startswith(MANUAL):
            return True
        moment = datetime.fromisoformat(run["logical_date"])
        return self.schedule.first_from(moment) == moment

    def day(self, run: Run) -> str:
        """Return the day of a run in the search's time zone, and its time if not midnight."""
        moment = datetime.fromisoformat(run["logical_date"])
        local = moment.astimezone(self.schedule.zone if self.schedule else UTC)
        return f"{local:%Y-%m-%d}" if local.time() == time_of_day() else f"{local:%Y-%m-%d %H:%M}"

    def leaves(self, run: Run) -> bool:
        """Return whether it leaves an existing run as it is."""
        again = {"none": (), "failed": ("failed",), "completed": FINISHED}[self.reprocess]
        return run["state"] in FINISHED and run["state"] not in again


def read_backfill(arguments: Sequence[str]) -> Backfill:
    """Parse Airflow 2's arguments; options that Airflow 3 lacks exit with status 2.

    Raises:
        UsageError: the DAG's search can't be used.
    """
    parser = _parser()
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        names = [each for each in unknown if each.startswith("-")] or unknown
        parser.error(f"Airflow 3 does not support {', '.join(names)}; --help lists the options.")
    if not (given.start_date or given.end_date):
        parser.error("give the first day with -s and the last with -e, or one day with either")
    schedule = schedule_of(given.dag_id)
    start, end = bounds(*_dates(given), schedule)
    return Backfill(
        dag_id=given.dag_id,
        start=start,
        end=end,
        schedule=schedule,
        reprocess=given.reprocess,
        conf=given.conf,
        backwards=given.run_backwards,
        dry_run=given.dry_run,
    )


def dates_for_airflow_2(arguments: Sequence[str]) -> list[str]:
    """Return the arguments of Airflow 2's own command with days replaced by moments.

    Raises:
        UsageError: the DAG's search can't be used.
    """
    parser = argparse.ArgumentParser(add_help=False)
    _add_dates(parser)
    given, others = parser.parse_known_args(arguments)
    dag_ids = [each for each in others if is_ours(each)]
    if len(dag_ids) != 1 or not (given.start_date or given.end_date):
        return list(arguments)
    start, end = bounds(*_dates(given), schedule_of(dag_ids[0]))
    if (start, end) == _dates(given):
        return list(arguments)
    if end != _dates(given)[1]:
        # Airflow 2 would wait for runs of today that are still to come.
        end = min(end, datetime.now(UTC).isoformat(timespec="seconds"), key=datetime.fromisoformat)
    return [*others, "--start-date", start, "--end-date", end]


def schedule_of(dag_id: str) -> Schedule | None:
    """Return when a saved search is due; None for a DAG that runs none.

    Raises:
        UsageError: the file of the search can't be used.
    """
    if not is_ours(dag_id) or dag_id.removeprefix(f"{DAG_ID}_") in TAKEN:
        return None
    try:
        return read_saved_searches().of_dag(dag_id).schedule
    except BadSearches as problem:
        raise UsageError(str(problem)) from None


def bounds(start: str, end: str, schedule: Schedule | None) -> tuple[str, str]:
    """Return the bounds of the logical dates of the runs that cover the days from start to end.

    Days are those of the search's time zone, whereas Airflow takes a day for its midnight in UTC.
    Days for which that makes no difference, and dates with a time, are left as they are.

    Raises:
        UsageError: the first day is after the last one.
    """
    if schedule is None:
        return start, end
    first, last = _day(start), _day(end)
    if first and last and first > last:
        raise UsageError(f"The first day, {start}, is after the last one, {end}.")

    def written(moment: datetime) -> str:
        return moment.astimezone(schedule.zone).isoformat()

    if first:
        since, _ = schedule.runs_of(first, first)
        is_same = schedule.first_from(since) == schedule.first_from(_midnight(first))
        start = start if is_same else written(since)
    if last:
        _, until = schedule.runs_of(last, last)
        is_same = schedule.last_until(until) == schedule.last_until(_midnight(last))
        end = end if is_same else written(until)
    return start, end


def _day(text: str) -> date | None:
    """Return the day that is written; None for what only Airflow can read or refuse."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), UTC)


def say_native(command: Sequence[str]) -> None:
    """Print the equivalent command of Airflow 3."""
    print(f"Airflow 3: airflow {shlex.join(command)}", file=sys.stderr)


def fill(
    backfill: Backfill, airflow: AirflowCli, check_scheduler: Callable[[], None], console: Console
) -> int:
    """Run a backfill and wait until it is done; return the exit status, 1 if a day failed.

    `check_scheduler` raises UsageError if no scheduler is running.

    Raises:
        UsageError: Airflow refuses the backfill, or the DAG is paused.
        CommandError: the scheduler or the DAG stopped in the meantime.
    """

    def check() -> str:
        check_scheduler()
        return _active_runs(airflow, backfill.dag_id)

    # By default, Airflow 3 runs ten days at once, ignoring the DAG's own limit.
    command = [*backfill.command(), "--max-active-runs", check()]
    existing = {run["run_id"] for run in _days(airflow, backfill) if backfill.leaves(run)}
    say_native(command)
    try:
        _create(airflow, backfill.dag_id, command, console)
        runs = _wait(airflow, backfill, existing, check, console)
    except KeyboardInterrupt:
        console.print(Text(STOPPED), soft_wrap=True)
        return INTERRUPTED
    return _outcome(backfill, runs, existing, console)


def _active_runs(airflow: AirflowCli, dag_id: str) -> str:
    """Return the DAG's maximum number of active runs.

    Raises:
        UsageError: the DAG is paused or unknown.
    """
    dag = airflow.rows("dags", "details", dag_id)[0]
    if str(dag["is_paused"]) == "True":
        raise UsageError(
            f"{dag_id} is paused, so its days would not run. Unpause it first: "
            f"bin/airflow dags unpause {dag_id}"
        )
    return str(dag["max_active_runs"])


def _days(airflow: AirflowCli, backfill: Backfill) -> list[Run]:
    """Return the runs of the days to fill, oldest first; Airflow 3 has one per logical date."""
    between = ("--start-date", backfill.start, "--end-date", backfill.end)
    runs = airflow.rows("dags", "list-runs", backfill.dag_id, *between)
    return sorted(filter(backfill.has, runs), key=lambda run: str(run["logical_date"]))


def _create(airflow: AirflowCli, dag_id: str, command: Sequence[str], console: Console) -> None:
    """Request the backfill, waiting until Airflow has closed a previous one that is done."""
    patience = time.monotonic() + CLOSING_SECONDS
    while True:
        try:
            with uninterrupted():
                airflow.ask(*command)
            return
        except UsageError as refusal:
            if "No runs to create" in str(refusal):
                raise UsageError(NOTHING_ENDED) from refusal
            if "Another backfill is running" not in str(refusal):
                raise
            if time.monotonic() > patience or _is_at_work(airflow, dag_id):
                raise UsageError(
                    f"Another backfill of {dag_id} is running, and Airflow allows one at a time: "
                    "start this one again when the other is done."
                ) from refusal
        console.print(Text("  … waiting until Airflow has closed the previous backfill"))
        time.sleep(POLL_SECONDS)


def _is_at_work(airflow: AirflowCli, dag_id: str) -> bool:
    runs = airflow.rows("dags", "list-runs", dag_id)
    return any(run["state"] not in FINISHED for run in runs)


def _wait(
    airflow: AirflowCli,
    backfill: Backfill,
    existing: Collection[str],
    check: Callable[[], object],
    console: Console,
) -> list[Run]:
    """Show progress until all runs are finished, and return them."""
    with step(console, f"Filling days of {backfill.dag_id}") as it:
        changed = shown = time.monotonic()
        runs = _days(airflow, backfill)
        while any(run["state"] not in FINISHED for run in runs):
            if console.is_terminal or time.monotonic() - shown > LINE_SECONDS:
                it.now(_progress(backfill, runs, existing))
                shown = time.monotonic()
            if time.monotonic() - changed > QUIET_SECONDS:
                _check_again(check)
                changed = time.monotonic()
            time.sleep(POLL_SECONDS)
            before = runs
            # A single failure doesn't matter; if it lasts, the check below says why.
            with suppress(UsageError):
                runs = _days(airflow, backfill)
            changed = changed if runs == before else time.monotonic()
        filled = [run["state"] for run in runs if run["run_id"] not in existing]
        if failed := filled.count("failed"):
            it.failed(f"{failed} of {count(len(filled), 'day')} failed")
        else:
            it.done(f"{count(len(filled), 'day')} filled" if filled else "No day was left to fill")
    return runs


def _check_again(check: Callable[[], object]) -> None:
    try:
        check()
    except UsageError as refusal:
        raise CommandError(f"{refusal} The remaining days continue after that.") from refusal


def _progress(backfill: Backfill, runs: Sequence[Run], existing: Collection[str]) -> str:
    """Return the progress, for example "12 of 30 days done, 1 running, 0 failed, 2026-09-13"."""
    filled = [run for run in runs if run["run_id"] not in existing]
    states = Counter(run["state"] for run in filled)
    done = sum(states[state] for state in FINISHED)
    words = f"{done} of {count(len(filled), 'day')} done"
    words += f", {states['running']} running, {states['failed']} failed"
    at_work = [backfill.day(run) for run in filled if run["state"] == "running"]
    return f"{words}, {at_work[0]}" if at_work else words


def _outcome(
    backfill: Backfill, runs: Sequence[Run], existing: Collection[str], console: Console
) -> int:
    """List the days that failed, now or earlier, and return the exit status."""
    if existing:
        console.print(
            f"  {count(len(existing), 'day')} already run; --reset-dagruns runs them again."
        )
    failed = [run for run in runs if run["state"] == "failed"]
    for run in failed:
        earlier = " earlier" if run["run_id"] in existing else ""
        complain(console, f"{backfill.day(run)} failed{earlier}: {run['run_id']}")
    if failed:
        console.print("  --rerun-failed-tasks runs the failed days again.")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    """Return a parser for the options of Airflow 2's command that Airflow 3 supports."""
    parser = argparse.ArgumentParser(
        prog="airflow dags backfill",
        description="Fill past days and wait until they are done. On Airflow 3 the scheduler runs "
        "them.",
        allow_abbrev=False,
    )
    parser.add_argument("dag_id")
    _add_dates(parser)
    parser.add_argument("-c", "--conf", metavar="JSON", help="parameters of the runs")
    for option, state, which in (
        ("--rerun-failed-tasks", "failed", "failed"),
        ("--reset-dagruns", "completed", "have already run"),
    ):
        parser.add_argument(
            option,
            dest="reprocess",
            action="store_const",
            const=state,
            default="none",
            help=f"run days again that {which}",
        )
    parser.add_argument("-B", "--run-backwards", action="store_true", help="latest day first")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only show what would run")
    parser.add_argument("-y", "--yes", action="store_true", help="ignored on Airflow 3")
    return parser


def _add_dates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-s", "--start-date", metavar="DAY", help="the first day")
    parser.add_argument("-e", "--end-date", metavar="DAY", help="the last day")


def _dates(given: argparse.Namespace) -> tuple[str, str]:
    """Return the first and the last day; one that is not given is the other."""
    return given.start_date or given.end_date, given.end_date or given.start_date
