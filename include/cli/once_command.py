"""`bin/once`: runs one day's chain against your own USAJOBS and MongoDB, without a server.

It starts no service and keeps nothing: Airflow's metadata, XComs and logs are in a temporary
folder. What has to last is in MongoDB.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from include.cli.command import exit_status
from include.cli.image import usajobs_in_image
from include.local.airflow_settings import airflow_environment, project_folders
from include.local.connections import (
    MONGO_EXAMPLE,
    USAJOBS_EXAMPLE,
    read_mongo_connection,
    server_version,
)
from include.local.metadata_database import prepare_metadata_database
from include.local.one_run import OneRun, check_run, report, run_to_outcome
from include.local.options import add_conf_option
from include.local.services import Interrupted, interrupt_on_signals
from include.local.settings import local_directory, user_settings
from include.searches.saved_searches import DAG_ID, DEFAULT
from include.terminal.errors import UsageError
from include.terminal.progress import complain, step
from include.terminal.streams import adapt_streams

EPILOG = """\
connections, each an Airflow connection as one line of JSON:
  AIRFLOW_CONN_USAJOBS   or USAJOBS_EMAIL and USAJOBS_API_KEY
  AIRFLOW_CONN_MONGO

The exit status is 0 if the run succeeded, 1 if it failed, 2 if it could not begin.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the chain once; return 0 if it succeeded, 1 if it failed, 128 + signal if interrupted.

    Raises:
        UsageError: an option or a connection is missing or not valid.
        CommandError: MongoDB can't be used, or Airflow can't be prepared.
    """
    adapt_streams(line_buffering=True)
    console = Console(highlight=False)
    try:
        interrupt_on_signals()
        run = parse_run(arguments)
        check_run(run)
        connections = given_connections(user_settings(os.environ))
        with TemporaryDirectory(prefix="job-tracker-") as folder:
            return run_in(Path(folder), run, connections, console)
    except Interrupted as interrupted:
        console.print(Text("Stopped; nothing is left running.", "dim"))
        return interrupted.status


def parse_run(arguments: Sequence[str]) -> OneRun:
    """Return what to run; invalid options print why and exit with status 2."""
    parser = argparse.ArgumentParser(
        prog="once",
        description="Run a search once against your USAJOBS and MongoDB, without a server.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--search",
        default=DEFAULT,
        metavar="NAME",
        help="the saved search of dags/searches/NAME.toml (default: %(default)s)",
    )
    parser.add_argument(
        "--date",
        type=_past_day,
        metavar="DAY",
        help="a past day, such as 2026-11-20 (default: what is open now)",
    )
    add_conf_option(parser)
    options = parser.parse_args(arguments)
    dag_id = DAG_ID if options.search == DEFAULT else f"{DAG_ID}_{options.search}"
    return OneRun(dag_id, options.conf, options.date)


def given_connections(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of both connections.

    Raises:
        UsageError: one is missing or can't be read; the message says which, and shows an example.
    """
    found = {
        "AIRFLOW_CONN_USAJOBS": usajobs_in_image(settings),
        "AIRFLOW_CONN_MONGO": settings.get("AIRFLOW_CONN_MONGO"),
    }
    examples = {"AIRFLOW_CONN_USAJOBS": USAJOBS_EXAMPLE, "AIRFLOW_CONN_MONGO": MONGO_EXAMPLE}
    given = {name: connection for name, connection in found.items() if connection}
    if missing := found.keys() - given:
        raise UsageError(
            "Nothing was run, for lack of a connection. Set in the environment:"
            + "".join(f"\n  {name}='{examples[name]}'" for name in sorted(missing))
        )
    read_mongo_connection(given["AIRFLOW_CONN_MONGO"])
    return given


def run_in(folder: Path, run: OneRun, connections: Mapping[str, str], console: Console) -> int:
    """Run the chain with Airflow's files in a folder, and return its exit status.

    If the run fails, the whole output is printed before the reason: the folder does not last.

    Raises:
        CommandError: MongoDB can't be used, or Airflow can't be prepared.
    """
    line = ".".join(version("apache-airflow").split(".")[:2])
    mongo = connections["AIRFLOW_CONN_MONGO"]
    with step(console, "Connecting to MongoDB") as it:
        it.done(f"MongoDB {server_version(mongo)}")
    environment = airflow_environment(line, 0, connections, project=folder) | project_folders()
    with step(console, f"Preparing Airflow {line}") as it:
        prepare_metadata_database(line, environment, folder)
        it.done(f"Airflow {line}, with its metadata in a temporary folder")
    log = local_directory(folder) / "logs" / "run.log"
    outcome = run_to_outcome(run, console, environment, log)
    if outcome.status:
        with log.open(encoding="utf-8", errors="replace") as output:
            copyfileobj(output, sys.stdout)
        complain(console, outcome.reason)
    else:
        report(run, console, mongo, outcome.run_id)
    return outcome.status


def _past_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-20") from None
    if day > datetime.now(UTC).date():
        raise argparse.ArgumentTypeError(f"{text} is still to come")
    return day


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
