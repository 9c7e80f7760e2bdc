"""Pings over real connections, to a service that takes them or misbehaves."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

from include.airflow.pings import Signal, ping, ping_callback
from include.jobs import limits
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import Entry, SavedSearch
from tests.support.ping_server import CHECK, PingServer, ping_server

SEARCH = SavedSearch(entry=Entry(ping="healthchecks"))
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PING_PAUSE_SECONDS", 0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PingServer]:
    with ping_server() as server:
        connect(monkeypatch, host=server.address)
        yield server


def connect(monkeypatch: pytest.MonkeyPatch, **connection: Any) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HEALTHCHECKS", json.dumps({"conn_type": "http", **connection}))


class RunType(str, Enum):  # noqa: UP042
    """What Airflow 3 gives to tasks."""

    BACKFILL = "backfill"
    SCHEDULED = "scheduled"


def context(
    run_type: str = "scheduled",
    ended: datetime = NOW,
    params: dict[str, Any] | None = None,
    logical_date: datetime | None = None,
    attempt: int = 1,
    max_tries: int = 3,
) -> dict[str, Any]:
    """Return what a callback gets of a run whose data interval of a day ended then."""
    return {
        "run_id": f"{run_type}__{ended.isoformat()}",
        "dag_run": SimpleNamespace(run_type=run_type, logical_date=logical_date),
        "params": SearchParameters(**params or {}).model_dump(),
        "data_interval_start": ended - DAY,
        "data_interval_end": ended,
        "ti": SimpleNamespace(try_number=attempt, max_tries=max_tries),
        "task": SimpleNamespace(retries=3),
    }


def test_start_success_and_failure_go_to_the_addresses_of_the_protocol(server: PingServer) -> None:
    ping(SEARCH, Signal.START, context())
    ping(SEARCH, Signal.SUCCESS, context())
    ping(SEARCH, Signal.FAILURE, context(), "job_tracker failed in load: MongoDB — naïve")
    assert server.pings() == [
        ("start", ""),
        ("success", ""),
        ("fail", "job_tracker failed in load: MongoDB — naïve"),
    ]


def test_the_secret_end_of_the_address_may_be_the_password(
    server: PingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, host=server.address.removesuffix(CHECK), password=CHECK)
    ping(SEARCH, Signal.SUCCESS, context())
    connect(monkeypatch, host=server.address, login="user", password="of a server of one's own")
    ping(SEARCH, Signal.START, context())
    assert server.pings() == [("success", ""), ("start", "")]


def test_the_scheme_may_be_a_field_of_its_own_and_a_slash_may_follow(
    server: PingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, schema="http", host=server.address.removeprefix("http://") + "/")
    ping(SEARCH, Signal.SUCCESS, context())
    ping(SEARCH, Signal.START, context())
    assert server.pings() == [("success", ""), ("start", "")]


@pytest.mark.parametrize(
    ("of_run", "pings"),
    [
        ({}, 1),
        ({"run_type": "manual"}, 1),
        ({"run_type": "manual", "ended": NOW - 30 * DAY}, 1),
        ({"run_type": "manual", "logical_date": NOW}, 1),
        ({"run_type": "manual", "logical_date": NOW - 30 * DAY}, 0),
        ({"ended": NOW - timedelta(minutes=5)}, 1),
        ({"ended": NOW - 30 * DAY}, 0),
        ({"run_type": "backfill"}, 0),
        ({"run_type": RunType.BACKFILL}, 0),
        ({"run_type": RunType.SCHEDULED}, 1),
        ({"run_type": "manual", "params": {"location": "Denver, Colorado"}}, 0),
    ],
)
def test_only_a_run_that_says_something_about_the_schedule_pings(
    server: PingServer, of_run: dict[str, Any], pings: int
) -> None:
    ping(SEARCH, Signal.SUCCESS, context(**of_run))
    assert len(server.pings()) == pings


@pytest.mark.parametrize(("run_type", "pings"), [("scheduled", 1), ("manual", 0), ("backfill", 0)])
def test_of_a_run_that_airflow_ended_the_id_decides(
    server: PingServer, run_type: str, pings: int
) -> None:
    ping(SEARCH, Signal.FAILURE, {"run_id": f"{run_type}__2026-11-24T00:00:00+00:00"}, "timed out")
    assert server.pings() == [("fail", "timed out")] * pings


@pytest.mark.parametrize(
    ("attempt", "max_tries", "pings"),
    # Clearing the task after its second attempt begins again.
    [(1, 3, 1), (2, 3, 0), (4, 3, 0), (3, 5, 1), (4, 5, 0)],
)
def test_a_retry_is_no_start(server: PingServer, attempt: int, max_tries: int, pings: int) -> None:
    call = ping_callback(SEARCH, Signal.START)
    assert call
    call(context(attempt=attempt, max_tries=max_tries))
    assert server.pings() == [("start", "")] * pings


def test_without_a_service_there_is_no_callback() -> None:
    assert ping_callback(SavedSearch(), Signal.SUCCESS) is None


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "refused with status 404"),
        (302, "refused with status 302"),
        (503, "refused with status 503"),
    ],
)
def test_a_ping_that_is_refused_is_logged_in_one_line_without_the_address(
    server: PingServer, caplog: pytest.LogCaptureFixture, status: int, said: str
) -> None:
    server.status = status
    ping(SEARCH, Signal.SUCCESS, context())
    assert problem(caplog) == said


def problem(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the only line of the log says, after checking that it isn't indiscreet."""
    (line,) = [
        found
        for found in caplog.records
        if found.name == ping.__module__ and found.levelno >= logging.WARNING
    ]
    message = line.getMessage()
    assert "`healthchecks`" in message
    assert line.exc_info is None
    assert CHECK not in caplog.text
    return message.partition("` was ")[2].partition(". Check it")[0]


@pytest.mark.parametrize(
    "connection",
    [
        {"host": f"http://127.0.0.1:1/ping/{CHECK}"},
        {"host": f"http://service.invalid/ping/{CHECK}"},
        {"host": f"service.invalid/ping/{CHECK}"},
        {"host": f"http://[bad/ping/{CHECK}"},
        {"host": f"ftp://127.0.0.1/ping/{CHECK}"},
        {"host": f"http://127.0.0.1:1/ping/{CHECK}", "extra": ["is-no-object"]},
        {},
        None,
    ],
)
def test_a_connection_that_cannot_be_used_is_logged_without_the_address(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    connection: dict[str, Any] | None,
) -> None:
    if connection is None:
        monkeypatch.delenv("AIRFLOW_CONN_HEALTHCHECKS", raising=False)
    else:
        connect(monkeypatch, **connection)
    ping(SEARCH, Signal.SUCCESS, context())
    problem(caplog)


def test_a_service_that_does_not_answer_delays_nothing_much(
    server: PingServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PING_SECONDS", 0.3)
    server.delay = 30
    ping(SEARCH, Signal.SUCCESS, context())
    assert problem(caplog) == "not answered within 0.3 seconds"
