"""Writes judged positions and their versions to MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from pymongo import InsertOne, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from include.jobs.source import Source
from include.pipeline.arrived import ArrivedPosition
from include.store import collections
from include.store.damage import FACTS_SEEN, VERSION, undamaged_in
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


def write_observations(
    database: Database[Document], search: str, times: ReadingTimes, kept: Sequence[ArrivedPosition]
) -> None:
    """Write positions as a search found them at these times, and their versions.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    # In parallel: one is encoded while the server processes the other.
    with ThreadPoolExecutor() as writers:
        writes = [
            writers.submit(_write_positions, database, search, times, kept),
            writers.submit(_write_versions, database, times, kept),
        ]
    for write in writes:
        write.result()


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


def _write_positions(
    database: Database[Document], search: str, times: ReadingTimes, kept: Sequence[ArrivedPosition]
) -> None:
    positions = database[collections.POSITIONS]
    for chunk in collections.chunks(kept):
        stored = _sound_positions(positions, search, [judged.control_number for judged in chunk])
        observed = [
            _update(judged, search, times, whole=False)
            for judged in chunk
            if judged.control_number in stored
        ]
        again = {
            update.control_number: update.again()
            for update in observed
            if stored[update.control_number] == with_values({}, update.identity())
        }
        # Whatever has been changed in the meantime is written like what is not known.
        settled = again if update_all(positions, [*again.values()]) else ()
        write_positions(
            positions,
            [
                _update(judged, search, times)
                for judged in chunk
                if judged.control_number not in settled
            ],
            stored,
            lambda numbers: repair_positions(database, numbers, [search]),
        )


def _sound_positions(
    positions: Collection[Document], search: str, numbers: Sequence[str]
) -> dict[str, Document]:
    """Return by `_id` what identifies the observations stored of positions without damage.

    Those without `announcement_keys` are left out, too: they may have lost them.
    """
    entry = entry_prefix(search)
    wanted = ["source", "content_hash", "facts.source", "facts.facts_hash"]
    wanted += [f"{entry}source", f"{entry}verdict_hash"]
    has_keys = {"announcement_keys.0": {"$exists": True}}
    among = {"_id": {"$in": numbers}, **has_keys, **undamaged_in([search])}
    found = positions.find(among, wanted)
    return {position["_id"]: position for position in found}


def _update(
    judged: ArrivedPosition, search: str, times: ReadingTimes, *, whole: bool = True
) -> PositionUpdate:
    """Return the update of one position with a search's observation.

    If it isn't the whole one, it has no more than what identifies the observation.
    """
    observation = {"source": times.source, "observed_at": times.observed_at}
    content = {**observation, "content_hash": judged.content_hash}
    match = {**observation, "verdict_hash": judged.match_hash}
    facts = {**observation, "facts_hash": judged.facts_hash}
    if whole:
        match |= judged.decoded_match()
        encoded, keys = judged.encoded
        of_content = Observation.content(content, keys, encoded)
    else:
        of_content = Observation(content, "content_hash")
    observed = [of_content, Observation.match(match, search)]
    if judged.facts_hash:
        observed.append(Observation.of_facts(facts | (judged.decoded_facts() if whole else {})))
    entry = entry_prefix(search)
    return PositionUpdate(
        judged.control_number,
        observed,
        {
            "$min": {"first_seen_at": times.seen_at, f"{entry}first_seen_at": times.seen_at},
            "$max": {"last_seen_at": times.seen_at, f"{entry}last_seen_at": times.seen_at},
        },
    )


def _write_versions(
    database: Database[Document], times: ReadingTimes, kept: Sequence[ArrivedPosition]
) -> None:
    versions = database[collections.VERSIONS]
    for chunk in collections.chunks(kept):
        ids = {"_id": {"$in": [judged.version_id for judged in chunk]}}
        stored = {
            each["_id"] for each in versions.find({**ids, **VERSION.undamaged()}, {"_id": True})
        }
        again = [judged for judged in chunk if judged.version_id in stored]
        new = [judged for judged in chunk if judged.version_id not in stored]
        if not update_all(versions, [_version_again(judged, times) for judged in again]):
            new = chunk
        refused = bulk_write(
            versions,
            [
                InsertOne(
                    with_values({"_id": judged.version_id}, *_version(judged, times).values())
                )
                for judged in new
            ],
        )
        existing = [new[index] for index in refused]
        repair(versions, [judged.version_id for judged in existing], VERSION, *OF_OBSERVATIONS)
        # What is set is what is stored already, unless that is damaged.
        bulk_write(
            versions,
            [
                UpdateOne({"_id": judged.version_id}, _version(judged, times), upsert=True)
                for judged in existing
            ],
        )


def _version_again(judged: ArrivedPosition, times: ReadingTimes) -> UpdateOne:
    return UpdateOne({"_id": judged.version_id}, _version(judged, times, whole=False))


def _version(judged: ArrivedPosition, times: ReadingTimes, *, whole: bool = True) -> Document:
    """Return the update of a version; if it isn't the whole one, without the content."""
    known: Document = {
        "control_number": judged.control_number,
        "content_hash": judged.content_hash,
    }
    if whole:
        known["content"] = judged.encoded.content
    observed = [""]
    if judged.facts_hash:
        observed.append(f"{FACTS_SEEN}.{judged.facts_hash}.")
        known[f"{observed[-1]}facts"] = judged.decoded_facts()
    return {
        "$set": known,
        "$min": {f"{each}first_observed_at": times.observed_at for each in observed},
        "$max": {f"{each}last_observed_at": times.observed_at for each in observed}
        | {f"{each}source": times.source for each in observed},
    }
