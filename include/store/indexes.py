"""The indexes of the collections, including one per search."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from include.store import collections
from include.store.documents import Document
from include.store.outcomes import HAS_STATUS
from include.store.upserts import entry_prefix

log = logging.getLogger(__name__)

INDEXES = {
    collections.POSITIONS: [
        # In the order in which the page lists what has closed.
        IndexModel([("closes_at", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("last_seen_at", DESCENDING)]),
        IndexModel([("published_at", DESCENDING)]),
        IndexModel(
            [("organization", ASCENDING), ("closes_at", DESCENDING)],
            partialFilterExpression=HAS_STATUS,
        ),
        IndexModel([("announcement_keys", ASCENDING)]),
    ],
    collections.VERSIONS: [
        IndexModel([("control_number", ASCENDING), ("first_observed_at", ASCENDING)])
    ],
    collections.RUNS: [
        IndexModel([("run_id", ASCENDING), ("dag_id", ASCENDING)]),
        IndexModel([("dag_id", ASCENDING), ("source", ASCENDING), ("read_at", DESCENDING)]),
        IndexModel([("search", ASCENDING), ("observed_at", DESCENDING)]),
        IndexModel([("search", ASCENDING), ("read_at", DESCENDING)]),
        IndexModel([("observed_at", DESCENDING)]),
        IndexModel([("reopened", ASCENDING)]),
    ],
    collections.MARKS: [IndexModel([("user", ASCENDING)])],
    collections.QUARANTINE: [
        IndexModel([("last_seen_at", DESCENDING)]),
        IndexModel([("control_number", ASCENDING)]),
    ],
    collections.NOTIFICATIONS: [
        IndexModel([("search", ASCENDING), ("recipient", ASCENDING), ("control_number", ASCENDING)])
    ],
}

SUPERSEDED = {collections.POSITIONS: {"closes_at_1": [("closes_at", ASCENDING)]}}
"""Indexes of earlier versions that others of today serve for, by name."""

TOO_MANY_INDEXES = 67
UNAUTHORIZED, NO_SUCH_INDEX = 13, 27


def ensure_indexes(database: Database[Document], searches: Iterable[str]) -> None:
    """Create missing indexes: those of the collections, and one for each search.

    MongoDB's limit of 64 indexes allows for 58 searches. What has no room works without an index.
    """
    for name, indexes in INDEXES.items():
        if name in SUPERSEDED:
            _drop_superseded(database[name])
        _create(database[name], indexes, "all of its own indexes", "some questions")
    for search in searches:
        about = f"an index of the search {search}"
        _create(database[collections.POSITIONS], [search_index(search)], about, "its jobs")


def search_index(search: str) -> IndexModel:
    """Return the index of a search's matches and near misses, best first."""
    level, score = f"{entry_prefix(search)}level", f"{entry_prefix(search)}score"
    return IndexModel(
        [(level, ASCENDING), (score, DESCENDING), ("_id", ASCENDING), ("closes_at", ASCENDING)],
        name=search,
        partialFilterExpression={level: {"$exists": True}},
    )


def is_superseded(collection: str, name: str, index: Mapping[str, Any]) -> bool:
    """Return whether an index, as `index_information` describes it, is one of an earlier version.

    One that somebody made with options of their own is not.
    """
    keys = SUPERSEDED.get(collection, {}).get(name)
    return index["key"] == keys and not index.keys() - {"key", "v", "ns"}


def _drop_superseded(collection: Collection[Document]) -> None:
    for name, index in collection.index_information().items():
        if is_superseded(collection.name, name, index):
            try:
                collection.drop_index(name)
            except OperationFailure as error:
                # Another run has dropped it meanwhile, or the login may not: it only costs writes.
                if error.code not in (NO_SUCH_INDEX, UNAUTHORIZED):
                    raise


def _create(
    collection: Collection[Document], indexes: Sequence[IndexModel], about: str, slow: str
) -> None:
    try:
        collection.create_indexes(indexes)
    except OperationFailure as error:
        if error.code != TOO_MANY_INDEXES:
            raise
        log.warning(
            "The collection `%s` has no room for %s, so %s load slowly. Drop the indexes of "
            "searches that you no longer run; each index is named like its search.",
            collection.name,
            about,
            slow,
        )
