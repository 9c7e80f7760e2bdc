from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.jobs.office_time import eastern_day
from include.web.opened_and_closed import median_days, opened_and_closed, weeks
from include.web.queries import Standpoint
from include.web.schemas import DayCount
from tests.web.stored import CHICAGO, NOW, MongoDatabase

TODAY = date(2026, 11, 23)


def day(back: int, opened: int = 0, closed: int = 0) -> DayCount:
    return DayCount(day=TODAY - timedelta(days=back), opened=opened, closed=closed)


def test_weeks_are_whole_and_end_today_with_what_opened_and_closed() -> None:
    days = [day(back, opened=int(back == 0), closed=5 * (back in (6, 7))) for back in range(15)]
    times = {(day(6).day, 10): 3, (day(6).day, 30): 2, (day(7).day, 99): 5}
    assert [
        (each.first_day, each.last_day, each.opened, each.closed, each.open_days)
        for each in weeks(days[::-1], times)
    ] == [
        (date(2026, 11, 10), date(2026, 11, 16), 0, 5, 99),
        (date(2026, 11, 17), TODAY, 1, 5, 10),
    ]
    assert weeks(days[5::-1], times) == []


@given(st.lists(st.integers(1, 60), min_size=1))
def test_the_median_is_that_of_the_jobs_however_they_are_counted(days: list[int]) -> None:
    once = {(day(back).day, each): 1 for back, each in enumerate(days)}
    assert median_days(once) == sorted(days)[(len(days) - 1) // 2]
    assert median_days(dict.fromkeys(once, 2)) == median_days(once)
    assert median_days({}) is None


def moment(day: int, minute: int) -> datetime:
    return datetime(2026, 9, 1, 3, tzinfo=UTC) + timedelta(days=day, minutes=minute)


MOMENTS = st.builds(
    moment,
    st.integers(0, 91),
    # Days begin at 4 o'clock in summer, and at 5 in winter.
    st.integers(55, 125) | st.integers(0, 24 * 60),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(st.tuples(MOMENTS | st.none(), MOMENTS | st.none()), max_size=60))
def test_mongodb_counts_any_times_on_their_days_in_eastern_time(
    database: MongoDatabase, found: list[tuple[datetime | None, datetime | None]]
) -> None:
    database.positions.delete_many({})
    matches: dict[str, Any] = {CHICAGO: {"level": "match"}}
    positions = [
        {"_id": str(number), "published_at": opened, "closes_at": closed, "matches": matches}
        for number, (opened, closed) in enumerate(found)
    ]
    if positions:
        database.positions.insert_many(positions)
    counted = opened_and_closed(database, Standpoint(CHICAGO, None, NOW))
    first = counted.days[0].day
    of_days = [
        (opened if opened and opened <= NOW else None, closed if closed and closed <= NOW else None)
        for opened, closed in found
        if closed is None or eastern_day(closed) >= first
    ]
    for day in counted.days:
        assert day.opened == sum(eastern_day(o) == day.day for o, _ in of_days if o)
        assert day.closed == sum(eastern_day(c) == day.day for _, c in of_days if c)
    times = [
        ((eastern_day(c) - eastern_day(o)).days + 1)
        for o, c in found
        if o and c and c <= NOW and eastern_day(c) >= first and eastern_day(o) <= eastern_day(c)
    ]
    assert counted.open_days == (sorted(times)[(len(times) - 1) // 2] if times else None)
