"""What is settled before Airflow's services start in the compose stack."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.local import compose
from include.local.compose import choose_executor, prepare
from include.local.ports import free_port
from include.local.trouble import Refusal
from include.sample_api.running import running
from include.sample_api.server import create_app

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
    assert "the sample API is asked" in said
    assert "secret" not in said


def test_with_an_account_no_sample_api_is_needed(environ: dict[str, str]) -> None:
    account = {"USAJOBS_EMAIL": "seeker@example.org", "USAJOBS_API_KEY": "key-of-the-account"}
    nobody = {"JOB_TRACKER_SAMPLE_API": f"http://127.0.0.1:{free_port()}"}

    assert "USAJOBS is asked, with your account" in prepare({**environ, **nobody, **account})


@pytest.mark.parametrize("address", ["http://sample-api:8090", "http://127.0.0.1:9"])
def test_without_anybody_to_ask_the_start_is_refused_by_name(
    environ: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "PATIENCE", 0)

    with pytest.raises(Refusal, match=r"USAJOBS_API_KEY are not set.*--profile sample up"):
        prepare({**environ, "JOB_TRACKER_SAMPLE_API": address})

    assert not Path(environ["AIRFLOW_CONFIG"]).exists()
