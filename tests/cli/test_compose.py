"""What is settled before Airflow's services start in the compose stack."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.cli import compose
from include.cli.compose import choose_executor, forget_old_runs, prepare
from include.cli.image import GIVEN_AIRFLOW
from include.local.ports import free_port
from include.sample_api.running import running
from include.sample_api.server import create_app
from include.terminal.errors import UsageError

NOBODY = "redis://:secret@valkey:6379/0"


@pytest.fixture(scope="module")
def sample_api() -> Iterator[str]:
    with running(create_app()) as address:
        yield address


@pytest.fixture(autouse=True)
def no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked who has a name: this machine is the only host."""
    known = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def environ(tmp_path: Path, mongod_port: int, sample_api: str) -> dict[str, str]:
    mongo = {"conn_type": "mongo", "host": "127.0.0.1", "port": mongod_port, "schema": "jobs"}
    return {
        "AIRFLOW_CONFIG": str(tmp_path / "airflow.cfg"),
        "AIRFLOW_CONN_MONGO": json.dumps(mongo),
        "AIRFLOW__CELERY__BROKER_URL": NOBODY,
        "JOB_TRACKER_SAMPLE_API": sample_api,
    }


def test_tasks_go_to_celery_where_there_is_a_broker_and_stay_local_elsewhere() -> None:
    assert choose_executor("redis://:secret@localhost:6379/0") == "CeleryExecutor"
    assert choose_executor(NOBODY) == "LocalExecutor"


def test_the_executor_is_written_where_every_service_reads_it(environ: dict[str, str]) -> None:
    said = prepare(environ)

    assert Path(environ["AIRFLOW_CONFIG"]).read_text() == "[core]\nexecutor = LocalExecutor\n"
    assert said.startswith("MongoDB ")
    assert "reading from the sample API" in said
    assert "secret" not in said


def test_with_an_account_no_sample_api_is_needed(environ: dict[str, str]) -> None:
    account = {"USAJOBS_EMAIL": "seeker@example.org", "USAJOBS_API_KEY": "key-of-the-account"}
    nobody = {"JOB_TRACKER_SAMPLE_API": f"http://127.0.0.1:{free_port()}"}

    assert "reading from USAJOBS with your account" in prepare({**environ, **nobody, **account})


@pytest.mark.parametrize("address", ["http://sample-api:8090", "http://127.0.0.1:9"])
def test_without_anybody_to_ask_the_start_is_refused_by_name(
    environ: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "PATIENCE", 0)

    with pytest.raises(UsageError, match=r"USAJOBS_API_KEY are not set.*--profile sample up"):
        prepare({**environ, "JOB_TRACKER_SAMPLE_API": address})

    assert not Path(environ["AIRFLOW_CONFIG"]).exists()


NEWEST = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def airflow(
    environ: dict[str, str], tmp_path: Path, database: Database[dict[str, Any]]
) -> dict[str, str]:
    """The environment with a command in Airflow's place that notes what it is asked to do."""
    command = tmp_path / "airflow"
    command.write_text(f'#!/bin/sh\necho "$@" > {shlex.quote(str(tmp_path / "asked"))}\n')
    command.chmod(0o700)
    mongo = {**json.loads(environ["AIRFLOW_CONN_MONGO"]), "schema": database.name}
    return {**environ, "AIRFLOW_CONN_MONGO": json.dumps(mongo), GIVEN_AIRFLOW: str(command)}


def test_airflow_forgets_what_is_400_days_older_than_the_newest_receipt(
    airflow: dict[str, str], tmp_path: Path, database: Database[dict[str, Any]]
) -> None:
    database.runs.insert_one({"read_at": NEWEST})

    assert "from before 2025-10-19 are deleted" in forget_old_runs(airflow)

    asked = (tmp_path / "asked").read_text().split()
    assert asked[:4] == ["db", "clean", "--clean-before-timestamp", "2025-10-19T00:00:00+00:00"]
    assert {"--yes", "--skip-archive"} <= {*asked}


def test_before_the_first_receipt_airflow_forgets_nothing(
    airflow: dict[str, str], tmp_path: Path
) -> None:
    forget_old_runs(airflow)

    assert not (tmp_path / "asked").exists()


def test_the_stack_starts_even_if_airflow_cannot_forget(
    airflow: dict[str, str], database: Database[dict[str, Any]]
) -> None:
    database.runs.insert_one({"read_at": NEWEST})
    Path(airflow[GIVEN_AIRFLOW]).write_text(
        "#!/bin/sh\necho 'the database is locked' >&2\nexit 1\n"
    )

    assert "could not be deleted: Airflow refuses: the database is locked" in forget_old_runs(
        airflow
    )


def test_airflow_knows_the_tables_that_it_is_to_clean() -> None:
    airflow = pytest.importorskip("airflow.utils.db_cleanup")

    assert {*compose.GROWING_TABLES.split(",")} <= {*airflow.config_dict}
