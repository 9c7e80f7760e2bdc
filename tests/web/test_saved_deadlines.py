"""The calendar of saved jobs' deadlines, as it follows what becomes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from include.jobs.deadline_calendar import calendar
from include.store.outcomes import record
from include.web.marks import MarkChange, set_mark
from include.web.saved_deadlines import deadline_events
from tests.support.rows import row
from tests.web.fake_host import PAGE
from tests.web.stored import CHICAGO, IN_GARY, NOW, MongoDatabase, closing, days, near_miss, store

CAPPED = {"details": {"AnnouncementClosingType": "03", "AnnouncementClosingTypeOption": "500"}}


def save(database: MongoDatabase, *numbers: str, **marks: bool) -> None:
    for number in numbers:
        change = MarkChange(**marks or {"saved": True})
        assert set_mark(database, "ada", number, change, NOW)


def events(database: MongoDatabase, now: datetime = NOW) -> list[Any]:
    made = calendar(deadline_events(database, "ada", PAGE, now))
    found = list(Calendar.from_ical(made).walk("VEVENT"))
    assert [event.errors for event in found] == [[] for _ in found]
    return found


def event(database: MongoDatabase, now: datetime = NOW) -> Any:
    (found,) = events(database, now)
    return found


def others(*numbers: str) -> list[dict[str, Any]]:
    """Rows that the search lists too, so that its response isn't suspiciously small."""
    return [row(number) for number in numbers]


def test_the_event_is_on_the_last_day_in_the_offices_time(database: MongoDatabase) -> None:
    store(database, row("1", **closing("2026-11-30")))
    save(database, "1")
    found = event(database)
    # 23:59 Eastern Time is the next day in UTC.
    assert (found["dtstart"].dt, found["dtend"].dt) == (date(2026, 11, 30), date(2026, 12, 1))
    assert found["summary"] == "Apply: Data Engineer"
    assert found["description"].split("\n")[:2] == [
        "closes Nov 30",
        "On the last day until 23:59 Eastern Time.",
    ]
    assert f"{PAGE}?search={CHICAGO}#job=1" in found["description"]
    assert found["url"] == "https://www.usajobs.gov/job/1"
    assert (found["status"], found["transp"]) == ("CONFIRMED", "TRANSPARENT")
    (alarm,) = found.walk("VALARM")
    assert (alarm["action"], alarm["trigger"].dt) == ("DISPLAY", timedelta(hours=-15))


def test_what_can_close_before_says_so(database: MongoDatabase) -> None:
    store(database, row("1", **closing("2026-12-12"), **CAPPED), row("2", **closing("2026-12-12")))
    save(database, "1", "2")
    capped, dated = events(database)
    assert capped["summary"] == "Apply early: Data Engineer"
    said, *_ = capped["description"].split("\n")
    assert said == "closes at 500 applications, or Dec 12: apply early"
    assert dated["summary"] == "Apply: Data Engineer"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"details": {"AnnouncementClosingType": "02"}}, 0),
        ({"details": {"AnnouncementClosingType": "01"}}, 1),
        ({"ApplicationCloseDate": ""}, 0),
    ],
)
def test_what_has_no_deadline_has_no_event(
    database: MongoDatabase, changes: dict[str, Any], number: int
) -> None:
    store(database, row("1", **changes))
    save(database, "1")
    assert len(events(database)) == number


@pytest.mark.parametrize(
    ("marks", "number"),
    [
        ({"saved": True}, 1),
        ({"saved": False}, 0),
        ({"saved": True, "applied": True}, 0),
        ({"saved": True, "hidden": True}, 0),
        ({"applied": True}, 0),
    ],
)
def test_only_what_is_still_to_be_applied_for_is_in_the_calendar(
    database: MongoDatabase, marks: dict[str, bool], number: int
) -> None:
    store(database, row("1"))
    save(database, "1", **marks)
    assert len(events(database)) == number


def test_a_saved_near_miss_counts_like_a_match(database: MongoDatabase) -> None:
    store(database, near_miss("1"))
    save(database, "1")
    assert event(database)["uid"] == "1@job-tracker"


