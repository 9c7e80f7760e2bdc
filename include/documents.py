"""What is stored, in the form in which MongoDB keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from include.transform import Batch, JudgedPosition

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

T = TypeVar("T")
Document = dict[str, Any]

DATABASE = "job_tracker"
POSITIONS, VERSIONS, RUNS, QUARANTINE = "positions", "position_versions", "runs", "quarantine"
MARKS, ANNOUNCEMENTS = "marks", "announcements"

TIMES = ("published_at", "closes_at")

AT_ONCE = 1000
"""Documents that are read or written with one command."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists that one command takes."""
    iterator = iter(items)
    while chunk := list(islice(iterator, AT_ONCE)):
        yield chunk


def control_number(judged: JudgedPosition) -> str:
    """Return the `_id` of a position."""
    return str(judged["position"]["control_number"])


def times(batch: Batch) -> dict[str, datetime]:
    """Return the times of a batch; what they mean says `Reading`."""
    return {
        "read_at": datetime.fromisoformat(batch["read_at"]),
        "observed_at": datetime.fromisoformat(batch["observed_at"]),
        "seen_at": datetime.fromisoformat(batch["seen_at"]),
    }


def content(judged: JudgedPosition) -> Document:
    """Return the position's own fields as MongoDB stores them."""
    return {
        name: datetime.fromisoformat(value) if name in TIMES and value else value
        for name, value in judged["position"].items()
        if name not in ("control_number", "source")
    }


def quarantine_size(database: Database[Document]) -> int:
    """Return how many rows wait to be read."""
    # Any `_id`: so they are counted in its index, and no raw row is read.
    return database[QUARANTINE].count_documents({"_id": {"$gt": ""}})


def utc(collection: Collection[Document]) -> Collection[Document]:
    """Return the collection so that times read from it name their zone."""
    return collection.with_options(collection.codec_options.with_options(tz_aware=True))
