"""Runs of the DAG ping the service that the file of their search names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from tests.dags.conftest import dag_of_search
from tests.support.ping_server import CHECK, PingServer, ping_server
from tests.support.rows import row

Run = Callable[..., str]


@pytest.fixture
def dag(airflow_database: None, tmp_path: Path) -> Any:
    """The DAG of a search whose file names a service."""
    return dag_of_search('ping = "healthchecks"', tmp_path / "dags")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PingServer]:
    with ping_server() as server:
        connection = {"conn_type": "http", "host": server.address}
        monkeypatch.setenv("AIRFLOW_CONN_HEALTHCHECKS", json.dumps(connection))
        yield server


@pytest.fixture
def api(connections: Any) -> Iterator[SampleApi]:
    api = create_app(rows=[row("1")])
    with running(api) as address:
        connections(address)
        yield api


@pytest.mark.usefixtures("api")
def test_a_run_pings_when_it_begins_and_when_all_is_done_and_shows_the_address_nowhere(
    server: PingServer, run: Run, written: Callable[[], str]
) -> None:
    assert run() == "success"
    assert server.pings() == [("start", ""), ("success", "")]
    assert CHECK not in written()
    assert run(location="Denver, Colorado") == "success"
    assert run(past_day=datetime.now(UTC).date() - timedelta(days=7)) == "success"
    assert server.pings() == []


def test_a_failure_pings_after_the_last_attempt_with_the_task_and_the_reason(
    dag: Any, api: SampleApi, server: PingServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = dag.get_task("extract")
    monkeypatch.setattr(extract, "retries", 1)
    monkeypatch.setattr(extract, "retry_delay", timedelta())
    monkeypatch.setattr(extract, "max_retry_delay", timedelta())
    api.faults.inject(Fault(kind="unavailable", status=503, times=None))
    assert run() == "failed"
    start, (failed, reason) = server.pings()
    assert (start, failed) == (("start", ""), "fail")
    assert reason.startswith("job_tracker failed in extract: Page 1: USAJOBS answered with status")
    assert "\n" not in reason


@pytest.mark.usefixtures("api")
def test_a_service_that_is_away_fails_no_run(
    server: PingServer, run: Run, written: Callable[[], str]
) -> None:
    server.status = 500
    assert run() == "success"
    said = written()
    assert "The ping over the Airflow connection `healthchecks` was refused with status 500" in said
    assert CHECK not in said
