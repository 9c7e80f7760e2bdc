"""Announcements of the same job are found, whatever the order of runs and whoever stored them."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.collection import Collection
from pymongo.database import Database

from include.jobs.announced_again import Earlier, announcement_keys
from include.searches.parameters import SearchParameters
from include.store.announced_again import find_earlier, key_earlier_positions
from include.store.backup import read_backup, stored, write_backup
from include.store.restore import merge, receipts_last, survey
from include.usajobs.extract import iso
from tests.support.chain import stored as store
from tests.support.chain import transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, row

MongoDatabase = Database[dict[str, Any]]

SLUG = SearchParameters().slug
GARY = "data-engineering-gary-indiana-50"
FIRST_DAY = datetime(2026, 11, 3, 7, tzinfo=UTC)


def run(database: MongoDatabase, day: float, *rows: object, **search: Any) -> dict[str, Any]:
    """Store what a run of that day found, and return its receipt."""
    at = iso(FIRST_DAY + timedelta(days=day))
    return store(database, transformed(answer(*rows, at=at), **search), f"day {day}")


def numbers(found: dict[str, list[Earlier]]) -> dict[str, list[str]]:
    """Return the control numbers of the earlier announcements."""
    return {
        number: [each.announcement.control_number for each in earlier]
        for number, earlier in found.items()
    }


def earlier(database: MongoDatabase, *control_numbers: str) -> dict[str, list[Earlier]]:
    return find_earlier(database, control_numbers, [SLUG])


def linked(database: MongoDatabase) -> dict[str, list[str]]:
    return numbers(earlier(database, *(each["_id"] for each in database.positions.find())))


def without_keys(database: MongoDatabase) -> None:
    """Leave the positions as an earlier version stored them."""
    database.positions.update_many({}, {"$unset": {"announcement_keys": ""}})


def test_a_job_under_a_new_number_is_linked_when_the_other_one_is_gone(
    database: MongoDatabase,
) -> None:
    run(database, 0, row("1"))
    run(database, 1, row("2"))
    found = earlier(database, "1", "2")
    assert numbers(found) == {"2": ["1"]}
    assert [each.ending for each in found["2"]] == ["gone"]


def test_two_that_are_listed_at_the_same_time_are_not_linked(database: MongoDatabase) -> None:
    federal = row("2", PositionID="TR-26-2", details={"HiringPath": ["fed-competitive", "public"]})
    run(database, 0, row("1"), federal)
    run(database, 1, row("1"), federal)
    run(database, 2, federal)
    assert linked(database) == {}


def test_each_search_says_for_itself_what_is_gone(database: MongoDatabase) -> None:
    gary = {"location": "Gary, Indiana"}
    run(database, 0, row("1"), **gary)
    run(database, 1, row("2"))
    assert linked(database) == {}
    run(database, 2, row("2"), **gary)
    assert linked(database) == {}
    assert numbers(find_earlier(database, ["2"], [GARY])) == {"2": ["1"]}


def test_one_is_not_gone_while_another_search_lists_it(database: MongoDatabase) -> None:
    gary = {"location": "Gary, Indiana"}
    run(database, 0, row("1"))
    run(database, 1, row("1"), **gary)
    run(database, 1, row("2"))
    assert linked(database) == {}
    run(database, 2, row("2"), **gary)
    run(database, 2, row("2"))
    assert linked(database) == {}


def test_a_past_day_is_linked_to_what_a_search_finds(database: MongoDatabase) -> None:
    fields = row("2", PublicationStartDate="2026-11-02")["MatchedObjectDescriptor"]
    past = historic_row(
        1,
        positionTitle=fields["PositionTitle"],
        hiringAgencyName=fields["OrganizationName"],
        payScale="GS",
        minimumGrade="12",
        maximumGrade="12",
        jobCategories=[{"series": "2210"}],
        positionLocations=[
            {"positionLocationCity": "Chicago", "positionLocationState": "Illinois"}
        ],
        positionOpenDate="2026-10-01",
        positionCloseDate="2026-10-10",
    )
    reading = historic_answer(
        {**past, "text": ANNOUNCEMENT}, read_at=iso(FIRST_DAY), day="2026-10-01"
    )
    store(database, transformed(reading), "past")
    run(database, 0, row("2"))
    assert linked(database) == {"2": ["1"]}


JOBS = {
    "1": {"PublicationStartDate": "2026-10-01", "ApplicationCloseDate": "2026-11-05"},
    "2": {"PublicationStartDate": "2026-11-04", "ApplicationCloseDate": "2026-11-30"},
    "3": {"PublicationStartDate": "2026-11-04", "ApplicationCloseDate": "2026-11-30"},
    "4": {"PublicationStartDate": "2026-11-04", "PositionTitle": "Data Architect"},
}
DAYS = st.lists(st.sets(st.sampled_from([*JOBS])), min_size=2, max_size=4)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS, order=st.randoms(use_true_random=False))
def test_runs_in_any_order_leave_the_same_links(
    database: MongoDatabase, days: list[set[str]], order: Any
) -> None:
    runs = [
        (day, [row(each, **JOBS[each]) for each in sorted(jobs)]) for day, jobs in enumerate(days)
    ]
    found = []
    for shuffled in (runs, order.sample(runs, len(runs)), [*reversed(runs), *runs]):
        for name in ("positions", "position_versions", "runs"):
            database[name].delete_many({})
        for day, rows in shuffled:
            run(database, day, *rows)
        found.append((linked(database), [*database.positions.find(sort=[("_id", 1)])]))
    assert found[0] == found[1] == found[2]


def test_positions_of_an_earlier_version_get_their_keys_and_nothing_else_changes(
    database: MongoDatabase,
) -> None:
    run(database, 0, row("1"))
    before = [*database.positions.find()]
    versions = [*database.position_versions.find()]
    without_keys(database)
    receipt = run(database, 1, row("2"))
    assert database.positions.find_one("1") == before[0]
    assert receipt["changed"] == []
    assert [*database.position_versions.find({"control_number": "1"})] == versions
    assert linked(database) == {"2": ["1"]}


def test_one_that_is_listed_again_gets_its_keys_without_a_new_version(
    database: MongoDatabase,
) -> None:
    run(database, 0, row("1"))
    without_keys(database)
    receipt = run(database, 1, row("1"))
    assert (receipt["unchanged"], receipt["changed"], receipt["repaired"]) == (["1"], [], [])
    assert database.position_versions.count_documents({}) == 1


def test_so_many_get_their_keys_at_a_time(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.jobs.limits.KEYED_POSITIONS", 2)
    monkeypatch.setattr("include.jobs.limits.WRITE_BATCH_SIZE_DOCUMENTS", 1)
    run(database, 0, *(row(str(number)) for number in range(1, 6)))
    without_keys(database)
    for left in (3, 1, 0, 0):
        key_earlier_positions(database)
        assert database.positions.count_documents({"announcement_keys": None}) == left


@pytest.mark.parametrize("limit", [3, 4])
def test_what_too_many_share_links_nothing(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("include.jobs.limits.SAME_JOB_ANNOUNCEMENTS", limit)
    closed = {"PublicationStartDate": "2026-10-01", "ApplicationCloseDate": "2026-10-20"}
    others = [row(str(n), PositionTitle=f"Architect {n % 50}", **closed) for n in range(100, 200)]
    run(database, 0, *others, *(row(str(number), **closed) for number in (901, 902, 903)))
    later = [row("1000"), *(row(str(n), PositionTitle=f"Architect {n}") for n in range(50))]
    run(database, 1, *later)
    found = linked(database)
    assert sorted(found.pop("1000", [])) == (["901", "902", "903"] if limit == 4 else [])
    assert len(found) == 50
    assert numbers(earlier(database, "10")) == {"10": found["10"]}


class Killed(BaseException):
    """Stands for the end of a process."""


@pytest.mark.parametrize("step", range(3))
def test_if_it_breaks_off_the_next_one_finishes(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    run(database, 0, *(row(str(number)) for number in range(1, 6)))
    before = [*database.positions.find(sort=[("_id", 1)])]
    without_keys(database)
    monkeypatch.setattr("include.jobs.limits.WRITE_BATCH_SIZE_DOCUMENTS", 2)
    write, steps = Collection.bulk_write, iter(range(3))

    def breaking_off(*args: Any, **options: Any) -> Any:
        if next(steps) == step:
            raise Killed
        return write(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "bulk_write", breaking_off)
        with pytest.raises(Killed):
            key_earlier_positions(database)
    with ThreadPoolExecutor() as runs:
        list(runs.map(key_earlier_positions, [database] * 3))
    assert [*database.positions.find(sort=[("_id", 1)])] == before


def test_a_position_that_is_amended_meanwhile_keeps_the_keys_of_its_new_content(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, 0, row("1"))
    without_keys(database)
    write = Collection.bulk_write

    def after_an_amendment(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(Collection, "bulk_write", write)
        run(database, 1, row("1", PositionTitle="Data Architect"))
        return write(*args, **options)

    monkeypatch.setattr(Collection, "bulk_write", after_an_amendment)
    key_earlier_positions(database)
    position = database.positions.find_one("1")
    assert position
    assert position["PositionTitle"] == "Data Architect"
    assert position["announcement_keys"] == announcement_keys(position)


@pytest.mark.parametrize("damage", [5, "job:1", [5], [None], [], {}, None])
def test_damaged_keys_are_replaced_by_the_next_run_that_lists_the_position(
    database: MongoDatabase, damage: Any
) -> None:
    run(database, 0, row("1"))
    run(database, 1, row("2"))
    database.positions.update_one({"_id": "2"}, {"$set": {"announcement_keys": damage}})
    assert linked(database) == {}
    receipt = run(database, 2, row("2"))
    assert (receipt["changed"], database.position_versions.count_documents({})) == ([], 2)
    assert linked(database) == {"2": ["1"]}


@pytest.mark.parametrize(
    ("field", "damage", "left"),
    [
        ("first_seen_at", "x", {}),
        ("closes_at", 5, {}),
        ("matches", 5, {}),
        ("outcome", 5, {"2": ["1"]}),
        ("summary", 5, {"2": ["1"]}),
    ],
)
def test_a_damaged_announcement_is_left_out(
    database: MongoDatabase, field: str, damage: Any, left: dict[str, list[str]]
) -> None:
    run(database, 0, row("1"))
    run(database, 1, row("2"))
    database.positions.update_one({"_id": "1"}, {"$set": {field: damage}})
    assert linked(database) == left


def test_a_damaged_position_of_an_earlier_version_is_not_read_again_by_every_run(
    database: MongoDatabase,
) -> None:
    run(database, 0, row("1"))
    database.positions.update_one({"_id": "1"}, {"$set": {"PositionLocation": 5}})
    without_keys(database)
    key_earlier_positions(database)
    position = database.positions.find_one("1")
    assert position
    assert (position["announcement_keys"], position["PositionLocation"]) == ([], 5)


def test_what_the_agency_says_became_of_it_is_known(database: MongoDatabase) -> None:
    run(database, 0, row("1"))
    run(database, 1, row("2"))
    database.positions.update_one({"_id": "1"}, {"$set": {"outcome": {"status": "job canceled"}}})
    (first,) = earlier(database, "2")["2"]
    assert first.was_cancelled


def test_a_backup_of_an_earlier_version_is_linked_after_the_next_run(
    database: MongoDatabase,
) -> None:
    run(database, 0, row("1"), row("3", PositionTitle="Data Architect"))
    without_keys(database)
    file = io.BytesIO()
    write_backup(file, stored(database), "jobs", FIRST_DAY)
    database.positions.delete_one({"_id": "1"})
    database.positions.update_one({"_id": "3"}, {"$set": {"announcement_keys": ["job:x"]}})
    file.seek(0)
    searches = survey(read_backup(file)).searches
    merge(database, receipts_last(file), searches)
    run(database, 1, row("2"))
    assert linked(database) == {"2": ["1"]}
    for position in database.positions.find():
        assert position["announcement_keys"] == announcement_keys(position)
