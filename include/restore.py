"""Bringing a backup back into a database that may have gone on: merged, never overwritten.

What is missing is added as it is. What is there already is merged by the rules by which runs
commute (see `storage`), so backups and runs may come in any order and any number of times. The
receipts are written last: a complete one is never without the positions that it speaks of.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, takewhile
from typing import BinaryIO, get_args

from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.database import Database

from include.backup import Stored, read_backup
from include.documents import AT_ONCE, MARKS, POSITIONS, QUARANTINE, RUNS, VERSIONS, Document
from include.history import ENDED
from include.matching import Verdict
from include.positions import Position
from include.sources import Source
from include.storage import (
    DURABLE,
    Observed,
    PositionUpdate,
    Write,
    bulk_write,
    ensure_indexes,
    entry_prefix,
    storage_errors,
)

log = logging.getLogger(__name__)

LARGEST_CHUNK = 4 * 1024 * 1024
"""Bytes of documents that are written with one command; one larger document is written alone."""

SOURCES = get_args(Source)

SEEN = {"first_seen_at": "$min", "last_seen_at": "$max"}
OBSERVED = {"first_observed_at": "$min", "last_observed_at": "$max"}
"""Dates of a document, and the operator that keeps the right one of two."""

# What is written of a document that is there already; others' fields are all besides.
CONTENT = {name for name, each in Position.model_fields.items() if not each.exclude}
CONTENT = CONTENT - {"control_number"} | {"observed_at", "content_hash"}
VERDICT = Verdict.model_fields.keys() | {"source", "observed_at", "verdict_hash"}
VERSION = {"_id", "control_number", "content_hash", "content", "source", *OBSERVED}
QUARANTINED = {"_id", "control_number", "reason", "raw", "source", "runs", *SEEN}


@dataclass
class Survey:
    """What a backup holds that was read to its end: documents by collection, and the searches."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    searches: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """What became of a collection's documents: added, or merged with those that were there."""

    added: int = 0
    merged: int = 0


def survey(documents: Iterable[Stored]) -> Survey:
    """Read a backup to its end. Raises `BadBackup`, before anything is written."""
    found = Survey()
    for each in documents:
        found.counts[each.collection] += 1
        if each.collection == POSITIONS:
            found.searches.update(search for search, _ in _verdicts(each.document))
    return found


def receipts_last(file: BinaryIO) -> Iterator[Stored]:
    """Yield what a backup holds, in the order in which it is to be written; `file` can seek."""
    file.seek(0)
    yield from (each for each in read_backup(file) if each.collection != RUNS)
    file.seek(0)
    yield from takewhile(lambda each: each.collection == RUNS, read_backup(file))


def merge(
    database: Database[Document], documents: Iterable[Stored], searches: Iterable[str]
) -> dict[str, Outcome]:
    """Write documents where they are missing, and merge the others with what is there.

    `searches` are those that get an index, as `load` makes it. Raises `StorageFailed`.
    """
    outcomes: dict[str, Outcome] = defaultdict(Outcome)
    with storage_errors("restore the same backup again to finish"):
        database = database.with_options(write_concern=DURABLE)
        ensure_indexes(database, sorted(searches))
        for name, group in groupby(documents, key=lambda each: each.collection):
            merging = MERGES.get(name, _left_alone)
            for chunk in _chunks(group):
                there = bulk_write(database[name], [InsertOne(each) for each in chunk])
                bulk_write(database[name], [w for index in there for w in merging(chunk[index])])
                outcomes[name].added += len(chunk) - len(there)
                outcomes[name].merged += len(there)
    return outcomes


def _chunks(documents: Iterable[Stored]) -> Iterator[list[Document]]:
    chunk: list[Document] = []
    size = 0
    for each in documents:
        if chunk and (len(chunk) == AT_ONCE or size + each.size > LARGEST_CHUNK):
            yield chunk
            chunk, size = [], 0
        chunk.append(each.document)
        size += each.size
    if chunk:
        yield chunk


def _position(stored: Document) -> list[Write]:
    """Bring what is newer of the content and of each search's verdict, and the outer dates."""
    if not _is_observed(stored, "content_hash"):
        return _where_missing(stored, _others(stored, {"_id"}))
    observed = [Observed.content(_only(stored, CONTENT))]
    seen = _extremes(stored, SEEN)
    others = _others(stored, {"_id", "matches"} | CONTENT | SEEN.keys())
    verdicts = dict(_verdicts(stored))
    for search, entry in verdicts.items():
        prefix = entry_prefix(search)
        observed.append(Observed.verdict(_only(entry, VERDICT), search))
        for operator, dates in _extremes(entry, SEEN, prefix).items():
            seen[operator] |= dates
        others |= _others(entry, VERDICT | SEEN.keys(), prefix)
    others |= _others(_entries(stored), verdicts.keys(), "matches.")
    update = PositionUpdate(stored["_id"], observed, seen)
    return [*update.parts(), *_where_missing(stored, others)]


