"""Names of the database and its collections, and helpers for reading them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from include.jobs import limits
from include.store.documents import Document

if TYPE_CHECKING:
    from pymongo.collection import Collection

T = TypeVar("T")

DATABASE = "job_tracker"
"""The database if the connection names none."""

POSITIONS, VERSIONS, RUNS, QUARANTINE = "positions", "position_versions", "runs", "quarantine"
MARKS, NOTIFICATIONS = "marks", "notifications"

RENAMED = {"announcements": NOTIFICATIONS}
"""Collections that had another name in earlier versions."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists for one command each."""
    iterator = iter(items)
    while chunk := list(islice(iterator, limits.WRITE_BATCH_SIZE_DOCUMENTS)):
        yield chunk


def tz_aware(collection: Collection[Document]) -> Collection[Document]:
    """Return the collection with time-zone-aware datetimes."""
    return collection.with_options(collection.codec_options.with_options(tz_aware=True))
