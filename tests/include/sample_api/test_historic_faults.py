"""Each fault as it strikes the history, and what else of a request it can be restricted to."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from include.sample_api.faults import Fault, Kind
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
HISTORY = "/api/historicjoa"
TEXT = "/api/historicjoa/announcementtext"
ROWS = [{"usajobsControlNumber": number, "positionTitle": "x" * 500} for number in range(10)]


class Service:
    """A running sample API whose history has three pages of four, four and two rows."""

    def __init__(self, app: SampleApi, address: str) -> None:
        self.app = app
        self.address = address
        self._pages = [self.get().json()]
        while following := self._pages[-1]["paging"]["next"]:
            self._pages.append(requests.get(f"{address}{following}", timeout=5).json())

    def tell(self, kind: Kind, **options: Any) -> None:
        self.app.faults.tell(Fault(kind=kind, **options))

    def get(
        self,
        page: int = 1,
        path: str = HISTORY,
        days: tuple[date, date] = (TODAY, TODAY),
        timeout: float = 5,
    ) -> requests.Response:
        query = {"StartPositionOpenDate": str(days[0]), "EndPositionOpenDate": str(days[1])}
        if page > 1:
            metadata = self._pages[page - 2]["paging"]["metadata"]
            query["continuationToken"] = metadata["continuationToken"]
        return requests.get(
            f"{self.address}{path}", params=query, timeout=timeout, allow_redirects=False
        )

    def numbers(self, page: int = 1) -> list[int]:
        return [row["usajobsControlNumber"] for row in self.get(page).json()["data"]]

    def total(self, page: int = 1) -> int:
        return int(self.get(page).json()["paging"]["metadata"]["totalCount"])


@pytest.fixture(scope="module")
def served() -> Iterator[Service]:
    app = create_app(today=TODAY, historic_rows=ROWS, historic_page_size=4)
    with running(app) as address:
        yield Service(app, address)


@pytest.fixture
def service(served: Service) -> Service:
    served.app.faults.tell()
    return served


# --- which requests a fault strikes


def test_a_fault_of_a_path_spares_the_others(service: Service) -> None:
    paths = (TEXT, "/api/search", HISTORY, "/api/HistoricJoa")
    service.tell("unavailable", path=HISTORY, times=None)
    struck = [service.get(path=path).status_code == 503 for path in paths]
    assert struck == [False, False, True, True]
    service.tell("unavailable", path=TEXT, times=None)
    assert [service.get(path=path).status_code == 503 for path in paths] == [True, *[False] * 3]


def test_a_fault_of_search_spares_the_history(service: Service) -> None:
    service.tell("unavailable", path="/api/Search", times=None)
    assert service.get().status_code == 200
    assert service.get(path="/api/search").status_code == 503


def test_a_fault_without_a_path_strikes_all(service: Service) -> None:
    service.tell("unavailable", times=None)
    assert [service.get(path=path).status_code for path in (HISTORY, TEXT)] == [503, 503]


def test_a_fault_of_an_opening_day_spares_other_days_and_longer_windows(service: Service) -> None:
    service.tell("broken_json", opening_day=TODAY, times=None)
    for days, is_broken in (
        ((TODAY, TODAY), True),
        ((YESTERDAY, YESTERDAY), False),
        ((YESTERDAY, TODAY), False),
    ):
        response = service.get(days=days)
        if is_broken:
            with pytest.raises(requests.exceptions.JSONDecodeError):
                response.json()
        else:
            assert len(response.json()["data"]) == 4
    # Search knows no opening day.
    assert service.get(path="/api/search").status_code == 403


def test_a_fault_of_a_day_strikes_its_further_pages_too(service: Service) -> None:
    service.tell("unavailable", opening_day=TODAY, page=2)
    assert [service.get(page).status_code for page in (1, 2, 2, 3)] == [200, 503, 200, 200]


def test_a_page_is_a_place_in_the_sequence_of_tokens(service: Service) -> None:
    service.tell("unavailable", page=3)
    assert [service.get(page).status_code for page in (1, 2, 3, 3)] == [200, 200, 503, 200]


def test_a_fault_strikes_a_query_that_would_be_refused(service: Service) -> None:
    service.tell("unavailable", path=HISTORY)
    url = f"{service.address}{HISTORY}?StartPositionOpenDate=never"
    assert [requests.get(url, timeout=5).status_code for _ in range(2)] == [503, 400]


def test_restrictions_can_be_told_over_http(service: Service) -> None:
    told = {"kind": "html", "path": TEXT, "opening_day": str(TODAY), "times": None}
    response = requests.put(f"{service.address}/sample/faults", json=[told], timeout=5)
    assert response.json()[0].items() >= told.items()
    assert service.get(path=TEXT).text.startswith("<!DOCTYPE html>")
    assert service.get().json()["data"]


# --- answers instead of the application's, and the connection


@pytest.mark.parametrize(
    ("kind", "status"),
    [("unavailable", 503), ("rate_limited", 429), ("redirect", 302), ("html", 200)],
)
@pytest.mark.parametrize("path", [HISTORY, TEXT])
def test_an_answer_without_json_comes_once(
    service: Service, kind: Kind, status: int, path: str
) -> None:
    service.tell(kind, path=path)
    response = service.get(path=path)
    assert (response.status_code, response.text[:1]) in ((status, "<"), (302, ""))
    assert service.get(path=path).json()["data"]


def test_an_empty_body_comes_with_200(service: Service) -> None:
    service.tell("empty_body")
    response = service.get()
    assert (response.status_code, response.content) == (200, b"")


def test_the_connection_can_be_reset_and_cut_off(service: Service) -> None:
    broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    for kind in ("reset", "cut_off"):
        service.app.faults.tell(Fault(kind=kind))
        with pytest.raises(broken):
            service.get()
        assert service.get().status_code == 200


def test_an_answer_can_be_slow_and_can_drip(service: Service) -> None:
    service.tell("slow", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        service.get(timeout=0.2)
    service.tell("drip", seconds=0.2)
    response = service.get()
    assert response.elapsed < timedelta(seconds=5)
    assert len(response.json()["data"]) == 4


# --- answers that don't add up


def test_short_and_empty_pages_keep_the_total(service: Service) -> None:
    service.tell("short_page", page=2, rows=3, times=2)
    assert (service.numbers(2), service.total(2)) == ([4], 10)
    service.tell("empty_page", page=3, times=2)
    assert (service.numbers(3), service.total(3)) == ([], 10)


def test_moving_total_moves_with_each_call_and_settles(service: Service) -> None:
    service.tell("moving_total", times=2, rows=4)
    assert [service.total() for _ in range(3)] == [14, 18, 10]


def test_rows_can_come_twice(service: Service) -> None:
    service.tell("duplicate_rows", rows=2)
    assert service.numbers() == [0, 1, 2, 3, 0, 1]
    service.tell("shifted_rows", rows=1)
    assert service.numbers() == [0, 1, 2, 0]


def test_a_bad_row_has_a_number_and_nothing_else(service: Service) -> None:
    service.tell("bad_row")
    first, second, *_ = service.get().json()["data"]
    assert first == {"usajobsControlNumber": 0, "positionTitle": None}
    assert second == ROWS[1]


@pytest.mark.parametrize("kind", ["short_page", "bad_row", "moving_total", "empty_body", "drip"])
def test_no_rows_are_an_answer_that_faults_can_meet(service: Service, kind: Kind) -> None:
    app = create_app(today=TODAY, historic_rows=[])
    with running(app) as address:
        for day in (TODAY, YESTERDAY):
            app.faults.tell(Fault(kind=kind, seconds=0.05))
            query = {"StartPositionOpenDate": str(day), "EndPositionOpenDate": str(day)}
            response = requests.get(f"{address}{HISTORY}", query, timeout=5)
            assert response.status_code in (200, 204)
            assert response.text in ("", "204 No Content")
