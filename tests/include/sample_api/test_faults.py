"""Each fault as the client `requests` meets it."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from include.sample_api.faults import Fault, Kind
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app

HEADERS = {"User-Agent": "seeker@example.org", "Authorization-Key": "a-key"}
PROTOCOLS = [name for name in ("h11", "httptools") if importlib.util.find_spec(name)]
ROWS = [
    {"MatchedObjectId": str(number), "MatchedObjectDescriptor": {"PositionTitle": "x" * 500}}
    for number in range(10)
]


class Service:
    """A running sample API with three pages of four, four and two rows."""

    def __init__(self, app: SampleApi, address: str) -> None:
        self.app = app
        self.address = address

    def tell(self, kind: Kind, **options: Any) -> None:
        self.app.faults.tell(Fault(kind=kind, **options))

    def get(self, page: int = 1, timeout: float = 5) -> requests.Response:
        return requests.get(
            f"{self.address}/api/Search",
            params={"Page": page, "ResultsPerPage": 4},
            headers=HEADERS,
            timeout=timeout,
            allow_redirects=False,
        )

    def result(self, page: int = 1) -> dict[str, Any]:
        return self.get(page).json()["SearchResult"]

    def ids(self, page: int = 1) -> list[str]:
        return [row["MatchedObjectId"] for row in self.result(page)["SearchResultItems"]]


@pytest.fixture(scope="module", params=PROTOCOLS)
def served(request: pytest.FixtureRequest) -> Iterator[Service]:
    app = create_app(rows=ROWS)
    with running(app, http=request.param) as address:
        yield Service(app, address)


@pytest.fixture
def service(served: Service) -> Service:
    served.app.faults.tell()
    served.app.requests.clear()
    return served


def test_without_faults_it_behaves(service: Service) -> None:
    assert [service.ids(page) for page in (1, 2, 3)] == [
        ["0", "1", "2", "3"],
        ["4", "5", "6", "7"],
        ["8", "9"],
    ]


# --- which requests a fault strikes


def test_a_fault_strikes_as_often_as_told_and_then_no_more(service: Service) -> None:
    service.tell("unavailable", times=2)
    assert [service.get().status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_without_times_strikes_until_withdrawn(service: Service) -> None:
    service.tell("unavailable", times=None)
    assert [service.get().status_code for _ in range(3)] == [503] * 3
    service.app.faults.tell()
    assert service.get().status_code == 200


def test_a_fault_of_a_page_spares_the_others(service: Service) -> None:
    service.tell("unavailable", page=2)
    assert [service.get(page).status_code for page in (1, 2, 3)] == [200, 503, 200]


def test_of_several_faults_the_first_that_fits_strikes(service: Service) -> None:
    service.app.faults.tell(
        Fault(kind="unavailable", page=2), Fault(kind="rate_limited"), Fault(kind="html", page=1)
    )
    assert [service.get(page).status_code for page in (1, 2, 1, 1)] == [429, 503, 200, 200]


# --- answers instead of the application's


@pytest.mark.parametrize("wait", [7, "Wed, 25 Nov 2026 08:00:00 GMT"])
def test_rate_limited_says_when_to_come_back(service: Service, wait: int | str) -> None:
    service.tell("rate_limited", retry_after=wait)
    response = service.get()
    assert response.status_code == 429
    assert response.headers["Retry-After"] == str(wait)


def test_rate_limited_may_leave_that_out(service: Service) -> None:
    service.tell("rate_limited", retry_after=None)
    assert "Retry-After" not in service.get().headers


@pytest.mark.parametrize("status", [500, 502, 503])
def test_unavailable_has_the_status_asked_for_and_html(service: Service, status: int) -> None:
    service.tell("unavailable", status=status)
    response = service.get()
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")


def test_redirect_points_elsewhere(service: Service) -> None:
    service.tell("redirect", location="http://127.0.0.1:9/elsewhere")
    response = service.get()
    assert response.status_code == 302
    assert response.headers["Location"] == "http://127.0.0.1:9/elsewhere"


def test_html_comes_with_200(service: Service) -> None:
    service.tell("html")
    response = service.get()
    assert (response.status_code, response.text[:15]) == (200, "<!DOCTYPE html>")


def test_empty_body_comes_with_200_and_the_usual_type(service: Service) -> None:
    service.tell("empty_body")
    response = service.get()
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"].startswith("application/hr+json")


def test_broken_json_is_a_whole_body_that_cannot_be_read(service: Service) -> None:
    service.tell("broken_json")
    response = service.get()
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(response.content) > 0
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()


@pytest.mark.parametrize("status", [103, 204, 206, 302, 418, 599, 777])
def test_an_odd_status_is_sent_as_it_is(service: Service, status: int) -> None:
    service.tell("odd_status", status=status, retry_after=9)
    response = service.get()
    assert (response.status_code, response.headers["Retry-After"]) == (status, "9")


def test_another_body_comes_with_200_and_the_usual_type(service: Service) -> None:
    service.tell("other_body", body="[1, 2]")
    response = service.get()
    assert (response.status_code, response.json()) == (200, [1, 2])
    assert response.headers["Content-Type"].startswith("application/hr+json")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_another_encoding_holds_the_same_text(service: Service, encoding: str) -> None:
    usual = service.get().text
    service.tell("other_encoding", encoding=encoding)
    response = service.get()
    assert response.content == usual.encode(encoding) != usual.encode()


def test_what_is_said_to_be_gzip_is_none(service: Service) -> None:
    service.tell("no_gzip")
    with pytest.raises(requests.exceptions.ContentDecodingError):
        service.get()


def test_a_gzip_bomb_becomes_as_large_as_told(service: Service) -> None:
    service.tell("gzip_bomb", size=3_000_000)
    response = service.get()
    assert len(response.content) == 3_000_000
    assert int(response.headers["Content-Length"]) < 10_000


# --- the connection


def test_reset_ends_the_connection_before_an_answer(service: Service) -> None:
    service.tell("reset")
    with pytest.raises(requests.ConnectionError, match=r"[Rr]eset by peer"):
        service.get()
    assert service.get().status_code == 200


def test_cut_off_ends_the_connection_in_the_middle_of_the_body(service: Service) -> None:
    service.tell("cut_off")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        service.get()
    assert service.get().status_code == 200


def test_cut_chunks_end_before_the_last_one(service: Service) -> None:
    service.tell("cut_chunks")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        service.get()


def test_a_length_that_is_too_long_is_never_filled(service: Service) -> None:
    service.tell("wrong_length", difference=10)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        service.get()


def test_a_length_that_is_too_short_cuts_the_body(service: Service) -> None:
    whole = service.get().content
    service.tell("wrong_length", difference=-10)
    assert service.get().content == whole[:-10]


def test_a_wrong_date_is_as_far_off_as_told(service: Service) -> None:
    usual = parsedate_to_datetime(service.get().headers["Date"])
    service.tell("wrong_date", difference=-3600)
    told = parsedate_to_datetime(service.get().headers["Date"])
    assert abs((usual - told).total_seconds() - 3600) < 60


def test_slow_answers_late(service: Service) -> None:
    service.tell("slow", seconds=0.3)
    began = time.monotonic()
    assert service.get().status_code == 200
    assert time.monotonic() - began >= 0.3


def test_slow_outlasts_an_impatient_client(service: Service) -> None:
    service.tell("slow", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        service.get(timeout=0.2)


def test_drip_outlasts_a_timeout_between_pieces_only(service: Service) -> None:
    service.tell("drip", seconds=0.6)
    began = time.monotonic()
    assert len(service.get(timeout=0.5).json()["SearchResult"]["SearchResultItems"]) == 4
    assert time.monotonic() - began >= 0.5


# --- answers that don't add up


def test_short_page_lacks_rows_and_keeps_the_total(service: Service) -> None:
    service.tell("short_page", page=2, rows=3)
    result = service.result(2)
    assert (result["SearchResultCount"], result["SearchResultCountAll"]) == (1, 10)
    assert service.ids(2) == ["4", "5", "6", "7"]


def test_empty_page_lacks_all_rows_and_keeps_the_total(service: Service) -> None:
    service.tell("empty_page", page=2)
    result = service.result(2)
    assert (result["SearchResultItems"], result["SearchResultCountAll"]) == ([], 10)


def test_moving_total_moves_with_each_call_and_settles(service: Service) -> None:
    service.tell("moving_total", times=2, rows=4)
    assert [service.result()["SearchResultCountAll"] for _ in range(4)] == [14, 18, 10, 10]


def test_a_wrong_total_is_off_by_the_difference(service: Service) -> None:
    service.tell("wrong_total", difference=-3)
    assert service.result()["SearchResultCountAll"] == 7


def test_shuffled_rows_are_the_same_in_another_order(service: Service) -> None:
    service.tell("shuffled_rows")
    ids = service.ids()
    assert ids != sorted(ids) == ["0", "1", "2", "3"]


def test_the_page_before_comes_again(service: Service) -> None:
    service.tell("page_before", page=2)
    assert service.ids(2) == ["0", "1", "2", "3"]
    assert service.ids(2) == ["4", "5", "6", "7"]


def test_duplicate_rows_come_on_top_of_the_page(service: Service) -> None:
    service.tell("duplicate_rows", rows=2)
    assert service.ids() == ["0", "1", "2", "3", "0", "1"]


def test_shifted_rows_push_others_out_of_the_page(service: Service) -> None:
    service.tell("shifted_rows", rows=1)
    assert service.ids() == ["0", "1", "2", "0"]


def test_bad_row_has_an_id_and_nothing_else(service: Service) -> None:
    service.tell("bad_row")
    first, second, *_ = service.result()["SearchResultItems"]
    assert (first["MatchedObjectId"], first["MatchedObjectDescriptor"]) == ("0", None)
    assert second == ROWS[1]


def test_faults_of_the_rows_leave_a_refusal_alone(service: Service) -> None:
    service.tell("short_page", times=None)
    response = requests.get(f"{service.address}/api/Search", headers={}, timeout=5)
    assert response.status_code == 403


# --- telling it over HTTP


def test_faults_can_be_told_listed_and_withdrawn_over_http(service: Service) -> None:
    control = f"{service.address}/sample/faults"
    told = requests.put(
        control, json=[{"kind": "unavailable", "times": 3}, {"kind": "html", "page": 2}], timeout=5
    )
    assert told.status_code == 200
    service.get()
    left = [
        (fault["kind"], fault["page"], fault["times"])
        for fault in requests.get(control, timeout=5).json()
    ]
    assert left == [("unavailable", None, 2), ("html", 2, 1)]
    assert requests.delete(control, timeout=5).json() == []
    assert service.get().status_code == 200


@pytest.mark.parametrize("told", [[{"kind": "fire"}], [{"kind": "html", "pages": 2}], {}])
def test_faults_that_are_none_are_refused(service: Service, told: Any) -> None:
    assert requests.put(f"{service.address}/sample/faults", json=told, timeout=5).status_code == 422
    assert service.app.faults.pending() == []


@pytest.mark.parametrize("options", [{"times": 0}, {"rows": 0}, {"seconds": -1}, {"status": 99}])
def test_options_without_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Fault(kind="html", **options)


def test_control_routes_are_neither_disturbed_nor_counted(service: Service) -> None:
    service.tell("unavailable", times=None)
    assert requests.get(f"{service.address}/sample/requests", timeout=5).json() == []


# --- serving


def test_a_taken_port_is_an_error() -> None:
    with running(create_app(rows=[])) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), running(create_app(rows=[]), port=port):
            pass


def test_the_server_is_gone_after_the_block_even_with_a_request_under_way() -> None:
    app = create_app(rows=ROWS)
    app.faults.tell(Fault(kind="slow", seconds=60))
    began = time.monotonic()
    with running(app) as address, pytest.raises(requests.ReadTimeout):
        Service(app, address).get(timeout=0.1)
    assert time.monotonic() - began < 5
    with pytest.raises(requests.ConnectionError):
        Service(app, address).get()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_address_serves_and_stops_when_told(stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "include.sample_api", "--port", "0", "--today", "2026-11-24"]
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        address = process.stdout.readline().rpartition(" ")[2].strip()
        found = requests.get(
            f"{address}/api/Search", {"Keyword": "pipelines"}, headers=HEADERS, timeout=10
        )
        process.send_signal(stop)
        output, errors = process.communicate(timeout=10)
    assert json.loads(found.text)["SearchResult"]["SearchResultCountAll"] > 0
    assert address.startswith("http://127.0.0.1:")
    assert (process.returncode, output, errors) == (0, "", "")
