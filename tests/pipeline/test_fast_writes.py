"""New positions are inserted and known ones only dated: that leaves what guarded upserts leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pymongo import InsertOne

from include.pipeline import observations
from include.pipeline.stored import Stored
from include.store import upserts
from tests.pipeline.test_load import (
    RUNS,
    MongoDatabase,
    _dump_after,
    _random_batch,
    batch,
    day,
    dump,
    past_day,
    store,
)
from tests.support.damage import NOT_HIDDEN, POSITION_DAMAGE
from tests.support.historic_rows import historic_row
from tests.support.rows import row

TITLE = {"PositionTitle": "Data Engineer II"}


@contextmanager
def guarded_only() -> Iterator[None]:
    """Let every insert be refused, and every dated position be missed."""

    def refuse_inserts(collection: Any, writes: Any) -> list[int]:
        if writes and isinstance(writes[0], InsertOne):
            return [*range(len(writes))]
        return upserts_bulk_write(collection, writes)

    upserts_bulk_write = upserts.bulk_write
    with pytest.MonkeyPatch.context() as patch:
        for module in (upserts, observations):
            patch.setattr(module, "bulk_write", refuse_inserts)
        patch.setattr(observations, "update_all", lambda *_: False)
        yield


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=RUNS)
def test_any_runs_leave_what_guarded_upserts_alone_leave(
    database: MongoDatabase, runs: list[Any]
) -> None:
    batches = [_random_batch(*run) for run in runs]
    with guarded_only():
        expected = _dump_after(database, batches, [])
    assert _dump_after(database, [*batches, batches[-1]], []) == expected


def prepare(database: MongoDatabase) -> None:
    """Store an older, an equal, an amended and a newer position, and damaged ones."""
    store(database, past_day(historic_row(1), day=-60), "past")
    store(database, batch(row("2"), row("3")), "equal")
    store(database, batch(row("4", **TITLE), day=9), "newer")
    kinds = dict(enumerate((POSITION_DAMAGE | NOT_HIDDEN).values(), 10))
    store(database, batch(*(row(str(number)) for number in kinds)), "to be damaged")
    for number, damage in kinds.items():
        database.positions.update_one({"_id": str(number)}, damage)
    database.position_versions.update_one({"control_number": "12"}, {"$set": {"content": "x"}})
    database.position_versions.update_one(
        {"control_number": "13"}, {"$set": {"content.PositionLocation.0.Latitude": float("nan")}}
    )
    database.position_versions.delete_one({"control_number": "14"})


def test_rows_of_every_kind_beside_each_other_are_written_as_by_guarded_upserts(
    database: MongoDatabase,
) -> None:
    numbers = range(10, 10 + len(POSITION_DAMAGE | NOT_HIDDEN))
    listed = [
        row("1"),
        row("2"),
        row("3", **TITLE),
        row("4"),
        row("5"),
        *map(row, map(str, numbers)),
    ]
    found = batch(*listed, day=2)
    prepare(database)
    with guarded_only():
        store(database, found)
    expected = dump(database)
    for name in expected:
        database[name].delete_many({})
    prepare(database)
    store(database, found)
    assert dump(database) == expected
    assert [each["_id"] for each in expected["positions"] if each["observed_at"] != day(2)] == ["4"]


def delete_all(database: MongoDatabase) -> None:
    for name in ("positions", "position_versions"):
        database[name].delete_many({})


@pytest.mark.parametrize("before", [None, batch(row("1"), row("2"))])
@pytest.mark.parametrize(
    "meanwhile",
    [
        batch(row("1"), day=1),
        batch(row("1"), day=9),
        batch(row("1", **TITLE), day=1),
        batch(row("1", **TITLE), day=9),
        batch(row("1"), day=9, location="Gary, Indiana"),
        None,
    ],
)
def test_what_is_stored_or_deleted_after_the_question_makes_no_difference(
    database: MongoDatabase,
    monkeypatch: pytest.MonkeyPatch,
    before: dict[str, Any] | None,
    meanwhile: dict[str, Any] | None,
) -> None:
    found = batch(row("1"), row("2"), row("3"), day=2)

    def change() -> None:
        store(database, meanwhile, "meanwhile") if meanwhile else delete_all(database)

    ask = Stored.add

    def ask_and_change(*question: Any) -> dict[str, Any]:
        answer = ask(*question)
        monkeypatch.setattr(Stored, "add", ask)
        change()
        return answer

    if before:
        store(database, before, "before")
    monkeypatch.setattr(Stored, "add", ask_and_change)
    store(database, found, "found")
    stored = dump(database)["positions"]
    delete_all(database)
    if before:
        store(database, before, "before")
    change()
    store(database, found, "found")
    assert stored == dump(database)["positions"]
