"""Unreadable rows: each is kept once, with the runs that read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from pymongo import UpdateOne
from pymongo.database import Database

from include.jobs import limits
from include.store.collections import QUARANTINE, chunks
from include.store.documents import Document, Receipt
from include.store.upserts import bulk_write
from include.usajobs.extract import QuarantinedRow


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
    for chunk in chunks(rows):
        bulk_write(
            database[QUARANTINE],
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


def waiting_rows(database: Database[Document]) -> Iterator[list[Document]]:
    """Yield all quarantined rows in batches of limited size."""
    rows: list[Document] = []
    size = 0
    for row in database[QUARANTINE].find(
        sort=[("_id", 1)], batch_size=limits.REPROCESS_BATCH_SIZE_ROWS
    ):
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
