from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import tenacity.nap
from hypothesis import given, settings
from hypothesis import strategies as st

from include.jobs import limits
from include.jobs.position import Position
from include.usajobs.client import (
    ApiError,
    FatalApiError,
    HttpReply,
    IncompleteResultError,
    RetriableApiError,
    barely_misses,
    retry_after,
)
from include.usajobs.extract import ExtractBatch
from include.usajobs.search_api import (
    ApiKeyAuth,
    asked_in_full,
    query,
    read_everything,
    read_page,
)
from tests.support.rows import envelope, row

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def response(
    body: object = None, status: int = 200, headers: dict[str, str] | None = None
) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update(headers or {})
    answer.raw = Body(body if isinstance(body, bytes) else json.dumps(body).encode())
    return answer


class Body:
    """A body that can be read again from its beginning once it was read to its end."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.pieces = [content, b""]

    def read1(self, amount: int, decode_content: bool) -> bytes:
        piece = self.pieces.pop(0)
        self.pieces = self.pieces or [self.content, b""]
        return piece

    def close(self) -> None:
        """Stay open for the next test."""


def rows(*numbers: int) -> list[Any]:
    return [row(str(number)) for number in numbers]


class Answers:
    """Gives one answer after the other and notes which page was asked for."""

    def __init__(self, *answers: requests.Response | Exception) -> None:
        self.answers = list(answers)
        self.pages: list[int] = []

    def __call__(self, page: int) -> requests.Response:
        self.pages.append(page)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=slept.append))
    return slept


def read(answers: Callable[[int], requests.Response], page_size: int = 250) -> Any:
    batches: list[ExtractBatch] = []
    extract = read_everything(
        answers, batches, connection="usajobs", page_size=page_size, now=lambda: NOW
    )
    found = [row for batch in batches for row in batch]
    assert extract["rows"] == len(found)
    return {**extract, "rows": found}


def ids(answer: Any) -> list[str | None]:
    return [control_number(found) for found in answer["rows"]]


def control_number(found: Any) -> str | None:
    if found["unreadable"]:
        number: str | None = found["unreadable"]["control_number"]
        return number
    return Position.model_validate_json(found["position"]).control_number


def test_all_pages_are_read_by_the_total_and_the_rows_received() -> None:
    answers = Answers(
        response(envelope(rows(1, 2), total=5)),
        response(envelope(rows(3, 4), total=5)),
        response(envelope(rows(5), total=5)),
    )
    answer = read(answers)
    assert answers.pages == [1, 2, 3]
    assert ids(answer) == ["1", "2", "3", "4", "5"]
    assert (answer["api_total"], answer["pages"]) == (5, 3)
    for time in ("read_at", "observed_at", "seen_at"):
        assert answer[time] == "2026-11-23T12:00:00.000+00:00"


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("Chicago, Illinois", {"LocationName": "Chicago, Illinois", "Radius": 50}),
        (
            "St. Louis, Missouri; DeKalb, Illinois",
            {"LocationName": "Saint Louis, Missouri;De Kalb, Illinois", "Radius": 50},
        ),
        ("remote", {}),
    ],
)
def test_places_are_asked_for_by_their_names_and_remote_jobs_everywhere(
    location: str, asked: dict[str, Any]
) -> None:
    whole = asked_in_full(query(keyword="data", location=location, radius_miles=50), location)
    named = {name: whole[name] for name in ("LocationName", "Radius") if name in whole}
    assert named == asked


def test_no_hits_are_a_good_answer() -> None:
    answer = read(Answers(response(envelope([]))))
    assert (answer["api_total"], answer["pages"], answer["rows"]) == (0, 1, [])


def test_a_row_without_a_control_number_counts_as_a_row() -> None:
    assert len(read(Answers(response(envelope([None, row("1"), {}], total=3))))["rows"]) == 3


def test_a_total_that_moves_is_read_again_from_the_first_page() -> None:
    answers = Answers(
        response(envelope(rows(1, 2), total=4)),
        response(envelope(rows(3, 4), total=5)),
        response(envelope([], total=5)),
        response(envelope(rows(1, 2), total=5)),
        response(envelope(rows(3, 4), total=5)),
        response(envelope(rows(5), total=5)),
    )
    assert ids(read(answers)) == ["1", "2", "3", "4", "5"]
    assert answers.pages == [1, 2, 3, 1, 2, 3]


def test_a_total_that_grew_with_the_last_page_needs_no_second_reading() -> None:
    answers = Answers(
        response(envelope(rows(1, 2), total=3)), response(envelope(rows(3, 4), total=4))
    )
    assert len(ids(read(answers))) == 4


@pytest.mark.parametrize(
    "second_page", [[], rows(2), rows(1, 2)], ids=["empty", "repeated", "repeated twice"]
)
def test_rows_that_never_add_up_to_the_total_fail_naming_the_page(second_page: list[Any]) -> None:
    pages = [response(envelope(rows(1, 2), total=4)), response(envelope(second_page, total=4))]
    if len(second_page) == 1:
        pages.append(response(envelope([], total=4)))
    with pytest.raises(
        IncompleteResultError,
        match=r"counts 4 rows, but 2 distinct ones arrived.*page 1 2, page 2 [012]",
    ):
        read(Answers(*pages * 3))


@pytest.mark.parametrize(
    ("total", "arrived", "is_loaded"),
    [(4, 3, True), (4, 2, False), (100, 98, True), (100, 97, False), (1, 0, False), (3, 4, False)],
)
def test_a_total_that_three_equal_readings_barely_miss_is_loaded_as_it_is(
    total: int, arrived: int, is_loaded: bool
) -> None:
    def fetch(page: int) -> requests.Response:
        return response(envelope(rows(*range(1, arrived + 1)) if page == 1 else [], total=total))

    if not is_loaded:
        with pytest.raises(IncompleteResultError):
            read(fetch)
        return
    answer = read(fetch)
    assert (len(ids(answer)), answer["api_total"]) == (arrived, total)


@pytest.mark.parametrize(
    ("sizes", "total", "is_loaded"),
    [
        ([2, 1, 0], 4, True),
        ([2, 2, 0], 5, False),
        ([1, 2, 0], 4, False),
        ([2, 0], 3, False),
        ([0], 1, False),
    ],
)
def test_only_a_last_page_may_fall_short(sizes: list[int], total: int, is_loaded: bool) -> None:
    firsts = [sum(sizes[:number]) for number in range(len(sizes))]
    pages = [range(first, first + size) for first, size in zip(firsts, sizes, strict=True)]

    def fetch(number: int) -> requests.Response:
        return response(envelope(rows(*pages[min(number, len(pages)) - 1]), total=total))

    if is_loaded:
        assert len(ids(read(fetch, page_size=2))) == sum(sizes)
    else:
        with pytest.raises(IncompleteResultError):
            read(fetch, page_size=2)


@pytest.mark.parametrize("page_size", [2, 10, 500])
def test_an_empty_page_after_a_full_last_one_says_that_there_are_no_more(page_size: int) -> None:
    total = 2 * page_size
    pages = [[*range(page_size)], [*range(page_size - 1, total - 1)]]  # one row arrives twice

    def fetch(number: int) -> requests.Response:
        return response(envelope(rows(*(pages[number - 1] if number <= 2 else [])), total=total))

    answer = read(fetch, page_size=page_size)
    assert (len(ids(answer)), answer["api_total"], answer["pages"]) == (total - 1, total, 3)


@pytest.mark.parametrize(("total", "is_loaded"), [(200, True), (201, False)])
def test_an_empty_page_that_belongs_to_the_result_fails_though_rows_repeat(
    total: int, is_loaded: bool
) -> None:
    pages = [rows(*range(100)), rows(*range(99, 199)), []]

    def fetch(number: int) -> requests.Response:
        return response(envelope(pages[number - 1], total=total))

    with nullcontext() if is_loaded else pytest.raises(IncompleteResultError):
        read(fetch, page_size=100)


@pytest.mark.parametrize("other", [(rows(1, 2, 3), 5), (rows(1, 2, 4), 4)], ids=["total", "rows"])
def test_readings_that_differ_are_not_loaded(other: tuple[list[Any], int]) -> None:
    end = response(envelope([], total=4))
    short = response(envelope(rows(1, 2, 3), total=4))
    changed = response(envelope(other[0], total=other[1]))
    with pytest.raises(IncompleteResultError):
        read(Answers(short, end, changed, response(envelope([], total=other[1])), short, end))


@pytest.mark.parametrize(
    "fault",
    [
        response(status=429),
        response(status=500),
        response(status=503),
        response(b"<html>Sorry</html>", headers={"Content-Type": "text/html"}),
        response(b""),
        response(b'{"SearchResult": {"SearchRes'),
        response([1]),
        response({"SearchResult": None}),
        response({"SearchResult": {"SearchResultItems": {}, "SearchResultCountAll": 1}}),
        response({"SearchResult": {"SearchResultItems": [], "SearchResultCountAll": "1"}}),
        response({"SearchResult": {"SearchResultItems": [], "SearchResultCountAll": True}}),
        response(b"[" * 100_000),
        requests.ConnectionError("Connection reset by peer"),
        requests.ReadTimeout("read timed out"),
        requests.exceptions.ChunkedEncodingError("IncompleteRead"),
    ],
    ids=lambda fault: (
        type(fault).__name__
        if isinstance(fault, Exception)
        else f"{fault.status_code} {fault.raw.content[:20]!r}"
    ),
)
def test_trouble_that_passes_is_waited_out_and_named_if_it_does_not(
    fault: requests.Response | Exception, waits: list[float]
) -> None:
    first = response(envelope(rows(1), total=2))
    answers = Answers(first, fault, fault, response(envelope(rows(2), total=2)))
    assert ids(read(answers)) == ["1", "2"]
    assert answers.pages == [1, 2, 2, 2]
    assert len(waits) == 2
    with pytest.raises(RetriableApiError, match="Page 2"):
        read(Answers(first, *[fault] * 5))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (response(status=401), "connection `usajobs`.*login.*e-mail.*password.*key"),
        (response(b"<html>", status=403), "connection `usajobs`.*login"),
        (response(status=400), "status 400"),
        (response(status=404), "status 404"),
        (response(status=302, headers={"Location": "https://x.example"}), "redirects elsewhere"),
        (response(status=429, headers={"Retry-After": "3600"}), "60 minutes"),
        (requests.exceptions.SSLError("certificate has expired"), "clock and certificates"),
        (requests.exceptions.InvalidURL("no host"), "can't be requested"),
        (ValueError("Unable to determine SOCKS version from x://"), "proxy is of an unknown kind"),
        (response(envelope(rows(1), total=10_000)), "narrow the search"),
    ],
)
def test_what_waiting_cannot_cure_fails_at_once_and_says_what_to_do(
    fault: requests.Response | Exception, message: str, waits: list[float]
) -> None:
    answers = Answers(fault)
    with pytest.raises(FatalApiError, match=message):
        read(answers)
    assert answers.pages == [1]
    assert waits == []


def test_a_body_that_takes_too_long_or_never_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("include.jobs.limits.MAX_BODY_BYTES", 2_500)
    monkeypatch.setattr("include.jobs.limits.BODY_TIMEOUT_SECONDS", 60)
    small, large = response(envelope(rows(1))), response(envelope(rows(1, 2, 3)))
    assert ids(read(Answers(small))) == ["1"]
    with pytest.raises(RetriableApiError, match="Page 1 is larger than 2,500 bytes"):
        read(Answers(*[large] * 5))
    ticks = iter(range(0, 10_000, 61))
    monkeypatch.setattr("include.usajobs.client.time.monotonic", lambda: next(ticks))
    with pytest.raises(RetriableApiError, match=r"Page 1 was not received.*in 60 seconds"):
        read(Answers(*[small] * 5))


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_a_clock_a_little_off_is_good_enough(minutes: float) -> None:
    assert ids(read(Answers(dated(NOW + timedelta(minutes=minutes))))) == ["1"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (NOW - timedelta(minutes=6), "clock is 6 minutes ahead of"),
        (NOW + timedelta(minutes=6), "clock is 6 minutes behind"),
        (NOW - timedelta(days=365), "clock is 8760 hours ahead of"),
    ],
)
def test_a_wrong_clock_is_refused_before_it_dates_anything(told: datetime, message: str) -> None:
    with pytest.raises(FatalApiError, match=message):
        read(Answers(dated(told)))


def dated(moment: datetime) -> requests.Response:
    return response(envelope(rows(1)), headers={"Date": format_datetime(moment, usegmt=True)})


def test_a_date_that_cannot_be_read_says_nothing_about_the_clock() -> None:
    assert ids(read(Answers(response(envelope(rows(1)), headers={"Date": "noon"})))) == ["1"]


@pytest.mark.parametrize(("levels", "readable"), [(40, True), (60, False)])
def test_a_page_that_is_nested_deeper_than_any_row_is_no_good_answer(
    levels: int, readable: bool
) -> None:
    nested: Any = {}
    for _ in range(levels):
        nested = {"Details": nested}
    page = response(envelope([row("1", Extra=nested)]))
    if readable:
        assert ids(read(Answers(page))) == ["1"]
    else:
        with pytest.raises(RetriableApiError, match="nested deeper than 50 levels"):
            read(Answers(*[page] * 5))


def test_rows_are_handed_on_page_by_page_without_what_is_not_read() -> None:
    batches: list[Any] = [["left by an earlier reading"]]
    pages = [envelope([row("1", Extra="not read")], total=2), envelope(rows(1, 2), total=2)]
    read_everything(Answers(*map(response, pages)), batches, connection="usajobs")
    assert [[control_number(found) for found in batch] for batch in batches] == [["1"], ["2"]]
    assert "not read" not in json.dumps(batches)


def test_a_row_that_cannot_be_read_is_handed_on_whole_and_counted() -> None:
    unreadable = row("1", Extra="said in another way", PositionTitle=None)
    answer = read(Answers(response(envelope([unreadable, row("2")]))))
    assert json.loads(answer["rows"][0]["unreadable"]["raw"]) == unreadable
    assert (answer["anomalous_rows"], answer["drift"]) == (1, [])


def test_a_row_that_is_too_large_is_not_read_on_a_page_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large = row("2", Others=[0] * 3_000)
    for limit, is_read in ((2_000, False), (9_000, True)):
        monkeypatch.setattr(limits, "MAX_ROW_VALUES", limit)
        answer = read(Answers(response(envelope([row("1"), large]))))
        unread = [found["unreadable"] for found in answer["rows"]]
        assert [each is None for each in unread] == [True, is_read]
        assert is_read or unread[1]["raw"] == ""


def test_what_an_earlier_reading_counted_does_not_count_twice() -> None:
    odd = row("1", JobGrade=[{"Code": "Q7"}])
    short, whole = envelope([odd], total=2), envelope([odd, row("2")])
    answer = read(Answers(response(short), response(envelope([], total=2)), response(whole)))
    assert (answer["rows"][1]["unreadable"], answer["anomalous_rows"]) == (None, 1)
    assert [entry["count"] for entry in answer["drift"]] == [1]


def test_one_row_below_the_ceiling_is_a_complete_answer() -> None:
    reply = HttpReply(200, {}, json.dumps(envelope(rows(1), total=9_999)).encode())
    assert read_page(reply, 1, "usajobs").total == 9_999


def test_a_page_of_more_rows_than_usajobs_counts_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_COUNTED_ROWS", 6)
    for count, is_refused in ((6, False), (7, True)):
        reply = HttpReply(200, {}, json.dumps(envelope([{}] * count, total=5)).encode())
        with pytest.raises(RetriableApiError, match="7 rows") if is_refused else nullcontext():
            read_page(reply, 1, "usajobs")


def test_96_mb_of_empty_objects_are_refused_before_they_become_gigabytes() -> None:
    script = """
