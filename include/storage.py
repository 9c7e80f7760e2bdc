"""The collections, and the writes that keep them right whatever runs when.

Runs commute: content belongs to the latest observation, by (source, observed_at, digest);
first-seen dates are minima, last-seen dates maxima, versions a grow-only set. (What is gone is
worked out when it is read: see `history`.) Each position is written by one guarded update, so that
neither a retry nor another run at the same time can undo a newer one. Only operators that MongoDB 6
to 8 and Amazon DocumentDB share are used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from pymongo import (
    ASCENDING,
    DESCENDING,
    IndexModel,
    InsertOne,
    ReplaceOne,
    UpdateOne,
    WriteConcern,
)
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from include import documents
from include.documents import Document
from include.receipts import Receipt, as_json, planned_receipt
from include.transform import Batch, JudgedPosition, Part, QuarantinedRow

log = logging.getLogger(__name__)

INDEXES = {
    documents.POSITIONS: [
        IndexModel([("closes_at", ASCENDING)]),
        IndexModel([("last_seen_at", DESCENDING)]),
        IndexModel([("published_at", DESCENDING)]),
    ],
    documents.VERSIONS: [
        IndexModel([("control_number", ASCENDING), ("first_observed_at", ASCENDING)])
    ],
    documents.RUNS: [
        IndexModel([("run_id", ASCENDING), ("dag_id", ASCENDING)]),
        IndexModel([("search", ASCENDING), ("observed_at", DESCENDING)]),
        IndexModel([("search", ASCENDING), ("read_at", DESCENDING)]),
        IndexModel([("observed_at", DESCENDING)]),
    ],
    documents.MARKS: [IndexModel([("user", ASCENDING)])],
    documents.QUARANTINE: [IndexModel([("last_seen_at", DESCENDING)])],
    documents.ANNOUNCEMENTS: [
        IndexModel([("search", ASCENDING), ("recipient", ASCENDING), ("control_number", ASCENDING)])
    ],
}

Write = InsertOne[Document] | ReplaceOne[Document] | UpdateOne

# What is acknowledged must survive the server's death.
DURABLE = WriteConcern(w="majority", j=True)

DUPLICATE_KEY = 11000
ID = {"_id": 1}
TOO_MANY_INDEXES = 67


class StorageFailed(RuntimeError):
    """MongoDB did not take a write. What it acknowledged before stays, and a rerun completes it."""


class Observed(NamedTuple):
    """What an observation says of a position: the content, or the verdict of a search.

    `fields` hold the observation as well: source, observed_at and the digest, whose name is
    `digest`. In the document they stand beneath `prefix`.
    """

    fields: Document
    digest: str
    prefix: str = ""

    @classmethod
    def content(cls, fields: Document) -> Observed:
        """Return what a posting says itself."""
        return cls(fields, "content_hash")

    @classmethod
    def verdict(cls, fields: Document, search: str) -> Observed:
        """Return what a search makes of a posting."""
        return cls(fields, "verdict_hash", entry_prefix(search))

    def assignments(self) -> Document:
        """Return the fields by their paths."""
        return {f"{self.prefix}{name}": value for name, value in self.fields.items()}

    def guard(self) -> Document:
        """Return a filter for documents whose observation sorts before or with this one.

        Observations sort by their fields in order: the source (`search` after `historicjoa`, so
        that it wins), the time, and the digest, so that no two orders of writing end differently.
        """
        clauses: list[Document] = [{f"{self.prefix}source": {"$exists": False}}]
        same: Document = {}
        for name in ("source", "observed_at", self.digest):
            path, value = f"{self.prefix}{name}", self.fields[name]
            clauses.append({**same, path: {"$lt": value}})
            same[path] = value
        return {"$or": [*clauses, same]}


class PositionUpdate(NamedTuple):
    """The update of one position by what was observed of it.

    `seen` is the part of an update that keeps the dates: it holds whatever else is stored.
    """

    control_number: str
    observed: Sequence[Observed]
    seen: Document

    def whole(self) -> UpdateOne:
        """Return the update for the usual case: nothing that is stored is newer."""
        fields: Document = {}
        for each in self.observed:
            fields |= each.assignments()
        return UpdateOne(
            {"_id": self.control_number, "$and": [each.guard() for each in self.observed]},
            {"$set": fields, **self.seen},
            upsert=True,
        )

    def parts(self) -> list[UpdateOne]:
        """Return the updates for a position of which something newer may be stored."""
        return [
            # First of all: whoever reads a verdict finds its dates.
            UpdateOne({"_id": self.control_number}, self.seen),
            *(
                UpdateOne(
                    {"_id": self.control_number, **each.guard()}, {"$set": each.assignments()}
                )
                for each in self.observed
            ),
        ]


def load(
    database: Database[Document], batch: Batch, parts: Iterable[Part], dag_id: str, run_id: str
) -> Receipt:
    """Store a batch and return the run's receipt, in JSON form.

    The receipt is worked out and kept in `runs` before the first write, so that a retry after a
    crash in the middle finishes what was begun and returns the same one. `parts` are gone through
    twice. Raises `StorageFailed`.
    """
    with storage_errors("clear this task to finish"):
        database = database.with_options(write_concern=DURABLE)
        ensure_indexes(database, [batch["search"]])
        receipt = planned_receipt(database, batch, parts, dag_id, run_id)
        for warning in receipt["warnings"]:
            log.warning("%s", warning["message"])
        written = 0
        for part in parts:
            write_positions(database, batch, part["kept"])
            _write_quarantine(database, part["quarantined"], receipt)
            written += len(part["kept"])
            log.info("%d positions written", written)
        end = {
            "state": "warning" if receipt["warnings"] else "complete",
            "quarantine_size": documents.quarantine_size(database),
        }
        database[documents.RUNS].update_one({"_id": receipt["_id"]}, {"$set": end})
        return as_json(receipt | end)


def write_positions(
    database: Database[Document], batch: Batch, kept: Sequence[JudgedPosition]
) -> None:
    """Write positions as a reading found them, and their versions."""
    # Side by side, one is encoded while the server works on the other.
    with ThreadPoolExecutor() as writers:
        writes = [
            writers.submit(write, database, batch, kept)
            for write in (_write_positions, _write_versions)
        ]
    for write in writes:
        write.result()


def entry_prefix(search: str) -> str:
    """Return what the paths of a search's entry in a position begin with."""
    return f"matches.{search}."


