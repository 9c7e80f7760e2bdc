"""Guarded upserts, which keep documents correct whatever the order of runs.

Runs commute: content belongs to the latest observation, by (source, observed_at, digest);
first-seen dates are minima, last-seen dates are maxima, and versions are a grow-only set. (Gone
positions are computed on read: see `history`.) Each position is written by one guarded update, so
that neither a retry nor a concurrent run can overwrite newer content. Only operators that MongoDB 6
to 8 and Amazon DocumentDB share are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from include.jobs.announced_again import announcement_keys
from include.store.documents import Document

Write = DeleteOne | InsertOne[Document] | ReplaceOne[Document] | UpdateOne

# Acknowledged writes must survive a crash of the server.
DURABLE = WriteConcern(w="majority", j=True)

DUPLICATE_KEY = 11000
ID = {"_id": 1}


class StorageError(RuntimeError):
    """MongoDB rejected a write or can't be reached. Earlier writes stay; a rerun completes them."""


class Observation(NamedTuple):
    """An observation of a position: its content, its facts, or its match result for a search.

    `fields` include source, observed_at and a digest, whose field name is `digest`. In the document
    their paths begin with `prefix`.
    """

    fields: Document
    digest: str
    prefix: str = ""

    @classmethod
    def content(cls, fields: Document) -> Observation:
        """Return an observation of a posting's content, with the keys that are made of it."""
        return cls({**fields, "announcement_keys": announcement_keys(fields)}, "content_hash")

    @classmethod
    def of_facts(cls, fields: Document) -> Observation:
        """Return an observation of a posting's facts."""
        return cls(fields, "facts_hash", "facts.")

    @classmethod
    def match(cls, fields: Document, search: str) -> Observation:
        """Return an observation of a match result."""
        return cls(fields, "verdict_hash", entry_prefix(search))

    def assignments(self) -> Document:
        """Return the fields by their paths."""
        return {f"{self.prefix}{name}": value for name, value in self.fields.items()}

    def guard(self) -> Document:
        """Return a filter for documents whose observation sorts before this one, or equals it.

        Observations are sorted by source (`search` after `historicjoa`, so that it wins), time and
        digest, so that the result does not depend on the order of writes.
        """
        clauses: list[Document] = [{f"{self.prefix}source": {"$exists": False}}]
        same: Document = {}
        for name in ("source", "observed_at", self.digest):
            path, value = f"{self.prefix}{name}", self.fields[name]
            clauses.append({**same, path: {"$lt": value}})
            same[path] = value
        return {"$or": [*clauses, same]}


class PositionUpdate(NamedTuple):
    """The update of one position with what was observed.

    `seen` is the part that updates the dates; it applies whatever else is stored.
    """

    control_number: str
    observed: Sequence[Observation]
    seen: Document

    def whole(self) -> UpdateOne:
        """Return the update for the usual case: nothing newer is stored."""
        fields: Document = {}
        for each in self.observed:
            fields |= each.assignments()
        return UpdateOne(
            {"_id": self.control_number, "$and": [each.guard() for each in self.observed]},
            {"$set": fields, **self.seen},
            upsert=True,
        )

    def parts(self) -> list[UpdateOne]:
        """Return separate updates for a position of which something newer may be stored."""
        return [
            # The dates come first, so that a match result is never without them.
            UpdateOne({"_id": self.control_number}, self.seen),
            *(
                UpdateOne(
                    {"_id": self.control_number, **each.guard()}, {"$set": each.assignments()}
                )
                for each in self.observed
            ),
        ]


def entry_prefix(search: str) -> str:
    """Return the prefix of the paths of a search's entry in a position."""
    return f"matches.{search}."


def write_positions(positions: Collection[Document], updates: Sequence[PositionUpdate]) -> None:
    """Write each position, but only the parts of which nothing newer is stored.

    If something newer is stored, the upsert fails with a duplicate `_id`. So does one that races
    with another run's insert of the same position. Both are then written again part by part, each
    part with its own guard.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    refused = bulk_write(positions, [update.whole() for update in updates])
    bulk_write(positions, [part for index in refused for part in updates[index].parts()])


def where_missing(document_id: Any, fields: Document) -> list[Write]:
    """Return updates that set each of these fields, by its path, if the document lacks it."""
    return [
        UpdateOne({"_id": document_id, path: {"$exists": False}}, {"$set": {path: value}})
        for path, value in fields.items()
    ]


@contextmanager
def storage_errors(to_finish: str) -> Iterator[None]:
    """Turn MongoDB's errors into `StorageError`; `to_finish` says how to complete the writes.

    Raises:
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    try:
        yield
    except BulkWriteError as error:
        first = (error.details.get("writeErrors") or error.details["writeConcernErrors"])[0]
        raise StorageError(
            f"MongoDB refused a write: {first.get('errmsg')} (code {first.get('code')}). Earlier "
            f"writes are kept; fix the cause and {to_finish}."
        ) from error
    except PyMongoError as error:
        raise StorageError(
            f"MongoDB failed: {error}. Check that the server of the Airflow connection `mongo` "
            f"is running and accepts its login. Earlier writes are kept; {to_finish}."
        ) from error


def bulk_write(collection: Collection[Document], writes: Sequence[Write]) -> list[int]:
    """Send all writes, unordered; return the indexes of those that hit a duplicate `_id`.

    Raises:
        PyMongoError: any other write failed, or MongoDB can't be reached.
    """
    if not writes:
        return []
    try:
        collection.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        errors = error.details["writeErrors"]
        if error.details["writeConcernErrors"] or not all(map(_is_duplicate_id, errors)):
            raise
        return sorted(e["index"] for e in errors)
    return []


def _is_duplicate_id(error: Document) -> bool:
    """Return whether the duplicate key is `_id`, not that of a unique index somebody added."""
    return bool(error["code"] == DUPLICATE_KEY and error.get("keyPattern", ID) == ID)
