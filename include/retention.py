"""What is deleted when it is old: receipts, versions, quarantined rows, XCom files and task logs.

Positions and marks are never deleted. Ages are counted back from the newest receipt: the clock that
it was read by was compared with USAJOBS's, and while nothing is read nothing gets old.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pymongo import DeleteOne
from pymongo.collection import Collection
from pymongo.database import Database

from include import documents
from include.documents import Document
from include.history import latest_complete_run, newest_receipt
from include.saved_searches import is_ours
from include.storage import DURABLE, storage_errors

log = logging.getLogger(__name__)

FOR_EVER = 0
LOCAL_FILES = "file://"

AGED_BY = {
    documents.RUNS: "read_at",
    documents.VERSIONS: "last_observed_at",
    documents.QUARANTINE: "last_seen_at",
}

Prune = Callable[[Database[Document], datetime], int]

Days = Annotated[int, Field(ge=FOR_EVER, le=36_500)]


class BadRetention(ValueError):
    """The settings can't be used; the message names each and what is allowed."""


class Retention(BaseModel):
    """After how many days what is deleted; 0 keeps it for ever."""

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
    """Return the settings from JSON; the defaults for what it does not name. Or `BadRetention`."""
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
    """Return the moment that ages are counted back from; None, and nothing is old, without one.

    A receipt of the future, which a wrong clock of earlier days may have left, counts as of `now`.
    """
    runs = documents.utc(database[documents.RUNS])
    newest = runs.find_one({}, {"read_at": True}, sort=[("read_at", -1)])
    return min(newest["read_at"], now or datetime.now(UTC)) if newest else None


def limit(moment: datetime | None, days: int) -> datetime | None:
    """Return before when something is old; None where nothing is."""
    return moment - timedelta(days) if moment and days else None


# --- collections


def prune_collections(
    database: Database[Document], retention: Retention, now: datetime | None = None
) -> dict[str, Any]:
    """Delete old documents; return in JSON form, of each collection, how many, and what is left.

    May run beside loads and backfills, and again. Raises `StorageFailed`.
    """
    with storage_errors("clear this task to finish"):
        database = database.with_options(write_concern=DURABLE)
        moment = latest_reading(database, now)
        rules: dict[str, tuple[int, Prune]] = {
            documents.QUARANTINE: (retention.quarantine_days, _prune_quarantine),
            documents.VERSIONS: (retention.versions_days, _prune_versions),
            documents.RUNS: (
                retention.runs_days,
                partial(_prune_runs, unfinishable=limit(moment, retention.xcom_days)),
            ),
        }
        pruned: dict[str, Any] = {"counted_from": moment and moment.isoformat()}
        for name, (days, prune) in rules.items():
            old = limit(moment, days)
            deleted = prune(database, old) if old else 0
            pruned[name] = _pruned(database[name], deleted, old)
            log.info("%s: %s", name, pruned[name])
    return pruned


def _pruned(collection: Collection[Document], deleted: int, old: datetime | None) -> dict[str, Any]:
    """Tell what was deleted and what is left; the oldest that is, where age counts."""
    time = AGED_BY[collection.name]
    found = documents.utc(collection).find_one({}, {time: True}, sort=[(time, 1)]) if old else None
    return {
        "deleted": deleted,
        "kept": collection.estimated_document_count(),
        "oldest": found[time].isoformat() if found else None,
    }


def _prune_runs(database: Database[Document], old: datetime, unfinishable: datetime | None) -> int:
    """Delete old receipts, but those that the next run of their search is compared with.

    The receipt of a load that did not end stays as long as the XComs from which it can be finished.
    """
    runs = database[documents.RUNS]
    needed = [
        receipt["_id"]
        for search in runs.distinct("search")
        for receipt in (latest_complete_run(runs, search), newest_receipt(runs, search=search))
        if receipt
    ]
    ended = {"read_at": {"$lt": old}, "_id": {"$nin": needed}, "state": {"$ne": "writing"}}
    deleted = runs.delete_many(ended).deleted_count
    if unfinishable is not None:
        broken_off = {"read_at": {"$lt": min(old, unfinishable)}, "state": "writing"}
        deleted += runs.delete_many(broken_off).deleted_count
    return deleted


def _prune_quarantine(database: Database[Document], old: datetime) -> int:
    """Delete rows that no run has met lately.

    Of past days, rows are met long after they were listed: what counts is when the runs read them.
    """
    deleted = 0
    quarantine, runs = database[documents.QUARANTINE], database[documents.RUNS]
    listed_before = quarantine.find({"last_seen_at": {"$lt": old}}, {"runs": True})
    for chunk in documents.chunks(listed_before):
        met_in = sorted({run for row in chunk for run in row["runs"]})
        recent = {
            run["_id"]
            for run in runs.find({"_id": {"$in": met_in}, "read_at": {"$gte": old}}, {"_id": True})
        }
        # A row that is met meanwhile has one run more, and stays.
        deleted += _delete(quarantine, (row for row in chunk if recent.isdisjoint(row["runs"])))
    return deleted


