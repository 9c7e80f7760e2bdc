"""Unreadable rows: each is kept once, with the runs that read it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence

from pymongo import UpdateOne
from pymongo.database import Database

from include.jobs import limits
from include.store.collections import QUARANTINE, chunks, tz_aware
from include.store.damage import QUARANTINED
from include.store.documents import Document, Receipt
from include.store.repair import SEEN, repair
from include.store.upserts import bulk_write
from include.usajobs.extract import QuarantinedRow

log = logging.getLogger(__name__)


def quarantine_size(database: Database[Document]) -> int:
    """Return the number of quarantined rows."""
    # The filter matches any `_id`, so that only its index is read, and no raw rows.
    return database[QUARANTINE].count_documents({"_id": {"$gt": ""}})


def write_quarantine(
    database: Database[Document], rows: Sequence[QuarantinedRow], receipt: Receipt
) -> None:
    """Store each unreadable row once, with the runs that read it.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    quarantine = database[QUARANTINE]
    for chunk in chunks(rows):
        repair(quarantine, [_id(row) for row in chunk], QUARANTINED, "runs", *SEEN)
        bulk_write(
            quarantine,
            [
                UpdateOne(
                    {"_id": _id(row)},
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


def _id(row: QuarantinedRow) -> str:
    return hashlib.sha256(row["raw"].encode()).hexdigest()[:32]


def waiting_rows(database: Database[Document]) -> Iterator[list[Document]]:
    """Yield all quarantined rows in batches of limited size, without damaged ones."""
    rows: list[Document] = []
    size = 0
    for row in tz_aware(database[QUARANTINE]).find(
        sort=[("_id", 1)], batch_size=limits.REPROCESS_BATCH_SIZE_ROWS
    ):
        if damage := QUARANTINED.damaged_fields(row) & {"raw", "runs", "control_number"}:
            log.warning("The row %s is damaged, and stays as it is: %s", row["_id"], damage)
            continue
        if rows and (
            len(rows) == limits.REPROCESS_BATCH_SIZE_ROWS
            or size + len(row["raw"]) > limits.REPROCESS_BATCH_SIZE_CHARACTERS
        ):
            yield rows
            rows, size = [], 0
        rows.append(row)
        size += len(row["raw"])
    if rows:
        yield rows
