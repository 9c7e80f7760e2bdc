from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import tenacity.nap

from include.jobs import limits
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.pipeline.handover import HandoverError, check_rows
from include.searches.parameters import SearchParameters
from include.usajobs.client import (
    FatalApiError,
    IncompleteResultError,
    RetriableApiError,
)
from include.usajobs.extract import ExtractBatch
from include.usajobs.historic_api import ENDPOINT, TEXT_ENDPOINT, NoKey, read_days
from include.usajobs.json_text import json_values
from tests.support.historic_rows import ANNOUNCEMENT, historic_envelope, historic_row
from tests.usajobs.test_search_api import response

DAY = date(2026, 9, 1)
NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=slept.append))
    return slept


class Endless(list[Any]):
    """A list of answers that never becomes empty."""

    def __init__(self, answers: Iterator[Any]) -> None:
        self.more = answers

    def pop(self, index: Any = 0) -> Any:
        return next(self.more)


class Api:
    """Answers questions for announcements one after the other, and for texts as they are asked."""

    def __init__(self, *answers: Any, text: Mapping[str, Any] | None = ANNOUNCEMENT) -> None:
        self.answers = list(answers)
        self.text = text
        self.queries: list[dict[str, str]] = []
        self.texts_of: list[str] = []

    def __call__(self, endpoint: str, query: Mapping[str, str]) -> requests.Response:
        if endpoint == TEXT_ENDPOINT:
            numbers = query["USAJOBSControlNumbers"].split(";")
            self.texts_of += numbers
            texts = (
                [{**self.text, "usajobsControlNumber": int(n)} for n in numbers]
                if self.text
                else []
            )
            return response(historic_envelope(texts)) if texts else response(status=204)
        assert endpoint == ENDPOINT
        self.queries.append(dict(query))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, requests.Response) else response(answer)


def read(
    api: Callable[..., requests.Response], days: Sequence[date] = (DAY,), **search: Any
) -> Any:
    asked = MatchContext.of(SearchParameters(**search))
    batches: list[ExtractBatch] = []
    extract = read_days(api, days, asked, batches, connection="usajobs", now=lambda: NOW)
    rows = [row for batch in batches for row in batch]
    assert extract["rows"] == len(rows)
    return {**extract, "rows": rows}


def ids(answer: Any) -> list[Any]:
    """Return the control numbers of what was handed on; of an unreadable row, its whole text."""
    return [
        int(position_in(row).control_number) if row["position"] else row["unreadable"]["raw"]
        for row in answer["rows"]
    ]


def position_in(row: Any) -> Position:
    return Position.model_validate_json(row["position"])


def test_several_days_are_read_one_by_one_and_were_seen_on_the_last() -> None:
    api = Api(historic_envelope([historic_row(1)]), historic_envelope([historic_row(2)]))
    answer = read(api, [DAY, DAY + timedelta(days=1)])
    assert [query["StartPositionOpenDate"] for query in api.queries] == ["2026-09-01", "2026-09-02"]
    assert ids(answer) == [1, 2]
    assert (answer["api_total"], answer["pages"]) == (2, 2)
    assert answer["seen_at"] == "2026-09-02T00:00:00.000+00:00"


def test_one_day_is_asked_for_with_the_series_of_the_topic() -> None:
    api = Api(historic_envelope([historic_row()]))
    answer = read(api)
    assert api.queries == [
        {
            "StartPositionOpenDate": "2026-09-01",
            "EndPositionOpenDate": "2026-09-01",
            "PositionSeries": "0854;1515;1530;1550;1560;2210",
        }
    ]
    assert answer["source"] == "historicjoa"
    assert answer["read_at"] == "2026-11-23T12:30:00.000+00:00"
    assert answer["observed_at"] == "2026-11-23T00:00:00.000+00:00"
    assert answer["seen_at"] == "2026-09-01T00:00:00.000+00:00"


def test_another_keyword_is_asked_for_in_all_series() -> None:
    api = Api(historic_envelope([]))
    read(api, keyword="nurse")
    assert "PositionSeries" not in api.queries[0]


