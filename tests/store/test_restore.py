from __future__ import annotations

import io
import logging
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.collection import Collection

from include.pipeline.judged import TransformResult
from include.store.backup import BadBackup, Stored, read_backup
from include.store.collections import MARKS, POSITIONS, QUARANTINE, RUNS, VERSIONS
from include.store.feeds import find_feed, live_feeds, make_feed, take_back
from include.store.indexes import INDEXES
from include.store.outcomes import record
from include.store.restore import Outcome, merge, receipts_last, survey
from include.store.upserts import StorageError
from tests.pipeline.test_load import (
    RUNS as ANY_RUNS,
)
from tests.pipeline.test_load import (
    SLUG,
    Crash,
    MongoDatabase,
    _random_batch,
    batch,
    crash_after,
    day,
    dump,
    only_position,
    past_day,
    store,
)
from tests.store.test_backup import SMALL, backed_up, edited, written
from tests.support.historic_rows import historic_row
from tests.support.rows import row

GARY = "data-engineering-gary-indiana-50"
IN_GARY = {"location": "Gary, Indiana"}


def restore(database: MongoDatabase, backup: bytes) -> dict[str, Outcome]:
    file = io.BytesIO(backup)
    found = survey(read_backup(file))
    return merge(database, receipts_last(file), found.searches)


def everything(database: MongoDatabase) -> dict[str, list[Any]]:
    return {
        name: sorted(database[name].find(), key=lambda document: str(document["_id"]))
        for name in database.list_collection_names()
    }


def emptied(database: MongoDatabase) -> MongoDatabase:
    database.client.drop_database(database.name)
    return database


def loaded(database: MongoDatabase, *batches: TransformResult) -> bytes:
    """Return a backup of an otherwise empty database with these batches; it is empty again then."""
    emptied(database)
    for number, found in enumerate(batches):
        store(database, found, f"elsewhere {number}")
    backup = backed_up(database)
    emptied(database)
    return backup


def of_one(collection: str, **fields: Any) -> bytes:
    return written(Stored(collection, fields))


def test_a_restored_database_is_the_one_that_was_backed_up(database: MongoDatabase) -> None:
    broken = row("3", PositionTitle=None)
    store(database, batch(row("1"), row("2"), broken), "chicago")
    store(database, batch(row("1"), row("2"), day=1, **IN_GARY), "gary")
    store(database, past_day(historic_row(7), day=-60), "past")
    database.positions.update_one({"_id": "1"}, {"$set": {"my_note": "call", "matches.x": 1}})
    database.positions.insert_one({"_id": "9", "a.b": {"c.d": 1}, "matches": 5})
    database.marks.insert_one({"_id": "1/ada", "saved": True, "updated_at": day(1)})
    database.mine.insert_one({"_id": 1, "any": [1, 2.0]})
    before, indexes = everything(database), database.positions.index_information()
    backup = backed_up(database)
    outcomes = restore(emptied(database), backup)
    after = everything(database)
    assert after == before
    assert [list(found) for found in after[POSITIONS]] == [list(f) for f in before[POSITIONS]]
    assert database.positions.index_information() == indexes
    assert outcomes[POSITIONS] == Outcome(added=4)
    assert restore(database, backup)[POSITIONS] == Outcome(merged=4)
    assert everything(database) == before


def test_content_that_was_observed_earlier_changes_only_first_seen_dates(
    database: MongoDatabase,
) -> None:
    backup = loaded(database, batch(row(PositionTitle="Old Data Engineer"), day=1))
    store(database, batch(row(PositionTitle="New Data Engineer"), day=2))
    before = only_position(database)
    restore(database, backup)
    after = only_position(database)
    before["first_seen_at"] = before["matches"][SLUG]["first_seen_at"] = day(1)
    assert after == before
    assert database.position_versions.count_documents({}) == 2


def test_what_became_of_a_position_is_merged_too(database: MongoDatabase) -> None:
    def read(*readings: tuple[str, int]) -> None:
        for status, number in readings:
            record(database, ["1"], {"1": status}, day(number))

    store(emptied(database), batch(row("1")))
    read(("accepting applications", 2), ("candidate selected", 9))
    backup = backed_up(database)
    store(emptied(database), batch(row("1")))
    read(("accepting applications", 1), ("reviewing applications", 5))
    restore(database, backup)
    merged = only_position(database)["outcome"]
    assert merged == {
        "status": "candidate selected",
        "read_at": day(9),
        "first_seen": {
            "accepting applications": day(1),
            "reviewing applications": day(5),
            "candidate selected": day(9),
        },
        "asked_at": day(9),
    }
    # Damage is replaced.
    database.positions.update_one({}, {"$set": {"outcome": "closed"}})
    restore(database, backup)
    assert only_position(database)["outcome"]["status"] == "candidate selected"


