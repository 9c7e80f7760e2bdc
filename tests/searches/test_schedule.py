from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from include.searches.schedule import Schedule, check_cron

CHICAGO_EARLY = Schedule("30 2 * * *", "America/Chicago")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("@daily", "@reboot"),
        ("@weekly", "@once"),
        ("0 0 29 2 *", "0 0 31 2 *"),
        ("0 0 31 3,4 *", "0 0 31 4,6,9,11 *"),
        ("0 0 30 feb,mar *", "0 0 30 feb *"),
        ("0 0 * MAR FRI", "R 0 * * *"),
        ("0 0-5 * * *", "0 R(0-5) * * *"),
        ("0 0 L * *", "H H * * *"),
        ("0 7 * * 1-5", "0 0 7 * * 1-5"),
        ("59 * * * *", "60 * * * *"),
        ("5 * * * *", "5"),
    ],
)
def test_a_schedule_by_which_airflow_cannot_run_is_refused(good: str, bad: str) -> None:
    assert check_cron(good) == good
    with pytest.raises(ValueError, match="schedule"):
        check_cron(bad)


@pytest.mark.parametrize(
    ("schedule", "moment", "due"),
    [
        (Schedule(), (2026, 9, 1, 0), (2026, 9, 2, 0)),
        (CHICAGO_EARLY, (2026, 2, 2, 8), (2026, 2, 2, 8, 30)),
        # Clocks skip 2:30 on Mar 8, and repeat 1:30 on Nov 1.
        (CHICAGO_EARLY, (2026, 3, 8, 7), (2026, 3, 8, 8, 30)),
        (Schedule("30 1 * * *", "America/Chicago"), (2026, 11, 1, 5), (2026, 11, 1, 7, 30)),
        (Schedule("30 * * * *", "America/Chicago"), (2026, 11, 1, 6, 30), (2026, 11, 1, 7, 30)),
        (Schedule("0 7 * * 1-5"), (2026, 11, 20, 7), (2026, 11, 23, 7)),
    ],
)
def test_it_is_due_again_at_the_next_matching_time_of_its_zone(
    schedule: Schedule, moment: tuple[int, ...], due: tuple[int, ...]
) -> None:
    after, expected = (datetime(*each, tzinfo=UTC) for each in (moment, due))  # type: ignore[arg-type]
    assert schedule.next_after(after) == expected


@pytest.mark.parametrize(
    ("schedule", "first", "last", "starts"),
    [
        (Schedule(), "2026-09-01", "2026-09-03", ["09-01T00:00", "09-03T00:00"]),
        (CHICAGO_EARLY, "2026-02-02", "2026-02-04", ["02-02T02:30", "02-04T02:30"]),
        (CHICAGO_EARLY, "2026-03-05", "2026-03-05", ["03-05T02:30", "03-05T02:30"]),
        (CHICAGO_EARLY, "2026-03-08", "2026-03-08", ["03-08T03:30", "03-08T03:30"]),
        (Schedule("0 */6 * * *"), "2026-09-01", "2026-09-01", ["09-01T00:00", "09-01T18:00"]),
        # A Wednesday is part of the week that began on Sunday, and a Sunday of Friday's interval.
        (Schedule("@weekly"), "2026-09-02", "2026-09-02", ["08-30T00:00", "08-30T00:00"]),
        (Schedule("@weekly"), "2026-09-06", "2026-09-13", ["09-06T00:00", "09-13T00:00"]),
        (Schedule("0 7 * * 1-5"), "2026-09-06", "2026-09-07", ["09-04T07:00", "09-07T07:00"]),
        # The day before clocks skip 2:30.
        (CHICAGO_EARLY, "2026-03-07", "2026-03-07", ["03-07T02:30", "03-07T02:30"]),
        # Clocks repeat midnight, or skip it.
        (Schedule("@daily", "America/Havana"), "2024-11-03", "2024-11-03", ["11-03T00:00"] * 2),
        (Schedule("@daily", "Africa/Cairo"), "2026-04-24", "2026-04-24", ["04-24T01:00"] * 2),
    ],
)
def test_the_runs_of_days_are_those_that_cover_them_in_its_time_zone(
    schedule: Schedule, first: str, last: str, starts: list[str]
) -> None:
    since, until = schedule.runs_of(date.fromisoformat(first), date.fromisoformat(last))
    runs = [schedule.first_from(since), schedule.last_until(until)]
    assert [f"{run.astimezone(schedule.zone):%m-%dT%H:%M}" for run in runs] == starts
