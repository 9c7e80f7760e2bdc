"""Unreadable rows: each is kept once, with the runs that read it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from itertools import chain
from typing import Any, cast

from pymongo import UpdateOne
from pymongo.database import Database

from include.jobs import limits
from include.store.collections import POSITIONS, QUARANTINE, RUNS, chunks, tz_aware
from include.store.damage import QUARANTINED, RECEIPT
from include.store.documents import ENDED, Document, Receipt
from include.store.history import LISTS, judged, listed
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


def rows_read_since(database: Database[Document], receipt: Receipt) -> list[str]:
    """Return the ids of rows that have been read by now, among those that a finished run listed.

    These are rows with a control number of which this run, or a later one, could read the row, and
    rows of positions that are stored as they were observed then or later. They are looked for from
    either side, by a run that read a row and by one that could not, so that the order of the runs
    makes no difference.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    waiting = [
        row
        for chunk in chunks(sorted(listed(receipt)))
        for row in database[QUARANTINE].find(
            {"control_number": {"$in": chunk}}, {"control_number": True, "runs": True}
        )
        if isinstance(row.get("runs"), list)
    ]
    if not waiting:
        return []
    observed = _observations(database, waiting)
    latest = _latest_readings(database, receipt, {row["control_number"] for row in waiting})
    return [
        row["_id"]
        for row in waiting
        if (reading := latest.get(row["control_number"]))
        and all(observed.get(run, EARLIEST) <= reading for run in row["runs"])
    ]


Rank = tuple[str, datetime]
"""The rank of an observation: source and time; the highest one wins."""

EARLIEST: Rank = ("", datetime.min.replace(tzinfo=UTC))
"""The rank of an observation whose receipt is deleted, which happens to old ones."""

UNKNOWN: Rank = ("\U0010ffff", datetime.max.replace(tzinfo=UTC))
"""The rank of one whose receipt is damaged: as nothing is known to be later, its rows stay."""


def _observations(database: Database[Document], rows: Iterable[Document]) -> dict[str, Rank]:
    """Return by the ids of their receipts when runs observed rows."""
    ids = sorted({str(run) for row in rows for run in row["runs"]})
    found = tz_aware(database[RUNS]).find({"_id": {"$in": ids}}, dict.fromkeys(OBSERVATION, True))
    return {receipt["_id"]: _rank(receipt) or UNKNOWN for receipt in found}


def _latest_readings(
    database: Database[Document], receipt: Receipt, numbers: Set[str]
) -> dict[str, Rank]:
    """Return by control number the latest observations that could be read."""
    stored = tz_aware(database[POSITIONS]).find(
        {"_id": {"$in": sorted(numbers)}}, dict.fromkeys(OBSERVATION, True)
    )
    latest = {position["_id"]: _rank(position) or EARLIEST for position in stored}
    # A rejected position is not stored: only the receipts know that its row was read.
    since = {
        "source": receipt["source"],
        "observed_at": {"$gte": receipt["observed_at"]},
        "state": {"$in": list(ENDED)},
    }
    runs = tz_aware(database[RUNS]).find(since, dict.fromkeys((*OBSERVATION, *LISTS), True))
    for later in chain([dict(receipt)], runs):
        if RECEIPT.damage(later, LISTS):
            continue
        rank = _rank(later) or EARLIEST
        for number in judged(cast(Receipt, later)) & numbers:
            latest[number] = max(rank, latest.get(number, EARLIEST))
    return latest


OBSERVATION = ("source", "observed_at")


def _rank(observation: Mapping[str, Any]) -> Rank | None:
    """Return the rank of an observation; None if it is damaged."""
    source, observed_at = observation.get("source"), observation.get("observed_at")
    if isinstance(source, str) and isinstance(observed_at, datetime):
        return source, observed_at
    return None


def _id(row: QuarantinedRow) -> str:
    return hashlib.sha256(row["raw"].encode()).hexdigest()[:32]


def waiting_rows(
    database: Database[Document], ids: Sequence[str] | None = None
) -> Iterator[list[Document]]:
    """Yield quarantined rows in batches of limited size, without damaged ones; by default all."""
    rows: list[Document] = []
    size = 0
    for row in tz_aware(database[QUARANTINE]).find(
        None if ids is None else {"_id": {"$in": ids}},
        sort=[("_id", 1)],
        batch_size=limits.REPROCESS_BATCH_SIZE_ROWS,
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
