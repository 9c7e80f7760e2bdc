"""Loads that are disturbed, and what they may leave: each document as before or as it must be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.jobs.source import SEARCH as SEARCH_API
from include.pipeline.judged import Batch
from include.pipeline.transform import transform
from include.store.upserts import StorageError
from include.usajobs.extract import Extract, iso
from tests.faults.chain import SEARCH, MongoDatabase, Transformed
from tests.faults.fault_env import FIRST_DAY, FIRST_ROWS, LATER, SECOND_DAY, SECOND_ROWS
from tests.faults.oracle import (
    Stored,
    check_half_way,
    check_message,
    check_stored,
    restore,
    stored,
)
from tests.support.chain import extracted

MESSAGE = r"MongoDB (failed|refused a write): .*clear this task to finish"


def found(rows: list[Any], moment: datetime) -> Transformed:
    """Return what a run that found those rows at that time hands to `load`."""
    batch, counts = extracted(rows, SEARCH_API)
    extract = Extract(
        source=SEARCH_API,
        read_at=iso(moment),
        observed_at=iso(moment),
        seen_at=iso(moment),
        api_total=len(rows),
        pages=1,
        rows=counts.rows,
        outside={},
        drift=counts.drift.entries(),
        anomalous_rows=counts.anomalous_rows,
    )
    batches: list[Batch] = []
    return Transformed(transform(extract, [batch], SEARCH, batches), batches)


FIRST, SECOND = found(FIRST_ROWS, FIRST_DAY), found(SECOND_ROWS, SECOND_DAY)
NEXT = found(SECOND_ROWS, LATER)
ORDERS = {"newer after older": (FIRST, SECOND), "older after newer": (SECOND, FIRST)}


@dataclass
class Loads:
    """A load of `disturbed` on top of what `earlier` left, seen through an undisturbed database."""

    database: MongoDatabase
    earlier: Transformed
    disturbed: Transformed

    def __post_init__(self) -> None:
        restore(self.database, {})
        self.earlier.load(self.database, "earlier")
        self.before: Stored = stored(self.database)
        self.disturbed.load(self.database, "disturbed")
        self.right: Stored = stored(self.database)
        NEXT.load(self.database, "next")
        self.completed: Stored = stored(self.database)

    def begin(self) -> None:
        """Go back to what the earlier load left."""
        restore(self.database, self.before)

    def disturb(self, database: MongoDatabase) -> bool:
        """Load into a database that may fail, and tell whether it did not."""
        try:
            self.disturbed.load(database, "disturbed")
        except StorageError as error:
            check_message(error, MESSAGE)
            return False
        return True

    def check(self, *, loaded: bool) -> None:
        """See that nothing is half true, and that a retry and the next run make it right."""
        if loaded:
            check_stored(self.database, self.right)
        else:
            check_half_way(stored(self.database), self.before, self.right)
        self.disturbed.load(self.database, "disturbed")
        check_stored(self.database, self.right)
        NEXT.load(self.database, "next")
        check_stored(self.database, self.completed)
