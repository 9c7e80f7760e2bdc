"""Restores a backup into a database that may have newer data: merged, never overwritten.

Missing documents are added as they are. Existing ones are merged by the same rules that make runs
commute (see `upserts`), so backups and runs may come in any order and any number of times. Receipts
are written last, so a complete receipt never lacks its positions.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, takewhile
from typing import BinaryIO, get_args

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from include.jobs.announced_again import announcement_keys
from include.jobs.source import Source
from include.store.applications import HISTORY, joining_histories
from include.store.backup import Stored, read_backup
from include.store.collections import (
    FEEDS,
    MARKS,
    POSITIONS,
    QUARANTINE,
    RENAMED,
    RUNS,
    VERSIONS,
    sized_chunks,
)
from include.store.damage import (
    FACTS,
    FACTS_SEEN,
    OUTCOME,
    QUARANTINED,
    VERSION,
    sound_facts,
    with_sound_facts,
)
from include.store.documents import (
    ENDED,
    Document,
    MarkDocument,
    PositionDocument,
    SearchMatch,
)
from include.store.indexes import ensure_indexes
from include.store.outcomes import merging, outcome_of, repair_outcomes
from include.store.repair import repair, repair_positions
from include.store.upserts import (
    DURABLE,
    Observation,
    PositionUpdate,
    Write,
    bulk_write,
    entry_prefix,
    storage_errors,
    where_missing,
)

log = logging.getLogger(__name__)

SOURCES = get_args(Source)

SEEN = {"first_seen_at": "$min", "last_seen_at": "$max"}
OBSERVED = {"first_observed_at": "$min", "last_observed_at": "$max"}
"""The dates of a document, each with the operator that picks the right one of two."""

# The fields that are merged into an existing document; all others are somebody else's.
CONTENT = PositionDocument.model_fields.keys() - {"id", "matches", FACTS, OUTCOME, *SEEN}
MATCH = SearchMatch.model_fields.keys() - SEEN.keys()


@dataclass
class Survey:
    """The content of a valid backup: the number of documents by collection, and the searches."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    searches: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """How many documents of a collection were added, and merged with existing ones."""

    added: int = 0
    merged: int = 0


def survey(documents: Iterable[Stored]) -> Survey:
    """Read a whole backup before anything is written.

    Raises:
        BadBackup: it is truncated, damaged or not a backup.
    """
    found = Survey()
    for each in documents:
        found.counts[each.collection] += 1
        if each.collection == POSITIONS:
            found.searches.update(search for search, _ in _matches(each.document))
    return found


def receipts_last(file: BinaryIO) -> Iterator[Stored]:
    """Yield the documents of a backup in the order to write them; `file` must be seekable.

    Raises:
        BadBackup: it is truncated, damaged or not a backup.
    """
    file.seek(0)
    for each in read_backup(file):
        if each.collection != RUNS:
            yield each._replace(collection=RENAMED.get(each.collection, each.collection))
    file.seek(0)
    yield from takewhile(lambda each: each.collection == RUNS, read_backup(file))


def merge(
    database: Database[Document], documents: Iterable[Stored], searches: Iterable[str]
) -> dict[str, Outcome]:
    """Insert missing documents, and merge the others with existing ones.

    `searches` get an index each, as from `load`.

    Raises:
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    outcomes: dict[str, Outcome] = defaultdict(Outcome)
    with storage_errors("restore the same backup again to finish"):
        database = database.with_options(write_concern=DURABLE)
        ensure_indexes(database, sorted(searches))
        for name, group in groupby(documents, key=lambda each: each.collection):
            merging = MERGES.get(name, _left_alone)
            for stored in sized_chunks(group, lambda each: each.size):
                chunk = [each.document for each in stored]
                refused = bulk_write(database[name], [InsertOne(each) for each in chunk])
                existing = [chunk[index] for index in refused]
                _repair(database, name, existing)
                bulk_write(database[name], [write for each in existing for write in merging(each)])
                outcomes[name].added += len(chunk) - len(existing)
                outcomes[name].merged += len(existing)
    return outcomes


def _repair(database: Database[Document], name: str, existing: Sequence[Document]) -> None:
    """Remove what is damaged in existing documents, so that the backup's can take its place."""
    ids = [document["_id"] for document in existing if isinstance(document["_id"], str)]
    if name == POSITIONS:
        searches = {search for document in existing for search, _ in _matches(document)}
        repair_positions(database, ids, searches)
        repair_outcomes(database, ids)
    elif shape := {VERSIONS: VERSION, QUARANTINE: QUARANTINED}.get(name):
        repair(database[name], ids, shape)


def _position(stored: Document) -> list[Write]:
    """Merge newer content, newer match results of each search, the dates, and what became of it."""
    if not _is_observed(stored, "content_hash"):
        return where_missing(stored["_id"], _others(stored, {"_id"}))
    content = _only(stored, CONTENT)
    observed = [Observation.content(content, announcement_keys(content))]
    seen = _extremes(stored, SEEN)
    outcome = outcome_of(stored)
    others = _others(stored, {"_id", "matches", FACTS, OUTCOME} | CONTENT | SEEN.keys())
    if facts := sound_facts(stored):
        observed.append(Observation.of_facts(facts))
    matches = dict(_matches(stored))
    for search, entry in matches.items():
        prefix = entry_prefix(search)
        observed.append(Observation.match(_only(entry, MATCH), search))
        for operator, dates in _extremes(entry, SEEN, prefix).items():
            seen[operator] |= dates
        others |= _others(entry, MATCH | SEEN.keys(), prefix)
    others |= _others(_entries(stored), matches.keys(), "matches.")
    update = PositionUpdate(stored["_id"], observed, seen)
    became = merging(stored["_id"], outcome) if outcome else ()
    return [*update.parts(), *became, *where_missing(stored["_id"], others)]


