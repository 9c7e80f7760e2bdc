from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.pipeline.data_interval import days_of, is_past_interval
from include.searches.schedule import Schedule

DAY = datetime(2026, 9, 1, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)
DAILY = Schedule()
CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize("run_type", ["backfill", "scheduled"])
@pytest.mark.parametrize(
    ("hours_after_the_day", "past"),
    [(0, False), (5, False), (24, False), (24.1, True), (999, True)],
)
def test_a_day_lies_in_the_past_once_another_day_has_ended_since(
    run_type: str, hours_after_the_day: float, past: bool
) -> None:
    now = NEXT + timedelta(hours=hours_after_the_day)
    assert is_past_interval(run_type, NEXT, DAILY, now) is past


WEEKDAYS = Schedule("0 7 * * 1-5", "America/Denver")
TUESDAYS_AND_THURSDAYS = Schedule("0 0 * * 2,4")


@pytest.mark.parametrize(
    ("schedule", "end", "now", "past"),
    [
        # The run of Friday, looked at on Sunday, and once Monday's is due.
        (WEEKDAYS, (2026, 11, 20, 14), (2026, 11, 22, 20), False),
        (WEEKDAYS, (2026, 11, 20, 14), (2026, 11, 23, 13, 59), False),
        (WEEKDAYS, (2026, 11, 20, 14), (2026, 11, 23, 14, 1), True),
        (TUESDAYS_AND_THURSDAYS, (2026, 11, 19), (2026, 11, 23, 23), False),
        (TUESDAYS_AND_THURSDAYS, (2026, 11, 19), (2026, 11, 24, 1), True),
        # Clocks change on Nov 1, so that day has 25 hours.
        (Schedule("@daily", "America/Chicago"), (2026, 11, 1, 5), (2026, 11, 2, 5, 30), False),
        (Schedule("@daily", "America/Chicago"), (2026, 11, 1, 5), (2026, 11, 2, 6, 30), True),
        (Schedule("0 0 29 2 *"), (2024, 2, 29), (2028, 2, 28), False),
    ],
)
def test_an_interval_is_past_when_the_next_run_of_the_schedule_is_due(
    schedule: Schedule, end: tuple[int, ...], now: tuple[int, ...], past: bool
) -> None:
    ended, at = (datetime(*moment, tzinfo=UTC) for moment in (end, now))  # type: ignore[arg-type]
    assert is_past_interval("scheduled", ended, schedule, at) is past


@pytest.mark.parametrize(
    "run_type",
    ["manual", "operator_triggered", "asset_triggered", "asset_materialization"],
)
def test_a_run_that_something_else_triggers_asks_for_what_is_open_now(run_type: str) -> None:
    later = NEXT + timedelta(days=30)
    assert is_past_interval(run_type, NEXT, DAILY, later) is False
    assert is_past_interval("backfill", NEXT, DAILY, later) is True


def test_a_run_without_a_data_interval_asks_for_what_is_open_now() -> None:
    assert is_past_interval("scheduled", None, DAILY, NEXT) is False


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
    assert days_of(start, end, UTC) == days


def test_days_are_those_of_the_searchs_time_zone() -> None:
    evening = datetime(2026, 2, 3, 2, tzinfo=UTC)
    assert days_of(evening, evening + timedelta(days=1), CHICAGO) == [date(2026, 2, 2)]
    assert days_of(evening, evening + timedelta(days=1), UTC) == [date(2026, 2, 3)]


@given(
    st.lists(st.integers(1, 24 * 40), min_size=1, max_size=20),
    st.integers(0, 24),
    st.sampled_from([UTC, CHICAGO, ZoneInfo("Pacific/Auckland"), ZoneInfo("Africa/Cairo")]),
)
def test_intervals_in_a_row_leave_no_day_out(hours: list[int], first: int, zone: ZoneInfo) -> None:
    moments = [DAY + timedelta(hours=first)]
    for each in hours:
        moments.append(moments[-1] + timedelta(hours=each))
    filled = {day for start, end in pairwise(moments) for day in days_of(start, end, zone)}
    begins, ends = (moment.astimezone(zone).date() for moment in (moments[0], moments[-1]))
    assert {begins + timedelta(days=n) for n in range((ends - begins).days)} <= filled


@given(
    st.sampled_from(["@daily", "30 2 * * *", "0 20 * * *", "0 7 * * 1-5", "@weekly", "0 0 1 * *"]),
    st.sampled_from(["UTC", "America/Chicago", "Africa/Cairo", "America/Havana"]),
    st.dates(date(2023, 1, 1), date(2027, 12, 31)),
    st.integers(0, 40),
)
def test_a_backfill_of_any_days_fills_each_of_them_once(
    cron: str, zone: str, first: date, length: int
) -> None:
    schedule, last = Schedule(cron, zone), first + timedelta(days=length)
    since, until = schedule.runs_of(first, last)
    filled: list[date] = []
    start = schedule.first_from(since)
    while start <= until:
        end = schedule.next_after(start)
        filled += days_of(start, end, schedule.zone)
        start = end
    assert len(filled) == len({*filled})
    assert {first + timedelta(days=number) for number in range(length + 1)} <= {*filled}
