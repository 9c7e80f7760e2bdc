from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.jobs.formatting import deadline, pay, place

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_pay_that_is_not_a_years_is_shown_as_the_posting_has_it() -> None:
    hourly = {"MinimumRange": 45.2, "MaximumRange": 60.0, "RateIntervalCode": "PH"}

    shown = pay({"annual_pay": None, "PositionRemuneration": [hourly]})

    assert shown == "$45.20 to $60.00 an hour"


def test_a_remote_position_with_many_places_names_one_and_counts_the_others() -> None:
    places = [{"LocationName": "Denver, Colorado"}, {"LocationName": "Chicago, Illinois"}]

    assert place({"PositionLocation": places, "remote": True}, {}) == (
        "Denver, Colorado, remote, and 1 other place"
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
