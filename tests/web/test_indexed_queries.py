from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from include.searches.parameters import SearchParameters
from include.searches.saved_searches import DAG_ID
from include.store.announced_again import find_earlier, key_earlier_positions
from include.store.history import Status
from include.store.quarantine import quarantine_size
from include.web import runs
from include.web.applications import board
from include.web.comparison import comparison
from include.web.health import HealthMonitor
from include.web.host import RunState
from include.web.jobs import all_jobs, default_search, job_detail, job_page
from include.web.lanes import lanes
from include.web.marks import MarkChange, marked, marks_of, set_mark
from include.web.query_params import JobFilter, MarkName, Sort
from include.web.saved_deadlines import deadline_events
from include.web.trial import trial
from tests.support.rows import row
from tests.web.explained_queries import Command, recorded, scanning, winning_stages
from tests.web.fake_host import FakeHost
from tests.web.stored import (
    CHICAGO,
    GARY,
    NOW,
    UNREADABLE,
    MongoDatabase,
    days,
    store,
    store_suspicious,
)

ANN = "ann"
BEN = "ben"
"""Who has marked nothing before."""
STATE = RunState("success", {"load": "success"}, NOW, NOW, NOW)
FILTERS: list[dict[str, Any]] = [
    {},
    {"level": "match"},
    {"level": "near_miss"},
    {"new_since": days(-2)},
    {"changed_since": days(-2)},
    {"closing_within": 7},
    {"minimum_pay": 150_000},
    {"remote": True},
    {"remote": False},
    {"text": "senior evanston"},
    {"numbers": "1,2"},
    *({"mark": name} for name in (*get_args(MarkName), "mine")),
    {"state": "applied"},
]
STATUSES: list[Status | str] = [*get_args(Status), "any"]
SORTS: list[Sort] = list(get_args(Sort))


@pytest.fixture
def marks_made(many: tuple[MongoDatabase, list[Command]]) -> None:
    database, _ = many
    numbers = [found["_id"] for found in database.positions.find({}, {"_id": True}, limit=30)]
    for number, change in zip(numbers, [{"hidden": True}, {"applied": True}] * 15, strict=True):
        set_mark(database, ANN, number, MarkChange(**change), NOW)


@pytest.mark.usefixtures("marks_made")
@pytest.mark.parametrize("status", STATUSES)
def test_an_index_serves_every_filter_in_every_order(
    many: tuple[MongoDatabase, list[Command]], status: str
) -> None:
    database, commands = many
    commands.clear()
    for filters, sort in product(FILTERS, SORTS):
        wanted = JobFilter(status=status, sort=sort, **filters)  # type: ignore[arg-type]
        job_page(database, CHICAGO, wanted, ANN, NOW, page=2, per_page=3)
    assert len(commands) > len(FILTERS) * len(SORTS)
    assert scanning(database, commands) == []