def test_content_that_was_observed_later_wins_and_first_seen_dates_stay(
    database: MongoDatabase,
) -> None:
    backup = loaded(database, batch(row(PositionTitle="New Data Engineer"), day=2))
    store(database, batch(row(PositionTitle="Old Data Engineer"), day=1))
    restore(database, backup)
    after = only_position(database)
    assert (after["PositionTitle"], after["observed_at"]) == ("New Data Engineer", day(2))
    assert after["first_seen_at"] == after["matches"][SLUG]["first_seen_at"] == day(1)
    assert after["last_seen_at"] == after["matches"][SLUG]["last_seen_at"] == day(2)


def test_each_search_has_its_newer_verdict_whichever_side_it_is_on(
    database: MongoDatabase,
) -> None:
    unpaid: dict[str, Any] = {"minimum_pay": 0}
    backup = loaded(
        database,
        batch(row(), day=5, **IN_GARY, **unpaid),
        batch(row(), day=1, years_of_experience=2),
        batch(row(), day=3, radius_miles=20),
    )
    store(database, batch(row(), day=2, **IN_GARY, years_of_experience=2))
    store(database, batch(row(), day=4))
    restore(database, backup)
    entries = only_position(database)["matches"]
    seen = {search: (each["observed_at"], each["first_seen_at"], each["last_seen_at"])
            for search, each in entries.items()}  # fmt: skip
    assert seen == {
        GARY: (day(5), day(2), day(5)),
        SLUG: (day(4), day(1), day(4)),
        "data-engineering-chicago-illinois-20": (day(3), day(3), day(3)),
    }
    assert entries[GARY]["level"] == entries[SLUG]["level"] == "match"
    assert {GARY, SLUG} < set(database.positions.index_information())


def test_fields_of_users_are_added_where_they_are_missing_and_never_replaced(
    database: MongoDatabase,
) -> None:
    store(database, batch(row(), day=5))
    there = {"note": "backup", "stars": 5, f"matches.{SLUG}.note": "backup", "matches.x.y": 1}
    database.positions.update_one({}, {"$set": there})
    backup = backed_up(database)
    emptied(database)
    store(database, batch(row(), day=1))
    database.positions.update_one({}, {"$set": {"note": "mine"}})
    restore(database, backup)
    after = only_position(database)
    assert (after["note"], after["stars"], after["observed_at"]) == ("mine", 5, day(5))
    assert after["matches"][SLUG]["note"] == "backup"
    assert after["matches"]["x"] == {"y": 1}


