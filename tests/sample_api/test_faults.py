"""Each fault as the client `requests` meets it, and the server that they happen in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from random import Random
from typing import Any

import pytest
import requests

from include.local.settings import PROJECT
from include.sample_api.faults import Fault
from include.sample_api.server import create_app
from tests.sample_api.sample_client import HISTORY, SEARCH, TEXT, TODAY, Client, opened, served

YESTERDAY = TODAY - timedelta(days=1)
ROWS = [
    {"MatchedObjectId": str(number), "MatchedObjectDescriptor": {"PositionTitle": "x" * 500}}
    for number in range(10)
]


class Endpoint:
    """The search or the history, with pages of four rows."""

    def __init__(self, client: Client, path: str) -> None:
        self.app = client.app
        self.client = client
        self.path = path
        self.addresses = [f"{SEARCH}?Page={page}&ResultsPerPage=4" for page in (1, 2, 3)]
        if path == HISTORY:
            pages = islice(client.pages(**opened(TODAY)), 2)
            first = "&".join(f"{name}={day}" for name, day in opened(TODAY).items())
            self.addresses = [f"{HISTORY}?{first}", *(page["paging"]["next"] for page in pages)]

    def inject(self, **fault: Any) -> None:
        self.app.faults.inject(Fault(**fault))

    def get(self, page: int = 1, timeout: float = 5) -> requests.Response:
        return self.client.get(self.addresses[page - 1], timeout=timeout)

    def statuses(self, *pages: int) -> list[int]:
        return [self.get(page).status_code for page in pages]

    def page(self, number: int = 1) -> tuple[list[Any], int]:
        """Return the rows on a page, and the total."""
        answer = self.get(number).json()
        if self.path == HISTORY:
            return answer["data"], answer["paging"]["metadata"]["totalCount"]
        result = answer["SearchResult"]
        return result["SearchResultItems"], result["SearchResultCountAll"]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with served(rows=ROWS, historic_page_size=4) as client:
        yield client


@pytest.fixture(params=[SEARCH, HISTORY])
def endpoint(client: Client, request: pytest.FixtureRequest) -> Endpoint:
    client.app.faults.inject()
    return Endpoint(client, request.param)


@pytest.fixture
def search(client: Client) -> Endpoint:
    client.app.faults.inject()
    return Endpoint(client, SEARCH)


# --- which requests a fault strikes


def test_a_fault_strikes_as_often_as_told_or_until_withdrawn(endpoint: Endpoint) -> None:
    endpoint.inject(kind="unavailable", times=2)
    assert endpoint.statuses(1, 1, 1) == [503, 503, 200]
    endpoint.inject(kind="unavailable", times=None)
    assert endpoint.statuses(1, 1, 1) == [503, 503, 503]
    endpoint.app.faults.inject()
    assert endpoint.statuses(1) == [200]


def test_a_fault_of_a_page_spares_the_others(endpoint: Endpoint) -> None:
    endpoint.inject(kind="unavailable", page=3)
    assert endpoint.statuses(1, 2, 3, 3) == [200, 200, 503, 200]


def test_of_several_faults_the_first_that_fits_strikes(search: Endpoint) -> None:
    search.app.faults.inject(
        Fault(kind="unavailable", page=2), Fault(kind="rate_limited"), Fault(kind="html", page=1)
    )
    assert search.statuses(1, 2, 1, 1) == [429, 503, 200, 200]


@pytest.mark.parametrize("path", [SEARCH, HISTORY, TEXT])
def test_a_fault_of_a_path_spares_the_others(search: Endpoint, path: str) -> None:
    search.inject(kind="unavailable", path=path.upper(), times=None)
    statuses = {
        each: search.client.get(each, **opened(TODAY)).status_code
        for each in (SEARCH, HISTORY, TEXT)
    }
    assert statuses == {SEARCH: 200, HISTORY: 200, TEXT: 200} | {path: 503}


def test_a_fault_of_an_opening_day_spares_other_days_and_longer_windows(search: Endpoint) -> None:
    search.inject(kind="unavailable", opening_day=TODAY, times=None)
    windows = (opened(TODAY), opened(YESTERDAY), opened(YESTERDAY, TODAY))
    statuses = [search.client.get(HISTORY, **window).status_code for window in windows]
    assert statuses == [503, 200, 200]
    assert search.statuses(1) == [200]


def test_faults_are_told_listed_and_withdrawn_over_http(search: Endpoint) -> None:
    told = [{"kind": "unavailable", "times": 3}, {"kind": "html", "opening_day": str(TODAY)}]
    assert search.client.control("PUT", "faults", told).status_code == 200
    search.get()
    left = search.client.control("GET", "faults").json()
    assert [(each["kind"], each["opening_day"], each["times"]) for each in left] == [
        ("unavailable", None, 2),
        ("html", str(TODAY), 1),
    ]
    assert search.client.control("DELETE", "faults").json() == []
    assert search.statuses(1) == [200]


@pytest.mark.parametrize(
    "told", [[{"kind": "fire"}], [{"kind": "html", "pages": 2}], [{"kind": "html", "times": 0}], {}]
)
def test_faults_that_are_none_are_refused(search: Endpoint, told: Any) -> None:
    assert search.client.control("PUT", "faults", told).status_code == 422
    assert search.app.faults.pending() == []


# --- what comes


@pytest.mark.parametrize(
    ("fault", "status", "headers"),
    [
        ({"kind": "rate_limited", "retry_after": 7}, 429, {"Retry-After": "7"}),
        ({"kind": "unavailable", "status": 502}, 502, {"Content-Type": "text/html; charset=utf-8"}),
        ({"kind": "redirect", "location": "http://a.org/"}, 302, {"Location": "http://a.org/"}),
        ({"kind": "html"}, 200, {"Content-Type": "text/html; charset=utf-8"}),
        ({"kind": "odd_status", "status": 103, "retry_after": 9}, 103, {"Retry-After": "9"}),
        ({"kind": "odd_status", "status": 777, "retry_after": 9}, 777, {"Retry-After": "9"}),
    ],
)
def test_another_response_comes(
    endpoint: Endpoint, fault: dict[str, Any], status: int, headers: dict[str, str]
) -> None:
    endpoint.inject(**fault)
    response = endpoint.get()
    assert response.status_code == status
    assert response.headers.items() >= headers.items()
    # A client reads no body of some statuses.
    assert response.text.startswith("<!DOCTYPE html>") is (status not in (103, 302))


@pytest.mark.parametrize(
    ("fault", "altered"),
    [
        ({"kind": "empty_body"}, lambda usual: b""),
        ({"kind": "broken_json"}, lambda usual: usual[: len(usual) // 2]),
        ({"kind": "other_body", "body": "[1, 2]"}, lambda usual: b"[1, 2]"),
        ({"kind": "other_encoding"}, lambda usual: usual.decode().encode("utf-16")),
        ({"kind": "gzip_bomb", "size": 3_000_000}, lambda usual: b" " * 3_000_000),
        ({"kind": "wrong_length", "difference": -10}, lambda usual: usual[:-10]),
        ({"kind": "wrong_date"}, lambda usual: usual),
        ({"kind": "slow", "seconds": 0.01}, lambda usual: usual),
        ({"kind": "drip", "seconds": 0.01}, lambda usual: usual),
    ],
)
def test_the_body_comes_with_200_and_the_usual_type(
    endpoint: Endpoint, fault: dict[str, Any], altered: Callable[[bytes], bytes]
) -> None:
    usual = endpoint.get()
    endpoint.inject(**fault)
    response = endpoint.get()
    assert response.content == altered(usual.content)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == usual.headers["Content-Type"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "cut_off"},
        {"kind": "cut_chunks"},
        {"kind": "wrong_length", "difference": 10},
        {"kind": "no_gzip"},
    ],
)
def test_the_response_is_broken_once(endpoint: Endpoint, fault: dict[str, Any]) -> None:
    endpoint.inject(**fault)
    with pytest.raises(
        (
            requests.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        )
    ):
        endpoint.get()
    assert endpoint.statuses(1) == [200]


def test_a_wrong_date_is_as_far_off_as_told(search: Endpoint) -> None:
    usual = parsedate_to_datetime(search.get().headers["Date"])
    search.inject(kind="wrong_date", difference=-3600)
    told = parsedate_to_datetime(search.get().headers["Date"])
    assert abs((usual - told).total_seconds() - 3600) < 60


def test_slow_and_drip_take_their_time(search: Endpoint) -> None:
    search.inject(kind="slow", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        search.get(timeout=0.2)
    # Longer than the timeout between two pieces.
    search.inject(kind="drip", seconds=2.2)
    began = time.monotonic()
    assert search.get(timeout=2).status_code == 200
    assert time.monotonic() - began >= 2


# --- rows that don't add up


def emptied(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with nothing but its number."""
    kept = ("usajobsControlNumber", "MatchedObjectId", "RelevanceRank")
    return {name: value if name in kept else None for name, value in row.items()}


