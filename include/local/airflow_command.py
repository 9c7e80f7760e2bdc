"""`bin/airflow`: Airflow's command line with the project's settings, on both lines.

`airflow dags backfill -s DAY -e DAY DAG`, which Airflow 3 has no longer, is in `backfill`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

from rich.console import Console

from include.local.airflow_cli import AirflowCli
from include.local.airflow_settings import airflow_command, airflow_environment
from include.local.backfill import INTERRUPTED, fill, read_backfill, say_native
from include.local.connections import Connections, choose_connections
from include.local.image import GIVEN_AIRFLOW, image_environment
from include.local.metadata_database import prepare_again, prepare_metadata_database
from include.local.options import parse_options
from include.local.ports import answers
from include.local.running import running_stack
from include.local.settings import local_directory, user_settings
from include.local.trouble import Refusal, Trouble

# What reaches for MongoDB or leaves the work to a scheduler.
WORKING_COMMANDS = {("dags", "test"), ("tasks", "test"), ("tasks", "run")}
WORKING_COMMANDS |= {("backfill", "create"), ("dags", "trigger")}

# A backfill that only asks and does nothing.
ONLY_ASKING = {"-h", "--help", "-n", "--dry-run"}

ANY_NUMBER = ("--allow-multiple", "--limit", "0")

NOTHING_RUNS = "No ./run.sh is running here: start it in another terminal first."


def main(arguments: Sequence[str]) -> int:
    """Become Airflow, or fill days on Airflow 3 and return the exit status."""
    command = tuple(arguments[:2])
    if command == ("dags", "backfill"):
        if not version("apache-airflow").startswith("2."):
            return _backfill_on_airflow_3(arguments[2:])
        if not ONLY_ASKING & set(arguments):
            _check_stack()
    if command in WORKING_COMMANDS and not _is_given() and not running_stack(local_directory()):
        print(NOTHING_RUNS, file=sys.stderr)
    _airflow(arguments).become(*arguments)


def local_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a command: the running stack's, else that of the settings."""
    options = parse_options([], user_settings(environ))
    stack = running_stack(local_directory()) or options
    connections = local_connections(environ)
    return airflow_environment(
        options.airflow, stack.port, connections.environment(), inherited=environ
    )


def local_connections(environ: Mapping[str, str]) -> Connections:
    """Return the connections of the running stack, else those of the settings."""
    settings = user_settings(environ)
    stack = running_stack(local_directory()) or parse_options([], settings)
    return choose_connections(settings, mongo_port=stack.mongo_port, sample_port=stack.sample_port)


def _backfill_on_airflow_3(arguments: Sequence[str]) -> int:
    backfill = read_backfill(arguments)
    if backfill.dry_run:
        say_native(backfill.command())
        _airflow(arguments).become(*backfill.command())
    _check_stack()
    airflow = _airflow(arguments)
    return fill(backfill, airflow, partial(_check_scheduler, airflow), Console(highlight=False))


def _is_given() -> bool:
    return bool(os.environ.get(GIVEN_AIRFLOW))


def _airflow(arguments: Sequence[str]) -> AirflowCli:
    """Return the Airflow to hand the arguments to, its metadata database ready for them."""
    if given := os.environ.get(GIVEN_AIRFLOW):
        return AirflowCli((given,), image_environment(os.environ))
    environment = local_environment(os.environ)
    line = user_settings(os.environ)["JOB_TRACKER_AIRFLOW"]
    if arguments[:1] in (["db"], ["users"]):
        prepare_again(line)
    else:
        prepare_metadata_database(line, environment)
    return AirflowCli(tuple(airflow_command()), environment)


def _check_stack() -> None:
    """Refuse to go on without a stack on this machine; in an image there is none to look for."""
    if not _is_given() and not running_stack(local_directory()):
        raise Refusal(NOTHING_RUNS)


def _check_scheduler(airflow: AirflowCli) -> None:
    _check_stack()
    stack = running_stack(local_directory())
    if stack and not answers(stack.port):
        raise Refusal(
            "./run.sh is running here without Airflow's servers: it has not started them yet, or "
            "was told to run --once."
        )
    if _is_given():
        try:
            airflow.ask("jobs", "check", "--job-type", "SchedulerJob", *ANY_NUMBER)
        except Refusal as refusal:
            raise Refusal("No scheduler of Airflow is running, so no day would be filled.") from (
                refusal
            )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        print(f"✗ {trouble}", file=sys.stderr)
        sys.exit(trouble.status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
