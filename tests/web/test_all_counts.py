from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.store.indexes import INDEXES
from include.web.all_counts import SearchCounts, all_counts
from include.web.counting import counted, only, open_jobs
from include.web.queries import standpoint
from tests.support.rows import row
from tests.web.stored import (
    CHICAGO,
    GARY,
    IN_GARY,
    NOW,
    MongoDatabase,
    closing,
    days,
    near_miss,
    store,
)

SEARCHES = (CHICAGO, GARY, "never-ran")
NUMBERS = st.sets(st.sampled_from("1234"))
ENTRY = f"matches.{CHICAGO}"
DAMAGE: list[dict[str, Any]] = [
    {f"{ENTRY}.score": 5.5},
    {f"{ENTRY}.score": "5"},
    {f"{ENTRY}.score": None},
    {f"{ENTRY}.score": float("nan")},
    {f"{ENTRY}.level": "perfect"},
    {f"{ENTRY}.level": ["match"]},
    {f"{ENTRY}.first_seen_at": "yesterday"},
    {f"{ENTRY}.first_seen_at": datetime(1800, 1, 1, tzinfo=UTC)},
    {f"{ENTRY}.last_seen_at": None},
    {f"{ENTRY}.last_seen_at": [NOW]},
    {f"{ENTRY}.register": True},
    {f"{ENTRY}.register": "yes"},
    {ENTRY: [1]},
    {"matches": "none"},
    {"matches": [{CHICAGO: {"level": "match", "last_seen_at": NOW}}]},
    {"closes_at": "soon"},
    {"closes_at": [NOW + timedelta(days=1)]},
    {"closes_at": None},
    {"facts": {"closes_when": {"type": "applications", "applications": "many"}}},
]


def at_once(database: MongoDatabase, now: datetime, *few: set[str]) -> dict[str, SearchCounts]:
    standpoints = [standpoint(database, search, now) for search in SEARCHES]
    return all_counts(database, standpoints, *few, now)


def one_by_one(
    database: MongoDatabase, now: datetime, hidden: set[str], changed: set[str]
) -> dict[str, SearchCounts]:
    found = {}
    for search in SEARCHES:
        jobs = open_jobs(database, standpoint(database, search, now), hidden)
        best = next((job["_id"] for job in only(jobs, "match")), None)
        found[search] = SearchCounts(counted(jobs, changed, now), best)
    return found


def listed_as(kind: str, number: str) -> dict[str, Any]:
    if kind == "unreadable":
        return row(number, PositionTitle=None)
    return (near_miss if number in "34" else row)(number, **closing(kind))


KINDS = st.sampled_from(["unreadable", "", "2026-11-22", "2026-11-23", "2026-11-30"])
RUNS = st.lists(
    st.tuples(
        st.sampled_from([{}, IN_GARY]),
        st.integers(-3, 0),
        st.dictionaries(st.sampled_from("1234"), KINDS),
    ),
    max_size=4,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=RUNS,
    damage=st.sampled_from([{}, *DAMAGE]),
    hidden=NUMBERS,
    changed=NUMBERS,
    now=st.sampled_from([NOW, days(-1), days(60)]),
)
def test_counted_at_once_any_jobs_are_as_many_as_read_search_by_search(
    database: MongoDatabase,
    runs: list[Any],
    damage: dict[str, Any],
    hidden: set[str],
    changed: set[str],
    now: datetime,
) -> None:
    for name in INDEXES:
        database[name].delete_many({})
    for number, (search, day, rows) in enumerate(runs):
        listed = [listed_as(kind, each) for each, kind in rows.items()]
        store(database, *listed, at=days(day), run_id=str(number), **search)
    if damage:
        database.positions.update_one({f"{ENTRY}.level": {"$exists": True}}, {"$set": damage})
    assert at_once(database, now, hidden, changed) == one_by_one(database, now, hidden, changed)


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_one_damaged_document_costs_the_others_nothing(
    database: MongoDatabase, damage: dict[str, Any]
) -> None:
    store(database, row("1", **closing("2026-11-30")), row("2"), near_miss("3"))
    database.positions.update_one({"_id": "1"}, {"$set": damage})
    found = at_once(database, NOW, set(), {"2"})
    assert found == one_by_one(database, NOW, set(), {"2"})
    assert found[CHICAGO].counts.matches in (1, 2)
    assert (found[CHICAGO].counts.near_misses, found[CHICAGO].counts.changed) == (1, 1)
