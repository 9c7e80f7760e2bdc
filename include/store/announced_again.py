"""Finds the earlier announcements of stored jobs, by keys that each position has.

Who follows whom depends on all runs, so it is computed on every read; that way runs may be loaded
in any order.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from types import MappingProxyType
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
    known_keys: Mapping[str, list[str]] = MappingProxyType({}),
) -> dict[str, list[Earlier]]:
    """Return the earlier announcements of those positions that have any, the latest first.

    What is gone is what these searches say is gone. Damaged documents are left out. The positions'
    keys are read unless they are known (see `keys_of`).
    """
    positions = collections.tz_aware(database[collections.POSITIONS])
    found: dict[str, list[Earlier]] = {}
    for chunk in collections.chunks(control_numbers):
        keys = {number: known_keys[number] for number in chunk if number in known_keys}
        if unknown := [number for number in chunk if number not in keys]:
            keys |= keys_of(positions.find({"_id": {"$in": unknown}}, {KEYS: True}))
        alike = _alike(positions, {*chain.from_iterable(keys.values())}, len(keys))
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


def _alike(positions: Documents[Document], keys: set[str], known: int) -> dict[str, list[str]]:
    """Return the control numbers of the positions that share a key, by that key.

    What too many share says too little of a job. So as not to read them all, some are read first:
    not many more than the positions that are `known` to have these keys.
    """
    most = limits.SAME_JOB_ANNOUNCEMENTS
    limit = known + most * 10
    while True:
        found = positions.find(
            {KEYS: {"$in": sorted(keys)}}, {KEYS: True}, limit=limit, batch_size=limit
        ).to_list()
        shared_by: dict[str, list[str]] = {}
        for number, its_keys in keys_of(found).items():
            for key in keys.intersection(its_keys):
                shared_by.setdefault(key, []).append(number)
        few = {key: numbers for key, numbers in shared_by.items() if len(numbers) <= most}
        if len(found) < limit:
            return {key: numbers for key, numbers in few.items() if len(numbers) > 1}
        limit = limit if len(few) < len(shared_by) else limit * 2
        keys = keys - (shared_by.keys() - few.keys())


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