def test_pages_without_end_are_given_up_once_they_exceed_the_total() -> None:
    def endless() -> Iterator[Any]:
        for number in count(1):
            yield historic_envelope([historic_row(number)], 2, "more")

    api = Api()
    api.answers = Endless(endless())
    with pytest.raises(
        IncompleteResultError, match="counts 2 rows, but 3 distinct ones arrived on 3 pages"
    ):
        read(api)


@pytest.mark.parametrize("name", ["MAX_BODY_BYTES", "MAX_JSON_VALUES"])
def test_pages_that_are_too_large_together_are_not_collected(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [historic_envelope([historic_row(n)], 4, "more") for n in (1, 2, 3)]
    body = json.dumps(pages[0]).encode()
    one_page = len(body) if name == "MAX_BODY_BYTES" else json_values(body)
    monkeypatch.setattr(limits, name, 5 * one_page // 2)
    api = Api(*pages)
    with pytest.raises(FatalApiError, match=r"too large to be read: .* on 3 pages"):
        read(api)
    assert api.answers == []


def test_pages_are_followed_by_their_token_until_there_is_none() -> None:
    api = Api(
        historic_envelope([historic_row(1)], 3, "a%3D%3D"),
        historic_envelope([historic_row(2)], 3, "b"),
        historic_envelope([historic_row(3)], 3),
    )
    answer = read(api)
    assert ids(answer) == [1, 2, 3]
    assert (answer["api_total"], answer["pages"]) == (3, 3)
    assert [query.get("continuationToken") for query in api.queries] == [None, "a==", "b"]
    assert api.texts_of == ["1", "2", "3"]


@pytest.mark.parametrize("empty", [response(status=204), response(b"204 No Content\n")])
def test_a_day_without_announcements_is_empty(empty: requests.Response) -> None:
    answer = read(Api(empty))
    assert (answer["api_total"], answer["rows"]) == (0, [])


def test_rows_that_do_not_add_up_are_read_again_and_then_fail() -> None:
    short = historic_envelope([historic_row(1)], 2)
    assert ids(read(Api(short, historic_envelope([historic_row(1), historic_row(2)])))) == [1, 2]
    shorter = historic_envelope([historic_row(1)], 3)
    with pytest.raises(
        IncompleteResultError, match=r"2026-09-01 are incomplete.*3 rows, but 1 distinct ones"
    ):
        read(Api(shorter, shorter, shorter))


def test_a_row_that_comes_twice_does_not_stand_for_a_lost_one() -> None:
    twice = historic_envelope([historic_row(1), historic_row(2), historic_row(2)], 4)
    with pytest.raises(IncompleteResultError, match="4 rows, but 2 distinct ones"):
        read(Api(twice, twice, twice))


def test_a_total_that_three_equal_readings_miss_by_one_row_is_loaded_as_it_is() -> None:
    short = historic_envelope([historic_row(1)], 2)
    answer = read(Api(short, short, short))
    assert (ids(answer), answer["api_total"]) == ([1], 2)
    other = historic_envelope([historic_row(2)], 2)
    with pytest.raises(IncompleteResultError):
        read(Api(short, other, short))


@pytest.mark.parametrize(
    ("sizes", "total", "is_loaded"),
    [
        ([2, 2, 1], 6, True),
        ([2, 2, 1], 7, False),
        ([2, 1, 2], 6, False),
        ([2, 1, 0], 4, True),
        ([2, 2, 0], 5, False),
        ([0], 1, False),
        ([98], 100, True),
        ([97], 100, False),
    ],
)
def test_only_a_last_page_of_a_day_may_fall_short(
    sizes: list[int], total: int, is_loaded: bool
) -> None:
    pages = []
    for number, size in enumerate(sizes):
        rows = [historic_row(100 * number + each) for each in range(1, size + 1)]
        token = "more" if number < len(sizes) - 1 else None
        pages.append(historic_envelope(rows, total, token))
    if is_loaded:
        answer = read(Api(*pages * 3))
        assert (answer["api_total"], len(answer["rows"])) == (total, sum(sizes))
    else:
        with pytest.raises(IncompleteResultError):
            read(Api(*pages * 3))


def test_each_of_several_days_may_miss_a_row() -> None:
    short = [historic_envelope([historic_row(number)], 2) for number in (1, 2, 3)]
    days = [DAY + timedelta(days=number) for number in range(3)]
    answer = read(Api(*(each for each in short for _ in range(3))), days)
    assert (answer["api_total"], ids(answer)) == (6, [1, 2, 3])
    check_rows({**answer, "rows": 3}, 3)
    with pytest.raises(HandoverError):
        check_rows({**answer, "rows": 2}, 2)


@pytest.mark.parametrize("fault", [response(status=503), requests.ConnectionError("reset")])
def test_trouble_that_passes_is_waited_out_and_fails_if_it_does_not(fault: Any) -> None:
    assert ids(read(Api(fault, fault, historic_envelope([historic_row(1)])))) == [1]
    with pytest.raises(RetriableApiError, match="2026-09-01"):
        read(Api(*[fault] * 5))


def test_a_day_that_stays_broken_is_asked_for_with_the_next_one_and_picked_out() -> None:
    broken = response(b'{"paging": {"meta')
    rows = [historic_row(1), historic_row(2, positionOpenDate="2026-09-02T00:00:00")]
    api = Api(*[broken] * 5, historic_envelope(rows))
    answer = read(api)
    assert ids(answer) == [1]
    assert answer["api_total"] == 1
    assert api.queries[-1]["EndPositionOpenDate"] == "2026-09-02"
    with pytest.raises(RetriableApiError, match="2026-09-01 and 2026-09-02"):
        read(Api(*[broken] * 10))


def test_a_refusal_fails_at_once(waits: list[float]) -> None:
    with pytest.raises(FatalApiError, match="status 400"):
        read(Api(response(status=400)))
    assert waits == []


def place(city: str, state: str) -> list[dict[str, str]]:
    return [{"positionLocationCity": city, "positionLocationState": state}]


@pytest.mark.parametrize(
    ("city", "state", "inside"),
    [
        ("Evanston", "Illinois", True),
        ("Milwaukee", "Wisconsin", False),
        ("Anywhere in the U.S. (remote job)", "", True),
        # A base that no gazetteer has may be near if its state is.
        ("Hines", "Illinois", True),
        ("Hines", "Nevada", False),
    ],
)
def test_rows_are_narrowed_to_the_searchs_place(city: str, state: str, inside: bool) -> None:
    api = Api(historic_envelope([historic_row(1, positionLocations=place(city, state))]))
    answer = read(api)
    assert ids(answer) == ([1] if inside else [])
    assert answer["outside"]["place"] == ([] if inside else ["1"])
    assert api.texts_of == (["1"] if inside else [])
    assert answer["api_total"] == 1


def test_rows_are_narrowed_to_what_the_keyword_would_have_found() -> None:
    without = {"summary": "Keeps the network running.", "duties": "Engineering of networks."}
    row = historic_row(1, positionTitle="IT Specialist (Network)")
    assert read(Api(historic_envelope([row]), text=without))["outside"]["keyword"] == ["1"]
    holding_both = {**without, "duties": "Engineering of networks.\nData entry."}
    assert ids(read(Api(historic_envelope([row]), text=holding_both))) == [1]


def test_a_row_without_a_text_stays_to_be_judged_by_its_title() -> None:
    (row,) = read(Api(historic_envelope([historic_row(1)]), text=None))["rows"]
    assert "text" not in row


def test_a_row_that_cannot_be_read_stays_to_be_quarantined() -> None:
    answer = read(Api(historic_envelope([historic_row(None), historic_row(2, positionTitle=5)])))
    assert len(answer["rows"]) == 2


def test_no_key_is_sent() -> None:
    request = requests.Request("GET", "http://127.0.0.1/").prepare()
    NoKey("me@example.org", "SECRET")(request)
    assert "SECRET" not in str(request.headers)
    assert "me@example.org" not in str(request.headers)
