"""Guarded upserts, which keep documents correct whatever the order of runs.

Runs commute: content belongs to the latest observation, by (source, observed_at, digest);
first-seen dates are minima, last-seen dates are maxima, and versions are a grow-only set. (Gone
positions are computed on read: see `history`.) What is not stored yet is inserted. If that fails,
as it has been stored meanwhile, and if something else is stored, each position is written by one
guarded update, so that neither a retry nor a concurrent run can overwrite newer content. Only
operators that MongoDB 6 to 8 and Amazon DocumentDB share are used.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from include.store.documents import Document

Write = DeleteOne | InsertOne[Any] | ReplaceOne[Document] | UpdateOne

# Acknowledged writes must survive a crash of the server.
DURABLE = WriteConcern(w="majority", j=True)

DUPLICATE_KEY = 11000
ID = {"_id": 1}
NOTHING = RawBSONDocument(bson.encode({}))


class StorageError(RuntimeError):
    """MongoDB rejected a write or can't be reached. Earlier writes stay; a rerun completes them."""


class Observation(NamedTuple):
    """An observation of a position: its content, its facts, or its match result for a search.

    `fields` include source, observed_at and a digest, whose field name is `digest`. In the document
    their paths begin with `prefix`. Without a prefix, more of the fields may be `encoded` already.
    """

    fields: Document
    digest: str
    prefix: str = ""
    encoded: RawBSONDocument = NOTHING

    @classmethod
    def content(
        cls, fields: Document, keys: Sequence[str], encoded: RawBSONDocument = NOTHING
    ) -> Observation:
        """Return an observation of a posting's content, with the keys that are made of it."""
        return cls({**fields, "announcement_keys": keys}, "content_hash", encoded=encoded)

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
        fields = {f"{self.prefix}{name}": value for name, value in self.fields.items()}
        return {**fields, **self.encoded}

    def identity(self) -> Document:
        """Return the paths and values by which it is known that the same is stored already."""
        return {f"{self.prefix}{name}": self.fields[name] for name in ("source", self.digest)}

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

    def insertion(self) -> InsertOne[RawBSONDocument]:
        """Return the insert for a new position."""
        document: Document = {"_id": self.control_number}
        for each in self.observed:
            _place(document, each.prefix.split(".")[:-1]).update(each.fields)
        with_values(document, *self.seen.values())
        return InsertOne(_joined(document, *(each.encoded for each in self.observed)))

    def identity(self) -> Document:
        """Return the position's `_id`, and the paths and values of an equal observation of it."""
        same: Document = {"_id": self.control_number}
        for each in self.observed:
            same |= each.identity()
        return same

    def again(self) -> UpdateOne:
        """Return the update for a position that is stored as it was observed: dates change."""
        times = {f"{each.prefix}observed_at": each.fields["observed_at"] for each in self.observed}
        return UpdateOne(self.identity(), {**self.seen, "$max": {**self.seen["$max"], **times}})

    def whole(self) -> UpdateOne:
        """Return the update for a position of which nothing newer is stored."""
        return UpdateOne(
            {"_id": self.control_number, "$and": [each.guard() for each in self.observed]},
            self._update(),
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

    def _update(self) -> Document:
        fields: Document = {}
        for each in self.observed:
            fields |= each.assignments()
        return {"$set": fields, **self.seen}


def entry_prefix(search: str) -> str:
    """Return the prefix of the paths of a search's entry in a position."""
    return f"matches.{search}."


def write_positions(
    positions: Collection[Document],
    updates: Sequence[PositionUpdate],
    stored: Container[str],
    repair: Callable[[Sequence[str]], None],
) -> None:
    """Write each position, but only the parts of which nothing newer is stored.

    Those that are not known to be `stored` are inserted. If they are stored all the same, because
    another run was faster or because they are damaged, that fails with a duplicate `_id`: they are
    written like the others, after a `repair`. If something newer is stored, that upsert fails in
    the same way. So does one that races with another run's insert. Both are then written again part
    by part, each part with its own guard.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    new = [update for update in updates if update.control_number not in stored]
    refused = bulk_write(positions, [update.insertion() for update in new])
    existing = [update for update in updates if update.control_number in stored]
    existing += [new[index] for index in refused]
    if existing:
        repair([update.control_number for update in existing])
    refused = bulk_write(positions, [update.whole() for update in existing])
    bulk_write(positions, [part for index in refused for part in existing[index].parts()])


def with_values(document: Document, *fields: Mapping[str, Any]) -> Document:
    """Set the values at their paths, and return the document."""
    for some in fields:
        for path, value in some.items():
            *parents, name = path.split(".")
            _place(document, parents)[name] = value
    return document


def _place(document: Document, parents: Sequence[str]) -> Document:
    for parent in parents:
        document = document.setdefault(parent, {})
    return document


def _joined(document: Document, *encoded: RawBSONDocument) -> RawBSONDocument:
    """Return a document with the fields of some that are encoded already."""
    parts = (bson.encode(document), *(each.raw for each in encoded))
    # Around the fields of each there are its size, in four bytes, and a zero.
    fields = b"".join(part[4:-1] for part in parts)
    return RawBSONDocument(struct.pack("<i", len(fields) + 5) + fields + b"\0")


def update_all(collection: Collection[Document], updates: Sequence[UpdateOne]) -> bool:
    """Send updates that are no upserts; return whether each of them found its document.

    Raises:
        PyMongoError: a write failed, or MongoDB can't be reached.
    """
    if not updates:
        return True
    return collection.bulk_write(updates, ordered=False).matched_count == len(updates)


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
