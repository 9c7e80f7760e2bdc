"""The service `airflow-init` of docker-compose.yaml: `python -m include.cli.compose`.

It checks that MongoDB and USAJOBS, or the sample API, can be used, writes Airflow's configuration
file, which all services share, has Airflow take over secrets that have changed in `.env`, and
delete its records of old runs.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from include.cli.airflow_cli import AirflowCli
from include.cli.changed_secrets import FERNET_KEY, PASSWORD, KnownSecrets, take_over
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
LAST_START = "last-start.json"

URL = "JOB_TRACKER_URL"
# What a browser and Airflow's configuration file both take as it is.
PUBLIC_URL = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*", re.ASCII)

# How long to wait for the sample API, which starts at the same time as this service.
PATIENCE = 20.0

GROWING_TABLES = "dag_run,task_instance,task_instance_history,xcom,log,job,asset_event"
"""The tables of the metadata database that grow with each run."""


def prepare(environ: Mapping[str, str]) -> str:
    """Prepare what all of Airflow's services need; return a summary.

    Raises:
        UsageError: there is neither a USAJOBS account nor a sample API, or the address is not one.
        CommandError: MongoDB can't be reached, or refuses the login.
    """
    settings = user_settings(environ)
    base_url = public_url(settings)
    mongo = server_version(environ["AIRFLOW_CONN_MONGO"])
    usajobs = _usajobs_source(settings)
    executor = choose_executor(environ["AIRFLOW__CELERY__BROKER_URL"])
    Path(environ[CONFIGURATION]).write_text(configuration(base_url, executor), encoding="utf-8")
    return f"MongoDB {mongo}; {usajobs}; {executor}; {base_url}/job-tracker/"


def public_url(settings: Mapping[str, str]) -> str:
    """Return the address under which people reach Airflow, without a slash at its end.

    Raises:
        UsageError: the one that is set is no such address.
    """
    url = settings.get(URL, f"http://127.0.0.1:{settings['JOB_TRACKER_PORT']}").rstrip("/")
    if not PUBLIC_URL.fullmatch(url):
        raise UsageError(
            f"{URL} in .env is no address that Airflow can have: {url}. It is written as "
            "https://jobs.example.org or https://example.org/airflow."
        )
    return url


def configuration(base_url: str, executor: str) -> str:
    """Return Airflow's configuration file.

    Where people reach Airflow under a path, its API server answers tasks under that path, too.
    """
    execution_api = f"http://airflow-apiserver:8080{urlsplit(base_url).path}/execution/"
    return (
        f"[core]\nexecutor = {executor}\nexecution_api_server_url = {execution_api}\n"
        f"[api]\nbase_url = {base_url}\n"
    )


def take_over_secrets(environ: Mapping[str, str]) -> list[str]:
    """Have Airflow use the secrets that have changed in `.env`; return a sentence for each.

    Raises:
        UsageError: Airflow refuses, or can't decrypt what it has stored.
    """
    secrets = {
        PASSWORD: environ[PASSWORD],
        FERNET_KEY: environ["AIRFLOW__CORE__FERNET_KEY"],
    }
    known = KnownSecrets(Path(environ[CONFIGURATION]).with_name(LAST_START))
    return take_over(secrets, known, AirflowCli((environ[GIVEN_AIRFLOW],), environ))


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
                "Set both in .env, or add sample to COMPOSE_PROFILES there; --profile on the "
                "command line replaces what is set there."
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
    """Prepare the services, take over secrets, delete old records, and print what was done."""
    print(prepare(os.environ))
    print(*take_over_secrets(os.environ), forget_old_runs(os.environ), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
