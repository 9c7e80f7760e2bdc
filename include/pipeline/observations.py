"""Writes judged positions and their versions to MongoDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from include.jobs.source import Source
from include.pipeline.arrived import ArrivedPosition, EncodedContent, Identity
from include.pipeline.stored import Stored, side_by_side
from include.store import collections
from include.store.damage import FACTS_SEEN, VERSION
from include.store.documents import Document, Receipt
from include.store.repair import repair, repair_positions
from include.store.upserts import (
    Observation,
    PositionUpdate,
    StorageError,
    bulk_write,
    entry_prefix,
    update_all,
    with_values,
    write_positions,
)
from include.usajobs.extract import Provenance

OF_OBSERVATIONS = ("source", "first_observed_at", "last_observed_at", FACTS_SEEN)
"""The fields of a version that say when it was observed, where, and with which facts."""


class ReadingTimes(NamedTuple):
    """Which API was read, and when; `Provenance` documents the times."""

    source: Source
    read_at: datetime
    observed_at: datetime
    seen_at: datetime

    @property
    def rank(self) -> tuple[str, datetime]:
        """The rank of an observation of a position: the highest one wins."""
        return self.source, self.observed_at


def reading_times(provenance: Provenance) -> ReadingTimes:
    """Parse the times, which XComs carry as text."""
    return ReadingTimes(
        provenance["source"],
        datetime.fromisoformat(provenance["read_at"]),
        datetime.fromisoformat(provenance["observed_at"]),
        datetime.fromisoformat(provenance["seen_at"]),
    )


def write_dates(stored: Stored, times: ReadingTimes) -> set[str]:
    """Set the dates of the positions that are stored as they were found, and of their versions.

    Returns the control numbers of those that still were so. The others are to be written like those
    of which nothing is known.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    positions = stored.database[collections.POSITIONS]
    versions = stored.database[collections.VERSIONS]
    chunks = [*collections.chunks(stored.settled)]
    found = side_by_side(
        lambda: [
            update_all(positions, [_update(each, stored.search, times).again() for each in chunk])
            for chunk in chunks
        ],
        lambda: [
            update_all(versions, [_version_again(each, times) for each in chunk])
            for chunk in chunks
        ],
    )
    return {
        each.control_number
        for chunk, *are_found in zip(chunks, *found, strict=True)
        if all(are_found)
        for each in chunk
    }


