"""Reading quarantined rows again, as what they were when they came.

A row counts for every run that met it, with that run's search and times: what is written is what
those runs would have written had they been able to read it. So it commutes with them, and with
itself: broken off, it may simply run again.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TypedDict

from pydantic import ValidationError
from pymongo import DeleteOne, UpdateOne
from pymongo.database import Database

from include import documents
from include.documents import Document
from include.matching import PlaceUnknown
from include.receipts import comparison
from include.searches import SearchParameters
from include.storage import DURABLE, ensure_indexes, storage_errors, write_positions
from include.transform import Batch, Part, transform
from include.usajobs.asking import Reading, iso

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 100
CHARACTERS_AT_ONCE = 16 * 1024 * 1024
"""What is held at once of the rows that wait."""

OF_RECEIPTS = ("search", "parameters", "source", "read_at", "observed_at", "seen_at")


class StillUnread(TypedDict):
    """A row that stays in quarantine, by its `_id` there, and why."""

    row: str
    control_number: str | None
    reason: str


class Outcome(TypedDict):
    """What became of the rows that waited: control numbers of those that could be read."""

    waiting: int
    inserted: list[str]
    changed: list[str]
    unchanged: list[str]
    superseded: list[str]
    rejected: list[str]
    still_unread: list[StillUnread]


def reprocess(database: Database[Document]) -> Outcome:
    """Read what waits in `quarantine` with today's code; move what can be read to `positions`.

    Nothing is asked of USAJOBS. A row that can't be read stays, with today's reason. Raises
    `StorageFailed`.
    """
    with storage_errors("clear this task to finish"):
        replay = _Replay(database.with_options(write_concern=DURABLE))
        for rows in _waiting(database):
            replay.read_again(rows)
            log.info("%d rows read again", replay.waiting)
        return replay.outcome()


def _waiting(database: Database[Document]) -> Iterator[list[Document]]:
    """Yield quarantined rows, as many at once as are to be held."""
    rows: list[Document] = []
    size = 0
    for row in database[documents.QUARANTINE].find(sort=[("_id", 1)], batch_size=ROWS_AT_ONCE):
        if rows and (len(rows) == ROWS_AT_ONCE or size + len(row["raw"]) > CHARACTERS_AT_ONCE):
            yield rows
            rows, size = [], 0
        rows.append(row)
        size += len(row["raw"])
    if rows:
        yield rows


def counts(outcome: Outcome) -> dict[str, int]:
    """Return an outcome in numbers."""
    return {
        name: value if isinstance(value, int) else len(value)  # type: ignore[arg-type]
        for name, value in outcome.items()
    }


class _Replay:
    """Reads rows again and counts what became of them."""

    def __init__(self, database: Database[Document]) -> None:
        self.waiting = 0
        self._database = database
        self._searches: set[str] = set()
        self._found: dict[str, set[str]] = defaultdict(set)
        self._still_unread: list[StillUnread] = []

    def read_again(self, rows: Sequence[Document]) -> None:
        """Move those of the rows that can be read."""
        self.waiting += len(rows)
        reasons = {row["_id"]: "the receipts of all runs that met it are gone" for row in rows}
        read: set[str] = set()
        for receipt in self._receipts_of(rows):
            met = [row for row in rows if receipt["_id"] in row["runs"]]
            for row, reason in zip(met, self._read_as(receipt, met), strict=True):
                if reason:
                    reasons[row["_id"]] = reason
                else:
                    read.add(row["_id"])
        self._settle(rows, read, reasons)

    def _receipts_of(self, rows: Iterable[Document]) -> list[Document]:
        """Return what is known of the runs that met the rows, oldest first."""
        keys = sorted({key for row in rows for key in row["runs"]})
        runs = documents.utc(self._database[documents.RUNS])
        return list(runs.find({"_id": {"$in": keys}}, OF_RECEIPTS, sort=[("observed_at", 1)]))

    def _read_as(self, receipt: Document, rows: Sequence[Document]) -> list[str | None]:
        """Store what the receipt's run would have; return for each row why it can't be read."""
        parts: list[Part] = []
        # One row a page, so that each has a part of its own.
        pages = [[json.loads(row["raw"])] for row in rows]
        try:
            search = SearchParameters.model_validate(receipt["parameters"])
            reading = _reading(receipt, len(rows))
            batch = transform(reading, pages, search, parts, receipt["search"])
        except (ValidationError, PlaceUnknown) as problem:
            return [f"the parameters of {receipt['_id']} can't be used: {problem}"] * len(rows)
        self._store(batch, parts)
        return [part["quarantined"][0]["reason"] if part["quarantined"] else None for part in parts]

    def _store(self, batch: Batch, parts: Sequence[Part]) -> None:
        if batch["search"] not in self._searches:
            ensure_indexes(self._database, [batch["search"]])
            self._searches.add(batch["search"])
        whole = Part(kept=[judged for part in parts for judged in part["kept"]], quarantined=[])
        compared = comparison(self._database[documents.POSITIONS], batch, [whole])
        write_positions(self._database, batch, whole["kept"])
        compared["changed"] = [each["control_number"] for each in compared["changed"]]
        for name, numbers in {**compared, **batch["rejected"]}.items():
            self._found[name if name in compared else "rejected"].update(numbers)

    def _settle(self, rows: Iterable[Document], read: Set[str], reasons: Mapping[str, str]) -> None:
        """Take what was read out of quarantine, and say of the others why they stay."""
        writes: list[DeleteOne | UpdateOne] = []
        for row in rows:
            number, reason = row["control_number"], reasons[row["_id"]]
            if row["_id"] in read:
                # A run that has met it meanwhile is still to be read.
                writes.append(DeleteOne({"_id": row["_id"], "runs": {"$size": len(row["runs"])}}))
                continue
            writes.append(UpdateOne({"_id": row["_id"]}, {"$set": {"reason": reason}}))
            self._still_unread.append(
                StillUnread(row=row["_id"], control_number=number, reason=reason)
            )
        self._database[documents.QUARANTINE].bulk_write(writes, ordered=False)

    def outcome(self) -> Outcome:
        """Return what became of all rows; a position that several runs met counts once."""
        counted: set[str] = set()

        def first_as(name: str) -> list[str]:
            numbers = self._found[name] - counted
            counted.update(numbers)
            return sorted(numbers)

        return Outcome(
            waiting=self.waiting,
            inserted=first_as("inserted"),
            changed=first_as("changed"),
            superseded=first_as("superseded"),
            unchanged=first_as("unchanged"),
            rejected=first_as("rejected"),
            still_unread=self._still_unread,
        )


def _reading(receipt: Document, rows: int) -> Reading:
    """Return the reading in which a run met the rows."""
    return Reading(
        source=receipt["source"],
        read_at=iso(receipt["read_at"]),
        observed_at=iso(receipt["observed_at"]),
        seen_at=iso(receipt["seen_at"]),
        api_total=rows,
        pages=0,
        outside={},
    )
