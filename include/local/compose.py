"""What the service `airflow-init` of docker-compose.yaml does: `python -m include.local.compose`.

It makes sure that the databases let us in and that somebody answers in USAJOBS' place, writes into
Airflow's configuration file, which all services share, how tasks are run, and lets Airflow delete
what it recorded of runs long ago.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from include.local.airflow_cli import AirflowCli
from include.local.command import exit_status
from include.local.connections import (
    database_name,
    mongo_client,
    server_version,
    usajobs_connection,
)
from include.local.image import GIVEN_AIRFLOW, SAMPLE_API
from include.local.settings import user_settings
from include.local.trouble import Refusal
from include.retention import Retention, latest_reading, limit

CONFIGURATION = "AIRFLOW_CONFIG"
# The services of the profiles `celery` and `sample` start at the same time as this one.
PATIENCE = 20.0

GROWING_TABLES = "dag_run,task_instance,task_instance_history,xcom,log,job,asset_event"
"""The tables of the metadata database that get longer with each run."""


def prepare(environ: Mapping[str, str]) -> str:
    """Prepare what all of Airflow's services need; return in words what was found."""
    settings = user_settings(environ)
    mongo = server_version(environ["AIRFLOW_CONN_MONGO"])
    asked = _whom_to_ask(settings)
    executor = choose_executor(environ["AIRFLOW__CELERY__BROKER_URL"])
    Path(environ[CONFIGURATION]).write_text(f"[core]\nexecutor = {executor}\n")
    return f"MongoDB {mongo}; {asked}; tasks run by the {executor}."


def forget_old_runs(environ: Mapping[str, str]) -> str:
    """Delete from the metadata database what is as old as receipts get; return in words what was.

    That is the default age of receipts, counted back from the newest of them. Airflow's command for
    it keeps the last scheduled run of each DAG. If it fails, Airflow can start nevertheless.
    """
    mongo = environ["AIRFLOW_CONN_MONGO"]
    with mongo_client(mongo) as client:
        old = limit(latest_reading(client[database_name(mongo)]), Retention().runs_days)
    if old is None:
        return "Nothing is recorded yet."
    before = ("--clean-before-timestamp", old.isoformat())
    how = ("--tables", GROWING_TABLES, "--skip-archive", "--yes", "--error-on-cleanup-failure")
    try:
        AirflowCli((environ[GIVEN_AIRFLOW],), environ).ask("db", "clean", *before, *how)
    except Refusal as refusal:
        return f"Airflow's records from before {old:%Y-%m-%d} could not be deleted: {refusal}"
    return f"Airflow's records of runs from before {old:%Y-%m-%d} are deleted."


def choose_executor(broker: str) -> str:
    """Return the CeleryExecutor if there is a host of the broker's name, else the LocalExecutor.

    The profile `celery` brings that host. Compose tells the other services nothing of profiles.
    """
    return "CeleryExecutor" if _address(broker) else "LocalExecutor"


def _whom_to_ask(settings: Mapping[str, str]) -> str:
    if usajobs_connection(settings):
        return "USAJOBS is asked, with your account"
    deadline = time.monotonic() + PATIENCE
    while not _answers(settings[SAMPLE_API]):
        if time.monotonic() > deadline:
            raise Refusal(
                "USAJOBS_EMAIL and USAJOBS_API_KEY are not set, and the sample API does not run. "
                "Set both in .env, or start with: docker compose --profile sample up"
            )
        time.sleep(1)
    return "the sample API is asked: its postings are made up"


def _answers(url: str) -> bool:
    address = _address(url)
    if address is None:
        return False
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError:
        return False
    return True


def _address(url: str) -> tuple[str, int] | None:
    """Return IP address and port of a URL; None if nobody has that name."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return None
    address, port = found[0][4][:2]
    return str(address), int(port)


def main(_: Sequence[str]) -> int:
    """Prepare, and say what was found and what was deleted."""
    print(prepare(os.environ))
    print(forget_old_runs(os.environ))
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