def write_observations(
    stored: Stored, times: ReadingTimes, kept: Sequence[ArrivedPosition]
) -> None:
    """Write positions as a search found them at these times, and their versions.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    for chunk in collections.sized_chunks(kept, lambda judged: judged.size):
        _Writes.of(chunk, stored, times).write()


def check_stored(
    database: Database[Document], search: str, times: ReadingTimes, receipt: Receipt
) -> None:
    """Count the stored positions of a run against those that it kept.

    Raises:
        StorageError: MongoDB has acknowledged more writes than it has done.
        PyMongoError: MongoDB can't be reached.
    """
    kept = [*receipt["matches"], *receipt["near_misses"]]
    seen = {f"{entry_prefix(search)}last_seen_at": {"$gte": times.seen_at}}
    stored = sum(
        database[collections.POSITIONS].count_documents({"_id": {"$in": chunk}, **seen})
        for chunk in collections.chunks(set(kept))
    )
    if stored != len(set(kept)):
        raise StorageError(
            f"Of {len(set(kept))} positions only {stored} are stored, although MongoDB has "
            "acknowledged them all. Check the server's log and disk, then clear this task."
        )


class _VersionUpdate(NamedTuple):
    """The whole update of a version."""

    version_id: str
    update: Document

    def insertion(self) -> InsertOne[Document]:
        """Return the insert for a new version."""
        return InsertOne(with_values({"_id": self.version_id}, *self.update.values()))

    def upsert(self) -> UpdateOne:
        """Return the write for a version that may be stored."""
        return UpdateOne({"_id": self.version_id}, self.update, upsert=True)


class _Writes(NamedTuple):
    """The updates of some positions and of their versions."""

    stored: Stored
    positions: list[PositionUpdate]
    versions: list[_VersionUpdate]

    @classmethod
    def of(cls, chunk: Iterable[ArrivedPosition], stored: Stored, times: ReadingTimes) -> _Writes:
        """Return those of positions as a search found them."""
        writes = cls(stored, [], [])
        for judged in chunk:
            content = judged.encoded_content()
            writes.positions.append(_whole_update(judged, content, stored.search, times))
            writes.versions.append(_version(judged, content, times))
        return writes

    def write(self) -> None:
        """Write both, side by side.

        Raises:
            PyMongoError: MongoDB rejected a write, or can't be reached.
        """
        side_by_side(
            lambda: write_positions(
                self.stored.database[collections.POSITIONS],
                self.positions,
                self.stored.positions,
                lambda numbers: repair_positions(
                    self.stored.database, numbers, [self.stored.search]
                ),
            ),
            lambda: _write_versions(self.stored, self.versions),
        )


def _update(found: Identity, search: str, times: ReadingTimes) -> PositionUpdate:
    """Return the update of one position, with no more than what identifies the observation."""
    observation = {"source": times.source, "observed_at": times.observed_at}
    content = {**observation, "content_hash": found.content_hash}
    match = {**observation, "verdict_hash": found.match_hash}
    observed = [Observation(content, "content_hash"), Observation.match(match, search)]
    if found.facts_hash:
        observed.append(Observation.of_facts({**observation, "facts_hash": found.facts_hash}))
    entry = entry_prefix(search)
    return PositionUpdate(
        found.control_number,
        observed,
        {
            "$min": {"first_seen_at": times.seen_at, f"{entry}first_seen_at": times.seen_at},
            "$max": {"last_seen_at": times.seen_at, f"{entry}last_seen_at": times.seen_at},
        },
    )


def _whole_update(
    judged: ArrivedPosition, encoded: EncodedContent, search: str, times: ReadingTimes
) -> PositionUpdate:
    """Return the update of one position with all that was observed."""
    update = _update(judged.identity, search, times)
    content, match, *facts = update.observed
    match.fields.update(judged.decoded_match())
    for each in facts:
        each.fields.update(judged.decoded_facts())
    content = Observation.content(content.fields, encoded.announcement_keys, encoded.content)
    return update._replace(observed=[content, match, *facts])


def _write_versions(stored: Stored, updates: Sequence[_VersionUpdate]) -> None:
    versions = stored.database[collections.VERSIONS]
    existing = [update for update in updates if update.version_id in stored.versions]
    new = [update for update in updates if update.version_id not in stored.versions]
    refused = bulk_write(versions, [update.insertion() for update in new])
    existing += [new[index] for index in refused]
    repair(versions, [update.version_id for update in existing], VERSION, *OF_OBSERVATIONS)
    # What is set is what is stored already, unless that is damaged.
    bulk_write(versions, [update.upsert() for update in existing])


def _version_again(found: Identity, times: ReadingTimes) -> UpdateOne:
    """Return the update of a version that is stored with these facts: dates change."""
    if not found.facts_hash:
        return UpdateOne({"_id": found.version_id}, _observed(times, [""]))
    facts = _facts_prefix(found)
    has_facts = {f"{facts}facts": {"$exists": True}}
    return UpdateOne({"_id": found.version_id, **has_facts}, _observed(times, ["", facts]))


def _version(
    judged: ArrivedPosition, encoded: EncodedContent, times: ReadingTimes
) -> _VersionUpdate:
    known: Document = {
        "control_number": judged.control_number,
        "content_hash": judged.content_hash,
        "content": encoded.content,
    }
    observed = [""]
    if judged.facts_hash:
        observed.append(_facts_prefix(judged.identity))
        known[f"{observed[-1]}facts"] = judged.decoded_facts()
    return _VersionUpdate(judged.identity.version_id, {"$set": known, **_observed(times, observed)})


def _facts_prefix(found: Identity) -> str:
    return f"{FACTS_SEEN}.{found.facts_hash}."


def _observed(times: ReadingTimes, prefixes: Sequence[str]) -> Document:
    """Return the update of what a version says of its observations at these paths."""
    return {
        "$min": {f"{each}first_observed_at": times.observed_at for each in prefixes},
        "$max": {f"{each}last_observed_at": times.observed_at for each in prefixes}
        | {f"{each}source": times.source for each in prefixes},
    }
