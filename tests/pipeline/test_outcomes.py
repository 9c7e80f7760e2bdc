"""What became of positions, read from the sample API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import tenacity.nap
from pymongo.database import Database

from include.jobs import limits
from include.pipeline.outcomes import NoAnswer, counts_by_collection, read_outcomes
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from include.store.documents import PositionDocument
from tests.support.chain import stored, transformed
from tests.support.rows import answer, row

MongoDatabase = Database[dict[str, Any]]

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 23, tzinfo=UTC)
LONG_OPEN = {"ApplicationCloseDate": "2027-06-30"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setattr(limits, "CLOCK_TOLERANCE_SECONDS", 10**9)


@pytest.fixture
def api() -> Iterator[SampleApi]:
    """The sample API; `address` is where it is served."""
    api = create_app(today=TODAY)
    with running(api) as api.address:  # type: ignore[attr-defined]
        yield api


def read(database: MongoDatabase, api: Any, now: datetime = NOW) -> Any:
    def fetch(endpoint: str, query: Mapping[str, str]) -> requests.Response:
        return requests.get(f"{api.address}{endpoint}", dict(query), stream=True, timeout=10)

    return read_outcomes(database, fetch, connection="usajobs", now=lambda: now)


def follow(database: MongoDatabase, *numbers: str, since: datetime = NOW) -> None:
    """Store positions with these numbers, and mark them as saved."""
    stored(database, transformed(answer(*(row(number, **LONG_OPEN) for number in numbers))), "run")
    for number in numbers:
        database.marks.insert_one(
            {
                "_id": f"{number}/ada",
                "user": "ada",
                "control_number": number,
                "saved": True,
                "updated_at": since,
            }
        )


def some_numbers(day: date, count: int) -> list[str]:
    """Return control numbers of postings that opened on a day."""
    return [str(day.toordinal() * 1000 + number) for number in range(count)]


def test_a_status_is_stored_once_and_its_first_day_stays(
    database: MongoDatabase, api: SampleApi
) -> None:
    (number,) = some_numbers(TODAY, 1)
    follow(database, number)
    assert read(database, api)["changed"] == {number: "accepting applications"}
    later = NOW + timedelta(days=1)
    again = read(database, api, later)
    assert (again["changed"], again["statuses"]) == ({}, {"accepting applications": 1})
    (found,) = database.positions.find()
    assert found["outcome"] == {
        "status": "accepting applications",
        "read_at": later,
        "first_seen": {"accepting applications": NOW},
        "asked_at": later,
    }
    PositionDocument.model_validate(found)
    assert counts_by_collection(again) == {"positions": {"written": 1, "changed": 0}}


def test_runs_of_a_search_leave_what_became_of_it(database: MongoDatabase, api: SampleApi) -> None:
    (number,) = some_numbers(TODAY, 1)
    follow(database, number)
    read(database, api)
    before = database.positions.find_one()
    later = answer(row(number, PositionTitle="Data Engineer II"), at="2026-12-01T00:00:00+00:00")
    stored(database, transformed(later), "later")
    after = database.positions.find_one()
    assert before
    assert after
    assert after["PositionTitle"] == "Data Engineer II"
    assert after["outcome"] == before["outcome"]


def test_a_damaged_outcome_is_no_damage_to_the_position(
    database: MongoDatabase, api: SampleApi
) -> None:
    (number,) = some_numbers(TODAY, 1)
    follow(database, number)
    database.positions.update_one({}, {"$set": {"outcome": "closed"}})
    again = answer(row(number, **LONG_OPEN), at="2026-12-01T00:00:00+00:00")
    receipt = stored(database, transformed(again), "later")
    assert (receipt["unchanged"], receipt["repaired"]) == ([number], [])
    assert read(database, api)["changed"] == {number: "accepting applications"}


def test_what_the_api_does_not_know_and_what_is_not_stored_is_told(
    database: MongoDatabase, api: SampleApi
) -> None:
    known = some_numbers(TODAY, 2)
    follow(database, *known, "123")
    database.marks.insert_one({"_id": "9/ada", "control_number": "9", "applied": True})
    outcomes = read(database, api)
    assert (outcomes["asked"], outcomes["unknown"], outcomes["not_stored"]) == (3, ["123"], ["9"])
    unknown = database.positions.find_one({"_id": "123"})
    assert unknown
    assert unknown["outcome"] == {"asked_at": NOW}


def test_what_one_run_has_no_request_left_for_comes_first_in_the_next(
    database: MongoDatabase, api: SampleApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OUTCOME_BATCH_SIZE", 1)
    monkeypatch.setattr(limits, "OUTCOME_REQUESTS", 2)
    numbers = some_numbers(TODAY, 3)
    follow(database, *numbers)
    assert read(database, api)["left"] == 1
    assert {*read(database, api, NOW + timedelta(days=1))["changed"]} == {numbers[2]}
    asked = [request.query["USAJOBSControlNumbers"] for request in api.requests]
    assert asked == [numbers[0], numbers[1], numbers[2], numbers[0]]


def test_on_a_bad_day_what_was_read_is_stored_and_the_next_run_asks_for_the_rest(
    database: MongoDatabase, api: SampleApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OUTCOME_BATCH_SIZE", 1)
    first, second = some_numbers(TODAY, 2)
    follow(database, first, second)
    read_before = api.history

    def busy_after_the_first(query: Any) -> Any:
        api.faults.inject(Fault(kind="unavailable", times=None))
        return read_before(query)

    monkeypatch.setattr(api, "history", busy_after_the_first)
    with pytest.raises(NoAnswer, match=re.escape("The status of 1 of 2 positions was stored")) as e:
        read(database, api)
    assert (e.value.may_pass, e.value.is_lasting) == (True, False)
    api.faults.inject()
    monkeypatch.setattr(api, "history", read_before)
    assert {*read(database, api, NOW + timedelta(days=1))["changed"]} == {second}


@pytest.mark.parametrize(("days", "is_lasting"), [(6, False), (8, True)])
def test_silence_is_lasting_after_a_week_without_an_answer(
    database: MongoDatabase, api: SampleApi, days: int, is_lasting: bool
) -> None:
    follow(database, *some_numbers(TODAY, 1), since=NOW - timedelta(days=300))
    read(database, api)
    api.faults.inject(Fault(kind="unavailable", times=None))
    with pytest.raises(NoAnswer) as problem:
        read(database, api, NOW + timedelta(days=days))
    assert problem.value.is_lasting is is_lasting


def test_where_nobody_follows_anything_no_request_is_made(
    database: MongoDatabase, api: SampleApi
) -> None:
    assert read(database, api)["asked"] == 0
    assert not api.requests
