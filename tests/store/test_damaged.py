"""Backup, restore and retention beside damaged documents."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson.datetime_ms import DatetimeMS
from pymongo.database import Database

from include.store.backup import read_backup, stored, write_backup
from include.store.restore import merge, receipts_last, survey
from include.store.retention import Retention, prune_collections
from tests.support.chain import stored as store
from tests.support.chain import transformed
from tests.support.damage import POSITION_DAMAGE
from tests.support.rows import answer, row

MongoDatabase = Database[dict[str, Any]]

NOW = datetime(2026, 11, 23, tzinfo=UTC)
COLLECTIONS = ("positions", "position_versions", "quarantine", "runs", "marks")


def dump(database: MongoDatabase) -> dict[str, list[dict[str, Any]]]:
    return {
        name: sorted(database[name].find(), key=lambda each: str(each["_id"]))
        for name in COLLECTIONS
    }


def backed_up(database: MongoDatabase) -> io.BytesIO:
    file = io.BytesIO()
    write_backup(file, stored(database), "jobs", NOW)
    file.seek(0)
    return file


def restore(database: MongoDatabase, file: io.BytesIO) -> None:
    file.seek(0)
    found = survey(read_backup(file))
    merge(database, receipts_last(file), found.searches)


def test_a_restore_repairs_what_is_damaged(database: MongoDatabase) -> None:
    kinds = dict(enumerate(POSITION_DAMAGE, 1))
    rows = [row(str(number)) for number in kinds]
    store(database, transformed(answer(*rows, row("900", PositionTitle=None))))
    database.marks.insert_one({"_id": "1/ada", "user": "ada", "updated_at": NOW, "saved": True})
    before, backup = dump(database), backed_up(database)
    for number, kind in kinds.items():
        database.positions.update_one({"_id": str(number)}, POSITION_DAMAGE[kind])
    broken = {"content": 5, "source": "zzz", "first_observed_at": "x", "last_observed_at": True}
    database.position_versions.update_many({}, {"$set": broken})
    rotten = {"runs": "x", "raw": 5, "first_seen_at": "x", "last_seen_at": []}
    database.quarantine.update_many({}, {"$set": rotten})
    database.marks.update_many({}, {"$set": {"updated_at": "later"}})
    restore(database, backup)
    in_lists = ("location of numbers", "coordinates NaN", "remuneration of text")
    after = dump(database)
    for number, kind in kinds.items():
        if kind not in in_lists:
            (expected,) = (each for each in before["positions"] if each["_id"] == str(number))
            (found,) = (each for each in after["positions"] if each["_id"] == str(number))
            assert found == expected, kind
    for name in ("position_versions", "quarantine", "marks"):
        assert after[name] == before[name]


def test_a_backup_of_damaged_documents_is_restored_as_it_is(
    database: MongoDatabase, mongod_port: int
) -> None:
    kinds = {str(number): kind for number, kind in enumerate(POSITION_DAMAGE, 1)}
    store(database, transformed(answer(*map(row, kinds))))
    for number, kind in kinds.items():
        database.positions.update_one({"_id": number}, POSITION_DAMAGE[kind])
    other = database.client[f"{database.name}_restored"]
    try:
        restore(other, backed_up(database))
        assert other.positions.count_documents({}) == len(kinds)
        # Those beside good ones change nothing.
        store(database, transformed(answer(*map(row, kinds), at="2026-11-25T10:00:00.000+00:00")))
        good = {each["_id"]: each["PositionTitle"] for each in database.positions.find()}
        restore(database, backed_up(other))
        assert {each["_id"]: each["PositionTitle"] for each in database.positions.find()} == good
    finally:
        database.client.drop_database(other.name)


@pytest.mark.parametrize("moment", ["x", None, 5, True, [], {}, DatetimeMS(568_971_820_800_000)])
def test_retention_passes_over_damaged_documents_and_keeps_them(
    database: MongoDatabase, moment: object
) -> None:
    old = NOW - timedelta(days=1000)
    database.runs.insert_many(
        [
            {"_id": "new", "read_at": NOW, "state": "complete"},
            {"_id": "old", "read_at": old, "state": "failed"},
            {"_id": "damaged", "read_at": moment, "search": 5, "state": "writing", "matches": 5},
        ]
    )
    version = {"control_number": "1", "content_hash": "a", "source": "search"}
    database.position_versions.insert_many(
        [
            {"_id": "1:a", "last_observed_at": old, **version},
            {"_id": "1:b", "last_observed_at": old, **version, "content_hash": 5},
            {"_id": "1:c", "last_observed_at": moment, **version},
            {"_id": "2:a", "last_observed_at": old, **version, "control_number": "2"},
        ]
    )
    database.positions.insert_many([{"_id": "1", "content_hash": "c"}, {"_id": "2"}])
    database.quarantine.insert_many(
        [
            {"_id": "old", "last_seen_at": old, "runs": ["gone"]},
            {"_id": "damaged", "last_seen_at": old, "runs": "x", "control_number": []},
            {"_id": "undated", "last_seen_at": moment},
        ]
    )
    prune_collections(database, Retention(versions_days=10), NOW)

    def left(name: str) -> set[str]:
        return {each["_id"] for each in database[name].find({}, {"_id": True})}

    assert left("runs") == {"new", "damaged"}
    assert left("position_versions") == {"1:b", "1:c", "2:a"}
    assert left("quarantine") == {"damaged", "undated"}