def _prune_versions(database: Database[Document], old: datetime) -> int:
    """Delete forms of postings that were last observed long ago and are no longer the current ones.

    A load writes a form and the position side by side, so that a current one may not be known as
    such yet: what is being written stays. That is asked before the positions are: of a load that
    has ended in between, the position is seen.
    """
    deleted = 0
    versions, positions = database[documents.VERSIONS], database[documents.POSITIONS]
    # A form that is observed again meanwhile differs in the last two, and stays.
    fields = ("control_number", "content_hash", "last_observed_at", "source")
    candidates = versions.find({"last_observed_at": {"$lt": old}}, dict.fromkeys(fields, True))
    for chunk in documents.chunks(candidates):
        being_written = set(_control_numbers_being_written(database))
        numbers = [version["control_number"] for version in chunk]
        current = {
            position["_id"]: position["content_hash"]
            for position in positions.find({"_id": {"$in": numbers}}, {"content_hash": True})
        }
        deleted += _delete(
            versions,
            (
                version
                for version in chunk
                if version["control_number"] not in being_written
                and current.get(version["control_number"]) != version["content_hash"]
            ),
        )
        log.info("%d versions deleted", deleted)
    return deleted


def _control_numbers_being_written(database: Database[Document]) -> Iterator[str]:
    """Yield those of loads that have not ended, and of rows that may just be read again."""
    loaded = {"matches": True, "near_misses": True}
    for receipt in database[documents.RUNS].find({"state": "writing"}, loaded):
        yield from receipt["matches"]
        yield from receipt["near_misses"]
    for row in database[documents.QUARANTINE].find({}, {"control_number": True}):
        yield row["control_number"]


def _delete(collection: Collection[Document], found: Iterable[Document]) -> int:
    """Delete documents that are still as they were found."""
    deletions = [DeleteOne(document) for document in found]
    return collection.bulk_write(deletions, ordered=False).deleted_count if deletions else 0


# --- files


class FilesRefused(RuntimeError):
    """Some old files could not be deleted; the others were."""


@dataclass
class PrunedFiles:
    """How many files and bytes were deleted, and from when the oldest is that stays."""

    files: int = 0
    bytes: int = 0
    oldest: str | None = None
    refused: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return it in JSON form."""
        return {"files": self.files, "bytes": self.bytes, "oldest": self.oldest}

    def keep(self, modified: float) -> None:
        """Note a file that is not old."""
        time = datetime.fromtimestamp(modified, UTC).isoformat(timespec="seconds")
        self.oldest = min(self.oldest or time, time)


def prune_files(
    retention: Retention,
    counted_from: str | None,
    *,
    xcom_path: str,
    log_folder: str,
    parsing_log_folders: Iterable[str] = (),
) -> dict[str, Any]:
    """Delete old files of the project's DAGs on this machine; return how many, in JSON form.

    `counted_from` is the one that `prune_collections` returns. The paths are Airflow's settings;
    the path of XComs is a URL, and one of an object store is left to its own rules.
    """
    moment = datetime.fromisoformat(counted_from) if counted_from else None
    rules: dict[str, tuple[int, Iterable[Path], Callable[[str], bool]]] = {
        "xcom": (retention.xcom_days, _dag_folders(_local_folder(xcom_path)), _any_file),
        "task_logs": (retention.log_days, _dag_folders(log_folder, "dag_id="), _any_file),
        "parsing_logs": (
            retention.log_days,
            [Path(folder).resolve() for folder in parsing_log_folders if folder],
            _is_parsing_log,
        ),
    }
    pruned = {name: PrunedFiles() for name in rules}
    for name, (days, folders, ours) in rules.items():
        if old := limit(moment, days):
            for folder in folders:
                _prune_path(folder, old.timestamp(), ours, pruned[name])
        log.info("%s: %s", name, pruned[name].summary())
    refused = [refusal for each in pruned.values() for refusal in each.refused]
    if refused:
        raise FilesRefused(
            f"{len(refused)} old files could not be deleted, the first one: {refused[0]}. Give "
            "Airflow's user the right to delete in these folders, or delete them by hand; what "
            "could be deleted is."
        )
    return {name: each.summary() for name, each in pruned.items()}


def _local_folder(xcom_path: str) -> str:
    """Return the folder of a `file://` URL, else nothing."""
    if xcom_path.startswith(LOCAL_FILES):
        return xcom_path.removeprefix(LOCAL_FILES)
    if xcom_path:
        log.info("XComs are kept in %s: bound them by that bucket's lifecycle rules.", xcom_path)
    return ""


def _dag_folders(root: str, prefix: str = "") -> list[Path]:
    """Return the folders of the project's DAGs, each named like its DAG, after the prefix."""
    if not root.startswith("/") or not os.path.isdir(root):
        return []
    return [
        Path(root, name)
        for name in os.listdir(root)
        if name.startswith(prefix) and is_ours(name.removeprefix(prefix))
    ]


def _any_file(name: str) -> bool:
    return True


def _is_parsing_log(name: str) -> bool:
    """Tell whether it is what Airflow wrote while it read one of the project's DAG files."""
    return name.endswith(".py.log") and is_ours(name.removesuffix(".py.log"))


def _prune_path(
    path: Path, before: float, ours: Callable[[str], bool], pruned: PrunedFiles
) -> None:
    """Delete one of our files if it is old; of a folder all such files, and itself if it is empty.

    A symbolic link is neither followed nor deleted. A folder in which something was made lately
    stays: something else may be about to be.
    """
    try:
        info = path.lstat()
        if stat.S_ISDIR(info.st_mode):
            for inner in path.iterdir():
                _prune_path(inner, before, ours, pruned)
            if info.st_mtime < before and not any(path.iterdir()):
                path.rmdir()
        elif stat.S_ISREG(info.st_mode) and ours(path.name):
            if info.st_mtime >= before:
                pruned.keep(info.st_mtime)
                return
            path.unlink()
            pruned.files += 1
            pruned.bytes += info.st_size
    except FileNotFoundError:
        return  # somebody else has deleted it
    except OSError as problem:
        pruned.refused.append(str(problem))