@pytest.mark.parametrize(
    ("fault", "altered", "more"),
    [
        ({"kind": "short_page", "rows": 3}, lambda rows: rows[:1], 0),
        ({"kind": "empty_page"}, lambda rows: [], 0),
        ({"kind": "wrong_total", "difference": -3}, lambda rows: rows, -3),
        ({"kind": "duplicate_rows", "rows": 2}, lambda rows: rows + rows[:2], 0),
        ({"kind": "shifted_rows", "rows": 1}, lambda rows: [*rows[:3], rows[0]], 0),
        ({"kind": "shuffled_rows"}, lambda rows: Random(1).sample(rows, len(rows)), 0),
        ({"kind": "bad_row"}, lambda rows: [emptied(rows[0]), *rows[1:]], 0),
        ({"kind": "moving_total", "rows": 4}, lambda rows: rows, 4),
    ],
)
def test_rows_and_total_come_otherwise_once(
    endpoint: Endpoint, fault: dict[str, Any], altered: Callable[[list[Any]], list[Any]], more: int
) -> None:
    rows, total = endpoint.page(2)
    endpoint.inject(page=2, **fault)
    assert endpoint.page(2) == (altered(rows), total + more)
    assert endpoint.page(2) == (rows, total)


def test_the_total_moves_on_and_the_page_before_comes_again(search: Endpoint) -> None:
    search.inject(kind="moving_total", times=2, rows=4)
    assert [search.page()[1] for _ in range(3)] == [14, 18, 10]
    search.inject(kind="page_before", page=2)
    assert search.page(2) == search.page(1)