def ensure_indexes(database: Database[Document], searches: Iterable[str]) -> None:
    """Make what indexes are missing: those of the collections, and one for each search."""
    for name, indexes in INDEXES.items():
        database[name].create_indexes(indexes)
    for search in searches:
        _index_search(database[documents.POSITIONS], search)


def search_index(search: str) -> IndexModel:
    """Return the index of what a search keeps, best first."""
    level, score = f"{entry_prefix(search)}level", f"{entry_prefix(search)}score"
    return IndexModel(
        [(level, ASCENDING), (score, DESCENDING), ("_id", ASCENDING), ("closes_at", ASCENDING)],
        name=search,
        partialFilterExpression={level: {"$exists": True}},
    )


def _index_search(positions: Collection[Document], search: str) -> None:
    """Index what a search keeps; a collection has room for some sixty searches."""
    try:
        positions.create_indexes([search_index(search)])
    except OperationFailure as error:
        if error.code != TOO_MANY_INDEXES:
            raise
        log.warning(
            "The collection `positions` has no room for an index of the search %s, so the page "
            "shows its jobs slowly. Drop the indexes of searches that you no longer run; each is "
            "named like its search.",
            search,
        )


@contextmanager
def storage_errors(to_finish: str) -> Iterator[None]:
    """Raise `StorageFailed` for what MongoDB refuses; `to_finish` tells how to go on then."""
    try:
        yield
    except BulkWriteError as error:
        first = (error.details.get("writeErrors") or error.details["writeConcernErrors"])[0]
        raise StorageFailed(
            f"MongoDB refused a write: {first.get('errmsg')} (code {first.get('code')}). What it "
            f"took before is kept; mend the cause and {to_finish}."
        ) from error
    except PyMongoError as error:
        raise StorageFailed(
            f"MongoDB failed: {error}. Check that the server of the Airflow connection `mongo` "
            f"runs and takes its login. What was written before is kept; {to_finish}."
        ) from error


