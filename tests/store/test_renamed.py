"""What an earlier version stored under another name is taken over, whatever breaks off when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.database import Database

from include.store.renamed import take_over_renamed

MongoDatabase = Database[dict[str, Any]]

SENT_AT = datetime(2026, 11, 3, 7, tzinfo=UTC)
DOCUMENTS = [
    {"_id": f"search/email:ada@example.org/match:{number}", "tries": 1, "sent_at": sent_at}
    for number, sent_at in enumerate([SENT_AT, SENT_AT, None, SENT_AT, None])
]
STEPS = 7
"""Two for each of three batches, and the last."""


@pytest.fixture
def earlier(database: MongoDatabase, monkeypatch: pytest.MonkeyPatch) -> MongoDatabase:
    """A database as an earlier version left it, which takes three batches."""
    monkeypatch.setattr("include.jobs.limits.WRITE_BATCH_SIZE_DOCUMENTS", 2)
    database.announcements.insert_many(DOCUMENTS)
    return database


def assert_taken_over(database: MongoDatabase) -> None:
    assert list(database.notifications.find(sort=[("_id", 1)])) == DOCUMENTS
    assert database.list_collection_names() == ["notifications"]


def test_all_documents_move_and_the_collection_goes(earlier: MongoDatabase) -> None:
    for _ in range(2):
        take_over_renamed(earlier)
        assert_taken_over(earlier)


def test_where_no_collection_was_renamed_nothing_is_made(database: MongoDatabase) -> None:
    take_over_renamed(database)
    assert database.list_collection_names() == []


class Killed(BaseException):
    """Stands for the end of a process."""


@pytest.mark.parametrize("step", range(STEPS))
@pytest.mark.parametrize("is_done", [True, False])
def test_whatever_step_it_breaks_off_at_the_next_one_finishes(
    earlier: MongoDatabase, step: int, is_done: bool
) -> None:
    steps = iter(range(STEPS))

    def breaking(name: str) -> Any:
        original = getattr(Collection, name)

        def write(*args: Any, **options: Any) -> Any:
            is_last = next(steps) == step
            if is_done or not is_last:
                original(*args, **options)
            if is_last:
                raise Killed

        return write

    with pytest.MonkeyPatch.context() as patched:
        for name in ("bulk_write", "delete_many", "drop"):
            patched.setattr(Collection, name, breaking(name))
        with pytest.raises(Killed):
            take_over_renamed(earlier)
    numbers = {
        document["_id"]
        for name in ("announcements", "notifications")
        for document in earlier[name].find()
    }
    assert len(numbers) == len(DOCUMENTS)
    take_over_renamed(earlier)
    assert_taken_over(earlier)


def test_what_was_changed_under_the_new_name_stays(earlier: MongoDatabase) -> None:
    settled = {**DOCUMENTS[2], "sent_at": SENT_AT, "tries": 2}
    earlier.notifications.insert_many([DOCUMENTS[0], settled])
    take_over_renamed(earlier)
    found = list(earlier.notifications.find(sort=[("_id", 1)]))
    assert found == [*DOCUMENTS[:2], settled, *DOCUMENTS[3:]]
    assert earlier.list_collection_names() == ["notifications"]


def test_several_at_once_do_what_one_does(earlier: MongoDatabase) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: take_over_renamed(earlier), range(4)))
    assert_taken_over(earlier)
