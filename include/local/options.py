"""The options of `./run.sh`, with their defaults from the environment or `.env`.

    python -m include.local.options --once

prints the Airflow version to use, or reports invalid options, before anything is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from include.local.settings import user_settings, where
from include.terminal.errors import UsageError, ending_the_program

AIRFLOW_LINES = ("3.3", "2.11")

Value = TypeVar("Value")

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
    """Return the options; invalid ones print why and exit with status 2.

    Raises:
        UsageError: a setting is not valid, or two ports are the same.
    """
    options = Options(**vars(_parser(settings).parse_args(arguments)))
    ports = (options.port, options.mongo_port, options.sample_port)
    if len(set(ports)) < len(ports):
        raise UsageError(
            "Airflow, the embedded MongoDB and the sample API need three different ports, not "
            f"{ports[0]}, {ports[1]} and {ports[2]}: see --port, --mongo-port and --sample-port."
        )
    return options


def _setting(
    settings: Mapping[str, str], name: str, default: Value, read: Callable[[str], Value]
) -> Value:
    """Return the value of a setting, as the default of its option."""
    if name not in settings:
        return default
    try:
        return read(settings[name])
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"{where(name)}: {error}.") from error


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
    add_conf_option(parser)
    parser.add_argument(
        "--airflow",
        type=_airflow_line,
        default=_setting(settings, "JOB_TRACKER_AIRFLOW", AIRFLOW_LINES[0], _airflow_line),
        metavar="{" + ",".join(AIRFLOW_LINES) + "}",
        help="the Airflow version to run (default: %(default)s)",
    )
    for name, default, what in (
        ("port", 8080, "Airflow's pages"),
        ("mongo-port", 27117, "the embedded MongoDB"),
        ("sample-port", 8090, "the sample API"),
    ):
        variable = f"JOB_TRACKER_{name.upper().replace('-', '_')}"
        parser.add_argument(
            f"--{name}",
            type=_port,
            default=_setting(settings, variable, default, _port),
            metavar="N",
            help=f"port of {what} on 127.0.0.1 (default: %(default)s)",
        )
    return parser


def add_conf_option(parser: argparse.ArgumentParser) -> None:
    """Add the option `--conf` for the parameters of a run."""
    parser.add_argument(
        "--conf",
        type=_json_object,
        default={},
        metavar="JSON",
        help="""parameters of the run, e.g. '{"location": "Denver, Colorado"}'""",
    )


def _json_object(text: str) -> dict[str, Any]:
    """Return the parameters of a run that an option has.

    Raises:
        argparse.ArgumentTypeError: the text is no JSON object.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"{text!r:.200} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object of parameters")
    return value


def _airflow_line(text: str) -> str:
    if text not in AIRFLOW_LINES:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {' and '.join(AIRFLOW_LINES)}")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def main() -> None:
    """Print the Airflow version, or the help, to standard output, which `run.sh` reads."""
    with ending_the_program():
        print(parse_options(sys.argv[1:], user_settings(os.environ)).airflow)


if __name__ == "__main__":
    main()
