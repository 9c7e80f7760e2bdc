from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.jobs import limits
from include.store.outcomes import record
from include.web.analytics import analytics
from include.web.counting import recently
from include.web.jobs import job_page
from include.web.marks import MarkChange, set_mark
from include.web.query_params import JobFilter
from include.web.schemas import Analytics, Counts
from tests.support.rows import pay, row
from tests.web.explained_queries import Command, scanning
from tests.web.stored import (
    CHICAGO,
    EVANSTON,
    GARY,
    IN_GARY,
    MILWAUKEE,
    NOW,
    UNREADABLE,
    MongoDatabase,
    closing,
    days,
    near_miss,
    store,
    store_many,
    store_past_day,
    store_suspicious,
    unfit,
    without_closing_date,
)


def numbers(database: MongoDatabase, *, user: str = "me", now: datetime = NOW) -> Analytics:
    return analytics(database, CHICAGO, user, now)


def hide(database: MongoDatabase, number: str, user: str = "me") -> None:
    assert set_mark(database, user, number, MarkChange(hidden=True), NOW)


@pytest.mark.parametrize("search", [None, "nobody-asked-1"])
def test_a_search_that_never_ran_has_no_numbers(
    database: MongoDatabase, search: str | None
) -> None:
    store(database, row("1"))
    found = analytics(database, search, "me", NOW)
    assert found == Analytics(
        search=search,
        parameters={},
        warnings=[],
        quarantine_size=0,
        counts=Counts(matches=0, near_misses=0, new=0, changed=0, closing_soon=0),
        pay=[],
        places=[],
        remote=0,
        days=[],
        weeks=[],
        open_days=None,
        rules=[],
        closing=[],
        outcomes=[],
    )


def test_a_run_that_did_not_end_counts_for_nothing(database: MongoDatabase) -> None:
    store(database, row("1"))
    database.runs.update_many({}, {"$set": {"state": "writing"}})
    assert numbers(database).parameters == {}


def test_the_numbers_have_the_latest_runs_warnings_and_what_waits_in_quarantine(
    database: MongoDatabase,
) -> None:
    receipt = store_suspicious(database, row("1"), at=days(-1))
    found = numbers(database)
    assert [warning.model_dump() for warning in found.warnings] == receipt["warnings"]
    assert (found.counts.matches, found.quarantine_size) == (1, len(UNREADABLE))
    elsewhere = analytics(database, GARY, "me", NOW)
    assert (elsewhere.warnings, elsewhere.quarantine_size) == ([], len(UNREADABLE))
    store(database, row("1"))
    assert numbers(database).warnings == []


def test_the_parameters_are_those_of_the_newest_run_of_either_source(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), minimum_pay=90_000, at=days(-3))
    store_past_day(database, 7, day=days(-20), read_at=days(0), minimum_pay=80_000)
    assert numbers(database).parameters["minimum_pay"] == 80_000
    store(database, row("1"), minimum_pay=70_000, at=days(1))
    assert numbers(database).parameters["minimum_pay"] == 70_000


def test_only_open_jobs_that_the_user_has_not_hidden_are_counted(database: MongoDatabase) -> None:
    store(
        database,
        row("1"),
        row("2"),
        row("3"),
        near_miss("4"),
        near_miss("5"),
        at=days(-1),
    )
    store(
        database,
        row("1"),
        row("2"),
        row("6", **closing("2026-11-22")),
        near_miss("4"),
        near_miss("5"),
        unfit("7"),
    )
    hide(database, "2")
    hide(database, "5")
    hide(database, "1", user="somebody else")
    counts = numbers(database).counts
    assert (counts.matches, counts.near_misses) == (1, 1)


def test_without_a_run_over_the_search_api_all_that_has_not_closed_is_open(
    database: MongoDatabase,
) -> None:
    store_past_day(database, 7, day=days(-80))
    before_it_closes = datetime(2026, 9, 10, tzinfo=UTC)
    assert numbers(database, now=before_it_closes).counts.matches == 1
    assert numbers(database).counts.matches == 0


def test_new_is_what_the_search_first_saw_within_a_day(database: MongoDatabase) -> None:
    store(database, row("1"), at=recently(NOW) - timedelta(milliseconds=1))
    store(database, row("2"), at=recently(NOW))
    store(database, *map(row, "123"), near_miss("4"))
    assert numbers(database).counts.new == 2


