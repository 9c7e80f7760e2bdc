"""The reading of statuses, from a server on this machine that answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import tenacity.nap

from include.jobs import limits
from include.usajobs.client import FatalApiError, MalformedResponseError, RetriableApiError
from include.usajobs.historic_api import ENDPOINT
from include.usajobs.statuses import Statuses, read_statuses
from tests.support.historic_rows import historic_envelope, historic_row

REVIEWING = "Applications under review"

Answer = tuple[int, object]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda seconds: None))


class Api:
    """Answers requests for control numbers by a function; remembers what was requested."""

    def __init__(self, answer: Callable[[list[str]], Answer]) -> None:
        self.answer = answer
        self.requested: list[list[str]] = []
        self.address = ""

    @contextmanager
    def serving(self) -> Iterator[Api]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                assert url.path == ENDPOINT
                numbers = parse_qs(url.query)["USAJOBSControlNumbers"][0].split(";")
                api.requested.append(numbers)
                status, body = api.answer(numbers)
                sent = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(0 if status == 204 else len(sent)))
                self.end_headers()
                self.wfile.write(b"" if status == 204 else sent)

            def log_message(self, *args: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.address = f"http://127.0.0.1:{server.server_port}"
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            yield self
            server.shutdown()

    def fetch(self, endpoint: str, query: Mapping[str, str]) -> requests.Response:
        url = f"{self.address}{endpoint}"
        return requests.get(url, dict(query), timeout=5, allow_redirects=False, stream=True)


def read(
    answer: Callable[[list[str]], Answer], *numbers: str
) -> tuple[list[Statuses], list[list[str]]]:
    """Return what is read about these announcements, and what was requested."""
    with Api(answer).serving() as api:
        return [*read_statuses(api.fetch, numbers, connection="usajobs")], api.requested


def rows(*found: tuple[str, object], **changes: Any) -> Answer:
    return 200, historic_envelope(
        [
            historic_row(int(number), positionOpeningStatus=status, **changes)
            for number, status in found
        ]
    )


def all_reviewing(numbers: list[str]) -> Answer:
    return rows(*((number, REVIEWING) for number in numbers))


def test_several_are_requested_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OUTCOME_BATCH_SIZE", 2)
    before = datetime.now(UTC)
    found, requested = read(all_reviewing, "3", "1", "2")
    assert requested == [["3", "1"], ["2"]]
    assert [each.found for each in found] == [
        {"3": "reviewing applications", "1": "reviewing applications"},
        {"2": "reviewing applications"},
    ]
    assert {each.read_at for each in found} == {found[0].read_at}
    assert found[0].read_at >= before


def test_no_more_requests_are_made_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OUTCOME_BATCH_SIZE", 1)
    monkeypatch.setattr(limits, "OUTCOME_REQUESTS", 2)
    found, requested = read(all_reviewing, "1", "2", "3")
    assert requested == [["1"], ["2"]]
    assert [each.asked for each in found] == [["1"], ["2"]]


def test_without_announcements_nothing_is_requested() -> None:
    assert read(all_reviewing) == ([], [])


def test_those_that_the_api_does_not_know_are_missing() -> None:
    (found,), _ = read(lambda _: rows(("1", "Job closed")), "1", "2")
    assert (found.asked, found.found) == (["1", "2"], {"1": "job closed"})


@pytest.mark.parametrize("answer", [(204, b""), (200, b"204 No Content")])
def test_no_content_means_that_none_is_known(answer: Answer) -> None:
    (found,), _ = read(lambda _: answer, "1", "2")
    assert (found.asked, found.found) == (["1", "2"], {})


def test_rows_that_were_not_requested_are_left_out() -> None:
    (found,), _ = read(lambda _: rows(("7", REVIEWING), ("1", "Job closed")), "1", "2")
    assert found.found == {"1": "job closed"}


def test_a_response_about_others_only_is_an_error_as_if_the_query_had_been_ignored() -> None:
    with pytest.raises(MalformedResponseError, match="about other announcements"):
        read(lambda _: rows(("7", REVIEWING), ("8", REVIEWING)), "1", "2")


@pytest.mark.parametrize("in_turn", [1, -1])
def test_of_several_rows_about_one_the_one_that_opened_last_decides(in_turn: int) -> None:
    several = [
        historic_row(1, positionOpeningStatus="Job canceled", positionOpenDate="2024-05-01"),
        historic_row(1, positionOpeningStatus="Job closed", positionOpenDate="2026-05-01"),
        historic_row(1, positionOpeningStatus=REVIEWING, positionOpenDate="2026-05-01"),
        historic_row(1, positionOpeningStatus="On hold", positionOpenDate="2026-05-01"),
    ][::in_turn]
    (found,), _ = read(lambda _: (200, historic_envelope(several)), "1", "2")
    assert found.found == {"1": "reviewing applications"}


def test_an_unknown_status_keeps_its_words_and_is_counted_as_drift() -> None:
    (found,), _ = read(lambda _: rows(("1", "On Hold"), ("2", None)), "1", "2")
    assert found.found == {"1": "on hold"}
    assert {(each["problem"], each["value"]) for each in found.drift.entries()} == {
        ("unknown code", "On Hold"),
        ("unreadable", "None"),
    }


def test_a_busy_server_is_asked_again() -> None:
    answers = iter([(503, b"busy"), (200, b"<html>"), all_reviewing(["1"])])
    (found,), requested = read(lambda _: next(answers), "1")
    assert found.found == {"1": "reviewing applications"}
    assert len(requested) == 3


def test_a_server_that_stays_busy_is_an_error_and_what_was_read_before_it_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "OUTCOME_BATCH_SIZE", 1)
    with Api(lambda n: all_reviewing(n) if n == ["1"] else (503, b"")).serving() as api:
        reading = read_statuses(api.fetch, ["1", "2"], connection="usajobs")
        assert next(reading).found == {"1": "reviewing applications"}
        with pytest.raises(RetriableApiError, match="status 503"):
            next(reading)
    assert len(api.requested) == 1 + limits.MAX_ATTEMPTS


def test_a_refusal_is_fatal_and_not_repeated() -> None:
    with Api(lambda _: (403, b"<html>")).serving() as api:
        with pytest.raises(FatalApiError, match="403"):
            next(read_statuses(api.fetch, ["1"], connection="usajobs"))
        assert len(api.requested) == 1


def test_an_announcement_that_spoils_the_response_costs_no_other() -> None:
    numbers = [str(number) for number in range(1, 9)]

    def spoiled_by_5(numbers: list[str]) -> Answer:
        whole = all_reviewing(numbers)
        return (200, json.dumps(whole[1]).encode()[:-9]) if "5" in numbers else whole

    found, requested = read(spoiled_by_5, *numbers)
    assert {number for each in found for number in each.found} == {*numbers} - {"5"}
    # It counts as asked about, too, so that it does not come first for ever.
    assert {number for each in found for number in each.asked} == {*numbers}
    assert len({tuple(each) for each in requested}) == 7


def test_a_server_that_answers_nothing_readable_is_an_error() -> None:
    with pytest.raises(MalformedResponseError, match="is not JSON"):
        read(lambda _: (200, b"{"), "1", "2", "3")


def test_pages_are_followed_as_far_as_they_are_about_what_was_requested() -> None:
    pages = iter(
        [
            historic_envelope([historic_row(1, positionOpeningStatus=REVIEWING)], 9, "a"),
            historic_envelope([historic_row(2, positionOpeningStatus=REVIEWING)], 9, "b"),
            historic_envelope([historic_row(7, positionOpeningStatus=REVIEWING)], 9, "c"),
        ]
    )
    (found,), requested = read(lambda _: (200, next(pages)), *"123456")
    assert {*found.found} == {"1", "2"}
    assert len(requested) == 3


def test_a_page_that_comes_again_and_again_is_the_last_one() -> None:
    page = historic_envelope([historic_row(1, positionOpeningStatus=REVIEWING)], 9, "a")
    (found,), requested = read(lambda _: (200, page), *"123456")
    assert {*found.found} == {"1"}
    assert len(requested) == 2
