"""`bin/airflow`: Airflow's command line with the project's settings, for Airflow 2 and 3.

`airflow dags backfill -s DAY -e DAY DAG`, which Airflow 3 no longer has, is in `backfill`. What few
commands need is imported in functions, because each command waits for the imports.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from itertools import pairwise

from include.cli.airflow_cli import AirflowCli
from include.cli.image import GIVEN_AIRFLOW, image_environment
from include.local.airflow_settings import airflow_command, airflow_environment
from include.local.connections import Connections, choose_connections
from include.local.metadata_database import prepare_again, prepare_metadata_database
from include.local.options import parse_options
from include.local.ports import answers
from include.local.running import running_stack
from include.local.settings import local_directory, user_settings
from include.terminal.errors import INTERRUPTED, UsageError, ending_the_program

# Commands that need MongoDB or a scheduler.
WORKING_COMMANDS = {("dags", "test"), ("tasks", "test"), ("tasks", "run")}
WORKING_COMMANDS |= {("backfill", "create"), ("dags", "trigger")}

# Options with which a backfill only prints something.
ONLY_ASKING = {"-h", "--help", "-n", "--dry-run"}

CONF_OPTIONS = ("-c", "--conf", "--dag-run-conf")

ANY_NUMBER = ("--allow-multiple", "--limit", "0")

NOTHING_RUNS = "No ./run.sh is running here: start it in another terminal first."


def main(arguments: Sequence[str]) -> int:
    """Run Airflow in place of this process, or a backfill on Airflow 3; return the exit status."""
    command = tuple(arguments[:2])
    _check_conf(arguments)
    if command == ("dags", "backfill"):
        if not version("apache-airflow").startswith("2."):
            return _backfill_on_airflow_3(arguments[2:])
        if not ONLY_ASKING & set(arguments):
            check_stack()
        from include.cli.backfill import dates_for_airflow_2

        arguments = [*command, *dates_for_airflow_2(arguments[2:])]
    if command in WORKING_COMMANDS and not _is_given() and not running_stack(local_directory()):
        print(NOTHING_RUNS, file=sys.stderr)
    airflow_cli(arguments).become(*arguments)


def _check_conf(arguments: Sequence[str]) -> None:
    """Check the location and wishes of a run of a search, before Airflow is asked.

    Raises:
        UsageError: they can't be understood.
    """
    pairs = [argument.split("=", 1) for argument in arguments if "=" in argument]
    given = [text for option, text in [*pairwise(arguments), *pairs] if option in CONF_OPTIONS]
    if not given:
        return
    from include.searches.parameters import BadParameters, check_words
    from include.searches.saved_searches import runs_a_search

    if not any(map(runs_a_search, arguments)):
        return
    for text in given:
        try:
            conf = json.loads(text)
        except (ValueError, RecursionError):
            return
        try:
            check_words(conf if isinstance(conf, dict) else {})
        except BadParameters as problem:
            raise UsageError(str(problem)) from None


def local_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a command, from the running stack or else the settings."""
    options = parse_options([], user_settings(environ))
    stack = running_stack(local_directory()) or options
    connections = local_connections(environ)
    return airflow_environment(
        options.airflow, stack.port, connections.environment(), inherited=environ
    )


def local_connections(environ: Mapping[str, str]) -> Connections:
    """Return the connections, with the ports of the running stack or else of the settings."""
    settings = user_settings(environ)
    stack = running_stack(local_directory()) or parse_options([], settings)
    return choose_connections(settings, mongo_port=stack.mongo_port, sample_port=stack.sample_port)


def _backfill_on_airflow_3(arguments: Sequence[str]) -> int:
    from rich.console import Console

    from include.cli.backfill import fill, read_backfill, say_native

    backfill = read_backfill(arguments)
    if backfill.dry_run:
        say_native(backfill.command())
        airflow_cli(arguments).become(*backfill.command())
    check_stack()
    airflow = airflow_cli(arguments)
    return fill(backfill, airflow, partial(_check_scheduler, airflow), Console(highlight=False))


def _is_given() -> bool:
    return bool(os.environ.get(GIVEN_AIRFLOW))


def airflow_cli(arguments: Sequence[str]) -> AirflowCli:
    """Return the Airflow to run, with its metadata database prepared."""
    if given := os.environ.get(GIVEN_AIRFLOW):
        return AirflowCli((given,), image_environment(os.environ))
    environment = local_environment(os.environ)
    line = parse_options([], user_settings(os.environ)).airflow
    if arguments[:1] in (["db"], ["users"]):
        prepare_again(line)
    else:
        prepare_metadata_database(line, environment)
    return AirflowCli(tuple(airflow_command()), environment)


def check_stack() -> None:
    """Check that a stack is running on this machine; in an image nothing is checked."""
    if not _is_given() and not running_stack(local_directory()):
        raise UsageError(NOTHING_RUNS)


def _check_scheduler(airflow: AirflowCli) -> None:
    check_stack()
    stack = running_stack(local_directory())
    if stack and not answers(stack.port):
        raise UsageError(
            "./run.sh is running here without Airflow's servers: it has not started them yet, or "
            "runs with --once."
        )
    if _is_given():
        try:
            airflow.ask("jobs", "check", "--job-type", "SchedulerJob", *ANY_NUMBER)
        except UsageError as refusal:
            raise UsageError(
                "Airflow's scheduler is not running, so no day would be filled."
            ) from refusal


if __name__ == "__main__":
    try:
        with ending_the_program():
            sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
