"""The collections, and the writes that keep them right whatever runs when.

Runs commute: content belongs to the latest observation, by (source, observed_at, digest);
first-seen dates are minima, last-seen dates maxima, versions a grow-only set. (What is gone is
worked out when it is read: see `history`.) Each position is
written by one guarded update, so that neither a retry nor another run at the same time can undo a
newer one. Only operators that MongoDB 6 to 8 and Amazon DocumentDB share are used.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, PyMongoError

from include.history import amended_fields, in_json, listed, shortened
from include.transform import Batch, JudgedPosition, QuarantinedRow

log = logging.getLogger(__name__)

T = TypeVar("T")
Document = dict[str, Any]
Receipt = dict[str, Any]

DATABASE = "job_tracker"
POSITIONS, VERSIONS, RUNS, QUARANTINE = "positions", "position_versions", "runs", "quarantine"

INDEXES = {
    POSITIONS: [
        IndexModel([("closes_at", ASCENDING)]),
        IndexModel([("last_seen_at", DESCENDING)]),
    ],
    VERSIONS: [IndexModel([("control_number", ASCENDING), ("first_observed_at", ASCENDING)])],
    RUNS: [
        IndexModel([("run_id", ASCENDING)]),
        IndexModel([("search", ASCENDING), ("observed_at", DESCENDING)]),
    ],
    QUARANTINE: [IndexModel([("last_seen_at", DESCENDING)])],
}

# What is acknowledged must survive the server's death.
DURABLE = WriteConcern(w="majority", j=True)

WRITES_AT_ONCE = 500
DUPLICATE_KEY = 11000

LARGEST_RAW_ROW = 1024 * 1024
"""Characters of a quarantined row that are kept."""

SEARCH = "search"
"""The source that lists what is open; it sorts after `historicjoa` and so wins over it."""

TIMES = ("published_at", "closes_at")


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
        receipt = _planned_receipt(database, batch, dag_id, run_id)
        _write_positions(database, batch)
        _write_versions(database, batch)
        _write_quarantine(database, batch["quarantined"], receipt)
        database[RUNS].update_one({"_id": receipt["_id"]}, {"$set": {"state": "complete"}})
        receipt["state"] = "complete"
        return _as_json(receipt)


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


# The receipt


def _planned_receipt(
    database: Database[Document], batch: Batch, dag_id: str, run_id: str
) -> Receipt:
    """Return the receipt that an earlier try of this very load left, or a new one, kept now."""
    key = f"{dag_id}/{run_id}/{batch['read_at']}"
    digest = _batch_digest(batch)
    kept: Receipt | None = _utc(database[RUNS]).find_one({"_id": key, "batch_digest": digest})
    if kept:
        return kept
    receipt: Receipt = {
        "_id": key,
        "dag_id": dag_id,
        "run_id": run_id,
        "batch_digest": digest,
        "state": "writing",
        **{
            name: batch[name]
            for name in ("search", "parameters", "source", "api_total", "pages", "rows", "outside")
        },
        **_times(batch),
        **_compare(database[POSITIONS], batch),
        "matches": _ids_at("match", batch),
        "near_misses": _ids_at("near_miss", batch),
        "rejected": batch["rejected"],
        "quarantined": [
            {"control_number": row["control_number"], "reason": row["reason"]}
            for row in batch["quarantined"]
        ],
        "drift": batch["drift"],
    }
    receipt |= _comings_and_goings(database, receipt)
    database[RUNS].replace_one({"_id": key}, receipt, upsert=True)
    return receipt


def counts(receipt: Receipt) -> dict[str, int]:
    """Return a receipt in numbers; `rejected` counts positions, not reasons."""
    lists = (
        *("inserted", "changed", "unchanged", "superseded", "matches", "near_misses"),
        *("gone", "closed", "reopened"),
    )
    return {
        "api_total": receipt["api_total"],
        "rows": receipt["rows"],
        **{name: len(receipt[name]) for name in lists},
        "rejected": len(set().union(*receipt["rejected"].values())),
        "outside": sum(len(numbers) for numbers in receipt["outside"].values()),
        "quarantined": len(receipt["quarantined"]),
        "drift": sum(entry["count"] for entry in receipt["drift"]),
    }


def _batch_digest(batch: Batch) -> str:
    """Tell a retry from a load of the same answer transformed anew, by other code."""
    parts = [[judged["content_hash"], judged["verdict"]] for judged in batch["kept"]]
    parts += [[row["raw"], row["reason"]] for row in batch["quarantined"]]
    return hashlib.sha256(json.dumps([parts, batch["rejected"]]).encode()).hexdigest()[:32]


def _ids_at(level: str, batch: Batch) -> list[str]:
    return [_id(judged) for judged in batch["kept"] if judged["verdict"]["level"] == level]


def _compare(positions: Collection[Document], batch: Batch) -> dict[str, list[Any]]:
    """Tell what the batch will do to each position from what is stored before it is written."""
    comparison: dict[str, list[Any]] = {
        "inserted": [],
        "changed": [],
        "unchanged": [],
        "superseded": [],
    }
    observed = (batch["source"], _times(batch)["observed_at"])
    for chunk in _chunks(batch["kept"]):
        stored = _stored(positions, chunk, content_hash=True, source=True, observed_at=True)
        differing = []
        for judged in chunk:
            before = stored.get(_id(judged))
            if before is None:
                comparison["inserted"].append(_id(judged))
            elif before["content_hash"] == judged["content_hash"]:
                comparison["unchanged"].append(_id(judged))
            elif (before["source"], before["observed_at"]) > observed:
                comparison["superseded"].append(_id(judged))
            else:
                differing.append(judged)
        whole = _stored(positions, differing)
        for judged in differing:
            amended = _amended(whole[_id(judged)], judged)
            comparison["changed" if amended else "unchanged"].append(amended or _id(judged))
    return comparison


def _stored(
    positions: Collection[Document], chunk: Sequence[JudgedPosition], **wanted: bool
) -> dict[str, Document]:
    """Return what is stored of these positions, by id: the wanted fields, or all."""
    ids = [_id(judged) for judged in chunk]
    return {
        found["_id"]: found for found in _utc(positions).find({"_id": {"$in": ids}}, wanted or None)
    }


def _amended(before: Document, judged: JudgedPosition) -> Document | None:
    """Return what an agency changed, None where only the other source says it differently."""
    same_source = before["source"] == judged["position"]["source"]
    fields = amended_fields(before, _content(judged), same_source=same_source)
    if not fields:
        return None
    return {
        "control_number": _id(judged),
        "fields": {
            name: {"before": shortened(old), "after": shortened(new)}
            for name, (old, new) in fields.items()
        },
    }


def _comings_and_goings(database: Database[Document], receipt: Receipt) -> dict[str, list[str]]:
    """Tell what the search listed before and lists no more, and what it lists again.

    Only the Search API lists what is open, so only its runs are compared, each with the one
    before it.
    """
    previous = database[RUNS].find_one(
        {
            "search": receipt["search"],
            "source": receipt["source"],
            "state": "complete",
            "observed_at": {"$lt": receipt["observed_at"]},
        },
        sort=[("observed_at", DESCENDING)],
    )
    if previous is None or receipt["source"] != SEARCH:
        return {"gone": [], "closed": [], "reopened": []}
    missing = {*previous["matches"], *previous["near_misses"]} - listed(receipt)
    closed = {
        found["_id"]
        for found in database[POSITIONS].find(
            {"_id": {"$in": list(missing)}, "closes_at": {"$lte": receipt["observed_at"]}},
            {"_id": True},
        )
    }
    known = {*receipt["matches"], *receipt["near_misses"]} - {*receipt["inserted"]}
    return {
        "gone": sorted(missing - closed),
        "closed": sorted(closed),
        "reopened": sorted(known - listed(previous)),
    }


# The writes


def _write_positions(database: Database[Document], batch: Batch) -> None:
    """Write each position where nothing newer is stored, else only what still counts.

    The upsert of an observation that is older than what is stored fails on the duplicate `_id`.
    So does one that meets another run's insert of the same position: both are written again, part
    by part, each part under its own guard.
    """
    written = 0
    for chunk in _chunks(batch["kept"]):
        updates = [_Update(judged, batch) for judged in chunk]
        refused = _bulk_write(database[POSITIONS], [update.whole() for update in updates])
        _bulk_write(
            database[POSITIONS],
            [part for index in refused for part in updates[index].parts()],
        )
        written += len(chunk)
        log.info("%d of %d positions written", written, len(batch["kept"]))


class _Update:
    """The update of one position by one observation."""

    def __init__(self, judged: JudgedPosition, batch: Batch) -> None:
        self.id = _id(judged)
        entry = f"matches.{batch['search']}"
        times = _times(batch)
        observation = {"source": batch["source"], "observed_at": times["observed_at"]}
        content = {**observation, "content_hash": judged["content_hash"]}
        verdict = {**observation, "verdict_hash": _verdict_hash(judged)}
        self.content = {**_content(judged), **content}
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
            UpdateOne({"_id": self.id, **self.content_guard}, {"$set": self.content}),
            UpdateOne({"_id": self.id, **self.verdict_guard}, {"$set": self.verdict}),
            UpdateOne({"_id": self.id}, self.seen),
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
    observed_at = _times(batch)["observed_at"]
    for chunk in _chunks(batch["kept"]):
        _bulk_write(
            database[VERSIONS],
            [
                UpdateOne(
                    {"_id": f"{_id(judged)}:{judged['content_hash']}"},
                    {
                        "$setOnInsert": {
                            "control_number": _id(judged),
                            "content_hash": judged["content_hash"],
                            "content": _content(judged),
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
    for chunk in _chunks(rows):
        _bulk_write(
            database[QUARANTINE],
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


# Forms


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, WRITES_AT_ONCE)):
        yield chunk


def _id(judged: JudgedPosition) -> str:
    return str(judged["position"]["control_number"])


def _times(batch: Batch) -> dict[str, datetime]:
    return {
        "read_at": datetime.fromisoformat(batch["read_at"]),
        "observed_at": datetime.fromisoformat(batch["observed_at"]),
        "seen_at": datetime.fromisoformat(batch["seen_at"]),
    }


def _content(judged: JudgedPosition) -> Document:
    """Return the position's own fields as MongoDB stores them."""
    return {
        name: datetime.fromisoformat(value) if name in TIMES and value else value
        for name, value in judged["position"].items()
        if name not in ("control_number", "source")
    }


def _verdict_hash(judged: JudgedPosition) -> str:
    canonical = json.dumps(judged["verdict"], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _utc(collection: Collection[Document]) -> Collection[Document]:
    """Return the collection so that times read from it name their zone."""
    return collection.with_options(collection.codec_options.with_options(tz_aware=True))


def _as_json(receipt: Receipt) -> Receipt:
    as_json: Receipt = json.loads(json.dumps(receipt, default=in_json))
    return as_json
