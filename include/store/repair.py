"""Removes what is damaged in documents that are about to be observed again.

The guarded updates (see `upserts`) replace what sorts before an observation. But MongoDB can't
compare some values and sorts others by their type, so a text in place of a date could stay for
ever. So damaged fields are removed first, and with them the fields that guard them: the observation
then counts as the first one, and wins. All sound fields, other searches' entries and fields that
users added stay.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne
from pymongo.database import Database

from include.store import collections
from include.store.damage import (
    FACTS,
    FACTS_SEEN,
    Shape,
    damaged_in,
    has_damaged_facts,
    position_damage,
)
from include.store.documents import Document
from include.store.upserts import Write, bulk_write, entry_prefix

if TYPE_CHECKING:
    from pymongo.collection import Collection as Documents

log = logging.getLogger(__name__)

SEEN = ("first_seen_at", "last_seen_at")
GUARD = ("source", "observed_at", "content_hash")
ENTRY_GUARD = ("source", "observed_at", "verdict_hash")


def damaged_positions(
    database: Database[Document], control_numbers: Sequence[str], searches: Collection[str]
) -> dict[str, Document]:
    """Return those of the stored positions that are damaged, by control number.

    Damage in the entries of other searches does not count.
    """
    found = _found(database[collections.POSITIONS], control_numbers, damaged_in(searches))
    return {position["_id"]: position for position in found}


def repair_positions(
    database: Database[Document], control_numbers: Sequence[str], searches: Collection[str]
) -> None:
    """Remove what is damaged in these positions; lost dates are taken from the receipts.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    for number, position in damaged_positions(database, control_numbers, searches).items():
        damage = position_damage(position, searches)
        damage += [FACTS] if has_damaged_facts(position) else []
        log.warning("What is damaged in the position %s is replaced: %s", number, damage)
        dates = _dates(database, number, damage, searches)
        # In two steps: the dates may take the place of what is removed.
        for writes in (_removal(position, _with_guards(damage, searches)), [*dates]):
            bulk_write(database[collections.POSITIONS], writes)


def repair(collection: Documents[Document], ids: Sequence[str], shape: Shape, *names: str) -> None:
    """Remove those of the named fields that are damaged, in the documents with these `_id`s.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    for document in _found(collection, ids, shape.damaged(*names)):
        paths = [path for path in shape.damage(document) if path and path[0] in (names or document)]
        # Of the facts that were seen, only the damaged ones are removed.
        damage = {".".join(path[: 2 if path[0] == FACTS_SEEN else 1]) for path in paths}
        log.warning("What is damaged in %s is replaced: %s", document["_id"], sorted(damage))
        bulk_write(collection, _removal(document, damage))


def _found(
    collection: Documents[Document], ids: Sequence[str], condition: Document
) -> Iterator[Document]:
    return iter(collections.tz_aware(collection).find({"_id": {"$in": [*ids]}, **condition}))


def _with_guards(damage: Iterable[str], searches: Iterable[str]) -> set[str]:
    """Return the damaged paths, and those of the fields that guard them."""
    removed = {*damage}
    if any(not path.startswith("matches") and path not in (*SEEN, FACTS) for path in damage):
        removed.update(GUARD)
    for prefix in map(entry_prefix, searches):
        dates = {f"{prefix}{name}" for name in SEEN}
        if any(path.startswith(prefix) and path not in dates for path in damage):
            removed.update(f"{prefix}{name}" for name in ENTRY_GUARD)
    return removed


def _removal(document: Document, paths: Iterable[str]) -> list[Write]:
    """Return the update that removes these fields, unless they have been changed meanwhile."""
    values = {path: _value(document, path.split(".")) for path in paths}
    present = {path: value for path, value in values.items() if value is not MISSING}
    if not present:
        return []
    unchanged = {path: {"$eq": value} for path, value in present.items()}
    removed = {"$unset": dict.fromkeys(present, "")}
    return [UpdateOne({"_id": document["_id"], **unchanged}, removed)]


MISSING = object()


def _value(document: Any, names: Sequence[str]) -> Any:
    for name in names:
        document = document.get(name, MISSING) if isinstance(document, dict) else MISSING
    return document


def _dates(
    database: Database[Document], number: str, damage: Sequence[str], searches: Iterable[str]
) -> Iterator[Write]:
    """Yield updates that restore lost dates: when the runs listed the position."""
    entries = {entry_prefix(search): {"search": search} for search in searches}
    for prefix, of_search in {"": {}, **entries}.items():
        is_lost = "matches" in damage or prefix.removesuffix(".") in damage
        if not is_lost and not any(f"{prefix}{name}" in damage for name in SEEN):
            continue
        lists_it = {"$or": [{"matches": number}, {"near_misses": number}], **of_search}
        runs = collections.tz_aware(database[collections.RUNS]).find(lists_it, {"seen_at": True})
        times = [run["seen_at"] for run in runs if isinstance(run.get("seen_at"), datetime)]
        if times:
            first, last = (f"{prefix}{name}" for name in SEEN)
            dates = {"$min": {first: min(times)}, "$max": {last: max(times)}}
            yield UpdateOne({"_id": number}, dates)
