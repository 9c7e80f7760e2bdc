"""Finds what earlier versions stored of a search under a key that other searches shared."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from include.searches.keys import earlier_key
from include.searches.parameters import BadParameters, read_parameters
from include.store import collections
from include.store.damage import RECEIPT
from include.store.documents import Document
from include.store.history import listed
from include.store.upserts import DURABLE, bulk_write

log = logging.getLogger(__name__)


def take_over_search(
    database: Database[Document], search: str, parameters: Mapping[str, Any]
) -> None:
    """Give a search what an earlier version stored of it: receipts, match results, notifications.

    Its receipts tell which; the receipts are moved last, so that it may be interrupted, repeated
    and run concurrently. What another search may have stored under the same key stays there too.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    identity = read_parameters(parameters).identity
    earlier = earlier_key(search, identity)
    if earlier == search:
        return
    database = database.with_options(write_concern=DURABLE)
    runs = database[collections.RUNS]
    ours = [
        receipt
        for receipt in RECEIPT.sound(
            collections.tz_aware(runs).find({"search": earlier}), "receipt"
        )
        if _identity(receipt["parameters"]) == identity
    ]
    if not ours:
        return
    numbers = set[str]().union(*(listed(receipt) for receipt in ours))  # type: ignore[arg-type]
    _copy_matches(database, earlier, search, numbers)
    _copy_notifications(database, earlier, search, numbers)
    ids = [receipt["_id"] for receipt in ours]
    runs.update_many({"_id": {"$in": ids}}, {"$set": {"search": search}})
    log.info("%d runs of %s are now found under %s", len(ids), earlier, search)


def _identity(parameters: object) -> object:
    try:
        return read_parameters(parameters).identity if isinstance(parameters, dict) else None
    except BadParameters:
        return None


def _copy_matches(
    database: Database[Document], earlier: str, search: str, numbers: Iterable[str]
) -> None:
    positions = collections.tz_aware(database[collections.POSITIONS])
    old, new = f"matches.{earlier}", f"matches.{search}"
    for chunk in collections.chunks(sorted(numbers)):
        # Of a list, `$exists` would look at its elements.
        are_objects = {"matches": {"$not": {"$type": "array"}}, old: {"$exists": True}}
        found = positions.find({"_id": {"$in": chunk}, **are_objects}, {old: True})
        bulk_write(
            positions,
            [
                UpdateOne(
                    {"_id": position["_id"], new: {"$exists": False}},
                    {"$set": {new: position["matches"][earlier]}},
                )
                for position in found
            ],
        )


def _copy_notifications(
    database: Database[Document], earlier: str, search: str, numbers: Iterable[str]
) -> None:
    notifications = collections.tz_aware(database[collections.NOTIFICATIONS])
    for chunk in collections.chunks(sorted(numbers)):
        found = notifications.find({"search": earlier, "control_number": {"$in": chunk}})
        bulk_write(
            notifications,
            [
                InsertOne(
                    {
                        **sent,
                        "_id": search + str(sent["_id"]).removeprefix(earlier),
                        "search": search,
                    }
                )
                for sent in found
            ],
        )
