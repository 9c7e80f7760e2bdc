"""Names of the database and its collections, and helpers for reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from include.jobs import limits

if TYPE_CHECKING:
    from bson.codec_options import CodecOptions
    from bson.raw_bson import RawBSONDocument
    from pymongo.collection import Collection

    from include.store.documents import Document

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


def sized_chunks(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield them in lists that are no larger together, in bytes, than one command should be."""
    chunk: list[T] = []
    total = 0
    for item in items:
        its_size = size(item)
        if chunk and (
            len(chunk) == limits.WRITE_BATCH_SIZE_DOCUMENTS
            or total + its_size > limits.WRITE_BATCH_SIZE_BYTES
        ):
            yield chunk
            chunk, total = [], 0
        chunk.append(item)
        total += its_size
    if chunk:
        yield chunk


def tz_aware(collection: Collection[Document]) -> Collection[Document]:
    """Return the collection with time-zone-aware datetimes (see `tz_aware_options`)."""
    return collection.with_options(tz_aware_options(collection.codec_options))


def tz_aware_options(options: CodecOptions[Document] | None = None) -> CodecOptions[Document]:
    """Return options by which documents are decoded with time-zone-aware datetimes.

    Dates beyond the year 9999, which Python can't represent, are numbers (`DatetimeMS`), so that
    one of them does not make other documents unreadable.
    """
    # Imported here, because every Airflow process imports this file.
    from bson.codec_options import CodecOptions, DatetimeConversion

    return (options or CodecOptions()).with_options(
        tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
    )


def undecoded(collection: Collection[Document]) -> Collection[RawBSONDocument]:
    """Return the collection with documents as the bytes that they are stored as."""
    from bson.codec_options import CodecOptions
    from bson.raw_bson import RawBSONDocument

    return collection.with_options(CodecOptions(document_class=RawBSONDocument))
