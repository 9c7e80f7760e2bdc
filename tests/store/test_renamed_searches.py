"""Searches that shared a key in versions up to 0.1.0: both keep what was stored of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from include.searches.parameters import SearchParameters
from include.store.renamed_searches import take_over_search
from tests.support.chain import stored, transformed
from tests.support.rows import answer, row

PLUS, SHARP = SearchParameters(keyword="C++ developer"), SearchParameters(keyword="C# developer")
SHARED = "c-developer-chicago-illinois-50"
ADA = "email:ada@example.org"


def store_as_0_1(database: Database[dict[str, Any]], search: SearchParameters, *ids: str) -> None:
    """Store a run as the earlier version did, under the shared key."""
    title = {"PositionTitle": search.keyword}
    found = transformed(answer(*(row(number, **title) for number in ids)), **search.model_dump())
    stored(database, {**found, "search": SHARED}, run_id=search.keyword)
    database.notifications.insert_many(
        {
            "_id": f"{SHARED}/{ADA}/match:{number}",
            "search": SHARED,
            "recipient": ADA,
            "key": f"match:{number}",
            "control_number": number,
            "sent_at": datetime(2026, 11, 1, tzinfo=UTC),
        }
        for number in ids
    )


def kept(database: Database[dict[str, Any]], search: str) -> set[str]:
    found = database.positions.find({f"matches.{search}": {"$exists": True}})
    return {position["_id"] for position in found}


def test_each_search_finds_its_runs_matches_and_notifications_and_the_other_keeps_its_own(
    database: Database[dict[str, Any]],
) -> None:
    store_as_0_1(database, PLUS, "1", "2")
    store_as_0_1(database, SHARP, "3")
    for _ in range(2):
        take_over_search(database, PLUS.slug, PLUS.model_dump())
    assert kept(database, PLUS.slug) == {"1", "2"}
    assert kept(database, SHARED) == {"1", "2", "3"}
    assert [run["run_id"] for run in database.runs.find({"search": PLUS.slug})] == [PLUS.keyword]
    assert [run["run_id"] for run in database.runs.find({"search": SHARED})] == [SHARP.keyword]
    sent = database.notifications.find({"search": PLUS.slug})
    assert {each["_id"] for each in sent} == {f"{PLUS.slug}/{ADA}/match:{n}" for n in "12"}


def test_a_run_takes_over_first_so_that_what_it_finds_again_is_not_new(
    database: Database[dict[str, Any]],
) -> None:
    store_as_0_1(database, PLUS, "1")
    first_seen = database.positions.find_one({}) or {}
    later = answer(row("1", PositionTitle=PLUS.keyword), at="2026-11-24T12:00:00.000+00:00")
    receipt = stored(database, transformed(later, **PLUS.model_dump()), "later")
    assert (receipt["search"], receipt["inserted"]) == (PLUS.slug, [])
    entry = (database.positions.find_one({}) or {})["matches"][PLUS.slug]
    assert entry["first_seen_at"] == first_seen["matches"][SHARED]["first_seen_at"]


def test_a_search_with_the_same_key_as_ever_is_left_alone(
    database: Database[dict[str, Any]],
) -> None:
    plain = SearchParameters(keyword="C developer")
    store_as_0_1(database, PLUS, "1")
    take_over_search(database, plain.slug, plain.model_dump())
    assert kept(database, plain.slug) == {"1"} == kept(database, SHARED)
    assert database.runs.count_documents({"search": SHARED}) == 1
