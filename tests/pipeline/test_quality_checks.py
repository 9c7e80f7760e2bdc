from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from include.store.history import latest_complete_run, status
from include.usajobs.extract import iso
from tests.support.chain import stored, transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, row

START = datetime(2026, 11, 1, 7, tzinfo=UTC)
DAY = timedelta(days=1)
MongoDatabase = Database[dict[str, Any]]


def run(database: MongoDatabase, count: int, day: float = 0, odd: int = 0) -> dict[str, Any]:
    """Store what a run of that day found: so many rows, of which some hold an unknown code."""
    rows = [
        row(str(1000 + number), JobGrade=[{"Code": "QQ" if number < odd else "GS"}])
        for number in range(count)
    ]
    at = iso(START + timedelta(days=day))
    return stored(database, transformed(answer(*rows, at=at)), f"day {day}")


def codes(receipt: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in receipt["warnings"]]


@pytest.mark.parametrize(
    ("usual", "rows", "flagged"),
    [(40, 19, True), (40, 20, False), (40, 0, True), (10, 0, True), (9, 0, False), (12, 3, False)],
)
def test_fewer_than_half_of_the_usual_rows_and_ten_less_are_a_silence(
    database: MongoDatabase, usual: int, rows: int, flagged: bool
) -> None:
    run(database, usual)
    receipt = run(database, rows, day=1)
    assert codes(receipt) == (["far_fewer"] if flagged else [])
    assert receipt["state"] == ("warning" if flagged else "complete")


def test_the_first_run_of_a_search_has_nothing_to_be_compared_with(
    database: MongoDatabase,
) -> None:
    run(database, 40)
    found = transformed(answer(), keyword="nurse")
    assert stored(database, found)["warnings"] == []


def test_the_usual_is_the_median_of_seven_days_whatever_happened_on_one_of_them(
    database: MongoDatabase,
) -> None:
    for day, count in enumerate([40, 40, 40, 40, 90, 0, 0]):
        run(database, count, day)
    assert codes(run(database, 19, 7)) == ["far_fewer"]
    assert codes(run(database, 20, 7.1)) == []


def test_a_silence_that_goes_on_is_the_usual_after_four_days(database: MongoDatabase) -> None:
    for day in range(7):
        run(database, 40, day)
    flagged = [bool(codes(run(database, 2, 7 + day))) for day in range(5)]
    assert flagged == [True, True, True, True, False]


def test_many_runs_in_a_bad_hour_do_not_make_it_usual(database: MongoDatabase) -> None:
    for day in range(3):
        run(database, 40, day)
    states = {run(database, 2, 3 + number / 100)["state"] for number in range(8)}
    assert states == {"warning"}


@pytest.mark.parametrize(("rows", "flagged"), [(249, 0), (250, 1), (251, 0), (499, 0), (500, 1)])
def test_exactly_what_fits_on_a_page_may_have_been_cut_off(
    database: MongoDatabase, rows: int, flagged: int
) -> None:
    assert codes(run(database, rows)) == ["page_full"] * flagged


@pytest.mark.parametrize(
    ("rows", "odd", "flagged"),
    [(20, 4, True), (20, 3, False), (3, 3, True), (2, 2, False), (0, 0, False)],
)
def test_odd_rows_in_a_large_share_mean_that_the_form_has_changed(
    database: MongoDatabase, rows: int, odd: int, flagged: bool
) -> None:
    assert codes(run(database, rows, odd=odd)) == (["drift"] if flagged else [])


def test_rows_that_cannot_be_read_are_odd_too(database: MongoDatabase) -> None:
    rows = [row(str(number), PositionTitle=None) for number in range(3)]
    receipt = stored(database, transformed(answer(*rows, row("9"))))
    assert codes(receipt) == ["drift"]
    assert receipt["inserted"] == ["9"]


def test_a_past_day_is_compared_with_no_other(database: MongoDatabase) -> None:
    run(database, 40)
    past = historic_answer(
        {**historic_row(), "text": ANNOUNCEMENT}, read_at=iso(START), day="2026-10-01"
    )
    assert stored(database, transformed(past))["warnings"] == []


def test_what_a_silent_answer_lacks_is_not_gone_until_a_good_one_lacks_it(
    database: MongoDatabase,
) -> None:
    run(database, 40)
    silent = run(database, 5, day=1)
    assert (silent["gone"], silent["state"]) == ([], "warning")
    good = run(database, 39, day=2)
    assert good["gone"] == ["1039"]
    latest = latest_complete_run(database.runs, good["search"])
    assert latest is not None
    assert latest["run_id"] == "day 2"


def test_a_short_answer_makes_nothing_gone_until_a_whole_one_does(database: MongoDatabase) -> None:
    search = run(database, 40)["search"]
    found = answer(*(row(str(1000 + number)) for number in range(38)), at=iso(START + DAY))
    short = stored(database, transformed({**found, "api_total": 39}), "short")
    assert (codes(short), short["state"], short["gone"]) == (["short"], "warning", [])
    position = database.positions.find_one({"_id": "1039"})
    assert position
    latest = latest_complete_run(database.runs, search)
    assert status(position, search, latest, START + DAY) == "open"
    assert run(database, 38, day=2)["gone"] == ["1038", "1039"]


def test_a_job_stays_open_while_only_a_silent_answer_lacks_it(database: MongoDatabase) -> None:
    search = run(database, 40)["search"]
    run(database, 5, day=1)
    position = database.positions.find_one({"_id": "1039"})
    assert position
    latest = latest_complete_run(database.runs, search)
    assert status(position, search, latest, START + timedelta(days=1)) == "open"
