from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.words import closing, pay, place

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
    ("days", "left"), [(-1, "closed"), (0, "today"), (1, "in 1 day"), (9, "in 9 days")]
)
def test_a_closing_date_tells_the_days_left(days: int, left: str) -> None:
    assert closing(NOW + timedelta(days=days), NOW).endswith(f", {left}")


def test_the_last_day_is_the_one_of_usajobs_clock() -> None:
    last_minute = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)  # 23:59 Eastern Time the day before
    assert closing(last_minute, NOW) == "2026-11-30, in 7 days"
