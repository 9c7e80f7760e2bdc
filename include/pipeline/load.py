"""The last step of the chain: stores the result of a run together with its receipt."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from pymongo.database import Database

from include.pipeline.arrived import ArrivedBatch, read_batch
from include.pipeline.handover import HandoverError
from include.pipeline.judged import Batch, TransformResult
from include.pipeline.observations import (
    check_stored,
    reading_times,
    write_dates,
    write_observations,
)
from include.pipeline.receipt import as_json, compare, plan_receipt
from include.pipeline.reprocess import release_read_rows
from include.pipeline.stored import Stored
from include.store import collections
from include.store.announced_again import key_earlier_positions
from include.store.documents import Document, Receipt
from include.store.indexes import ensure_indexes
from include.store.quarantine import quarantine_size, write_quarantine
from include.store.renamed import take_over_renamed
from include.store.renamed_searches import take_over_search
from include.store.upserts import DURABLE, storage_errors
from include.usajobs.batches import HandedOnBatches

log = logging.getLogger(__name__)


def load(
    database: Database[Document],
    result: TransformResult,
    batches: HandedOnBatches[Batch | bytes],
    dag_id: str,
    run_id: str,
) -> dict[str, Any]:
    """Store the result of a run and return its receipt, in JSON form.

    The receipt is computed and stored in `runs` before the first write, so that a retry after a
    crash finishes the same load and returns the same receipt. Each of the `batches` may be JSON
    text; those with anything but what is stored already are read twice.

    Raises:
        HandoverError: the batches are not those of the result; nothing of them is stored.
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    with storage_errors("clear this task to finish"):
        database = database.with_options(write_concern=DURABLE)
        take_over_renamed(database)
        take_over_search(database, result["search"], result["parameters"])
        ensure_indexes(database, [result["search"]])
        key_earlier_positions(database)
        arrived = _CheckedBatches(batches, result)
        times = reading_times(result)
        stored = Stored(database, result["search"], times.source)
        compared = compare(stored, times, arrived)
        receipt = plan_receipt(database, result, compared, dag_id, run_id)
        for warning in receipt.get("warnings", []):
            log.warning("%s", warning["message"])
        dated = write_dates(stored, times)
        log.info("%d positions are stored already, and dated", len(dated))
        written = 0
        for batch in arrived.without(dated):
            write_observations(stored, times, batch.kept)
            write_quarantine(database, batch.quarantined, receipt)
            written += len(batch.kept)
            log.info("%d positions written", written)
        check_stored(database, result["search"], times, receipt)
        released = release_read_rows(database, receipt)
        receipt["state"] = "warning" if receipt.get("warnings") else "complete"
        _note_end(database, receipt)
        # Again, so that of two runs that end at the same time the second one knows of the first.
        if more := release_read_rows(database, receipt):
            released += more
            _note_end(database, receipt)
        if released or receipt["quarantine_size"]:
            log.info(
                "%d rows left quarantine, because they could be read since; %d are in it",
                released,
                receipt["quarantine_size"],
            )
        return as_json(receipt)


def _note_end(database: Database[Document], receipt: Receipt) -> None:
    """Store how a load ended, and how many rows it left in quarantine."""
    receipt["quarantine_size"] = quarantine_size(database)
    end = {name: receipt[name] for name in ("state", "quarantine_size")}
    database[collections.RUNS].update_one({"_id": receipt["_id"]}, {"$set": end})


@dataclass
class _CheckedBatches:
    """The batches of `transform`, checked against its result when they have been iterated."""

    batches: HandedOnBatches[Batch | bytes]
    result: TransformResult
    numbers: list[list[str]] = field(default_factory=list)
    """The control numbers of each batch that has been read."""

    with_quarantined: set[int] = field(default_factory=set)
    """Which of these batches have unreadable rows."""

    def __iter__(self) -> Iterator[ArrivedBatch]:
        """Yield the batches.

        Raises:
            HandoverError: after the last one, if they don't add up to the result.
        """
        quarantined = 0
        for number in range(len(self.batches)):
            batch = read_batch(self.batches[number])
            self.numbers.append([judged.control_number for judged in batch.kept])
            if batch.quarantined:
                self.with_quarantined.add(number)
            quarantined += len(batch.quarantined)
            yield batch
        self._check([*chain.from_iterable(self.numbers)], quarantined)

    def without(self, control_numbers: Set[str]) -> Iterator[ArrivedBatch]:
        """Yield them again, without these positions; what has nothing else is not read again."""
        for number, numbers in enumerate(self.numbers):
            if number in self.with_quarantined or not {*numbers} <= control_numbers:
                yield read_batch(self.batches[number]).without(control_numbers)

    def _check(self, kept: list[str], quarantined: int) -> None:
        judged = self.result["matches"] + self.result["near_misses"]
        set_aside = sum(row.get("kept", True) for row in self.result["unreadable"])
        if sorted(kept) != sorted(judged):
            raise HandoverError(
                f"{len(kept)} positions arrived: not the {len(judged)} that `transform` handed on."
            )
        if quarantined != set_aside:
            raise HandoverError(
                f"{quarantined} unreadable rows arrived, but `transform` handed on {set_aside}."
            )
