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
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from include import documents
from include.documents import Document
from include.receipts import Receipt, as_json, planned_receipt
from include.transform import Batch, JudgedPosition, QuarantinedRow

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
        IndexModel([("run_id", ASCENDING)]),
        IndexModel([("search", ASCENDING), ("observed_at", DESCENDING)]),
        IndexModel([("search", ASCENDING), ("read_at", DESCENDING)]),
        IndexModel([("observed_at", DESCENDING)]),
    ],
    documents.MARKS: [IndexModel([("user", ASCENDING)])],
    documents.QUARANTINE: [IndexModel([("last_seen_at", DESCENDING)])],
}

# What is acknowledged must survive the server's death.
DURABLE = WriteConcern(w="majority", j=True)

DUPLICATE_KEY = 11000
TOO_MANY_INDEXES = 67

LARGEST_RAW_ROW = 8 * 1024 * 1024
"""Characters of a quarantined row that are kept."""


class StorageFailed(RuntimeError):
    """MongoDB did not take a write. What it acknowledged before stays, and a rerun completes it."""


def load(database: Database[Document], batch: Batch, dag_id: str, run_id: str) -> Receipt:
    """Store a batch and return the run's receipt, in JSON form.

    The receipt is worked out and kept in `runs` before the first write, so that a retry after a
    crash in the middle finishes what was begun and returns the same one. Raises `StorageFailed`.
    """
    with _storage_errors():
        database = database.with_options(write_concern=DURABLE)
        for name, indexes in INDEXES.items():
            database[name].create_indexes(indexes)
        _index_search(database[documents.POSITIONS], batch["search"])
        receipt = planned_receipt(database, batch, dag_id, run_id)
        # Side by side, one is encoded while the server works on the other.
        with ThreadPoolExecutor() as writers:
            writes = [
                writers.submit(w, database, batch) for w in (_write_positions, _write_versions)
            ]
        for write in writes:
            write.result()
        _write_quarantine(database, batch["quarantined"], receipt)
        database[documents.RUNS].update_one(
            {"_id": receipt["_id"]}, {"$set": {"state": "complete"}}
        )
        receipt["state"] = "complete"
        return as_json(receipt)


def search_index(search: str) -> IndexModel:
    """Return the index of what a search keeps, best first."""
    level, score = f"matches.{search}.level", f"matches.{search}.score"
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
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except BulkWriteError as error:
        first = (error.details.get("writeErrors") or error.details["writeConcernErrors"])[0]
        raise StorageFailed(
            f"MongoDB refused a write: {first.get('errmsg')} (code {first.get('code')}). What it "
            "took before is kept; mend the cause and clear this task to finish."
        ) from error
    except PyMongoError as error:
        raise StorageFailed(
            f"MongoDB failed: {error}. Check that the server of the Airflow connection `mongo` "
            "runs and takes its login. What was written before is kept; clear this task to finish."
        ) from error


def _write_positions(database: Database[Document], batch: Batch) -> None:
    """Write each position where nothing newer is stored, else only what still counts.

    The upsert of an observation that is older than what is stored fails on the duplicate `_id`.
    So does one that meets another run's insert of the same position: both are written again, part
    by part, each part under its own guard.
    """
    written = 0
    times = documents.times(batch)
    for chunk in documents.chunks(batch["kept"]):
        updates = [_Update(judged, batch, times) for judged in chunk]
        refused = _bulk_write(database[documents.POSITIONS], [update.whole() for update in updates])
        _bulk_write(
            database[documents.POSITIONS],
            [part for index in refused for part in updates[index].parts()],
        )
        written += len(chunk)
        log.info("%d of %d positions written", written, len(batch["kept"]))


class _Update:
    """The update of one position by one observation, at the `times` of its batch."""

    def __init__(self, judged: JudgedPosition, batch: Batch, times: dict[str, datetime]) -> None:
        self.id = documents.control_number(judged)
        entry = f"matches.{batch['search']}"
        observation = {"source": batch["source"], "observed_at": times["observed_at"]}
        content = {**observation, "content_hash": judged["content_hash"]}
        verdict = {**observation, "verdict_hash": judged["verdict_hash"]}
        self.content = {**documents.content(judged), **content}
        self.verdict = {
            f"{entry}.{name}": value for name, value in {**judged["verdict"], **verdict}.items()
        }
        self.content_guard = _not_newer_than(content)
        self.verdict_guard = _not_newer_than(verdict, f"{entry}.")
        seen_at = times["seen_at"]
        self.seen = {
            "$min": {"first_seen_at": seen_at, f"{entry}.first_seen_at": seen_at},
            "$max": {"last_seen_at": seen_at, f"{entry}.last_seen_at": seen_at},
        }

    def whole(self) -> UpdateOne:
        """Return the update for the usual case: nothing that is stored is newer."""
        return UpdateOne(
            {"_id": self.id, "$and": [self.content_guard, self.verdict_guard]},
            {"$set": {**self.content, **self.verdict}, **self.seen},
            upsert=True,
        )

    def parts(self) -> list[UpdateOne]:
        """Return the updates for a position of which something newer may be stored."""
        return [
            # In this order: whoever reads a verdict finds its dates.
            UpdateOne({"_id": self.id}, self.seen),
            UpdateOne({"_id": self.id, **self.content_guard}, {"$set": self.content}),
            UpdateOne({"_id": self.id, **self.verdict_guard}, {"$set": self.verdict}),
        ]


def _not_newer_than(observation: Document, prefix: str = "") -> Document:
    """Return a filter for documents whose observation sorts before or with this one.

    Observations sort by their fields in order: the source (`search` after `historicjoa`, so that
    it wins), the time, and the digest, so that no two orders of writing end differently.
    """
    clauses: list[Document] = [{f"{prefix}source": {"$exists": False}}]
    same: Document = {}
    for name, value in observation.items():
        clauses.append({**same, f"{prefix}{name}": {"$lt": value}})
        same[f"{prefix}{name}"] = value
    return {"$or": [*clauses, same]}


def _write_versions(database: Database[Document], batch: Batch) -> None:
    observed_at = documents.times(batch)["observed_at"]
    for chunk in documents.chunks(batch["kept"]):
        _bulk_write(
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
        _bulk_write(
            database[documents.QUARANTINE],
            [
                UpdateOne(
                    {"_id": hashlib.sha256(row["raw"].encode()).hexdigest()[:32]},
                    {
                        "$set": {
                            "control_number": row["control_number"],
                            "reason": row["reason"],
                            "raw": row["raw"][:LARGEST_RAW_ROW],
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


def _bulk_write(collection: Collection[Document], updates: Sequence[UpdateOne]) -> list[int]:
    """Write all updates in no order; return the indexes of those that met a duplicate `_id`."""
    if not updates:
        return []
    try:
        collection.bulk_write(updates, ordered=False)
    except BulkWriteError as error:
        errors = error.details["writeErrors"]
        if error.details["writeConcernErrors"] or any(e["code"] != DUPLICATE_KEY for e in errors):
            raise
        return sorted(e["index"] for e in errors)
    return []