def test_faults_of_the_rows_leave_refusals_and_empty_answers_alone(search: Endpoint) -> None:
    search.inject(kind="short_page", times=None)
    assert search.client.get(SEARCH, {}).status_code == 403
    for day in (TODAY, YESTERDAY):
        nothing = search.client.get(HISTORY, **opened(day), PositionSeries="9999")
        assert nothing.text in ("", "204 No Content")


# --- serving


def test_the_server_is_gone_after_the_block_even_with_a_request_under_way() -> None:
    with served(rows=ROWS) as client:
        client.app.faults.inject(Fault(kind="slow", seconds=3_600))
        with pytest.raises(requests.ReadTimeout):
            client.get(SEARCH, timeout=0.1)
    with pytest.raises(requests.ConnectionError):
        client.get(SEARCH)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_address_serves_and_stops_when_told(stop: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "include.sample_api", "--port", "0", "--today", str(TODAY)],
        cwd=PROJECT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        address = process.stdout.readline().rpartition(" ")[2].strip()
        found = Client(create_app(), address).total(Keyword="pipelines")
        process.send_signal(stop)
        output, errors = process.communicate(timeout=10)
    assert found > 0
    assert address.startswith("http://127.0.0.1:")
    assert (process.returncode, output, errors) == (0, "", "")
