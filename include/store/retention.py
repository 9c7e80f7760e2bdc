"""Retention of documents: deletes old receipts, versions and quarantined rows.

Positions and marks are never deleted. Ages are counted back from the newest receipt, whose clock
was checked against USAJOBS's; so while no run reads anything, nothing gets old.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pymongo import DeleteOne
from pymongo.collection import Collection
from pymongo.database import Database
from typing_extensions import TypedDict

from include.store import collections
from include.store.documents import Document
from include.store.history import latest_complete_run, newest_receipt, searches_of
from include.store.upserts import DURABLE, storage_errors

log = logging.getLogger(__name__)

FOR_EVER = 0

A_DATE = {"$lte": datetime(9999, 12, 31, tzinfo=UTC)}
"""The condition that a field is a date, and not damaged."""

AGED_BY = {
    collections.RUNS: "read_at",
    collections.VERSIONS: "last_observed_at",
    collections.QUARANTINE: "last_seen_at",
}

Prune = Callable[[Database[Document], datetime], int]

Days = Annotated[int, Field(ge=FOR_EVER, le=36_500)]


class PrunedCollection(TypedDict):
    """The documents deleted from a collection, and those left."""

    deleted: Annotated[int, Field(description="documents")]
    kept: Annotated[int, Field(description="documents")]
    oldest: Annotated[
        str | None, Field(description="date of the oldest one left; null if all are kept for ever")
    ]


class PrunedCollections(TypedDict):
    """The documents deleted, by collection."""

    counted_from: Annotated[
        str | None, Field(description="the time that ages are counted back from")
    ]
    quarantine: Annotated[PrunedCollection, Field(description="rows that no run read lately")]
    position_versions: Annotated[PrunedCollection, Field(description="former versions")]
    runs: Annotated[PrunedCollection, Field(description="receipts")]


class BadRetention(ValueError):
    """The settings are not valid; the message names each and what is allowed."""


class Retention(BaseModel):
    """Days after which each kind of data is deleted; 0 keeps it for ever."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    runs_days: Days = 400
    versions_days: Days = FOR_EVER
    quarantine_days: Days = 90
    xcom_days: Days = 30
    log_days: Days = 30

    @model_validator(mode="after")
    def _receipts_outlive_the_rows_that_are_read_again(self) -> Retention:
        if self.runs_days and not 0 < self.quarantine_days <= self.runs_days:
            raise ValueError(
                "runs_days must be at least quarantine_days, or 0 (for ever): the receipts are "
                "needed to read quarantined rows again"
            )
        return self


def read_retention(text: str) -> Retention:
    """Return the settings from JSON; settings that it lacks have their defaults.

    Raises:
        BadRetention: it is not a JSON object of valid settings.
    """
    try:
        return Retention.model_validate_json(text)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'it'}: {problem['msg']} "
            f"(it is {problem['input']!r:.100})"
            for problem in error.errors()
        )
    known = ", ".join(f'"{name}": {days}' for name, days in Retention().model_dump().items())
    raise BadRetention(
        f"The Airflow Variable `job_tracker_retention` can't be used, so nothing was deleted: "
        f"{wrong}. It is a JSON object of whole numbers of days, 0 for ever; the defaults are "
        f"{{{known}}}."
    )


def latest_reading(database: Database[Document], now: datetime | None = None) -> datetime | None:
    """Return the time that ages are counted back from; None if there is no receipt.

    A receipt from the future, which a wrong clock may have left, counts as read at `now`.
    """
    runs = collections.tz_aware(database[collections.RUNS])
    newest = runs.find_one({"read_at": A_DATE}, {"read_at": True}, sort=[("read_at", -1)])
    return min(newest["read_at"], now or datetime.now(UTC)) if newest else None


def limit(moment: datetime | None, days: int) -> datetime | None:
    """Return the time before which data are old, or None if nothing is."""
    return moment - timedelta(days) if moment and days else None


