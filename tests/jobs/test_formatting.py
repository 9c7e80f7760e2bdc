from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.jobs.formatting import changes, day, deadline, grade, pay, place, seen_day

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_pay_that_is_not_a_years_is_shown_as_the_posting_has_it() -> None:
    hourly = {"MinimumRange": 45.2, "MaximumRange": 60.0, "RateIntervalCode": "PH"}

    shown = pay({"annual_pay": None, "PositionRemuneration": [hourly]})

    assert shown == "$45.20 to $60.00 an hour"


def test_a_remote_position_is_remote_first_and_names_one_place_without_its_distance() -> None:
    places = [{"LocationName": "Denver, Colorado"}, {"LocationName": "Chicago, Illinois"}]

    match = {"nearest": {"LocationName": "Denver, Colorado", "miles": 920.3}}
    position = {"PositionLocation": places}
    assert place({**position, "remote": True}, match) == (
        "remote, Denver, Colorado, and 1 other place"
    )
    assert place({**position, "remote": False}, match) == (
        "Denver, Colorado, 920 miles away, and 1 other place"
    )


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(minutes=-1), "closed Nov 23"),
        (timedelta(minutes=1), "closes Nov 23, today"),
        (timedelta(days=1), "closes Nov 24, tomorrow"),
        (timedelta(days=9), "closes Dec 2, in 9 days"),
        (timedelta(days=60), "closes Jan 22, 2027, in 60 days"),
    ],
)
def test_a_deadline_names_the_day_and_how_far_off_it_is(left: timedelta, said: str) -> None:
    assert deadline(NOW + left, NOW) == said


def test_the_last_day_is_the_one_of_usajobs_clock() -> None:
    last_minute = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)  # 23:59 Eastern Time the day before
    assert deadline(last_minute, NOW) == "closes Nov 30, in 7 days"


def test_places_that_were_not_all_read_are_not_counted() -> None:
    places = [{"LocationName": f"Town {number}, Illinois"} for number in range(12)]
    position = {"PositionLocation": places}
    assert place(position, {}) == "Town 0, Illinois, and 11 other places"
    assert place(position, {}, has_more_places=True) == "Town 0, Illinois, and other places"


@pytest.mark.parametrize(
    ("grades", "said"),
    [
        ({"plan": "GS", "low": 12, "high": 12}, "GS-12"),
        ({"plan": "GS", "low": 11, "high": 13}, "GS-11 to 13"),
        ({"plan": "NH", "low": None, "high": "3"}, "NH-3"),
        ({"plan": "AD", "low": None, "high": None}, "AD"),
        (None, None),
    ],
)
def test_a_grade_is_written_in_one_way(grades: dict[str, Any] | None, said: str | None) -> None:
    assert grade({"grade": grades}) == said


def test_a_day_names_its_year_only_where_it_is_another_one() -> None:
    assert day(NOW, NOW) == "Nov 23"
    assert day(NOW) == "Nov 23, 2026"
    assert day(NOW + timedelta(days=60), NOW) == "Jan 22, 2027"


def test_the_day_on_which_a_past_day_was_listed_is_that_day() -> None:
    midnight = datetime(2026, 9, 1, tzinfo=UTC)
    assert seen_day(midnight, NOW) == "Sep 1"
    assert day(midnight, NOW) == "Aug 31"


def test_pay_that_changed_is_said_once() -> None:
    before = {"annual_pay": {"minimum": 1e5, "maximum": 2e5}, "PositionRemuneration": []}
    after = {"annual_pay": {"minimum": 1e5, "maximum": 3e5}, "PositionRemuneration": []}
    both = {name: (before[name], after[name]) for name in before}
    (change,) = changes(both, NOW)
    assert change == ("pay", "$100,000 to $200,000 a year", "$100,000 to $300,000 a year")
