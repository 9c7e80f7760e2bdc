"""Faults through the whole DAG, as Airflow runs it: one of each kind.

Those of the Search API's answers are in tests/dags/test_run.py.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from include.jobs import limits
from include.local.airflow_settings import airflow_command
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from tests.faults.chain import MongoDatabase
from tests.faults.conftest import CASES_IN_CI
from tests.faults.fault_env import SECOND_ROWS
from tests.faults.oracle import check_adds_up
from tests.faults.proxy import Breakdown, Proxy, proxy_before

Run = Callable[..., str]

TIMES = {"observed_at", "first_seen_at", "last_seen_at"}


@pytest.fixture
def api() -> SampleApi:
    return create_app(rows=SECOND_ROWS)


@pytest.fixture
def url(api: SampleApi, connections: Any) -> Iterator[str]:
    with running(api) as address:
        connections(address)
        yield address


def without_times(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return {name: without_times(value) for name, value in document.items() if name not in TIMES}


def contents(database: MongoDatabase) -> dict[str, Any]:
    """Return what is stored of each position, but for the times at which runs saw it."""
    return {found["_id"]: without_times(found) for found in database.positions.find()}


def check_completed(database: MongoDatabase, run: Run) -> None:
    """See that a good run completes what a disturbed one may have begun, and that this was true."""
    left = contents(database)
    assert run() == "success"
    right = contents(database)
    assert left.items() <= right.items()
    receipt = max(database.runs.find(), key=lambda found: found["read_at"])
    check_adds_up(receipt)
    assert right.keys() == {*receipt["matches"], *receipt["near_misses"]}


@pytest.mark.usefixtures("url")
def test_a_gzip_bomb_fails_the_run_and_the_next_one_completes_what_is_stored(
    database: MongoDatabase,
    api: SampleApi,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
    count: Callable[[str], None],
) -> None:
    monkeypatch.setattr(limits, "MAX_BODY_BYTES", 1_000_000)
    api.faults.inject(Fault(kind="gzip_bomb", size=3_000_000, times=None))
    assert run() == "failed"
    assert database.list_collection_names() == []
    assert "Page 1 is larger than 1,000,000 bytes" in written()
    api.faults.inject()
    check_completed(database, run)
    count("whole DAG: gzip bomb")


def test_a_name_that_is_not_found_fails_the_run(
    database: MongoDatabase,
    connections: Any,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
    count: Callable[[str], None],
) -> None:
    found = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "data.usajobs.gov":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    connections("https://data.usajobs.gov")
    assert run() == "failed"
    assert database.list_collection_names() == []
    assert "Page 1 was not received: " in written()
    count("whole DAG: the host's name is not found")


@pytest.mark.usefixtures("url")
def test_a_mongodb_that_falls_silent_fails_the_run_and_the_next_one_completes_what_is_stored(
    database: MongoDatabase,
    run: Run,
    mongod_port: int,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
    count: Callable[[str], None],
) -> None:
    monkeypatch.setattr("include.jobs.limits.TASK_SOCKET_TIMEOUT_MILLISECONDS", 500)
    with proxy_before(mongod_port) as proxy:
        connect_to(proxy, monkeypatch)
        proxy.inject(Breakdown("stall", 10_000))
        assert run() == "failed"
        assert re.search(r"MongoDB failed: .*timed out", written())
        proxy.come_back()
        check_completed(database, run)
    count("whole DAG: MongoDB falls silent")


@pytest.mark.usefixtures("url")
def test_mongodb_breaks_down_during_the_load_and_the_next_run_completes_what_is_stored(
    database: MongoDatabase,
    run: Run,
    mongod_port: int,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
    few_cases: int,
    count: Callable[[str], None],
) -> None:
    with proxy_before(mongod_port) as proxy:
        connect_to(proxy, monkeypatch)
        check_completed(database, run)
        total = proxy.passed["up"]
        for number in range(few_cases):
            for name in database.list_collection_names():
                database[name].delete_many({})
            proxy.inject(Breakdown("reset", Random(number).randrange(total), away=True))
            assert run() == "failed"
            assert "clear this task to finish" in written()
            proxy.come_back()
            check_completed(database, run)
            count("whole DAG: MongoDB breaks down during the load")


def connect_to(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the connection `mongo` go through a proxy, with little patience."""
    patience = {"serverSelectionTimeoutMS": 500, "directConnection": True}
    connection = json.loads(os.environ["AIRFLOW_CONN_MONGO"])
    connection |= {"port": proxy.port, "extra": patience}
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps(connection))


@contextmanager
def metadata_database_locked(seconds: float) -> Iterator[None]:
    """Let another process hold Airflow's own database for so long."""
    path = urlsplit(os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]).path.removeprefix("/")
    lock = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); time.sleep(float(sys.argv[2]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", lock, "/" + path.lstrip("/"), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "locked\n"
        yield
        process.kill()


@pytest.mark.both_lines
@pytest.mark.usefixtures("url")
def test_the_metadata_database_is_locked(
    database: MongoDatabase, run: Run, cases: int, count: Callable[[str], None]
) -> None:
    for seconds in (2, 60) if cases > CASES_IN_CI else (2,):
        with metadata_database_locked(seconds):
            try:
                state = run()
            except Exception as error:
                state = str(error)
        # Airflow waits for half a minute.
        assert state == "success" or (seconds == 60 and "database is locked" in state)
        check_completed(database, run)
        count(f"whole DAG: the metadata database is locked for {seconds} seconds")


@pytest.mark.both_lines
@pytest.mark.usefixtures("url", "airflow_database")
def test_airflow_is_killed_at_any_moment_of_a_run(
    database: MongoDatabase,
    api: SampleApi,
    run: Run,
    few_cases: int,
    count: Callable[[str], None],
) -> None:
    for number in range(few_cases):
        rng = Random(number)
        for name in database.list_collection_names():
            database[name].delete_many({})
        api.requests.clear()
        with subprocess.Popen(
            airflow_command("dags", "test", "job_tracker"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            while not api.requests and process.poll() is None:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 3))
            os.killpg(process.pid, signal.SIGKILL)
        check_completed(database, run)
        count("whole DAG: kill -9 of Airflow")