def test_a_field_that_no_update_reaches_is_left_out_with_a_warning(
    database: MongoDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    backup = edited(
        loaded(database, batch(row(), day=5)),
        lambda lines: [
            line["document"].update({f"matches.{SLUG}.level": "near_miss"})
            for line in lines
            if line.get("collection") == POSITIONS
        ],
    )
    store(database, batch(row(), day=1))
    restore(database, backup)
    after = only_position(database)
    assert (after["observed_at"], after["matches"][SLUG]["level"]) == (day(5), "match")
    assert f"matches.{SLUG}.level" in caplog.text


@pytest.mark.parametrize(
    "strange",
    [
        {"source": "zzz"},
        {"observed_at": {"$numberInt": "1"}},
        {"content_hash": {"$minKey": 1}},
        {"first_seen_at": "never"},
    ],
)
def test_what_no_run_leaves_wins_over_nothing(
    database: MongoDatabase, strange: dict[str, Any]
) -> None:
    def forge(lines: list[Any]) -> None:
        for line in lines:
            if line.get("collection") == POSITIONS:
                line["document"] |= {"PositionTitle": "Forged", "matches": "none", **strange}

    backup = edited(loaded(database, batch(row(), day=5)), forge)
    store(database, batch(row(), day=1))
    before = only_position(database)
    restore(database, backup)
    assert only_position(database) == before


@pytest.mark.parametrize(
    ("there", "stored", "expected"),
    [
        ("writing", "complete", ("complete", 2)),
        ("complete", "writing", ("complete", 1)),
        ("complete", "complete", ("complete", 1)),
        ("writing", "warning", ("warning", 2)),
        ("warning", "writing", ("warning", 1)),
        ("warning", "complete", ("warning", 1)),
        ("writing", "writing", ("writing", 1)),
    ],
)
def test_only_a_receipt_that_ended_replaces_one_and_only_an_unfinished_one(
    database: MongoDatabase, there: str, stored: str, expected: tuple[str, int]
) -> None:
    database.runs.insert_one({"_id": "run", "state": there, "rows": 1, "mine": "kept"})
    restore(database, of_one(RUNS, _id="run", state=stored, rows=2))
    (kept,) = database.runs.find()
    assert (kept["state"], kept["rows"]) == expected
    assert kept["mine"] == "kept"


def test_receipts_are_written_after_all_that_they_speak_of(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = loaded(database, batch(row("1"), row("2", PositionTitle=None)))
    for writes in range(7):
        with monkeypatch.context() as patch:
            crash_after(patch, writes)
            with pytest.raises(Crash):
                restore(database, backup)
        assert database.runs.count_documents({}) == 0
    restore(database, backup)
    assert database.runs.count_documents({}) == database.positions.count_documents({}) == 1


def test_a_version_has_the_outer_dates_and_the_better_source_of_both(
    database: MongoDatabase,
) -> None:
    version = {"_id": "1:a", "content": {"PositionTitle": "Data Engineer"}}
    here = {"source": "historicjoa", "first_observed_at": day(2), "last_observed_at": day(4)}
    there = {"source": "search", "first_observed_at": day(1), "last_observed_at": day(3)}
    database.position_versions.insert_one({**version, **here})
    restore(database, of_one(VERSIONS, **version, **there))
    (kept,) = database.position_versions.find()
    outer = {"first_observed_at": day(1), "last_observed_at": day(4)}
    assert kept == {**version, "source": "search", **outer}


@pytest.mark.parametrize(("hours", "expected"), [(1, "theirs"), (0, "mine"), (-1, "mine")])
def test_the_mark_that_was_changed_last_wins_whole(
    database: MongoDatabase, hours: int, expected: str
) -> None:
    mark = {"_id": "1/ada", "user": "ada", "control_number": "1"}
    database.marks.insert_one({**mark, "note": "mine", "saved": True, "updated_at": day(1)})
    later = day(1) + timedelta(hours=hours)
    restore(database, of_one(MARKS, **mark, note="theirs", updated_at=later))
    (kept,) = database.marks.find()
    assert kept["note"] == expected
    assert ("saved" in kept) == (expected == "mine")


@pytest.mark.parametrize("hours", [1, -1])
def test_whichever_mark_wins_its_history_has_the_entries_of_both(
    database: MongoDatabase, hours: int
) -> None:
    mark = {"_id": "1/ada", "user": "ada", "control_number": "1"}
    saved = {"state": "saved", "since": "2026-11-01", "recorded_at": day(1)}
    applied = {"state": "applied", "since": "2026-11-02", "recorded_at": day(2)}
    mine = {**mark, "saved": True, "history": [saved], "updated_at": day(2)}
    database.marks.insert_one(mine)
    theirs = {**mark, "applied": True, "updated_at": day(2) + timedelta(hours=hours)}
    restore(database, of_one(MARKS, **theirs, history=[applied, saved]))
    # A backup of an earlier version has no history.
    restore(database, of_one(MARKS, **theirs))
    (kept,) = database.marks.find()
    assert kept["history"] == [saved, applied]
    assert ("applied" in kept, "saved" in kept) == (hours > 0, hours < 0)


def test_an_unreadable_row_has_the_runs_and_the_outer_dates_of_both(
    database: MongoDatabase,
) -> None:
    broken = row("4", PositionTitle=None)
    backup = loaded(database, batch(broken, day=0), batch(broken, day=3))
    store(database, batch(broken, day=1))
    restore(database, backup)
    (kept,) = database.quarantine.find()
    assert (kept["first_seen_at"], kept["last_seen_at"]) == (day(0), day(3))
    assert len(kept["runs"]) == len(set(kept["runs"])) == 3


def test_documents_of_other_collections_are_added_and_never_changed(
    database: MongoDatabase,
) -> None:
    database.mine.insert_one({"_id": 1, "text": "mine"})
    backup = written(*(Stored("mine", {"_id": number, "text": "x"}) for number in (1, 2)))
    outcomes = restore(database, backup)
    assert outcomes["mine"] == Outcome(added=1, merged=1)
    assert [found["text"] for found in database.mine.find().sort("_id")] == ["mine", "x"]


@pytest.mark.parametrize("name", [VERSIONS, QUARANTINE, MARKS, RUNS, POSITIONS])
def test_a_document_without_the_fields_of_ours_brings_only_what_is_missing(
    database: MongoDatabase, name: str
) -> None:
    database[name].insert_one({"_id": "1", "text": "mine"})
    restore(database, of_one(name, _id="1", text="theirs", source="x", updated_at=None))
    assert database[name].find_one({}, {"text": True}) == {"_id": "1", "text": "mine"}


def test_a_backup_that_is_not_whole_changes_nothing(database: MongoDatabase) -> None:
    with pytest.raises(BadBackup):
        restore(database, edited(SMALL, lambda lines: lines.pop()))
    assert database.list_collection_names() == []


def test_large_documents_are_written_in_commands_of_their_own(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [3, 3, 5, 1, 1]
    backup = written(
        *(Stored("mine", {"_id": n, "raw": "x" * size * 2**20}) for n, size in enumerate(sizes))
    )
    commands = []
    original = Collection.bulk_write

    def counted(self: Any, writes: Any, **options: Any) -> Any:
        commands.append(len(writes))
        return original(self, writes, **options)

    monkeypatch.setattr(Collection, "bulk_write", counted)
    restore(database, backup)
    assert commands == [1, 1, 1, 2]


def test_a_server_that_refuses_a_write_says_so_and_a_second_try_finishes(
    database: MongoDatabase,
) -> None:
    backup = loaded(database, batch(row("1"), row("2", PositionTitle="Data Architect")))
    database.create_collection(POSITIONS, validator={"PositionTitle": {"$ne": "Data Engineer"}})
    with pytest.raises(StorageError, match=r"failed validation.*restore the same backup again"):
        restore(database, backup)
    assert database.runs.count_documents({}) == 0
    database.command("collMod", POSITIONS, validator={})
    assert restore(database, backup)[POSITIONS] == Outcome(added=1, merged=1)


def test_a_unique_index_of_somebodys_own_is_no_reason_to_lose_a_document(
    database: MongoDatabase,
) -> None:
    database.mine.create_index("email", unique=True)
    database.mine.insert_one({"_id": 1, "email": "a"})
    with pytest.raises(StorageError, match="duplicate key"):
        restore(database, of_one("mine", _id=2, email="a"))


def test_searches_beyond_the_room_for_indexes_are_restored_with_a_warning(
    database: MongoDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    backup = loaded(database, batch(row()))
    entry = {
        f"search-{number}": entry
        for (entry,) in [[found["matches"][SLUG]] for found in _positions(backup)]
        for number in range(70)
    }
    position = {**_positions(backup)[0], "matches": entry}
    with caplog.at_level(logging.WARNING):
        restore(database, written(Stored(POSITIONS, position)))
    assert len(only_position(database)["matches"]) == 70
    assert "no room for an index of the search" in caplog.text
    assert len(database.positions.index_information()) == 64


def _positions(backup: bytes) -> list[dict[str, Any]]:
    found = read_backup(io.BytesIO(backup))
    return [each.document for each in found if each.collection == POSITIONS]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(here=ANY_RUNS, elsewhere=ANY_RUNS, third=ANY_RUNS, order=st.randoms(use_true_random=False))
def test_backups_and_runs_in_any_order_leave_what_the_runs_alone_would_have_left(
    database: MongoDatabase,
    here: list[Any],
    elsewhere: list[Any],
    third: list[Any],
    order: random.Random,
) -> None:
    steps: list[TransformResult | bytes] = [_random_batch(*run) for run in here]
    expected = _after(database, [*steps, *(_random_batch(*run) for run in [*elsewhere, *third])])
    for runs in (elsewhere, third):
        _after(database, [_random_batch(*run) for run in runs])
        steps.append(backed_up(database))
    steps += order.sample(steps, order.randint(0, len(steps)))
    order.shuffle(steps)
    assert _after(database, steps) == expected


def _after(database: MongoDatabase, steps: list[TransformResult | bytes]) -> Any:
    for name in INDEXES:
        database[name].delete_many({})
    for number, each in enumerate(steps):
        if isinstance(each, bytes):
            restore(database, each)
        else:
            store(database, each, f"run-{number}")
    return dump(database)


def test_no_backup_revives_an_address_that_was_taken_back(database: MongoDatabase) -> None:
    token, _ = make_feed(database, "ada", "calendar", None, day(1))
    before = backed_up(database)
    (feed,) = live_feeds(database)
    take_back(database, "ada", feed["_id"], day(2))
    after = backed_up(database)

    restore(database, before)
    assert find_feed(database, token, day(3)) is None

    # Nor does it in a database where it still works: taken back is taken back.
    restore(emptied(database), before)
    assert find_feed(database, token, day(3))
    restore(database, after)
    assert find_feed(database, token, day(3)) is None
