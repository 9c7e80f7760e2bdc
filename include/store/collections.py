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
MARKS, NOTIFICATIONS, FEEDS = "marks", "notifications", "feeds"

RENAMED = {"announcements": NOTIFICATIONS}
"""Collections that had another name in earlier versions."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists for one command each."""
    iterator = iter(items)
    while chunk := list(islice(iterator, limits.WRITE_BATCH_SIZE_DOCUMENTS)):
        yield chunk


def tz_aware(collection: Collection[Document]) -> Collection[Document]:
    """Return the collection with time-zone-aware datetimes.

    Dates beyond the year 9999, which Python can't represent, are numbers (`DatetimeMS`), so that
    one of them does not make other documents unreadable.
    """
    # Imported here, because every Airflow process imports this file.
    from bson.codec_options import DatetimeConversion

    options = collection.codec_options.with_options(
        tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
    )
    return collection.with_options(options)
