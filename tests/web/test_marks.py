from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pymongo import MongoClient
from pymongo.monitoring import CommandStartedEvent

from include.web import marks
from include.web.marks import MarkChange, marked, marks_of, set_mark
from include.web.schemas import Mark
from tests.support.rows import row
from tests.web.explained_queries import Recorder
from tests.web.stored import NOW, MongoDatabase, days, store

ANN, BOB = "ann", "bob"


@pytest.fixture(autouse=True)
def stored(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"))


def kept(mark: Mark | None) -> dict[str, Any]:
    """Return what an earlier version knows of a mark."""
    assert mark
    return mark.model_dump(include={"applied", "saved", "hidden", "note", "updated_at"})


def flags(**fields: Any) -> dict[str, Any]:
    return kept(Mark(updated_at=NOW, **fields))


def change(
    database: MongoDatabase, number: str = "1", user: str = ANN, **fields: Any
) -> Mark | None:
    return set_mark(database, user, number, MarkChange(**fields), NOW)


def test_what_is_left_out_of_a_change_stays_as_it_is(database: MongoDatabase) -> None:
    change(database, applied=True, note="call them")
    assert kept(change(database, saved=True)) == flags(applied=True, saved=True, note="call them")
    assert kept(change(database, applied=False, saved=None)) == flags(saved=True, note="call them")


def test_an_empty_note_removes_it(database: MongoDatabase) -> None:
    change(database, note="call them")
    assert kept(change(database, note="")) == flags()


def test_a_change_of_nothing_writes_nothing(database: MongoDatabase) -> None:
    assert change(database) == Mark()
    assert database.marks.count_documents({}) == 0
    change(database, saved=True)
    later = set_mark(database, ANN, "1", MarkChange(hidden=None), days(1))
    assert kept(later) == flags(saved=True)


def test_a_position_that_is_not_stored_gets_no_mark(database: MongoDatabase) -> None:
    assert change(database, "3", saved=True) is None
    assert database.marks.count_documents({}) == 0


def test_each_user_has_marks_of_their_own(database: MongoDatabase) -> None:
    change(database, "1", ANN, saved=True, note="mine")
    change(database, "2", BOB, saved=True)
    assert (marked(database, ANN, "saved"), marked(database, BOB, "saved")) == (["1"], ["2"])
    assert set(marks_of(database, ANN, ["1", "2"], NOW)) == {"1"}
    assert marked(database, ANN, "hidden") == []


def test_a_user_whose_name_holds_a_slash_sees_no_others_marks(database: MongoDatabase) -> None:
    change(database, "1", "2/ann", saved=True)
    assert marks_of(database, ANN, ["1", "2"], NOW) == {}
    assert marked(database, ANN, "saved") == []


def test_a_mark_survives_the_next_load(database: MongoDatabase) -> None:
    change(database, note="call them")
    store(database, row("1", PositionTitle="Data Engineer II"), at=days(1))
    assert marks_of(database, ANN, ["1"], NOW)["1"].note == "call them"


def test_times_of_marks_name_their_zone_whatever_the_client(database: MongoDatabase) -> None:
    naive = database.with_options(database.codec_options.with_options(tz_aware=False))
    assert kept(change(naive, saved=True)) == flags(saved=True)
    mark = marks_of(naive, ANN, ["1"], NOW)["1"]
    assert [mark.updated_at, mark.history[0].recorded_at] == [NOW, NOW]


def test_changes_of_different_fields_at_the_same_time_all_survive(
    database: MongoDatabase,
) -> None:
    fields: list[dict[str, Any]] = [
        {"applied": True},
        {"saved": True},
        {"hidden": True},
        {"note": "call them"},
    ]
    for number in range(10):
        user = f"user {number}"
        with ThreadPoolExecutor(len(fields)) as threads:
            list(threads.map(lambda each, user=user: change(database, "1", user, **each), fields))
        assert kept(marks_of(database, user, ["1"], NOW)["1"]) == flags(
            applied=True, saved=True, hidden=True, note="call them"
        )


def test_a_change_that_meets_another_making_the_same_mark_is_written_after_it(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    updated = marks._update
    tries: Iterator[bool] = iter([True, False])

    def meeting_another(*args: Any) -> dict[str, Any]:
        if next(tries):
            change_of_another = {"user": ANN, "control_number": "1", "applied": True}
            database.marks.insert_one({"_id": "1/ann", "updated_at": NOW, **change_of_another})
        return updated(*args)

    monkeypatch.setattr(marks, "_update", meeting_another)
    assert kept(change(database, saved=True)) == flags(applied=True, saved=True)


def test_a_mark_that_was_acknowledged_survives_the_servers_death(
    database: MongoDatabase, mongod_port: int
) -> None:
    concerns = []

    class Concerns(Recorder):
        def started(self, event: CommandStartedEvent) -> None:
            if event.command_name == "findAndModify":
                concerns.append(event.command["writeConcern"])

    with MongoClient("127.0.0.1", mongod_port, event_listeners=[Concerns()]) as client:
        change(client[database.name], saved=True)
    assert concerns == [{"w": "majority", "j": True}]


@pytest.mark.parametrize(
    "refused",
    [
        {"note": "\x00"},
        {"note": "\ud800"},
        {"note": "x" * 4001},
        {"note": 5},
        {"applied": "perhaps"},
        {"state": "hired"},
        {"state": "applied", "saved": True},
        {"since": "2026-11-20", "applied": True},
        {"state": None, "since": "2026-11-20"},
        {"state": "applied", "since": "2026-13-01"},
        {"$set": {"user": "bob"}},
    ],
)
def test_a_change_that_cannot_be_stored_is_refused(refused: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MarkChange.model_validate(refused)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(note=st.text(max_size=60) | st.just("x" * 4000))
def test_a_note_is_kept_as_it_was_written_or_refused(database: MongoDatabase, note: str) -> None:
    if "\x00" in note:
        with pytest.raises(ValidationError):
            MarkChange(note=note)
    else:
        later = NOW + timedelta(days=1)
        written = set_mark(database, ANN, "1", MarkChange(note=note), later)
        assert written == marks_of(database, ANN, ["1"], later)["1"]
        assert kept(written) == kept(Mark(note=note, updated_at=later))