def test_an_index_serves_what_else_the_page_asks(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, commands = many
    still_open = {"closes_at": {"$gt": NOW}}
    (number,) = (found["_id"] for found in database.positions.find(still_open, limit=1))
    commands.clear()
    assert default_search(database) == CHICAGO
    assert job_detail(database, number, GARY, BEN, NOW)
    assert list(all_jobs(database, GARY, JobFilter(status="any", sort="pay"), BEN, NOW))
    assert set_mark(database, BEN, number, MarkChange(saved=True), NOW)
    assert marked(database, BEN, "saved")
    assert marks_of(database, BEN, [number], NOW)
    assert deadline_events(database, BEN, "", NOW)
    assert board(database, BEN, NOW).columns[0].jobs
    searches = runs.searches(database, str.__add__)
    assert runs.update(database, DAG_ID, searches[0].run_id, STATE, "").receipt
    assert lanes(database, CHICAGO, BEN, NOW).mine.total
    assert trial(database, SearchParameters(), NOW).matches
    assert {each.search for each in comparison(database, BEN, NOW).searches} == {CHICAGO, GARY}
    assert {"find", "aggregate", "distinct", "findAndModify"} <= {next(iter(c)) for c in commands}
    assert scanning(database, commands) == []


def test_an_index_serves_the_search_for_earlier_announcements(
    many: tuple[MongoDatabase, list[Command]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.jobs.limits.SAME_JOB_ANNOUNCEMENTS", 1500)
    database, commands = many
    numbers = [found["_id"] for found in database.positions.find({}, {"_id": True}, limit=30)]
    commands.clear()
    assert find_earlier(database, numbers, [CHICAGO])
    key_earlier_positions(database)
    assert scanning(database, commands) == []


@pytest.mark.parametrize("store_one", [store, store_suspicious])
def test_the_newest_search_is_found_by_an_index(
    mongod_port: int, database: MongoDatabase, store_one: Callable[..., Any]
) -> None:
    for day in range(-9, 0):
        store_one(database, row("1"), at=days(day), location="Gary, Indiana")
    with recorded(mongod_port, database.name) as (watched, commands):
        assert default_search(watched) == GARY
        assert scanning(watched, commands) == []


def test_a_monitor_is_answered_from_an_index(
    mongod_port: int, database: MongoDatabase, tmp_path: Path
) -> None:
    for day in range(-9, 1):
        store(database, row("1"), at=days(day))
    with recorded(mongod_port, database.name) as (watched, commands):
        for text in ("", 'location = "Gary, Indiana"'):
            (tmp_path / "default.toml").write_text(text)
            (search,) = HealthMonitor(FakeHost(watched), tmp_path).check(NOW).searches
            assert search.state == ("waiting" if text else "ok")
            assert scanning(watched, commands) == []
        assert not any("SORT" in winning_stages(watched, command) for command in commands)


def test_what_waits_in_quarantine_is_counted_without_reading_it(
    mongod_port: int, database: MongoDatabase
) -> None:
    store(database, row("1"), *UNREADABLE)
    with recorded(mongod_port, database.name) as (watched, commands):
        assert quarantine_size(watched) == len(UNREADABLE)
    (count,) = commands
    assert not {"COLLSCAN", "FETCH"} & winning_stages(database, count)


def test_a_scan_is_noticed(many: tuple[MongoDatabase, list[Command]]) -> None:
    database, commands = many
    commands.clear()
    database.positions.find_one({"summary": "x"})
    list(database.positions.aggregate([{"$match": {"summary": "x"}}, {"$sort": {"summary": 1}}]))
    assert scanning(database, commands) == commands
    assert len(commands) == 2


@pytest.mark.parametrize("level", [None, "match"])
@pytest.mark.parametrize("user", [ANN, "carol"])
@pytest.mark.usefixtures("marks_made")
def test_what_a_search_keeps_is_counted_without_reading_it(
    many: tuple[MongoDatabase, list[Command]], level: str | None, user: str
) -> None:
    database, commands = many
    commands.clear()
    wanted = JobFilter(status="any", level=level)  # type: ignore[arg-type]
    assert job_page(database, CHICAGO, wanted, user, NOW, page=1, per_page=5).total > 500
    # Announcements of the same job are grouped as well.
    groups = [command for command in commands if "$group" in str(command)]
    counts = [each for each in groups if "announcement_keys" not in str(each["pipeline"])]
    whole = [count for count in counts if "'_id': {'$in'" not in str(count["pipeline"])]
    assert len(whole) == (1 if level else 2)
    # What is hidden is read by its number, and subtracted.
    assert len(counts) - len(whole) == (1 if user == ANN else 0)
    for count in whole:
        assert "COUNT_SCAN" in winning_stages(database, count)


def test_what_has_closed_is_listed_without_sorting_it(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, commands = many
    commands.clear()
    later, wanted = NOW + timedelta(days=400), JobFilter(status="closed", sort="closing")
    page = job_page(database, CHICAGO, wanted, "carol", later, page=9, per_page=5)
    assert (len(page.jobs), page.total > 500) == (5, True)
    (find,) = (
        each
        for each in commands
        if each.get("find") == "positions" and f"matches.{CHICAGO}.level" in str(each["filter"])
    )
    assert "SORT" not in winning_stages(database, find)


@pytest.mark.parametrize("status", ["any", "closed"])
def test_the_best_are_found_without_sorting_all(
    many: tuple[MongoDatabase, list[Command]], status: str
) -> None:
    database, commands = many
    commands.clear()
    wanted = JobFilter(status=status)  # type: ignore[arg-type]
    assert job_page(database, CHICAGO, wanted, "carol", NOW, page=1, per_page=5).jobs
    (find,) = (
        each
        for each in commands
        if each.get("find") == "positions" and f"matches.{CHICAGO}.level" in str(each["filter"])
    )
    assert "SORT" not in winning_stages(database, find)


def test_where_nothing_is_stored_all_answers_are_empty(database: MongoDatabase) -> None:
    assert default_search(database) is None
    for status, filters, sort in product(STATUSES, FILTERS, SORTS):
        wanted = JobFilter(status=status, sort=sort, **filters)  # type: ignore[arg-type]
        for search in (None, CHICAGO):
            page = job_page(database, search, wanted, ANN, NOW, page=1, per_page=50)
            assert (page.total, page.jobs) == (0, [])
            assert list(all_jobs(database, search, wanted, ANN, NOW)) == []
    assert job_detail(database, "1", CHICAGO, ANN, NOW) is None
    assert set_mark(database, ANN, "1", MarkChange(saved=True), NOW) is None
    assert (marked(database, ANN, "saved"), marks_of(database, ANN, ["1"], NOW)) == ([], {})
    assert runs.searches(database, str.__add__) == []
    assert runs.update(database, DAG_ID, "run", STATE, "").receipt is None
    assert comparison(database, ANN, NOW).searches == []
    assert database.list_collection_names() == []


def test_without_indexes_answers_are_the_same(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"), at=NOW - timedelta(days=1))

    def answers() -> list[str]:
        return [
            job_page(database, CHICAGO, JobFilter(**filters), ANN, NOW, page=1, per_page=5)
            .model_dump_json()
            for filters in FILTERS
        ]  # fmt: skip

    with_indexes = answers()
    for name in ("positions", "runs", "marks"):
        database[name].drop_indexes()
    assert answers() == with_indexes


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]


def test_a_search_for_which_there_is_no_room_is_loaded_with_a_warning(
    database: MongoDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    store(database, row("1"), location="Gary, Indiana")
    free = 64 - len(database.positions.index_information())
    for number in range(free):
        database.positions.create_index(f"mine_{number}")
    with caplog.at_level(logging.WARNING):
        store(database, row("1"), location="Gary, Indiana")
        assert warnings(caplog) == []
        receipt = store(database, row("1"), row("2"))
    (warning,) = warnings(caplog)
    assert CHICAGO in warning
    assert receipt["state"] == "complete"
    page = job_page(database, CHICAGO, JobFilter(), ANN, NOW, page=1, per_page=5)
    assert page.total == 2
