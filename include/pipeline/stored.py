"""What is stored of the positions of a run before it writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from pymongo.database import Database

from include.jobs.source import Source
from include.pipeline.arrived import Identity
from include.store import collections
from include.store.damage import VERSION, undamaged_in
from include.store.documents import Document
from include.store.upserts import entry_prefix

A = TypeVar("A")
B = TypeVar("B")

OF_OBSERVATION = ("content_hash", "source", "observed_at")
OF_FACTS = ("facts_hash", "source", "observed_at")
OF_MATCH = ("verdict_hash", "source")


@dataclass
class Stored:
    """What is stored without damage of the positions that a search has found.

    It may change before it is written; the writes notice that, and keep what is newer.
    """

    database: Database[Document]
    search: str
    source: Source
    positions: set[str] = field(default_factory=set)
    """Control numbers; not of those without `announcement_keys`, which they may have lost."""

    versions: set[str] = field(default_factory=set)
    """The `_id`s of versions."""

    settled: list[Identity] = field(default_factory=list)
    """The positions that are stored as they were found, with their versions."""

    def add(self, found: Sequence[Identity]) -> dict[str, Document]:
        """Add what is stored of some positions; return by control number what identifies it."""
        numbers = [each.control_number for each in found]
        has_keys = {"announcement_keys.0": {"$exists": True}}
        positions, versions = side_by_side(
            lambda: self.identifying(numbers, {**has_keys, **undamaged_in([self.search])}),
            lambda: self._sound_versions([each.version_id for each in found]),
        )
        self.positions |= positions.keys()
        self.versions |= versions
        self.settled += [
            each
            for each in found
            if each.version_id in versions
            and (position := positions.get(each.control_number))
            and self._is_same(each, position)
        ]
        return positions

    def identifying(
        self, numbers: Iterable[str], where: Mapping[str, Any] = MappingProxyType({})
    ) -> dict[str, Document]:
        """Return by control number what identifies the stored observations of positions."""
        wanted = [
            *OF_OBSERVATION,
            *(f"facts.{name}" for name in OF_FACTS),
            *(f"{entry_prefix(self.search)}{name}" for name in OF_MATCH),
        ]
        positions = collections.tz_aware(self.database[collections.POSITIONS])
        found = positions.find({"_id": {"$in": [*numbers]}, **where}, wanted)
        return {position["_id"]: position for position in found}

    def _sound_versions(self, ids: Sequence[str]) -> set[str]:
        where = {"_id": {"$in": ids}, **VERSION.undamaged()}
        versions = self.database[collections.VERSIONS].find(where, {"_id": True})
        return {version["_id"] for version in versions}

    def _is_same(self, found: Identity, position: Document) -> bool:
        match, facts = position["matches"].get(self.search, {}), position.get("facts") or {}
        return (
            position["source"] == match.get("source") == self.source
            and position["content_hash"] == found.content_hash
            and match["verdict_hash"] == found.match_hash
            and (
                found.facts_hash is None
                or (facts.get("source"), facts.get("facts_hash")) == (self.source, found.facts_hash)
            )
        )


def side_by_side(one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
    """Do two things at once: while the server is busy with one, the other goes on."""
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(other)
        return one(), others.result()
