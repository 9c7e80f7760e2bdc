"""The service `airflow-init` of docker-compose.yaml: `python -m include.cli.compose`.

It checks that MongoDB and USAJOBS, or the sample API, can be used, sets the executor in Airflow's
configuration file, which all services share, and has Airflow delete its records of old runs.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from include.cli.airflow_cli import AirflowCli
from include.cli.command import exit_status
from include.cli.image import GIVEN_AIRFLOW, SAMPLE_API
from include.local.connections import (
    database_name,
    mongo_client,
    server_version,
    usajobs_connection,
)
from include.local.settings import user_settings
from include.store.retention import Retention, latest_reading, limit
from include.terminal.errors import UsageError

CONFIGURATION = "AIRFLOW_CONFIG"
# How long to wait for the sample API, which starts at the same time as this service.
PATIENCE = 20.0

GROWING_TABLES = "dag_run,task_instance,task_instance_history,xcom,log,job,asset_event"
"""The tables of the metadata database that grow with each run."""


def prepare(environ: Mapping[str, str]) -> str:
    """Prepare what all of Airflow's services need; return a summary.

    Raises:
        UsageError: there is neither a USAJOBS account nor a sample API.
        CommandError: MongoDB can't be reached, or refuses the login.
    """
    settings = user_settings(environ)
    mongo = server_version(environ["AIRFLOW_CONN_MONGO"])
    usajobs = _usajobs_source(settings)
    executor = choose_executor(environ["AIRFLOW__CELERY__BROKER_URL"])
    Path(environ[CONFIGURATION]).write_text(f"[core]\nexecutor = {executor}\n")
    return f"MongoDB {mongo}; {usajobs}; {executor}."


def forget_old_runs(environ: Mapping[str, str]) -> str:
    """Delete Airflow's records of old runs from the metadata database; return a summary.

    They are kept for the default age of receipts, counted back from the newest receipt. Airflow's
    command keeps the last scheduled run of each DAG. If it fails, Airflow can start all the same.
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
    except UsageError as refusal:
        return f"Airflow's records from before {old:%Y-%m-%d} could not be deleted: {refusal}"
    return f"Airflow's records of runs from before {old:%Y-%m-%d} are deleted."


def choose_executor(broker: str) -> str:
    """Return the CeleryExecutor if the broker's host exists, else the LocalExecutor.

    That host belongs to the profile `celery`; services can't see which profiles are active.
    """
    return "CeleryExecutor" if _address(broker) else "LocalExecutor"


def _usajobs_source(settings: Mapping[str, str]) -> str:
    if usajobs_connection(settings):
        return "reading from USAJOBS with your account"
    deadline = time.monotonic() + PATIENCE
    while not _answers(settings[SAMPLE_API]):
        if time.monotonic() > deadline:
            raise UsageError(
                "USAJOBS_EMAIL and USAJOBS_API_KEY are not set, and the sample API is not running. "
                "Set both in .env, or start with: docker compose --profile sample up"
            )
        time.sleep(1)
    return "reading from the sample API, whose postings are made up"


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
    """Return the IP address and port of a URL, or None if the host name can't be resolved."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return None
    address, port = found[0][4][:2]
    return str(address), int(port)


def main(_: Sequence[str]) -> int:
    """Prepare the services, delete old records, and print both summaries."""
    print(prepare(os.environ))
    print(forget_old_runs(os.environ))
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