def _write_positions(
    database: Database[Document], batch: Batch, kept: Sequence[JudgedPosition]
) -> None:
    """Write each position where nothing newer is stored, else only what still counts.

    The upsert of an observation that is older than what is stored fails on the duplicate `_id`.
    So does one that meets another run's insert of the same position: both are written again, part
    by part, each part under its own guard.
    """
    times = documents.times(batch)
    for chunk in documents.chunks(kept):
        updates = [_update(judged, batch, times) for judged in chunk]
        refused = bulk_write(database[documents.POSITIONS], [update.whole() for update in updates])
        bulk_write(
            database[documents.POSITIONS],
            [part for index in refused for part in updates[index].parts()],
        )


def _update(judged: JudgedPosition, batch: Batch, times: dict[str, datetime]) -> PositionUpdate:
    """Return the update of one position by one run, at the `times` of its batch."""
    observation = {"source": batch["source"], "observed_at": times["observed_at"]}
    content = {
        **documents.content(judged),
        **observation,
        "content_hash": judged["content_hash"],
    }
    verdict = {**judged["verdict"], **observation, "verdict_hash": judged["verdict_hash"]}
    seen_at, entry = times["seen_at"], entry_prefix(batch["search"])
    return PositionUpdate(
        documents.control_number(judged),
        [Observed.content(content), Observed.verdict(verdict, batch["search"])],
        {
            "$min": {"first_seen_at": seen_at, f"{entry}first_seen_at": seen_at},
            "$max": {"last_seen_at": seen_at, f"{entry}last_seen_at": seen_at},
        },
    )


def _write_versions(
    database: Database[Document], batch: Batch, kept: Sequence[JudgedPosition]
) -> None:
    observed_at = documents.times(batch)["observed_at"]
    for chunk in documents.chunks(kept):
        bulk_write(
            database[documents.VERSIONS],
            [
                UpdateOne(
                    {"_id": f"{documents.control_number(judged)}:{judged['content_hash']}"},
                    {
                        "$setOnInsert": {
                            "control_number": documents.control_number(judged),
                            "content_hash": judged["content_hash"],
                            "content": documents.content(judged),
                        },
                        "$min": {"first_observed_at": observed_at},
                        "$max": {"last_observed_at": observed_at, "source": batch["source"]},
                    },
                    upsert=True,
                )
                for judged in chunk
            ],
        )


def _write_quarantine(
    database: Database[Document], rows: Sequence[QuarantinedRow], receipt: Receipt
) -> None:
    """Keep each unreadable row once, with the runs that met it."""
    for chunk in documents.chunks(rows):
        bulk_write(
            database[documents.QUARANTINE],
            [
                UpdateOne(
                    {"_id": hashlib.sha256(row["raw"].encode()).hexdigest()[:32]},
                    {
                        "$set": {
                            "control_number": row["control_number"],
                            "reason": row["reason"],
                            "raw": row["raw"],
                            "source": receipt["source"],
                        },
                        "$addToSet": {"runs": receipt["_id"]},
                        "$min": {"first_seen_at": receipt["seen_at"]},
                        "$max": {"last_seen_at": receipt["seen_at"]},
                    },
                    upsert=True,
                )
                for row in chunk
            ],
        )


def bulk_write(collection: Collection[Document], writes: Sequence[Write]) -> list[int]:
    """Send all writes in no order; return the indexes of those that met a duplicate `_id`."""
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
    """Tell it from the duplicate key of a unique index that somebody added."""
    return bool(error["code"] == DUPLICATE_KEY and error.get("keyPattern", ID) == ID)
