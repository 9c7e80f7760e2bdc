"""Reads quarantined rows again, with the searches and times of the runs that found them.

For every run that read a row, this writes what the run itself would have written, had it been able
to read the row. So it commutes with all runs, and can simply be repeated after an interruption.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Annotated, Any, cast

from pydantic import Field, ValidationError
from pymongo import DeleteOne, UpdateOne
from pymongo.database import Database
from typing_extensions import TypedDict

from include.pipeline.arrived import read_batch
from include.pipeline.judged import Batch, TransformResult
from include.pipeline.observations import reading_times, write_dates, write_observations
from include.pipeline.receipt import by_collection, compare
from include.pipeline.stored import Stored
from include.searches.parameters import SearchParameters
from include.store import collections
from include.store.damage import RECEIPT
from include.store.documents import Document, Receipt
from include.store.indexes import ensure_indexes
from include.store.quarantine import rows_read_since, waiting_rows
from include.store.upserts import DURABLE, storage_errors
from include.usajobs.extract import Extract, ExtractBatch, iso
from include.usajobs.row_readers import RowCounts, read_again

log = logging.getLogger(__name__)

OF_RECEIPTS = ("search", "parameters", "source", "read_at", "observed_at", "seen_at")


class StillUnread(TypedDict):
    """A row that stays in quarantine."""

    row: Annotated[str, Field(description="its `_id` in `quarantine`")]
    control_number: Annotated[str | None, Field(description="null if it can't be read")]
    reason: Annotated[str, Field(description="why it can't be read")]


class Outcome(TypedDict):
    """The result of reading quarantined rows again: control numbers, and the rows that stay."""

    waiting: Annotated[int, Field(description="rows that were in quarantine")]
    inserted: Annotated[list[str], Field(description="not stored before")]
    changed: Annotated[list[str], Field(description="amended since they were stored")]
    unchanged: Annotated[list[str], Field(description="stored with the same content")]
    superseded: Annotated[list[str], Field(description="newer content is stored already")]
    rejected: Annotated[list[str], Field(description="rejected by their search")]
    still_unread: Annotated[list[StillUnread], Field(description="rows that stay in quarantine")]


def reprocess(database: Database[Document]) -> Outcome:
    """Read the rows in `quarantine` with the current code; move the readable ones to `positions`.

    USAJOBS is not contacted. A row that still can't be read stays, with the current reason.

    Raises:
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    with storage_errors("clear this task to finish"):
        replay = _Replay(database.with_options(write_concern=DURABLE))
        for rows in waiting_rows(database):
            replay.read_again(rows)
            log.info("%d rows read again", replay.waiting)
        return replay.outcome()


def release_read_rows(database: Database[Document], receipt: Receipt) -> int:
    """Remove rows from quarantine that have been read since, by this finished run or a later one.

    Returns how many. What the program can read of them now is stored first, as observed then. Of
    the others there is a newer reading.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    if not (ids := rows_read_since(database, receipt)):
        return 0
    replay = _Replay(database, is_replaced=True)
    for rows in waiting_rows(database, ids):
        replay.read_again(rows)
    return replay.waiting


def counts(outcome: Outcome) -> dict[str, int]:
    """Return the counts of an outcome."""
    return {
        "waiting": outcome["waiting"],
        "inserted": len(outcome["inserted"]),
        "changed": len(outcome["changed"]),
        "unchanged": len(outcome["unchanged"]),
        "superseded": len(outcome["superseded"]),
        "rejected": len(outcome["rejected"]),
        "still_unread": len(outcome["still_unread"]),
    }


def counts_by_collection(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Return what was written into each collection; `written` counts its documents."""
    counted = counts(outcome)
    kept = sum(counted[name] for name in ("inserted", "changed", "unchanged", "superseded"))
    return by_collection(counted, kept=kept, quarantined=0, quarantine_size=counted["still_unread"])


