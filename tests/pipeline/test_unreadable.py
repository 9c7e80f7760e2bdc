"""Rows that can't be read: what is stored of their postings, and how long they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from include.store.collections import POSITIONS, VERSIONS
from include.store.history import Status, latest_complete_run, status
from include.usajobs.extract import iso
from tests.support.chain import stored, transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, row

MongoDatabase = Database[dict[str, Any]]
START = datetime(2026, 11, 1, 7, tzinfo=UTC)
NOW = START + timedelta(days=9)
IN_GARY = {"location": "Gary, Indiana"}


def unreadable(number: str, **changes: Any) -> dict[str, Any]:
    return row(number, PositionTitle=None, **changes)


def unfit(number: str, **changes: Any) -> dict[str, Any]:
    return row(
        number, PositionTitle="Cook", PositionLocation=[], details={"MajorDuties": []}, **changes
    )


def nameless() -> dict[str, Any]:
    return {"MatchedObjectDescriptor": {"PositionTitle": "Data Engineer"}}


def run(database: MongoDatabase, *rows: object, day: float, **search: Any) -> dict[str, Any]:
    at = iso(START + timedelta(days=day))
    return stored(database, transformed(answer(*rows, at=at), **search), f"day {day}")


def status_of(database: MongoDatabase, number: str, search: str) -> Status:
    position = database.positions.find_one({"_id": number})
    assert position
    return status(position, search, latest_complete_run(database.runs, search), NOW)


def waiting(database: MongoDatabase) -> set[str | None]:
    return {found["control_number"] for found in database.quarantine.find()}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], "open"),
        ([row("1")], "open"),
        ([unreadable("1", PositionURI="x")], "open"),
        ([unfit("1")], "no_longer_fits"),
        ([unfit("1"), unreadable("1", PositionURI="x")], "no_longer_fits"),
        ([unfit("1"), row("1")], "open"),
        # It was gone, and is listed again.
        ([row("2")], "open"),
    ],
)
def test_a_position_whose_row_cannot_be_read_stays_as_it_was(
    database: MongoDatabase, before: list[Any], expected: str
) -> None:
    search = run(database, row("1"), row("2"), day=0)["search"]
    for day, found in enumerate(before, start=1):
        run(database, found, day=day)
    receipt = run(database, unreadable("1"), row("2"), day=8)
    assert status_of(database, "1", search) == expected
    assert "1" not in receipt["gone"]


def test_once_it_is_listed_no_more_it_is_gone(database: MongoDatabase) -> None:
    search = run(database, row("1"), row("2"), unfit("3"), day=0)["search"]
    run(database, unreadable("1"), row("2"), unreadable("3"), day=1)
    receipt = run(database, row("2"), day=2)
    # Nothing is stored of 3, so that nobody misses it.
    assert receipt["gone"] == ["1"]
    assert status_of(database, "1", search) == "gone"


def test_while_a_row_has_no_control_number_nothing_is_called_gone(database: MongoDatabase) -> None:
    search = run(database, *map(row, "1234"), day=0)["search"]
    gone = run(database, *map(row, "123"), day=1)
    receipt = run(database, row("1"), unfit("2"), nameless(), day=2)
    assert [warning["code"] for warning in receipt["warnings"]] == ["unnamed"]
    assert (receipt["state"], gone["gone"], receipt["gone"]) == ("warning", ["4"], [])
    assert [status_of(database, each, search) for each in "1234"] == ["open"] * 3 + ["gone"]
    named = run(database, row("1"), unreadable("9"), day=3)
    assert (named["state"], named["gone"]) == ("complete", ["2", "3"])


def test_a_row_leaves_quarantine_when_a_later_run_reads_it(database: MongoDatabase) -> None:
    receipt = run(database, *map(unreadable, "123"), nameless(), day=0)
    assert receipt["quarantine_size"] == 4
    receipt = run(database, row("1"), unfit("2"), unreadable("4"), day=1)
    assert waiting(database) == {"3", "4", None}
    assert receipt["quarantine_size"] == 3


def test_a_row_that_was_read_only_earlier_stays_in_quarantine(database: MongoDatabase) -> None:
    run(database, unreadable("1"), unreadable("2"), day=1)
    run(database, row("1"), unfit("2"), day=0)
    assert waiting(database) == {"1", "2"}


def test_a_run_of_another_search_reads_it_as_well(database: MongoDatabase) -> None:
    run(database, unreadable("1"), day=0)
    run(database, row("1"), day=1, **IN_GARY)
    assert waiting(database) == set()


def test_a_row_of_a_past_day_leaves_when_either_api_returns_it_readable(
    database: MongoDatabase,
) -> None:
    def fill(day: float, **changes: Any) -> None:
        found = {**historic_row(**changes), "text": ANNOUNCEMENT}
        read = historic_answer(found, read_at=iso(START + timedelta(days=day)), day="2026-09-01")
        stored(database, transformed(read), f"filled {day}")

    number = str(historic_row()["usajobsControlNumber"])
    fill(0, positionTitle=5)
    assert waiting(database) == {number}
    fill(1)
    assert waiting(database) == set()
    fill(2, positionTitle=5)
    assert waiting(database) == {number}
    run(database, row(number), day=1)
    assert waiting(database) == set()


KINDS = {"readable": row, "unfit": unfit, "unreadable": unreadable}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([{"1": "unreadable"}, {"1": "readable"}, {"1": "unfit"}])
@given(st.lists(st.dictionaries(st.sampled_from("12"), st.sampled_from(sorted(KINDS))), max_size=3))
def test_in_any_order_the_same_stays_in_quarantine_and_every_position_stands_alike(
    database: MongoDatabase, runs: list[dict[str, str]]
) -> None:
    found = []
    for order in permutations(range(len(runs))):
        for name in (POSITIONS, VERSIONS, "runs", "quarantine"):
            database[name].delete_many({})
        search = ""
        for day in order:
            rows = [KINDS[kind](number) for number, kind in runs[day].items()]
            search = run(database, *rows, day=day)["search"]
        positions = sorted(database.positions.find(), key=lambda each: str(each["_id"]))
        stand = [status_of(database, each["_id"], search) for each in positions]
        found.append((waiting(database), positions, stand))
    assert all(each == found[0] for each in found)