def _version(stored: Document) -> list[Write]:
    """Bring the outer dates; the content is the same wherever the `_id` is."""
    if not (_has_dates(stored, OBSERVED) and stored.get("source") in SOURCES):
        return _where_missing(stored, _others(stored, {"_id"}))
    update = _extremes(stored, OBSERVED)
    update["$max"]["source"] = stored["source"]
    return [
        UpdateOne({"_id": stored["_id"]}, update),
        *_where_missing(stored, _others(stored, VERSION)),
    ]


def _receipt(stored: Document) -> list[Write]:
    """Complete a receipt whose run was broken off here, and went to its end there."""
    if stored.get("state") not in ENDED:
        return []
    unfinished = {"_id": stored["_id"], "state": "writing"}
    return [UpdateOne(unfinished, {"$set": _others(stored, {"_id"})})]


def _quarantined(stored: Document) -> list[Write]:
    """Bring the runs that met the row, and the outer dates."""
    if not (_has_dates(stored, SEEN) and isinstance(stored.get("runs"), list)):
        return _where_missing(stored, _others(stored, {"_id"}))
    update = {**_extremes(stored, SEEN), "$addToSet": {"runs": {"$each": stored["runs"]}}}
    return [
        UpdateOne({"_id": stored["_id"]}, update),
        *_where_missing(stored, _others(stored, QUARANTINED)),
    ]


def _mark(stored: Document) -> list[Write]:
    """Bring the whole mark if it was changed later than the one that is there."""
    if not _has_dates(stored, ["updated_at"]):
        return []
    earlier = [{"updated_at": {"$exists": False}}, {"updated_at": {"$lt": stored["updated_at"]}}]
    return [ReplaceOne({"_id": stored["_id"], "$or": earlier}, stored)]


def _left_alone(_: Document) -> list[Write]:
    return []


MERGES: dict[str, Callable[[Document], list[Write]]] = {
    POSITIONS: _position,
    VERSIONS: _version,
    RUNS: _receipt,
    QUARANTINE: _quarantined,
    MARKS: _mark,
}
"""What to write of a document whose `_id` is there already; of other collections, nothing."""


def _is_observed(fields: object, digest: str) -> bool:
    """Tell whether these fields are such as a run leaves.

    Others' are not compared with an observation: what is no date, or no known source, could win
    over every run to come.
    """
    return (
        isinstance(fields, dict)
        and fields.get("source") in SOURCES
        and isinstance(fields.get(digest), str)
        and _has_dates(fields, ["observed_at", *SEEN])
    )


def _has_dates(fields: Document, names: Iterable[str]) -> bool:
    return all(isinstance(fields.get(name), datetime) for name in names)


def _entries(position: Document) -> Document:
    entries = position.get("matches")
    return entries if isinstance(entries, dict) else {}


def _verdicts(position: Document) -> Iterator[tuple[str, Document]]:
    """Yield each search's entry in a position; users may have written others beside them."""
    for search, entry in _entries(position).items():
        if _is_addressable(search) and _is_observed(entry, "verdict_hash"):
            yield search, entry


def _only(fields: Document, names: Set[str]) -> Document:
    return {name: value for name, value in fields.items() if name in names}


def _extremes(fields: Document, operators: Mapping[str, str], prefix: str = "") -> Document:
    """Return the part of an update that moves dates outwards."""
    return {operator: {f"{prefix}{name}": fields[name]} for name, operator in operators.items()}


def _others(fields: Document, known: Set[str], prefix: str = "") -> Document:
    """Return the fields besides the known ones, by their paths."""
    others = {}
    for name in fields.keys() - known:
        if _is_addressable(name):
            others[f"{prefix}{name}"] = fields[name]
        else:
            log.warning(
                "The field %r of a document that is there already was left out: no update reaches "
                "a field of such a name.",
                f"{prefix}{name}"[:80],
            )
    return others


def _is_addressable(name: str) -> bool:
    return bool(name) and "." not in name


def _where_missing(stored: Document, fields: Document) -> list[Write]:
    """Set each of these fields, by its path, if the document that is there has none."""
    return [
        UpdateOne({"_id": stored["_id"], path: {"$exists": False}}, {"$set": {path: value}})
        for path, value in fields.items()
    ]
