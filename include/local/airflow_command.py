"""`bin/airflow`: Airflow's command line with the project's settings, on both lines.

`airflow dags backfill -s DAY -e DAY DAG`, which Airflow 3 has no longer, becomes
`airflow backfill create` there.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from include.local.airflow_settings import airflow_command, airflow_environment
from include.local.connections import choose_connections
from include.local.metadata_database import prepare_again, prepare_metadata_database
from include.local.options import parse_options
from include.local.running import running_stack
from include.local.settings import local_directory, user_settings
from include.local.trouble import Trouble

# In an image, which has settings of its own: the Airflow to hand the command to.
GIVEN_AIRFLOW = "JOB_TRACKER_AIRFLOW_COMMAND"

# What reaches for MongoDB or leaves the work to a scheduler.
WORKING_COMMANDS = {("dags", "test"), ("dags", "backfill"), ("tasks", "test"), ("tasks", "run")}
WORKING_COMMANDS |= {("backfill", "create"), ("dags", "trigger")}


def translated(arguments: Sequence[str], airflow_version: str) -> list[str]:
    """Return the arguments in the language of this Airflow."""
    if airflow_version.startswith("2.") or list(arguments[:2]) != ["dags", "backfill"]:
        return list(arguments)
    backfill = _backfill_parser().parse_args(arguments[2:])
    create = ["backfill", "create", "--dag-id", backfill.dag_id]
    create += ["--from-date", backfill.start_date or backfill.end_date]
    create += ["--to-date", backfill.end_date or backfill.start_date]
    if backfill.conf:
        create += ["--dag-run-conf", backfill.conf]
    if backfill.reset_dagruns or backfill.rerun_failed_tasks:
        create += ["--reprocess-behavior", "completed" if backfill.reset_dagruns else "failed"]
    create += ["--run-backwards"] if backfill.run_backwards else []
    create += ["--dry-run"] if backfill.dry_run else []
    return create


def local_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a command: the running stack's, else that of the settings."""
    settings = user_settings(environ)
    options = parse_options([], settings)
    stack = running_stack(local_directory()) or options
    connections = choose_connections(
        settings, mongo_port=stack.mongo_port, sample_port=stack.sample_port
    )
    return airflow_environment(
        options.airflow, stack.port, connections.environment(), inherited=environ
    )


def main() -> None:
    """Become Airflow."""
    arguments = translated(sys.argv[1:], version("apache-airflow"))
    if arguments != sys.argv[1:]:
        print(f"Airflow 3: airflow {shlex.join(arguments)}", file=sys.stderr)
    if given := os.environ.get(GIVEN_AIRFLOW):
        os.execv(given, [given, *arguments])  # noqa: S606 - no shell is wanted
    environment = local_environment(os.environ)
    if tuple(arguments[:2]) in WORKING_COMMANDS and not running_stack(local_directory()):
        print("No ./run.sh is running here: start it in another terminal first.", file=sys.stderr)
    line = user_settings(os.environ)["JOB_TRACKER_AIRFLOW"]
    if arguments[:1] in (["db"], ["users"]):
        prepare_again(line)
    else:
        prepare_metadata_database(line, environment)
    command = airflow_command(*arguments)
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted


def _backfill_parser() -> argparse.ArgumentParser:
    """Return the options of Airflow 2's command that Airflow 3 has a word for."""
    parser = argparse.ArgumentParser(
        prog="airflow dags backfill",
        description="Fill past days; on Airflow 3 the scheduler does the work.",
    )
    parser.add_argument("dag_id")
    parser.add_argument("-s", "--start-date", metavar="DAY")
    parser.add_argument("-e", "--end-date", metavar="DAY")
    parser.add_argument("-c", "--conf", metavar="JSON")
    parser.add_argument("--rerun-failed-tasks", action="store_true")
    parser.add_argument("--reset-dagruns", action="store_true")
    parser.add_argument("-B", "--run-backwards", action="store_true")
    parser.add_argument("-n", "--dry-run", action="store_true")
    parser.add_argument("-y", "--yes", action="store_true", help="nothing is asked on Airflow 3")
    return parser


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        print(f"✗ {trouble}", file=sys.stderr)
        sys.exit(trouble.status)
