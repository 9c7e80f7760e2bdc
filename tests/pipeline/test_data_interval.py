from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.pipeline.data_interval import RunDates, days_of, past_days
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
    days = past_days(RunDates(run_type, (DAY, NEXT)), DAILY, now)
    assert days == ([DAY.date()] if past else [])


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
    interval = schedule.last_before(ended), ended
    assert bool(past_days(RunDates("scheduled", interval), schedule, at)) is past


def by_hand(
    logical_date: datetime | None, asked_at: datetime, run_type: str = "manual"
) -> RunDates:
    """Return a run with an interval as Airflow infers it, which says nothing."""
    asked = asked_at if logical_date else None
    return RunDates(run_type, (DAY - timedelta(days=99), DAY), logical_date, asked)


@pytest.mark.parametrize(
    "run_type",
    ["manual", "operator_triggered", "asset_triggered", "asset_materialization"],
)
def test_any_other_run_is_about_its_logical_date_if_that_was_past_when_it_was_asked_for(
    run_type: str,
) -> None:
    later = NEXT + timedelta(days=30)
    assert past_days(by_hand(DAY, later, run_type), DAILY, later) == [DAY.date()]
    for not_past in (later, datetime(9999, 12, 31, tzinfo=UTC)):
        assert past_days(by_hand(not_past, later, run_type), DAILY, later) == []
    assert past_days(by_hand(None, later, run_type), DAILY, later) == []


@pytest.mark.parametrize(
    ("asked", "past"),
    [
        ((2026, 8, 30, 12), False),
        ((2026, 9, 1, 12), False),
        ((2026, 9, 2, 23), False),
        ((2026, 9, 3, 1), True),
    ],
    ids=["in the future", "today", "yesterday", "the day before"],
)
def test_a_date_becomes_past_when_the_run_of_its_day_would(
    asked: tuple[int, ...], past: bool
) -> None:
    asked_at = datetime(*asked, tzinfo=UTC)  # type: ignore[arg-type]
    days = past_days(by_hand(DAY, asked_at), DAILY, asked_at)
    assert days == past_days(RunDates("scheduled", (DAY, NEXT)), DAILY, asked_at)
    assert bool(days) is past


@given(
    st.timedeltas(timedelta(0), timedelta(days=30)).map(DAY.__add__),
    st.timedeltas(timedelta(hours=-23), timedelta(hours=23)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_a_run_without_a_date_asks_for_what_is_open_however_long_it_waits(
    asked_at: datetime, clock_is_off_by: timedelta, waits: timedelta
) -> None:
    run = by_hand(asked_at + clock_is_off_by, asked_at)
    assert past_days(run, DAILY, asked_at + waits) == []


@given(
    st.sampled_from(["@daily", "30 2 * * *", "0 20 * * *", "0 7 * * 1-5", "@weekly", "@hourly"]),
    st.sampled_from(["UTC", "America/Chicago", "Africa/Cairo", "Pacific/Auckland"]),
    st.dates(date(2023, 1, 1), date(2027, 12, 31)),
)
def test_a_run_by_hand_fills_the_days_that_a_backfill_of_its_date_fills(
    cron: str, zone: str, day: date
) -> None:
    schedule, now = Schedule(cron, zone), datetime(2029, 1, 1, tzinfo=UTC)
    since, until = schedule.runs_of(day, day)
    filled: set[date] = set()
    start = schedule.first_from(since)
    while start <= until:
        interval = start, schedule.next_after(start)
        filled |= {*past_days(RunDates("backfill", interval), schedule, now)}
        start = interval[1]
    moments = datetime.combine(day, time(), UTC), datetime.combine(day, time(12), schedule.zone)
    for named in moments:
        days = past_days(by_hand(named, now), schedule, now)
        assert days == sorted(filled)
        assert day in days


def test_a_backfill_that_takes_over_a_run_by_hand_fills_the_same_day() -> None:
    now, inferred = NEXT + timedelta(days=30), (DAY - timedelta(days=1), DAY)
    for run_type in ("manual", "backfill"):
        for interval in (inferred, (DAY, NEXT), None):
            run = RunDates(run_type, interval, logical_date=DAY, asked_at=now)
            assert past_days(run, DAILY, now) == [DAY.date()]


def test_a_day_without_a_time_is_that_day_in_any_zone_and_a_time_is_one_of_the_searchs() -> None:
    denver, now = Schedule("@daily", "America/Denver"), NEXT + timedelta(days=30)
    an_hour_on = DAY + timedelta(hours=1)
    assert past_days(by_hand(DAY, now), denver, now) == [date(2026, 9, 1)]
    assert past_days(by_hand(an_hour_on, now), denver, now) == [date(2026, 8, 31)]


def test_a_run_without_a_data_interval_asks_for_what_is_open_now() -> None:
    assert past_days(RunDates("scheduled"), DAILY, NEXT + timedelta(days=30)) == []


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
