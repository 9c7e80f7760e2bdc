"""A run meets stored documents that are damaged: it repairs them, and says which."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from include.jobs.source import SEARCH
from tests.pipeline.test_load import SLUG, MongoDatabase, batch, day, past_day, store
from tests.support.damage import NOT_HIDDEN, POSITION_DAMAGE
from tests.support.historic_rows import historic_row
from tests.support.rows import row

DENVER = {"location": "Evanston, Illinois"}
EVANSTON = "data-engineering-evanston-illinois-50"


UNSEEN = ("location of numbers", "coordinates NaN", "remuneration of text")
"""Damage inside a list, which is not looked for; a later observation overwrites it all the same."""


def stored(database: MongoDatabase, number: str = "1") -> dict[str, Any]:
    found = database.positions.find_one({"_id": number})
    assert found
    return found


def without_times(position: dict[str, Any]) -> dict[str, Any]:
    """Return a position without the times that the latest run sets."""
    latest = ("observed_at", "last_seen_at")
    matches = {
        search: {name: entry[name] for name in entry if name not in latest}
        for search, entry in position["matches"].items()
    }
    facts = {name: value for name, value in position["facts"].items() if name not in latest}
    kept = {name: position[name] for name in position if name not in latest}
    return kept | {"matches": matches, "facts": facts}


def test_a_damaged_position_is_what_it_was_after_its_next_observation(
    database: MongoDatabase,
) -> None:
    kinds = dict(enumerate((POSITION_DAMAGE | NOT_HIDDEN).items(), 1))
    rows = [row(str(number)) for number in [0, *kinds]]
    store(database, batch(*rows), "first")
    before = {found["_id"]: without_times(found) for found in database.positions.find()}
    for number, (_, damage) in kinds.items():
        database.positions.update_one({"_id": str(number)}, damage)
    receipt = store(database, batch(*rows, day=1), "second")
    after = {found["_id"]: found for found in database.positions.find()}
    for number, (kind, _) in kinds.items():
        found = after[str(number)]
        assert without_times(found) == before[str(number)], kind
        assert found["last_seen_at"] == found["observed_at"] == day(1), kind
        assert found["matches"][SLUG]["last_seen_at"] == day(1), kind
    assert without_times(after["0"]) == before["0"]
    whole = {str(number) for number, (kind, _) in kinds.items() if kind not in UNSEEN}
    assert set(receipt["repaired"]) == whole
    assert (len(receipt["unchanged"]), receipt["changed"]) == (len(rows), [])
    assert store(database, batch(*rows, day=2), "third")["repaired"] == []


@pytest.mark.parametrize("kind", ["title number", "observed_at text", "guard missing"])
def test_even_an_older_or_lower_observation_repairs_damaged_content(
    database: MongoDatabase, kind: str
) -> None:
    store(database, past_day(historic_row(1), day=1), "past")
    content = stored(database)["PositionTitle"]
    store(database, batch(row("1", PositionTitle="Data Engineer II"), day=5), "today")
    database.positions.update_one({"_id": "1"}, POSITION_DAMAGE[kind])
    receipt = store(database, past_day(historic_row(1), day=1, read_on=40), "past again")
    assert receipt["repaired"] == ["1"]
    assert stored(database)["PositionTitle"] == content
    store(database, batch(row("1", PositionTitle="Data Engineer II"), day=5), "today again")
    assert stored(database)["PositionTitle"] == "Data Engineer II"


def test_a_search_repairs_its_own_entry_and_keeps_those_of_others(
    database: MongoDatabase,
) -> None:
    store(database, batch(row("1")), "first")
    store(database, batch(row("1"), **DENVER), "of another search")
    database.positions.update_one({}, {"$set": {"matches.mine": "a note", "mine": [1]}})
    before = stored(database)
    database.positions.update_one({}, POSITION_DAMAGE["entry text"])
    store(database, batch(row("1"), day=1), "second")
    after = stored(database)
    assert after["matches"][EVANSTON] == before["matches"][EVANSTON]
    assert (after["matches"]["mine"], after["mine"]) == ("a note", [1])
    assert store(database, batch(row("1"), day=1, **DENVER), "of another")["repaired"] == []


def test_an_amendment_of_a_damaged_position_is_told_without_what_is_damaged(
    database: MongoDatabase,
) -> None:
    store(database, batch(row("1")), "first")
    database.positions.update_one({}, POSITION_DAMAGE["pay NaN"])
    amended = batch(row("1", PositionTitle="Data Engineer II"), day=1)
    receipt = store(database, amended, "second")
    (change,) = receipt["changed"]
    assert set(change["fields"]) == {"PositionTitle"}
    assert (receipt["repaired"], receipt["unchanged"]) == (["1"], [])


@pytest.mark.parametrize(
    "damage",
    [
        {"$set": {"content": "x", "control_number": 5}},
        {"$set": {"content_hash": None}},
        {"$unset": {"content": ""}},
        {"$set": {"source": "zzz", "last_observed_at": "x", "first_observed_at": []}},
        {"$unset": {"source": "", "last_observed_at": "", "first_observed_at": ""}},
        {"$set": {"facts_seen": "x"}},
        {"$set": {"facts_seen": [1]}},
    ],
)
def test_a_damaged_version_is_repaired_when_it_is_observed_again(
    database: MongoDatabase, damage: dict[str, Any]
) -> None:
    store(database, batch(row("1")), "first")
    before = database.position_versions.find_one()
    assert before
    database.position_versions.update_one({}, damage)
    store(database, batch(row("1"), day=1), "second")
    times = ("first_observed_at", "last_observed_at", "facts_seen")
    after = database.position_versions.find_one()
    assert after
    assert after["last_observed_at"] == day(1)
    (seen,) = after["facts_seen"].values()
    assert seen["last_observed_at"] == day(1)
    assert {n: after[n] for n in after if n not in times} == {
        n: before[n] for n in before if n not in times
    }


def test_a_damaged_quarantined_row_is_repaired_when_it_is_read_again(
    database: MongoDatabase,
) -> None:
    store(database, batch(row("1", PositionTitle=None)), "first")
    broken = {"runs": "x", "first_seen_at": "y", "last_seen_at": True, "raw": 5}
    database.quarantine.update_one({}, {"$set": broken})
    receipt = store(database, batch(row("1", PositionTitle=None), day=1), "second")
    (found,) = database.quarantine.find()
    assert found["runs"] == [receipt["_id"]]
    assert found["first_seen_at"] == found["last_seen_at"] == day(1)
    assert isinstance(found["raw"], str)


RECEIPT_DAMAGE: list[dict[str, Any]] = [
    {"read_at": "x", "observed_at": "x"},
    {"matches": 5},
    {"rejected": []},
    {"quarantined": "none"},
    {"rows": "many"},
    {"parameters": {"odd": float("nan")}},
    {"changed": [5]},
    {"seen_at": None},
]


@pytest.mark.parametrize("damage", RECEIPT_DAMAGE)
def test_a_damaged_receipt_is_passed_over(
    database: MongoDatabase, damage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    store(database, batch(row("1"), row("2")), "first")
    bad = store(database, batch(row("1"), row("2"), day=1), "second")["_id"]
    database.runs.update_one({"_id": bad}, {"$set": damage})
    with caplog.at_level(logging.WARNING):
        receipt = store(database, batch(row("1"), day=2), "third")
    assert (receipt["state"], receipt["gone"]) == ("complete", ["2"])
    if "rows" not in damage:
        assert bad in caplog.text or "observed_at" in damage or "parameters" in damage


def test_a_retry_replaces_its_own_damaged_receipt(database: MongoDatabase) -> None:
    found = batch(row("1"))
    before = store(database, found, "first")
    database.runs.update_one({}, {"$set": {"matches": 5, "state": "writing"}})
    after = store(database, found, "first")
    assert after["matches"] == before["matches"]
    assert after["source"] == SEARCH
    assert database.runs.count_documents({}) == 1
