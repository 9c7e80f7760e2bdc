"""Finds the earlier announcements of stored jobs, by keys that each position has.

Who follows whom depends on all runs, so it is computed on every read; that way runs may be loaded
in any order.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, NotRequired

from pydantic import Field
from pymongo import UpdateOne
from pymongo.database import Database
from typing_extensions import TypedDict

from include.jobs import limits
from include.jobs.announced_again import (
    KEYED_FIELDS,
    Announcement,
    Earlier,
    announcement_keys,
    earlier_announcements,
)
from include.jobs.source import Source
from include.jobs.text_types import Name
from include.store import collections
from include.store.damage import Shape
from include.store.documents import Document
from include.store.upserts import bulk_write, entry_prefix

if TYPE_CHECKING:
    from pymongo.collection import Collection as Documents

log = logging.getLogger(__name__)

KEYS = "announcement_keys"


class SeenEntry(TypedDict):
    """The fields of a search's entry that are read."""

    source: Source
    first_seen_at: datetime
    last_seen_at: datetime


class AnnouncedPosition(TypedDict):
    """The fields of a position that are read and that damage it."""

    PositionTitle: Annotated[Name, Field(min_length=1)]
    first_seen_at: datetime
    last_seen_at: datetime
    announcement_number: NotRequired[Name | None]
    published_at: NotRequired[datetime | None]
    closes_at: NotRequired[datetime | None]


SEEN_ENTRY, ANNOUNCED_POSITION = Shape(SeenEntry), Shape(AnnouncedPosition)
SEEN = [*SeenEntry.__annotations__]


def find_earlier(
    database: Database[Document],
    control_numbers: Iterable[str],
    searches: Collection[str],
    known_keys: Mapping[str, list[str]] | None = None,
) -> dict[str, list[Earlier]]:
    """Return the earlier announcements of those positions that have any, the latest first.

    What is gone is what these searches say is gone. Damaged documents are left out. The positions'
    keys are read unless they are known (see `keys_of`).
    """
    positions = collections.tz_aware(database[collections.POSITIONS])
    found: dict[str, list[Earlier]] = {}
    for chunk in collections.chunks(control_numbers):
        if known_keys is None:
            keys = keys_of(positions.find({"_id": {"$in": chunk}}, {KEYS: True}))
        else:
            keys = {number: known_keys[number] for number in chunk if number in known_keys}
        alike = _alike(positions, {*chain.from_iterable(keys.values())})
        numbers = {*chain.from_iterable(alike.values())}
        announcements = _announcements(positions, numbers, searches)
        for number in keys.keys() & announcements.keys():
            others = {each for key in keys[number] for each in alike.get(key, ())} - {number}
            group = [announcements[each] for each in others & announcements.keys()]
            if earlier := earlier_announcements(announcements[number], group):
                found[number] = earlier
    return found


def keys_of(positions: Iterable[Document]) -> dict[str, list[str]]:
    """Return the keys of these positions by control number; damaged ones have none."""
    return {
        position["_id"]: [key for key in position[KEYS] if isinstance(key, str)]
        for position in positions
        if isinstance(position["_id"], str) and isinstance(position.get(KEYS), list)
    }


def _alike(positions: Documents[Document], keys: set[str]) -> dict[str, list[str]]:
    """Return the control numbers of the positions that share a key, by that key.

    What too many share says too little of a job. So as not to read them all, some are read first.
    MongoDB groups them, because most positions share no key, and needn't be sent.
    """
    most = limits.SAME_JOB_ANNOUNCEMENTS
    limit = len(keys) * 2 + most * 10
    while True:
        groups = positions.aggregate(
            [
                {"$match": {KEYS: {"$in": sorted(keys), "$type": "array"}}},
                {"$limit": limit},
                {"$project": {KEYS: True}},
                {"$unwind": f"${KEYS}"},
                {
                    "$group": {
                        "_id": f"${KEYS}",
                        "shared_by": {"$sum": 1},
                        "numbers": {"$push": "$_id"},
                    }
                },
                {"$match": {"shared_by": {"$gt": 1}}},
                {"$project": {"shared_by": True, "numbers": {"$slice": ["$numbers", most]}}},
            ]
        )
        shared = {group["_id"]: group for group in groups if group["_id"] in keys}
        few = {key: group for key, group in shared.items() if group["shared_by"] <= most}
        # Each position that was read has one of the keys at least.
        at_most = sum(group["shared_by"] for group in shared.values())
        if at_most + len(keys - shared.keys()) < limit:
            return {
                key: [number for number in group["numbers"] if isinstance(number, str)]
                for key, group in few.items()
            }
        limit = limit if len(few) < len(shared) else limit * 2
        keys = keys - (shared.keys() - few.keys())


def _announcements(
    positions: Documents[Document], numbers: Iterable[str], searches: Collection[str]
) -> dict[str, Announcement]:
    """Return what decides which of these positions follows which, by control number."""
    entries = [f"{entry_prefix(search)}{name}" for search in searches for name in SEEN]
    fields = (*AnnouncedPosition.__annotations__, KEYS, "outcome", *entries)
    return {
        position["_id"]: _announcement(position)
        for chunk in collections.chunks(sorted(numbers))
        for position in positions.find({"_id": {"$in": chunk}}, dict.fromkeys(fields, True))
        if not ANNOUNCED_POSITION.damage(position)
    }


def _announcement(position: Document) -> Announcement:
    matches, outcome = position.get("matches"), position.get("outcome")
    entries = matches.items() if isinstance(matches, dict) else ()
    status = outcome.get("status") if isinstance(outcome, dict) else None
    return Announcement(
        control_number=position["_id"],
        announcement_number=position.get("announcement_number"),
        title=position["PositionTitle"],
        keys=frozenset(*keys_of([position]).values()),
        opened_at=position.get("published_at") or position["first_seen_at"],
        closes_at=position.get("closes_at"),
        first_seen_at=position["first_seen_at"],
        last_seen_at=position["last_seen_at"],
        seen={search: entry for search, entry in entries if _is_sound(entry)},
        outcome=status if isinstance(status, str) else None,
    )


def _is_sound(entry: object) -> bool:
    return isinstance(entry, dict) and not SEEN_ENTRY.damage(entry)


def key_earlier_positions(database: Database[Document]) -> None:
    """Give positions of earlier versions their keys, so many a time; later calls do the others.

    It may be interrupted, repeated and run concurrently: a key is stored only with the content that
    it was made of. Nothing else of a position changes.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    positions = collections.tz_aware(database[collections.POSITIONS])
    fields = dict.fromkeys((*KEYED_FIELDS, "content_hash"), True)
    unkeyed = positions.find({KEYS: None}, fields, limit=limits.KEYED_POSITIONS)
    keyed = 0
    for chunk in collections.chunks(unkeyed):
        bulk_write(positions, [_keyed(position) for position in chunk])
        keyed += len(chunk)
    if keyed:
        log.info("%d positions can now be recognised when they are announced again", keyed)


def _keyed(position: Mapping[str, Any]) -> UpdateOne:
    same = {"content_hash": {"$eq": position.get("content_hash")}, KEYS: None}
    keys = {KEYS: announcement_keys(position)}
    return UpdateOne({"_id": position["_id"], **same}, {"$set": keys})
