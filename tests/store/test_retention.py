"""What is deleted when it is old, and what never is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.database import Database

from include.store import retention
from include.store.collections import POSITIONS, QUARANTINE, RUNS, VERSIONS
from include.store.indexes import INDEXES
from include.store.old_files import prune_files
from include.store.retention import (
    BadRetention,
    Retention,
    prune_collections,
    read_retention,
)
from include.store.upserts import StorageError
from tests.pipeline.test_load import batch, past_day, store
from tests.support.rows import row

MongoDatabase = Database[dict[str, Any]]

START = datetime(2026, 11, 1, tzinfo=UTC)
LATER = START + timedelta(days=3650)
SLUG = "data-engineering-chicago-illinois-50"


def title(text: str, number: str = "900000001") -> dict[str, Any]:
    return row(number, PositionTitle=text)


UNREADABLE = row("900000009", PositionTitle=None)


def run(database: MongoDatabase, day: int, *rows: object, **search: Any) -> dict[str, Any]:
    """Load what a run read so many days after START."""
    rows = rows or (row("900000001"),)
    return store(database, batch(*rows, day=day, **search), f"run {day}")


def prune(database: MongoDatabase, now: datetime = LATER, **days: int) -> dict[str, Any]:
    return prune_collections(database, Retention(**days), now)


def days_of(database: MongoDatabase) -> list[int]:
    """Return the days of the receipts that are left."""
    return sorted((found["read_at"] - START).days for found in database.runs.find())


def titles(database: MongoDatabase) -> set[str]:
    """Return the versions that are left."""
    return {found["content"]["PositionTitle"] for found in database.position_versions.find()}


# --- settings


def test_without_a_variable_the_defaults_hold() -> None:
    assert read_retention("{}").model_dump() == {
        "runs_days": 400,
        "versions_days": 0,
        "quarantine_days": 90,
        "xcom_days": 30,
        "log_days": 30,
    }


def test_what_is_set_is_changed_and_the_rest_keeps_its_default() -> None:
    read = read_retention('{"runs_days": 0, "log_days": 7}')

    assert (read.runs_days, read.log_days, read.xcom_days) == (0, 7, 30)


@pytest.mark.parametrize("good", ['{"runs_days": 90}', '{"runs_days": 0, "quarantine_days": 0}'])
def test_receipts_may_stay_as_long_as_quarantined_rows_or_longer(good: str) -> None:
    assert read_retention(good)


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ('{"runs_days": 89}', "runs_days must be at least quarantine_days"),
        ('{"quarantine_days": 0}', "runs_days must be at least quarantine_days"),
        ('{"log_days": -1}', "log_days: .*greater than or equal to 0"),
        ('{"xcom_days": 36501}', "xcom_days: .*less than or equal to 36500"),
        ('{"xcom_days": "30"}', "xcom_days: .*valid integer"),
        ('{"xcom_days": 1.5}', "xcom_days: .*valid integer"),
        ('{"xcom_days": true}', "xcom_days: .*valid integer"),
        ('{"xcom_days": null}', "xcom_days: .*valid integer"),
        ('{"xcoms": 3}', "xcoms: Extra inputs are not permitted"),
        ("[]", "it: .*object"),
        ("", "it: Invalid JSON"),
        ("30 days", "it: Invalid JSON"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(bad: str, named: str) -> None:
    with pytest.raises(BadRetention, match=named) as refused:
        read_retention(bad)

    assert '"quarantine_days": 90' in str(refused.value)


# --- receipts


def test_a_receipt_goes_a_day_after_one_that_stays(database: MongoDatabase) -> None:
    for day in (0, 1, 2, 401):
        run(database, day)

    pruned = prune(database)

    assert days_of(database) == [1, 2, 401]
    assert pruned[RUNS] == {"deleted": 1, "kept": 3, "oldest": "2026-11-02T00:00:00+00:00"}


def test_zero_keeps_receipts_for_ever(database: MongoDatabase) -> None:
    for day in (0, 3000):
        run(database, day)

    prune(database, runs_days=0)

    assert days_of(database) == [0, 3000]


def test_the_latest_receipts_of_a_search_stay_however_old_they_are(database: MongoDatabase) -> None:
    for day in (0, 1):
        run(database, day, location="Denver, Colorado")
    store(database, past_day(row("900000001"), day=0, read_on=5, location="Denver, Colorado"), "p")
    run(database, 3000)

    prune(database)

    # Of Denver the latest over the Search API and the one that was read last.
    assert days_of(database) == [1, 5, 3000]


def test_a_load_that_did_not_end_keeps_its_receipt_while_its_xcoms_are_there(
    database: MongoDatabase,
) -> None:
    for day in (0, 1, 41):
        run(database, day)
    database.runs.update_one({"run_id": "run 1"}, {"$set": {"state": "writing"}})

    prune(database, runs_days=10, quarantine_days=10, xcom_days=0)
    assert days_of(database) == [1, 41]
    prune(database, runs_days=10, quarantine_days=10, xcom_days=40)
    assert days_of(database) == [1, 41]
    prune(database, runs_days=10, quarantine_days=10, xcom_days=39)
    assert days_of(database) == [41]


def test_a_clock_that_jumps_deletes_nothing(database: MongoDatabase) -> None:
    for day in (0, 300):
        run(database, day)

    prune(database, now=START + timedelta(days=36_500))
    prune(database, now=START - timedelta(days=36_500))

    assert days_of(database) == [0, 300]


def test_a_receipt_of_the_future_makes_nothing_old(database: MongoDatabase) -> None:
    for day in (0, 100, 3000):
        run(database, day)

    prune(database, now=START + timedelta(days=101))

    assert days_of(database) == [0, 100, 3000]


def test_where_nothing_was_ever_read_nothing_is_deleted(database: MongoDatabase) -> None:
    assert prune(database) == {
        "counted_from": None,
        **{
            name: {"deleted": 0, "kept": 0, "oldest": None} for name in (QUARANTINE, VERSIONS, RUNS)
        },
    }


def test_the_next_run_compares_with_what_was_left(database: MongoDatabase) -> None:
    run(database, 0, row("900000001"), row("900000002"))
    run(database, 1000, row("900000003"), location="Denver, Colorado")
    prune(database)

    receipt = run(database, 1001, row("900000001"))

    assert receipt["unchanged"] == ["900000001"]
    assert receipt["gone"] + receipt["closed"] == ["900000002"]


# --- versions


def test_versions_stay_for_ever_unless_told_otherwise(database: MongoDatabase) -> None:
    run(database, 0, title("Old"))
    run(database, 3000, title("New"))

    prune(database)

    assert titles(database) == {"Old", "New"}


def test_former_versions_go_when_they_were_last_observed_long_ago(database: MongoDatabase) -> None:
    run(database, 0, title("Old"))
    run(database, 1, title("Less old"))
    run(database, 2, title("Current"))
    run(database, 101, title("Other", "900000002"))

    pruned = prune(database, versions_days=100)

    assert titles(database) == {"Less old", "Current", "Other"}
    assert pruned[VERSIONS]["deleted"] == 1


def test_the_current_version_of_a_position_stays_however_old_it_is(
    database: MongoDatabase,
) -> None:
    run(database, 0, title("Never amended"))
    run(database, 3000, title("Other", "900000002"))

    prune(database, versions_days=1)

    assert titles(database) == {"Never amended", "Other"}


def test_what_a_load_is_just_writing_stays(database: MongoDatabase) -> None:
    run(database, 0, title("Just written"))
    run(database, 3000, title("Other", "900000002"))
    # The load has written the version, and not yet the position.
    database.positions.delete_one({"_id": "900000001"})
    database.runs.update_one({"run_id": "run 0"}, {"$set": {"state": "writing"}})
    prune(database, versions_days=1, xcom_days=0)
    assert titles(database) == {"Just written", "Other"}

    # The same version of a load that has ended belongs to no position.
    database.runs.update_one({"run_id": "run 0"}, {"$set": {"state": "complete"}})
    prune(database, versions_days=1)
    assert titles(database) == {"Other"}


@pytest.mark.parametrize("again", [UNREADABLE, title("Old")])
def test_what_is_observed_again_at_the_last_moment_stays(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch, again: object
) -> None:
    run(database, 0, UNREADABLE, title("Old"))
    run(database, 1, title("New"))
    run(database, 3000, row("900000002"))
    delete = retention._delete

    def delete_too_late(*arguments: Any) -> int:
        run(database, 3001, again)
        return delete(*arguments)

    monkeypatch.setattr(retention, "_delete", delete_too_late)

    prune(database, versions_days=1)

    assert ("Old" in titles(database)) == (again is not UNREADABLE)
    assert database.quarantine.count_documents({}) == (again is UNREADABLE)


def test_what_a_reprocessing_may_just_be_writing_stays(database: MongoDatabase) -> None:
    run(database, 0, title("Just written"))
    run(database, 3000, row("900000001", PositionTitle=None))
    database.positions.delete_one({"_id": "900000001"})

    prune(database, versions_days=1)

    assert titles(database) == {"Just written"}


DAYS_AND_TITLES = [(0, "A"), (10, "B"), (20, "C"), (30, "B"), (310, "D"), (320, "A"), (400, "E")]
IN_THEIR_ORDER = [*range(len(DAYS_AND_TITLES))]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.permutations([*IN_THEIR_ORDER, "prune", "prune"]))
def test_loads_in_any_order_with_prunings_between_them_leave_the_same(
    database: MongoDatabase, steps: list[int | str]
) -> None:
    # A form that comes back after it was deleted counts from then; that is all.
    shuffled, in_order = (_left_after(database, order) for order in (steps, IN_THEIR_ORDER))

    assert shuffled == in_order
    assert shuffled[1] == {"A", "E"}


def _left_after(database: MongoDatabase, steps: Sequence[int | str]) -> tuple[Any, set[str]]:
    for name in INDEXES:
        database[name].delete_many({})
    for step in (*steps, "prune"):
        if isinstance(step, int):
            day, name = DAYS_AND_TITLES[step]
            run(database, day, title(name))
        else:
            prune(database, versions_days=85)
    return list(database.positions.find()), titles(database)


def test_an_old_batch_that_is_loaded_again_after_it_was_pruned_changes_no_position(
    database: MongoDatabase,
) -> None:
    run(database, 0, title("Old"))
    run(database, 1000, title("New"))
    before = list(database.positions.find())
    prune(database, versions_days=100)

    receipt = run(database, 0, title("Old"))

    assert receipt["superseded"] == ["900000001"]
    assert list(database.positions.find()) == before
    prune(database, versions_days=100)
    assert titles(database) == {"New"}
    assert days_of(database) == [1000]


def test_marks_and_positions_are_never_deleted(database: MongoDatabase) -> None:
    run(database, 0)
    run(database, 3000, row("900000002"))
    database.marks.insert_one({"user": "me", "control_number": "900000001", "saved": True})
    before = [list(database[name].find()) for name in (POSITIONS, "marks")]

    prune(database, versions_days=1, runs_days=1, quarantine_days=1, xcom_days=1)

    assert [list(database[name].find()) for name in (POSITIONS, "marks")] == before


# --- quarantine


def test_a_quarantined_row_goes_when_no_run_has_met_it_lately(database: MongoDatabase) -> None:
    run(database, 0, UNREADABLE)
    run(database, 90)
    prune(database)
    assert database.quarantine.count_documents({}) == 1

    run(database, 91)
    pruned = prune(database)
    assert database.quarantine.count_documents({}) == 0
    assert pruned[QUARANTINE]["deleted"] == 1


def test_a_row_that_was_met_again_stays(database: MongoDatabase) -> None:
    for day in (0, 50):
        run(database, day, UNREADABLE)
    run(database, 140)

    prune(database)

    assert database.quarantine.count_documents({}) == 1


def test_a_row_of_a_past_day_counts_from_when_it_was_read(database: MongoDatabase) -> None:
    database.quarantine.insert_one({"_id": "row", "last_seen_at": START, "runs": ["d/day/500"]})
    database.runs.insert_one(
        {
            "_id": "d/day/500",
            "search": SLUG,
            "state": "complete",
            "source": "historicjoa",
            "read_at": START + timedelta(days=500),
        }
    )
    run(database, 590)
    prune(database)
    assert database.quarantine.count_documents({}) == 1

    run(database, 591)
    prune(database)
    assert database.quarantine.count_documents({}) == 0


def test_a_server_that_is_away_fails_with_what_to_do() -> None:
    nobody: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", 9, serverSelectionTimeoutMS=100, tz_aware=True
    )
    with nobody, pytest.raises(StorageError, match="clear this task"):
        prune_collections(nobody.jobs, Retention())


def test_what_is_returned_fits_into_an_xcom_and_is_what_files_are_counted_from(
    database: MongoDatabase, tmp_path: Path
) -> None:
    run(database, 0)
    pruned = prune(database)

    assert json.loads(json.dumps(pruned)) == pruned
    assert prune_files(Retention(), pruned["counted_from"], xcom_path="", log_folder=str(tmp_path))
