from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from include.web.opened_and_closed import median_days, weeks
from include.web.schemas import DayCount

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