def test_what_another_search_has_long_known_is_new_to_this_one(database: MongoDatabase) -> None:
    store(database, row("1"), at=days(-9), **IN_GARY)
    store(database, row("1"))
    assert numbers(database).counts.new == 1


def test_changed_is_what_any_search_noticed_amended_within_a_day(database: MongoDatabase) -> None:
    amended = {"PositionTitle": "Senior Data Engineer"}
    rows = [row(number) for number in "1234"]
    store(database, *rows, near_miss("5"), at=days(-5))
    store(database, row("1", **amended), at=recently(NOW) - timedelta(milliseconds=1))
    store(database, row("2", **amended), at=recently(NOW), **IN_GARY)
    store(
        database,
        row("1", **amended),
        row("2", **amended),
        row("3", **amended),
        row("4"),
        near_miss("5", **amended),
    )
    assert numbers(database).counts.changed == 2


def test_closing_soon_is_what_closes_within_a_week(database: MongoDatabase) -> None:
    store(
        database,
        row("1", **closing(f"{days(limits.CLOSING_SOON_DAYS):%Y-%m-%d}")),
        row("2", **closing(f"{days(limits.CLOSING_SOON_DAYS + 1):%Y-%m-%d}")),
        without_closing_date("3"),
    )
    assert numbers(database).counts.closing_soon == 1


def test_the_counts_are_the_totals_of_the_lists_that_they_lead_to(database: MongoDatabase) -> None:
    store_many(database, 200)
    hide(database, "800000000")
    counts = numbers(database).counts

    def total(**wanted: Any) -> int:
        page = job_page(database, CHICAGO, JobFilter(**wanted), "me", NOW, page=1, per_page=1)
        return page.total

    since = recently(NOW)
    assert counts.matches == total(level="match") > 0
    assert counts.near_misses == total(level="near_miss") > 0
    assert counts.new == total(level="match", new_since=since)
    assert counts.changed == total(level="match", changed_since=since) > 0
    assert counts.closing_soon == total(level="match", closing_within=limits.CLOSING_SOON_DAYS) > 0


def test_pay_has_the_open_matches_that_say_it_best_first(database: MongoDatabase) -> None:
    store(
        database,
        row("1", PositionRemuneration=pay("97079", "126198")),
        row("2", PositionRemuneration=pay("100000", "150000")),
        near_miss("3"),
    )
    store(
        database,
        row("1", PositionRemuneration=pay("97079", "126198")),
        row("2", PositionRemuneration=pay("100000", "150000")),
        row("4", PositionRemuneration=pay("1", "2", "SY")),
        near_miss("3"),
        at=days(1),
        minimum_pay=0,
    )
    found = numbers(database, now=days(1))
    assert found.counts.matches == 3
    assert [(job.control_number, job.minimum, job.maximum) for job in found.pay] == [
        ("1", 97_079, 126_198),
        ("2", 100_000, 150_000),
    ]


def test_pay_has_at_most_forty_jobs_and_closing_sixty(database: MongoDatabase) -> None:
    store(database, *(row(str(number)) for number in range(100, 165)))
    found = numbers(database)
    assert (len(found.pay), len(found.closing), found.counts.matches) == (40, 60, 65)


def test_places_are_the_nearest_ones_of_the_matches_and_of_what_is_only_too_far(
    database: MongoDatabase,
) -> None:
    cheap = {"PositionRemuneration": pay("50000", "60000")}
    store(
        database,
        row("1", PositionLocation=[MILWAUKEE, EVANSTON]),
        row("2", PositionLocation=[EVANSTON]),
        row("3"),
        near_miss("4"),
        # Too cheap, wherever it is.
        row("5", PositionLocation=[EVANSTON], **cheap),
    )
    found = numbers(database).places
    assert [(each.LocationName, each.jobs, each.too_far) for each in found] == [
        ("Chicago, Illinois", 1, 0),
        ("Evanston, Illinois", 2, 0),
        ("Milwaukee, Wisconsin", 0, 1),
    ]
    assert [round(each.miles) for each in found] == [0, 13, 83]


def test_a_remote_job_is_at_no_place(database: MongoDatabase) -> None:
    store(
        database,
        row("1", PositionLocation=[MILWAUKEE], details={"RemoteIndicator": True}),
        row("2"),
    )
    found = numbers(database)
    assert (found.counts.matches, found.remote) == (2, 1)
    assert [each.LocationName for each in found.places] == ["Chicago, Illinois"]