import resource
from include.jobs import limits
from include.usajobs.client import HttpReply, MalformedResponseError
from include.usajobs.search_api import read_page
resource.setrlimit(resource.RLIMIT_DATA, (2**29, 2**29))
start = b'{"SearchResult": {"SearchResultCountAll": 5, "SearchResultItems": ['
body = start + b"{}," * ((limits.MAX_BODY_BYTES - 100) // 3) + b"{}]}}"
try:
    read_page(HttpReply(200, {}, body), 1, "usajobs")
except MalformedResponseError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "Page 1 has more than 4,000,000 values in JSON.\n", done.stderr


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("17", 17),
        (format_datetime(NOW + timedelta(seconds=90)), 90),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after(header, NOW) == seconds


def test_retry_after_is_waited_for(waits: list[float]) -> None:
    busy = response(status=429, headers={"Retry-After": "17"})
    read(Answers(busy, busy, response(envelope(rows(1)))))
    assert waits == [17, 17]


def test_without_retry_after_the_waits_grow(waits: list[float]) -> None:
    down = response(status=503)
    read(Answers(down, down, down, response(envelope(rows(1)))))
    assert waits == sorted(waits)
    assert waits[0] >= 1


def test_the_key_and_the_address_are_sent_in_the_headers_that_usajobs_wants() -> None:
    request = requests.Request("GET", "http://127.0.0.1/").prepare()
    ApiKeyAuth("me@example.org", " key\n")(request)
    assert request.headers["User-Agent"] == "me@example.org"
    assert request.headers["Authorization-Key"] == "key"
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("login", "password", "message"),
    [
        (None, None, "login of .*`usajobs` is empty"),
        ("me@example.org", "", "password of .*`usajobs` is empty"),
        ("me@example.org", "SECRET\nKEY", "password of .* contains invalid characters"),
        ("me@example.org", "SECRETé", "password of .* contains invalid characters"),
    ],
)
def test_credentials_that_no_header_can_carry_are_refused_without_being_quoted(
    login: str | None, password: str | None, message: str
) -> None:
    with pytest.raises(FatalApiError, match=message) as problem:
        ApiKeyAuth(login, password)
    assert "SECRET" not in str(problem.value)


PAGE = st.lists(st.integers(0, 6), max_size=4)


@settings(max_examples=300)
@given(st.lists(st.tuples(PAGE, st.integers(0, 8)), min_size=1, max_size=4))
def test_whatever_is_answered_the_rows_are_complete_or_the_reading_fails(
    pages: list[tuple[list[int], int]],
) -> None:
    def fetch(number: int) -> requests.Response:
        numbers, total = pages[min(number, len(pages)) - 1]
        return response(envelope(rows(*numbers), total))

    logging.disable()
    try:
        answer = read(fetch)
    except ApiError:
        return
    finally:
        logging.disable(logging.NOTSET)
    read_ids = ids(answer)
    assert len(set(read_ids)) == len(read_ids)
    assert len(read_ids) == answer["api_total"] or barely_misses(len(read_ids), answer["api_total"])


@pytest.fixture(autouse=True)
def _enabled_logging() -> Iterator[None]:
    yield
    logging.disable(logging.NOTSET)
