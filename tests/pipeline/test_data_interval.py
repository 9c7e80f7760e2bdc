from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.pipeline.data_interval import days_of, is_past_interval

DAY = datetime(2026, 9, 1, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)


@pytest.mark.parametrize("run_type", ["backfill", "scheduled"])
@pytest.mark.parametrize(
    ("hours_after_the_day", "past"),
    [(0, False), (5, False), (24, False), (24.1, True), (999, True)],
)
def test_a_day_lies_in_the_past_once_another_day_has_ended_since(
    run_type: str, hours_after_the_day: float, past: bool
) -> None:
    now = NEXT + timedelta(hours=hours_after_the_day)
    assert is_past_interval(run_type, DAY, NEXT, now) is past


def test_a_run_triggered_by_hand_asks_for_what_is_open_now() -> None:
    later = NEXT + timedelta(days=30)
    assert is_past_interval("manual", DAY, NEXT, later) is False
    assert is_past_interval("backfill", DAY, NEXT, later) is True


def test_a_run_without_a_data_interval_asks_for_what_is_open_now() -> None:
    assert is_past_interval("asset_triggered", None, None, NEXT) is False


FRIDAY_AT_SEVEN = datetime(2026, 9, 4, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (DAY, NEXT, [date(2026, 9, 1)]),
        (DAY + timedelta(hours=7), NEXT + timedelta(hours=7), [date(2026, 9, 1)]),
        (
            FRIDAY_AT_SEVEN,
            FRIDAY_AT_SEVEN + timedelta(days=3),
            [date(2026, 9, n) for n in (4, 5, 6)],
        ),
        (FRIDAY_AT_SEVEN, FRIDAY_AT_SEVEN + timedelta(hours=1), [date(2026, 9, 4)]),
    ],
    ids=["a whole day", "from seven to seven", "over a week-end", "an hour"],
)
def test_an_interval_fills_the_days_on_which_it_begins_and_goes_on(
    start: datetime, end: datetime, days: list[date]
) -> None:
    assert days_of(start, end) == days


@given(
    st.lists(st.integers(1, 24 * 40), min_size=1, max_size=20),
    st.integers(0, 24),
)
def test_intervals_in_a_row_leave_no_day_out(hours: list[int], first: int) -> None:
    moments = [DAY + timedelta(hours=first)]
    for each in hours:
        moments.append(moments[-1] + timedelta(hours=each))
    filled = {day for start, end in pairwise(moments) for day in days_of(start, end)}
    until = moments[-1].date() - moments[0].date()
    assert {moments[0].date() + timedelta(days=n) for n in range(until.days)} <= filled