def test_days_are_the_last_nine_weeks_in_eastern_time_with_what_opened_and_closed(
    database: MongoDatabase,
) -> None:
    store(
        database,
        # At 23:30 on the 2nd in New York it is the 3rd in UTC; on the 1st clocks went back.
        row("1", PublicationStartDate="2026-11-02T23:30:00", **closing("2026-11-03")),
        row("2", PublicationStartDate="2026-10-31T23:30:00", **closing("2026-11-03")),
        near_miss("3", PublicationStartDate="2026-11-02", **closing("2026-12-24")),
        row("4", PublicationStartDate="2026-09-21T23:59:59", **closing("2026-11-30")),
        unfit("5"),
    )
    found = {day.day: (day.opened, day.closed) for day in numbers(database).days}
    assert list(found) == [
        date(2026, 9, 22) + timedelta(days=n) for n in range(limits.ANALYTICS_DAYS)
    ]
    assert {day: counts for day, counts in found.items() if any(counts)} == {
        date(2026, 10, 31): (1, 0),
        date(2026, 11, 2): (2, 0),
        date(2026, 11, 3): (0, 2),
    }


def test_what_has_closed_was_open_from_its_first_to_its_last_day_in_eastern_time(
    database: MongoDatabase,
) -> None:
    store(
        database,
        row("1", PublicationStartDate="2026-11-02T23:30:00", **closing("2026-11-03")),
        row("2", PublicationStartDate="2026-11-03", **closing("2026-11-03")),
        near_miss("3", PublicationStartDate="2026-11-03", **closing("2026-11-03")),
        row("4", PublicationStartDate="2026-11-03", **closing("2026-11-30")),
        row("5", PublicationStartDate="2026-07-01", **closing("2026-09-21")),
        row("6", PublicationStartDate="", **closing("2026-11-03")),
    )
    found = numbers(database)
    # Two of them for a day, one for two; how long the last one was open is not known.
    assert [(week.closed, week.open_days) for week in found.weeks if week.closed] == [(4, 1)]
    assert found.open_days == 1
    assert [day.closed for day in found.days if day.day == date(2026, 11, 3)] == [4]


@pytest.mark.parametrize("damage", [[NOW], "2026-11-01", None, 5])
def test_a_damaged_day_costs_no_other(database: MongoDatabase, damage: object) -> None:
    store(database, row("1", **closing("2026-11-03")), row("2", **closing("2026-11-03")))
    database.positions.update_one({"_id": "1"}, {"$set": {"published_at": damage}})
    found = numbers(database)
    assert (found.open_days, found.weeks[-3].closed) == (2, 2)


def test_what_closes_later_today_has_not_closed(database: MongoDatabase) -> None:
    store(database, row("1", **closing("2026-11-23")))
    at_the_end = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)
    assert numbers(database, now=at_the_end - timedelta(minutes=1)).days[-1].closed == 0
    assert numbers(database, now=at_the_end).days[-1].closed == 1


def test_another_searchs_positions_are_in_no_day(database: MongoDatabase) -> None:
    store(database, row("1"), **IN_GARY)
    store(database)
    assert not any(day.opened for day in numbers(database).days)
    assert any(day.opened for day in analytics(database, GARY, "me", NOW).days)


def test_a_rule_costs_what_it_rejects_and_what_it_alone_keeps_from_matching(
    database: MongoDatabase,
) -> None:
    cheap = {"PositionRemuneration": pay("50000", "60000")}
    store(
        database,
        row("1"),
        unfit("2"),
        unfit("3"),
        near_miss("4"),
        row("5", **cheap),
        row("6", **cheap),
        near_miss("7", **cheap),
    )
    found = [(rule.code, rule.jobs, rule.alone) for rule in numbers(database).rules]
    assert found == [("pay_too_low", 3, 2), ("too_far", 4, 1), ("off_topic", 2, 0)]


