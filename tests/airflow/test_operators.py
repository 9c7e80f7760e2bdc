"""What the operators take: how they run is tested through the whole DAG, in tests/dags."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from inspect import signature
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.http.operators.http import HttpOperator

from include.airflow.operators import UsajobsExtractOperator
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import Entry, SavedSearch
from include.usajobs.client import FatalApiError
from include.usajobs.historic_api import NoKey, opened_between
from include.usajobs.search_api import ApiKeyAuth

HONOURED = {
    "http_conn_id": "usajobs_of_ada",
    "headers": {"Accept-Language": "en"},
    "tcp_keep_alive": True,
    "tcp_keep_alive_idle": 60,
    "tcp_keep_alive_count": 5,
    "tcp_keep_alive_interval": 7,
}

OTHERS = sorted(
    name
    for name, parameter in signature(HttpOperator.__init__).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY and name not in HONOURED
)


def test_http_operator_has_arguments_of_either_kind() -> None:
    assert HONOURED.keys() <= signature(HttpOperator.__init__).parameters.keys()
    assert {"method", "endpoint", "data", "response_check", "pagination_function"} <= {*OTHERS}


@pytest.mark.parametrize("name", OTHERS)
def test_an_argument_of_http_operator_that_is_not_honoured_is_refused_by_name(name: str) -> None:
    with pytest.raises(TypeError, match=rf"sets these itself: {name}\. .*http_conn_id"):
        UsajobsExtractOperator(task_id="extract", **{name: None})


def test_all_refused_arguments_are_named_and_the_others_are_not() -> None:
    with pytest.raises(TypeError) as refused:
        UsajobsExtractOperator(task_id="extract", method="POST", headers={}, deferrable=True)
    assert "itself: deferrable, method." in str(refused.value)


def test_an_operator_is_made_without_reading_the_gazetteer(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any) -> None:
        raise AssertionError("each task and each reading of the DAG file would take longer")

    monkeypatch.setattr("include.jobs.places.find_place", read)
    monkeypatch.setattr("include.jobs.places._names_of_usajobs", read)
    operator = UsajobsExtractOperator(task_id="extract", **HONOURED)

    assert operator.data["LocationName"] == "{{ params.location }}"


def test_what_is_honoured_reaches_the_connection_and_each_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = {"conn_type": "http", "host": "http://127.0.0.1:9", "login": "a", "password": "b"}
    monkeypatch.setenv("AIRFLOW_CONN_USAJOBS_OF_ADA", json.dumps(connection))
    sent: list[Any] = []
    operator = UsajobsExtractOperator(task_id="extract", **HONOURED)
    hook = operator.hook
    monkeypatch.setattr(type(hook), "run", lambda _, *arguments: sent.append(arguments))

    operator._fetch("/api/Search", {"Page": 1})

    assert (hook.http_conn_id, hook.auth_type, hook.method) == ("usajobs_of_ada", ApiKeyAuth, "GET")
    assert {
        (socket.SOL_TCP, socket.TCP_KEEPIDLE, 60),
        (socket.SOL_TCP, socket.TCP_KEEPCNT, 5),
        (socket.SOL_TCP, socket.TCP_KEEPINTVL, 7),
    } <= {*hook.keep_alive_adapter.socket_options}
    ((endpoint, query, headers, _),) = sent
    assert (endpoint, query, headers) == ("/api/Search", {"Page": 1}, HONOURED["headers"])
    without = UsajobsExtractOperator(task_id="other", **{**HONOURED, "tcp_keep_alive": False})
    assert without.hook.keep_alive_adapter is None


class Recorder(http.server.BaseHTTPRequestHandler):
    """Stands for everybody on the way: keeps the headers of each request."""

    seen: list[str] = []

    def do_GET(self) -> None:
        self.seen.append(str(self.headers))
        self.send_error(404)

    def log_message(self, *arguments: Any) -> None: ...


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Recorder.seen.clear()
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetch_over(connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    account = {"conn_type": "http", "login": "me@example.org", "password": "SECRET-KEY"}
    monkeypatch.setenv("AIRFLOW_CONN_USAJOBS_OF_ADA", json.dumps(account | connection))
    operator = UsajobsExtractOperator(task_id="extract", http_conn_id="usajobs_of_ada")
    operator._fetch("/api/Search", {"Page": 1})


@pytest.mark.parametrize(
    "connection",
    [
        {"host": "data.usajobs.gov"},
        {"host": "data.usajobs.gov", "port": 443},
        {"host": "data.usajobs.gov", "schema": "http"},
        {"host": "http://data.usajobs.gov"},
        {"host": "127.0.0.1.evil.example", "schema": "http", "port": 80},
        {"host": "localhost@evil.example"},
    ],
)
def test_a_connection_that_would_expose_the_key_is_refused_by_name_and_sends_nothing(
    connection: dict[str, Any], recorder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", recorder)
    monkeypatch.setenv("http_proxy", recorder)

    with pytest.raises(FatalApiError, match="`usajobs_of_ada`"):
        fetch_over(connection, monkeypatch)
    assert Recorder.seen == []


def test_proxies_and_headers_in_the_extra_of_a_connection_do_not_expose_the_key(
    recorder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_this_machine = {"host": recorder, "extra": {"proxies": {"http": recorder}}}
    with pytest.raises(FatalApiError, match="through a proxy"):
        fetch_over(to_this_machine, monkeypatch)
    in_clear = {
        "host": recorder.replace("127.0.0.1", "data.usajobs.gov"),
        "password": "sample",
        "extra": {"Authorization-Key": "SECRET-KEY", "proxies": {"http": recorder}},
    }
    fetch_over(in_clear, monkeypatch)
    assert "SECRET-KEY" not in str(Recorder.seen)


def test_an_empty_login_is_reported_for_the_connection_that_the_operator_uses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(FatalApiError, match="login of the Airflow connection `usajobs_of_ada`"):
        fetch_over({"host": "https://data.usajobs.gov", "login": ""}, monkeypatch)


def test_what_every_operator_takes_is_taken() -> None:
    operator = UsajobsExtractOperator(task_id="extract", retries=7, doc_md="Asks USAJOBS.")
    assert (operator.retries, operator.doc_md) == (7, "Asks USAJOBS.")


WEEKDAYS = SavedSearch("denver", Entry(schedule="0 7 * * 1-5"))
LAST_YEAR = datetime.now(UTC) - timedelta(days=365)


class RunType(str, Enum):  # noqa: UP042 - the text of a StrEnum is its value
    """As tasks of Airflow 3 get it: its text is not its value."""

    SCHEDULED = "scheduled"
    BACKFILL = "backfill"
    MANUAL = "manual"
    OPERATOR_TRIGGERED = "operator_triggered"


@pytest.mark.parametrize(
    ("run_type", "endpoint"),
    [
        (RunType.BACKFILL, "/api/historicjoa"),
        (RunType.SCHEDULED, "/api/historicjoa"),
        ("scheduled", "/api/historicjoa"),
        (RunType.MANUAL, "/api/Search"),
        ("manual", "/api/Search"),
        (RunType.OPERATOR_TRIGGERED, "/api/Search"),
    ],
)
def test_a_past_interval_is_that_of_a_run_of_the_schedule(run_type: str, endpoint: str) -> None:
    operator = UsajobsExtractOperator(task_id="extract", search=WEEKDAYS)
    operator.render_template_fields(rendering(run_type, LAST_YEAR))
    assert operator.endpoint == endpoint


def test_the_run_before_a_gap_of_its_schedule_reads_what_is_open() -> None:
    search = SavedSearch("yearly", Entry(schedule="0 0 1 1 *"))
    operator = UsajobsExtractOperator(task_id="extract", search=search)
    due = search.schedule.last_before(datetime.now(UTC))
    operator.render_template_fields(rendering("scheduled", due))
    assert operator.endpoint == "/api/Search"


MIDNIGHT = LAST_YEAR.replace(hour=0, minute=0, second=0, microsecond=0)
NOW = datetime.now(UTC)

# How each line of Airflow records runs by hand, and which of their logical dates name a past day.
BY_HAND: dict[str, tuple[dict[str, Any], bool]] = {
    "3, without a date": ({"logical_date": None, "run_after": LAST_YEAR}, False),
    "3, the time itself": ({"logical_date": LAST_YEAR, "run_after": LAST_YEAR}, False),
    "3, a form that was open for hours": (
        {"logical_date": LAST_YEAR, "run_after": LAST_YEAR + timedelta(hours=20)},
        False,
    ),
    "3, a past date": ({"logical_date": MIDNIGHT, "run_after": NOW}, True),
    "3, a past time": ({"logical_date": LAST_YEAR, "run_after": NOW}, True),
    "3, tasks test": (
        {"logical_date": LAST_YEAR, "run_after": MIDNIGHT, "data_interval_end": MIDNIGHT},
        True,
    ),
    "2, the time itself": ({"logical_date": LAST_YEAR, "queued_at": LAST_YEAR}, False),
    "2, the time itself, cleared now": (
        {"logical_date": LAST_YEAR, "queued_at": NOW, "clear_number": 1},
        False,
    ),
    "2, a past time": ({"logical_date": LAST_YEAR, "queued_at": NOW}, True),
    "2, a past date, cleared now": (
        {"logical_date": MIDNIGHT, "queued_at": NOW, "clear_number": 1},
        True,
    ),
    "2, dags test": ({"logical_date": LAST_YEAR, "queued_at": None, "clear_number": 0}, True),
}


@pytest.mark.parametrize(("recorded", "is_past"), BY_HAND.values(), ids=BY_HAND)
def test_a_run_by_hand_reads_the_past_day_that_it_was_asked_for(
    recorded: dict[str, Any], is_past: bool
) -> None:
    operator = UsajobsExtractOperator(task_id="extract")
    context = rendering("manual", LAST_YEAR)
    context["dag_run"] = SimpleNamespace(
        **{"run_type": "manual", "data_interval_end": None, **recorded}
    )
    operator.render_template_fields(context)
    if not is_past:
        assert operator.endpoint == "/api/Search"
        return
    assert operator.endpoint == "/api/historicjoa"
    assert operator.data == opened_between(LAST_YEAR.date(), LAST_YEAR.date())
    assert operator.auth_type is NoKey


def rendering(run_type: str, end: datetime) -> Any:
    """Return what rendering needs to know of a run whose data interval ended at that time."""
    return {
        "dag_run": SimpleNamespace(run_type=run_type),
        "data_interval_start": end - timedelta(days=1),
        "data_interval_end": end,
        "params": SearchParameters().model_dump(),
    }
