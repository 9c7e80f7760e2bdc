from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.store.history import Status, latest_complete_run, status
from include.store.indexes import INDEXES
from include.web.queries import at_level, standing, standpoint
from tests.support.rows import row
from tests.web.stored import (
    CHICAGO,
    IN_GARY,
    NOW,
    MongoDatabase,
    closing,
    days,
    near_miss,
    store,
    store_past_day,
    unfit,
)

STATUSES: tuple[Status, ...] = get_args(Status)
CLOSES = datetime.fromisoformat("2026-12-01T04:59:00+00:00")


def found(database: MongoDatabase, wanted: Status, now: datetime) -> set[str]:
    at = standpoint(database, CHICAGO, now)
    condition = {**standing(wanted, at), **at_level(at, "match", "near_miss")}
    return {position["_id"] for position in database.positions.find(condition)}


def standing_by_history(database: MongoDatabase, wanted: Status, now: datetime) -> set[str]:
    latest = latest_complete_run(database.runs, CHICAGO)
    return {
        position["_id"]
        for position in database.positions.find()
        if CHICAGO in position["matches"] and status(position, CHICAGO, latest, now) == wanted
    }


def listed_as(kind: str, number: str) -> dict[str, Any]:
    if kind == "unfit":
        return unfit(number)
    if kind == "unreadable":
        return row(number, PositionTitle=None)
    return near_miss(number, **closing(kind))


KINDS = st.sampled_from(["unfit", "unreadable", "", "2026-11-22", "2026-11-23", "2026-11-30"])
RUNS = st.lists(
    st.tuples(
        st.sampled_from([{}, IN_GARY, "past"]),
        st.integers(-4, 0),
        st.dictionaries(st.sampled_from("12345"), KINDS),
    ),
    max_size=5,
)
MOMENTS = st.sampled_from([NOW, days(-1), CLOSES, CLOSES - timedelta(microseconds=1), days(60)])


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=RUNS, now=MOMENTS)
def test_mongodb_finds_exactly_those_whose_history_says_so(
    database: MongoDatabase, runs: list[Any], now: datetime
) -> None:
    for name in INDEXES:
        database[name].delete_many({})
    for number, (search, day, rows) in enumerate(runs):
        if search == "past":
            store_past_day(database, *map(int, rows), day=days(day - 60), run_id=str(number))
        else:
            listed = [listed_as(kind, each) for each, kind in rows.items()]
            store(database, *listed, at=days(day), run_id=str(number), **search)
    assert [found(database, each, now) for each in STATUSES] == [
        standing_by_history(database, each, now) for each in STATUSES
    ]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ("open", {"1", "5"}),
        ("closed", {"2"}),
        ("gone", {"3"}),
        ("no_longer_fits", {"4", "6"}),
    ],
)
def test_each_position_stands_one_way(
    database: MongoDatabase, wanted: Status, numbers: set[str]
) -> None:
    store(database, row("1"), row("2", **closing("2026-11-22")), row("3"), row("4"), row("5"),
          row("6"), at=days(-3))  # fmt: skip
    store(database, *map(row, "135"), unfit("6"), at=days(-2))
    unreadable = [row(number, PositionTitle=None) for number in "56"]
    store(database, row("1"), unfit("4"), *unreadable, at=days(-1))
    assert found(database, wanted, NOW) == standing_by_history(database, wanted, NOW) == numbers


def test_without_a_run_over_the_search_api_nothing_is_gone(database: MongoDatabase) -> None:
    store_past_day(database, 1, day=days(-80))
    before_it_closed = days(-75)
    assert found(database, "open", before_it_closed) == {"1"}
    assert found(database, "gone", before_it_closed) == set()
    assert found(database, "closed", NOW) == {"1"}