def _version(stored: Document) -> list[Write]:
    """Merge the dates, and the facts that were seen; equal `_id`s imply equal content."""
    if not (_has_dates(stored, OBSERVED) and stored.get("source") in SOURCES):
        return where_missing(stored["_id"], _others(stored, {"_id"}))
    others = _others(stored, {"_id", FACTS_SEEN})
    update = _extremes(stored, OBSERVED)
    update["$max"]["source"] = stored["source"]
    for digest, seen in with_sound_facts(stored)[FACTS_SEEN].items():
        prefix = f"{FACTS_SEEN}.{digest}."
        for operator, dates in _extremes(seen, OBSERVED, prefix).items():
            update[operator] |= dates
        update["$max"][f"{prefix}source"] = seen["source"]
        others[f"{prefix}facts"] = seen["facts"]
    return [
        UpdateOne({"_id": stored["_id"]}, update),
        *where_missing(stored["_id"], others),
    ]


def _receipt(stored: Document) -> list[Write]:
    """Complete the receipt of a run that was interrupted here but is finished in the backup."""
    if stored.get("state") not in ENDED:
        return []
    unfinished = {"_id": stored["_id"], "state": "writing"}
    return [UpdateOne(unfinished, {"$set": _others(stored, {"_id"})})]


def _quarantined(stored: Document) -> list[Write]:
    """Merge the runs that read the row, and the dates."""
    if not (_has_dates(stored, SEEN) and isinstance(stored.get("runs"), list)):
        return where_missing(stored["_id"], _others(stored, {"_id"}))
    update = {**_extremes(stored, SEEN), "$addToSet": {"runs": {"$each": stored["runs"]}}}
    return [
        UpdateOne({"_id": stored["_id"]}, update),
        *where_missing(stored["_id"], _others(stored, {"_id"})),
    ]


def _mark(stored: Document) -> list[Write]:
    """Replace the mark if the backup's was changed later, or the existing one has no valid date.

    Whichever wins, the history has the entries of both.
    """
    joined = joining_histories(stored["_id"], stored.get(HISTORY))
    if not _has_dates(stored, ["updated_at"]):
        return [*joined]
    earlier = {"updated_at": {"$not": {"$gte": stored["updated_at"]}}}
    replaced: Document = {"$set": _others(stored, {"_id", HISTORY})}
    if absent := dict.fromkeys(MarkDocument.__annotations__.keys() - stored.keys() - {HISTORY}, ""):
        replaced["$unset"] = absent
    return [UpdateOne({"_id": stored["_id"], **earlier}, replaced), *joined]


def _feed(stored: Document) -> list[Write]:
    """Take back an address that the backup says was taken back; none is ever revived."""
    if not _has_dates(stored, ["taken_back_at"]):
        return []
    valid = {"_id": stored["_id"], "taken_back_at": None}
    return [UpdateOne(valid, {"$set": {"taken_back_at": stored["taken_back_at"]}})]


def _left_alone(_: Document) -> list[Write]:
    return []


MERGES: dict[str, Callable[[Document], list[Write]]] = {
    POSITIONS: _position,
    VERSIONS: _version,
    RUNS: _receipt,
    QUARANTINE: _quarantined,
    MARKS: _mark,
    FEEDS: _feed,
}
"""How to merge an existing document, by collection; in other collections it is left alone."""


def _is_observed(fields: object, digest: str) -> bool:
    """Return whether these fields look as if a run had written them.

    Only such fields are compared with observations: an invalid date or an unknown source could win
    over every later run.
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


def _matches(position: Document) -> Iterator[tuple[str, Document]]:
    """Yield each search's entry in a position, skipping entries that users have added."""
    for search, entry in _entries(position).items():
        if _is_addressable(search) and _is_observed(entry, "verdict_hash"):
            yield search, entry


def _only(fields: Document, names: Set[str]) -> Document:
    return {name: value for name, value in fields.items() if name in names}


def _extremes(fields: Document, operators: Mapping[str, str], prefix: str = "") -> Document:
    """Return the update operators that extend the date range."""
    return {operator: {f"{prefix}{name}": fields[name]} for name, operator in operators.items()}


def _others(fields: Document, known: Set[str], prefix: str = "") -> Document:
    """Return all other fields by their paths."""
    others = {}
    for name in fields.keys() - known:
        if _is_addressable(name):
            others[f"{prefix}{name}"] = fields[name]
        else:
            log.warning(
                "The field %r of an existing document was left out: updates can't address a field "
                "with this name.",
                f"{prefix}{name}"[:80],
            )
    return others


def _is_addressable(name: str) -> bool:
    return bool(name) and "." not in name