def test_an_amended_deadline_moves_the_event_and_a_run_without_news_does_not_touch_it(
    database: MongoDatabase,
) -> None:
    store(database, row("1", **closing("2026-11-30")), at=days(-3))
    save(database, "1")
    first = event(database)
    store(database, row("1", **closing("2026-11-30")), at=days(-2))
    assert event(database).to_ical() == first.to_ical()
    store(database, row("1", **closing("2026-12-05")), at=days(-1))
    moved = event(database)
    assert moved["uid"] == first["uid"]
    assert moved["dtstart"].dt == date(2026, 12, 5)
    for name in ("dtstamp", "last-modified"):
        assert (first[name].dt, moved[name].dt) == (days(-3), days(-1))
    assert moved["sequence"] > first["sequence"]
    # Also where the agency takes it back, and the posting is again what it was.
    store(database, row("1", **closing("2026-11-30")), at=days(-0.5))
    back = event(database)
    assert back["dtstart"].dt == date(2026, 11, 30)
    assert back["sequence"] >= moved["sequence"]


def test_a_new_limit_of_applications_is_a_revision(database: MongoDatabase) -> None:
    store(database, row("1", **CAPPED), at=days(-2))
    save(database, "1")
    before = event(database)
    more = {"details": {"AnnouncementClosingType": "03", "AnnouncementClosingTypeOption": "800"}}
    store(database, row("1", **more), at=days(-1))
    after = event(database)
    assert "800 applications" in after["description"]
    assert after["sequence"] > before["sequence"]


def test_a_job_that_is_gone_is_cancelled_and_one_that_is_listed_again_is_not(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), *others("2", "3"), at=days(-4))
    save(database, "1")
    is_open = event(database)
    store(database, *others("2", "3"), at=days(-3))
    gone = event(database)
    store(database, *others("2", "3"), at=days(-2))
    still_gone = event(database)
    store(database, row("1"), *others("2", "3"), at=days(-1))
    again = event(database)
    assert [e["status"] for e in (is_open, gone, again)] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert is_open["sequence"] < gone["sequence"] < again["sequence"]
    assert still_gone.to_ical() == gone.to_ical()
    assert gone.walk("VALARM") == []
    assert gone["description"].startswith("No longer listed")


def test_a_job_that_one_search_still_lists_is_not_cancelled(database: MongoDatabase) -> None:
    store(database, row("1"), *others("2", "3"), at=days(-2))
    store(database, row("1"), *others("2", "3"), at=days(-2), **IN_GARY)
    store(database, *others("2", "3"), at=days(-1))
    save(database, "1")
    assert event(database)["status"] == "CONFIRMED"


def test_a_job_that_was_canceled_is_cancelled_until_it_is_listed_again(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), at=days(-3))
    save(database, "1")
    before = event(database)
    record(database, ["1"], {"1": "job canceled"}, days(-2))
    canceled = event(database)
    store(database, row("1"), at=days(-1))
    again = event(database)
    assert [e["status"] for e in (before, canceled, again)] == [
        *("CONFIRMED", "CANCELLED", "CONFIRMED"),
    ]
    assert before["sequence"] < canceled["sequence"] < again["sequence"]


def test_a_deadline_that_has_passed_is_in_the_calendar_no_more(database: MongoDatabase) -> None:
    store(database, row("1", **closing("2026-11-30")))
    save(database, "1")
    last_minute = datetime(2026, 12, 1, 4, 58, tzinfo=UTC)
    assert event(database, last_minute)["status"] == "CONFIRMED"
    assert events(database, last_minute + timedelta(minutes=1)) == []


def test_an_empty_calendar_is_valid_and_says_how_often_to_ask_again() -> None:
    found = Calendar.from_ical(calendar([]))
    assert [component.name for component in found.subcomponents] == ["VTIMEZONE"]
    assert found["method"] == "PUBLISH"
    assert found.refresh_interval == timedelta(hours=4)
    assert found.walk("VEVENT") == []


def test_a_damaged_position_costs_only_its_own_event(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"))
    save(database, "1", "2")
    database.positions.update_one({"_id": "1"}, {"$set": {"PositionTitle": 7}})
    assert event(database)["uid"] == "2@job-tracker"


def test_of_many_deadlines_the_next_ones_are_in_the_calendar(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.jobs.limits.CALENDAR_EVENTS", 2)
    store(database, *(row(str(n), **closing(f"2026-12-0{n}")) for n in (1, 2, 3)))
    save(database, "1", "2", "3")
    assert [each["uid"] for each in events(database)] == ["1@job-tracker", "2@job-tracker"]
