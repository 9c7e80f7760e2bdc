"""The options of `./run.sh`, with their defaults from the environment or `.env`.

    python -m include.local.options --once

prints the Airflow version to use, or reports invalid options, before anything is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.local.settings import user_settings
from include.terminal.errors import ending_the_program

AIRFLOW_LINES = ("3.3", "2.11")

EPILOG = """\
settings, from the environment or the file .env (see .env.example):
  USAJOBS_EMAIL, USAJOBS_API_KEY   your USAJOBS account; without it the sample API is used
  AIRFLOW_CONN_USAJOBS             the same as an Airflow connection; wins over the two above
  AIRFLOW_CONN_MONGO               your own MongoDB; without it an embedded one is started, with
                                   its data in .local/mongo
  JOB_TRACKER_AIRFLOW, JOB_TRACKER_PORT, JOB_TRACKER_MONGO_PORT, JOB_TRACKER_SAMPLE_PORT
                                   defaults of the options with these names
  JOB_TRACKER_PYTHON               the Python to create the environment with
"""


@dataclass(frozen=True)
class Options:
    """The parsed command line. `conf` has the parameters of the run."""

    airflow: str
    once: bool
    conf: dict[str, Any]
    port: int
    mongo_port: int
    sample_port: int


def parse_options(arguments: Sequence[str], settings: Mapping[str, str]) -> Options:
    """Return the options; invalid ones print why and exit with status 2."""
    return Options(**vars(_parser(settings).parse_args(arguments)))


def _parser(settings: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run.sh",
        description="Start MongoDB and Airflow on this machine, run the DAG job_tracker and\n"
        "show the positions that it found. Ctrl-C stops everything.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--once", action="store_true", help="run the DAG once without Airflow's servers, then exit"
    )
    parser.add_argument(
        "--conf",
        type=_json_object,
        default={},
        metavar="JSON",
        help="""parameters of the run, e.g. '{"location": "Denver, Colorado"}'""",
    )
    parser.add_argument(
        "--airflow",
        choices=AIRFLOW_LINES,
        default=settings.get("JOB_TRACKER_AIRFLOW", AIRFLOW_LINES[0]),
        help="the Airflow version to run (default: %(default)s)",
    )
    for name, default, what in (
        ("port", 8080, "Airflow's pages"),
        ("mongo-port", 27117, "the embedded MongoDB"),
        ("sample-port", 8090, "the sample API"),
    ):
        parser.add_argument(
            f"--{name}",
            type=_port,
            default=settings.get(f"JOB_TRACKER_{name.upper().replace('-', '_')}", str(default)),
            metavar="N",
            help=f"port of {what} on 127.0.0.1 (default: %(default)s)",
        )
    return parser


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"{text!r:.200} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object of parameters")
    return value


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def main() -> None:
    """Print only the Airflow version to standard output, which `run.sh` reads."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    with ending_the_program():
        print(parse_options(sys.argv[1:], user_settings(os.environ)).airflow, file=stdout)


if __name__ == "__main__":
    main()