class _Replay:
    """Reads rows again and collects the results.

    If they are replaced by newer readings, rows that can't be read leave quarantine, too.
    """

    def __init__(self, database: Database[Document], *, is_replaced: bool = False) -> None:
        self.waiting = 0
        self._is_replaced = is_replaced
        self._database = database
        self._searches: set[str] = set()
        self._found: dict[str, set[str]] = defaultdict(set)
        self._still_unread: list[StillUnread] = []

    def read_again(self, rows: Sequence[Document]) -> None:
        """Move the rows that can be read now."""
        self.waiting += len(rows)
        reasons = {row["_id"]: "the receipts of all runs that met it are gone" for row in rows}
        read: set[str] = set()
        for receipt in self._receipts_of(rows):
            rows_of_run = [row for row in rows if receipt["_id"] in row["runs"]]
            results = self._read_as(receipt, rows_of_run)
            for row, reason in zip(rows_of_run, results, strict=True):
                if reason:
                    reasons[row["_id"]] = reason
                else:
                    read.add(row["_id"])
        self._settle(rows, read, reasons)

    def _receipts_of(self, rows: Iterable[Document]) -> list[Receipt]:
        """Return the sound receipts of the runs that read the rows, oldest first."""
        keys = sorted({key for row in rows for key in row["runs"]})
        runs = collections.tz_aware(self._database[collections.RUNS])
        found = runs.find({"_id": {"$in": keys}}, OF_RECEIPTS, sort=[("observed_at", 1)])
        sound = [each for each in found if not RECEIPT.damaged_fields(each) & {*OF_RECEIPTS}]
        return cast(list[Receipt], sound)

    def _read_as(self, receipt: Receipt, rows: Sequence[Document]) -> list[str | None]:
        """Store the rows as the receipt's run would have.

        Returns for each row the reason why it can't be read, or None.
        """
        # Imported here, because its patterns take long to compile, and few runs have such rows.
        from include.pipeline.transform import transform

        batches: list[Batch] = []
        counts = RowCounts()
        read: ExtractBatch = [counts.add(read_again(row["raw"], receipt["source"])) for row in rows]
        try:
            search = SearchParameters.model_validate(receipt["parameters"])
            extract = _extract(receipt, counts)
            result = transform(extract, [read], search, batches, receipt["search"])
        except ValidationError as problem:
            return [f"the parameters of {receipt['_id']} can't be used: {problem}"] * len(rows)
        self._store(result, batches)
        return [row["unreadable"]["reason"] if row["unreadable"] else None for row in read]

    def _store(self, result: TransformResult, batches: Sequence[Batch]) -> None:
        search, times = result["search"], reading_times(result)
        if search not in self._searches:
            ensure_indexes(self._database, [search])
            self._searches.add(search)
        arrived = [read_batch(batch) for batch in batches]
        stored = Stored(self._database, search, times.source)
        compared = compare(stored, times, arrived)
        dated = write_dates(stored, times)
        for batch in arrived:
            write_observations(stored, times, batch.without(dated).kept)
        self._found["inserted"].update(compared["inserted"])
        self._found["changed"].update(each["control_number"] for each in compared["changed"])
        self._found["unchanged"].update(compared["unchanged"])
        self._found["superseded"].update(compared["superseded"])
        self._found["rejected"].update(*result["rejected"].values())

    def _settle(self, rows: Iterable[Document], read: Set[str], reasons: Mapping[str, str]) -> None:
        """Remove the rows that were read from quarantine, and update the others' reasons."""
        writes: list[DeleteOne | UpdateOne] = []
        for row in rows:
            number, reason = row["control_number"], reasons[row["_id"]]
            if row["_id"] in read or self._is_replaced:
                # If another run has read it meanwhile, it stays for that run's sake.
                writes.append(DeleteOne({"_id": row["_id"], "runs": {"$size": len(row["runs"])}}))
                continue
            writes.append(UpdateOne({"_id": row["_id"]}, {"$set": {"reason": reason}}))
            self._still_unread.append(
                StillUnread(row=row["_id"], control_number=number, reason=reason)
            )
        self._database[collections.QUARANTINE].bulk_write(writes, ordered=False)

    def outcome(self) -> Outcome:
        """Return the result for all rows; a position that several runs read counts once."""
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


def _extract(receipt: Receipt, counts: RowCounts) -> Extract:
    """Return the extract of a run, restricted to these rows."""
    return Extract(
        source=receipt["source"],
        read_at=iso(receipt["read_at"]),
        observed_at=iso(receipt["observed_at"]),
        seen_at=iso(receipt["seen_at"]),
        api_total=counts.rows,
        pages=0,
        rows=counts.rows,
        outside={},
        drift=counts.drift.entries(),
        anomalous_rows=counts.anomalous_rows,
    )