def prune_collections(
    database: Database[Document], retention: Retention, now: datetime | None = None
) -> PrunedCollections:
    """Delete old documents; return how many were deleted and how many are left.

    It may run at the same time as loads and backfills, and be repeated.

    Raises:
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    with storage_errors("clear this task to finish"):
        database = database.with_options(write_concern=DURABLE)
        moment = latest_reading(database, now)

        def pruned(name: str, days: int, prune: Prune) -> PrunedCollection:
            old = limit(moment, days)
            deleted = prune(database, old) if old else 0
            found = _pruned(database[name], deleted, old)
            log.info("%s: %s", name, found)
            return found

        return PrunedCollections(
            counted_from=moment.isoformat() if moment else None,
            quarantine=pruned(collections.QUARANTINE, retention.quarantine_days, _prune_quarantine),
            position_versions=pruned(
                collections.VERSIONS, retention.versions_days, _prune_versions
            ),
            runs=pruned(
                collections.RUNS,
                retention.runs_days,
                partial(_prune_runs, unfinishable=limit(moment, retention.xcom_days)),
            ),
        )


def _pruned(
    collection: Collection[Document], deleted: int, old: datetime | None
) -> PrunedCollection:
    """Return how many documents were deleted and are left; the oldest only if age matters."""
    time = AGED_BY[collection.name]
    found = (
        collections.tz_aware(collection).find_one({time: A_DATE}, {time: True}, sort=[(time, 1)])
        if old
        else None
    )
    return PrunedCollection(
        deleted=deleted,
        kept=collection.estimated_document_count(),
        oldest=found[time].isoformat() if found else None,
    )


def _prune_runs(database: Database[Document], old: datetime, unfinishable: datetime | None) -> int:
    """Delete old receipts, except those that the next run of their search is compared with.

    The receipt of an unfinished load stays as long as the XComs from which it can be finished.
    """
    runs = database[collections.RUNS]
    needed = [
        receipt["_id"]
        for search in searches_of(runs)
        for receipt in (latest_complete_run(runs, search), newest_receipt(runs, search=search))
        if receipt
    ]
    ended = {"read_at": {"$lt": old}, "_id": {"$nin": needed}, "state": {"$ne": "writing"}}
    deleted = runs.delete_many(ended).deleted_count
    if unfinishable is not None:
        interrupted = {"read_at": {"$lt": min(old, unfinishable)}, "state": "writing"}
        deleted += runs.delete_many(interrupted).deleted_count
    return deleted


def _prune_quarantine(database: Database[Document], old: datetime) -> int:
    """Delete rows that no run has read lately.

    A backfill reads rows long after they were listed: what counts is when the runs read them.
    """
    deleted = 0
    quarantine, runs = database[collections.QUARANTINE], database[collections.RUNS]
    listed_before = quarantine.find(
        # Rows whose list of runs is damaged stay.
        {"last_seen_at": {"$lt": old}, "runs": {"$type": "array"}},
        {"runs": True},
    )
    for chunk in collections.chunks(listed_before):
        read_in = [run for row in chunk for run in row["runs"]]
        recent = {
            run["_id"]
            for run in runs.find({"_id": {"$in": read_in}, "read_at": {"$gte": old}}, {"_id": True})
        }
        # A row that is read again meanwhile has one more run, and stays.
        deleted += _delete(
            quarantine, (row for row in chunk if not any(run in recent for run in row["runs"]))
        )
    return deleted


def _prune_versions(database: Database[Document], old: datetime) -> int:
    """Delete versions that were last observed long ago, except current ones.

    A load writes versions and positions in parallel, so a new version may not look current yet:
    versions that are being written stay. This is checked before the positions are read, so if a
    load ends in between, its positions are seen.
    """
    deleted = 0
    versions, positions = database[collections.VERSIONS], database[collections.POSITIONS]
    # A version that is observed again meanwhile differs in the last two fields, and stays.
    fields = ("control_number", "content_hash", "last_observed_at", "source")
    sound = {"control_number": {"$type": "string"}, "content_hash": {"$type": "string"}}
    candidates = versions.find(
        {"last_observed_at": {"$lt": old}, **sound}, dict.fromkeys(fields, True)
    )
    for chunk in collections.chunks(candidates):
        being_written = set(_control_numbers_being_written(database))
        numbers = [version["control_number"] for version in chunk]
        current = {
            position["_id"]: position.get("content_hash")
            for position in positions.find({"_id": {"$in": numbers}}, {"content_hash": True})
        }
        deleted += _delete(
            versions,
            (
                version
                for version in chunk
                if version["control_number"] not in being_written and _is_former(version, current)
            ),
        )
        log.info("%d versions deleted", deleted)
    return deleted


def _is_former(version: Document, current: dict[str, Any]) -> bool:
    """Return whether a version is not current; any may be, if the position's hash is damaged."""
    content_hash = current.get(version["control_number"], "")
    return isinstance(content_hash, str) and content_hash != version["content_hash"]


def _control_numbers_being_written(database: Database[Document]) -> Iterator[str]:
    """Yield those of unfinished loads, and of quarantined rows, which may be read again now."""
    loaded = {"matches": True, "near_misses": True}
    for receipt in database[collections.RUNS].find({"state": "writing"}, loaded):
        for numbers in (receipt.get("matches"), receipt.get("near_misses")):
            if isinstance(numbers, list):
                yield from (number for number in numbers if isinstance(number, str))
    for row in database[collections.QUARANTINE].find({}, {"control_number": True}):
        if isinstance(number := row.get("control_number"), str):
            yield number


def _delete(collection: Collection[Document], found: Iterable[Document]) -> int:
    """Delete the documents that have not changed since they were found."""
    deletions = [DeleteOne(document) for document in found]
    return collection.bulk_write(deletions, ordered=False).deleted_count if deletions else 0