def test_of_two_rules_that_fail_for_one_cause_none_costs_a_job_alone(
    database: MongoDatabase,
) -> None:
    store(database, near_miss("1"))
    reasons = [{"code": code, "message": ""} for code in ("grade_too_low", "pay_too_low")]
    entry = {f"matches.{CHICAGO}.reasons": reasons}
    database["positions"].update_one({"_id": "1"}, {"$set": entry})
    found = [(rule.code, rule.jobs, rule.alone) for rule in numbers(database).rules]
    assert found == [("grade_too_low", 1, 0), ("pay_too_low", 1, 0)]


def test_rules_are_those_of_the_latest_run(database: MongoDatabase) -> None:
    store(database, unfit("1"), near_miss("2"), at=days(-1))
    store(database, near_miss("3"))
    (rule,) = numbers(database).rules
    assert (rule.code, rule.jobs, rule.alone) == ("too_far", 1, 1)


def test_rules_are_those_of_a_run_with_a_warning_only_where_there_is_no_other(
    database: MongoDatabase,
) -> None:
    def costs() -> list[tuple[str, int]]:
        return [(rule.code, rule.jobs) for rule in numbers(database).rules]

    store_suspicious(database, unfit("1"), at=days(-3))
    assert costs() == [("off_topic", 1), ("too_far", 1)]
    store(database, unfit("1"), unfit("2"), at=days(-2))
    store_suspicious(database, unfit("1"), at=days(-1))
    assert costs() == [("off_topic", 2), ("too_far", 2)]


def test_a_past_day_costs_no_rule_anything(database: MongoDatabase) -> None:
    store_past_day(database, 7, day=days(-80))
    assert numbers(database).rules == []


def test_closing_has_the_matches_by_closing_date(database: MongoDatabase) -> None:
    store(
        database,
        row("1", **closing("2026-12-05")),
        row("2", **closing("2026-12-01")),
        row("3", **closing("2026-12-05")),
        near_miss("4"),
        without_closing_date("5"),
    )
    found = numbers(database).closing
    assert [job.control_number for job in found] == ["2", "1", "3"]
    assert found[0].closes_at == datetime(2026, 12, 2, 4, 59, tzinfo=UTC)


def test_every_number_is_found_by_an_index(many: tuple[MongoDatabase, list[Command]]) -> None:
    database, commands = many
    assert numbers(database).counts.matches
    asked = list(commands)
    assert {next(iter(command.values())) for command in asked} == {
        *("positions", "runs", "marks", "quarantine")
    }
    assert scanning(database, asked) == []


def test_nothing_that_grows_with_a_postings_places_leaves_the_server(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, commands = many
    assert numbers(database).places
    read = [each for each in commands if "positions" in (each.get("aggregate"), each.get("find"))]
    assert len(read) > 2
    assert "PositionLocation" not in str(read)


def follow(database: MongoDatabase, user: str, **statuses: str) -> None:
    """Let a user save jobs, and let them have these opening statuses."""
    for number, status in statuses.items():
        set_mark(database, user, number[1:], MarkChange(saved=True), NOW)
        record(database, [number[1:]], {number[1:]: status}, NOW)


def test_outcomes_are_those_of_the_users_own_jobs_by_agency(database: MongoDatabase) -> None:
    parks = {"OrganizationName": "National Park Service"}
    store(database, *map(row, "1234"), row("5", **parks), row("6", **parks))
    follow(database, "me", _1="job closed", _2="candidate selected", _3="job closed", _5="new word")
    set_mark(database, "me", "4", MarkChange(applied=True), NOW)
    follow(database, "somebody else", _6="job canceled")
    found = numbers(database).outcomes
    assert [(each.organization, each.statuses, each.selection_days) for each in found] == [
        ("Bureau of the Fiscal Service", {"job closed": 2, "candidate selected": 1}, None),
        ("National Park Service", {"new word": 1}, None),
    ]
    assert numbers(database, user="nobody").outcomes == []


def test_agencies_of_open_matches_say_how_long_they_take(database: MongoDatabase) -> None:
    old = [str(number) for number in range(10, 10 + limits.SELECTIONS)]
    store(database, *(row(number, **closing("2026-08-01")) for number in old), at=days(-130))
    record(database, old, dict.fromkeys(old, "job closed"), days(-100))
    record(database, old, dict.fromkeys(old, "candidate selected"), days(-74))
    assert numbers(database).outcomes == []
    store(database, row("1"))
    (found,) = numbers(database).outcomes
    assert (found.statuses, found.selection_days, found.selections) == ({}, 40, limits.SELECTIONS)
