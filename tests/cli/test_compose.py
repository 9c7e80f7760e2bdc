"""What is settled before Airflow's services start in the compose stack."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.cli import compose
from include.cli.compose import choose_executor, forget_old_runs, prepare, take_over_secrets
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
        "AIRFLOW_PASSWORD": "the-first-password",
        "AIRFLOW__CELERY__BROKER_URL": NOBODY,
        "AIRFLOW__CORE__FERNET_KEY": "the-first-key",
        "JOB_TRACKER_PORT": "8080",
        "JOB_TRACKER_SAMPLE_API": sample_api,
    }


def written(environ: dict[str, str]) -> ConfigParser:
    parser = ConfigParser()
    parser.read(environ["AIRFLOW_CONFIG"], "utf-8")
    return parser


@pytest.mark.parametrize(
    ("url", "base_url", "path"),
    [
        ("", "http://127.0.0.1:8080", ""),
        ("https://jobs.example.org", "https://jobs.example.org", ""),
        ("https://jobs.example.org/", "https://jobs.example.org", ""),
        ("http://box.lan:8443/airflow/", "http://box.lan:8443/airflow", "/airflow"),
        ("https://example.org/a/b-c", "https://example.org/a/b-c", "/a/b-c"),
    ],
)
def test_people_and_tasks_reach_airflow_under_the_same_path(
    environ: dict[str, str], url: str, base_url: str, path: str
) -> None:
    said = prepare({**environ, "JOB_TRACKER_URL": url})

    found = written(environ)
    assert found["api"]["base_url"] == base_url
    assert found["core"]["execution_api_server_url"] == (
        f"http://airflow-apiserver:8080{path}/execution/"
    )
    assert f"{base_url}/job-tracker/" in said


@pytest.mark.parametrize(
    "url",
    ["jobs.example.org", "ftp://example.org", "https://", "https://example.org/?a=b",
     "https://ada@example.org", "https://example.org/50%", "https://example.org//airflow"],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_starts(
    environ: dict[str, str], url: str
) -> None:
    with pytest.raises(UsageError, match=r"JOB_TRACKER_URL in \.env .*https://example.org/airflow"):
        prepare({**environ, "JOB_TRACKER_URL": url})
    assert not Path(environ["AIRFLOW_CONFIG"]).exists()


def test_tasks_go_to_celery_where_there_is_a_broker_and_stay_local_elsewhere() -> None:
    assert choose_executor("redis://:secret@localhost:6379/0") == "CeleryExecutor"
    assert choose_executor(NOBODY) == "LocalExecutor"


def test_the_executor_is_written_where_every_service_reads_it(environ: dict[str, str]) -> None:
    said = prepare(environ)

    assert written(environ)["core"]["executor"] == "LocalExecutor"
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

    with pytest.raises(
        UsageError, match=r"USAJOBS_API_KEY are not set.*add sample to COMPOSE_PROFILES"
    ):
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


@pytest.fixture
def starts(airflow: dict[str, str], tmp_path: Path) -> Any:
    """Start with other secrets; return what was said and what Airflow was asked."""
    command, asked = Path(airflow[GIVEN_AIRFLOW]), tmp_path / "asked"
    command.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(asked))}\n')

    def start(**changed: str) -> tuple[str, list[str]]:
        asked.write_text("")
        said = take_over_secrets({**airflow, **changed})
        return " ".join(said), asked.read_text().splitlines()

    return start


OTHER_PASSWORD = {"AIRFLOW_PASSWORD": "another-password"}
RESET = ["users reset-password --username admin --password another-password"]


def test_what_has_not_changed_since_the_last_start_is_left_as_it_is(starts: Any) -> None:
    for _ in range(3):
        assert starts() == ("", [])


def test_a_password_that_has_changed_becomes_the_admins_once(starts: Any) -> None:
    starts()
    said, asked = starts(**OTHER_PASSWORD)
    assert asked == RESET
    assert "AIRFLOW_PASSWORD" in said
    assert "another-password" not in said
    assert starts(**OTHER_PASSWORD) == ("", [])


def test_a_password_of_which_nothing_is_known_may_be_older_than_the_one_in_airflow(
    starts: Any,
) -> None:
    assert starts(**OTHER_PASSWORD) == ("", [])


def test_what_is_stored_is_encrypted_with_a_new_key(starts: Any) -> None:
    starts()
    said, asked = starts(AIRFLOW__CORE__FERNET_KEY="the-second-key,the-first-key")
    assert asked == ["rotate-fernet-key"]
    assert "AIRFLOW_FERNET_KEY" in said


def test_a_key_that_does_not_fit_what_is_stored_is_refused_at_each_start(
    starts: Any, airflow: dict[str, str]
) -> None:
    starts()
    command = Path(airflow[GIVEN_AIRFLOW])
    command.write_text("#!/bin/sh\necho InvalidToken >&2\nexit 1\n")
    for _ in range(2):
        with pytest.raises(UsageError, match=r"the former one\. Put that behind the new one"):
            starts(AIRFLOW__CORE__FERNET_KEY="the-second-key")


def test_no_secret_can_be_read_where_it_is_remembered(starts: Any, tmp_path: Path) -> None:
    starts()
    kept = tmp_path / "last-start.json"
    assert not any(text in kept.read_text() for text in ("the-first-password", "the-first-key"))
    assert kept.stat().st_mode & 0o777 == 0o600
