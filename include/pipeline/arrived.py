"""The batches of `transform` as `load` reads them: nothing is decoded before it is needed.

To find out what a batch holds, and whether it is stored already, identifiers and digests suffice.
Most of its JSON is content, which is skipped until then.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import bson
from bson.raw_bson import RawBSONDocument
from msgspec import Raw, Struct, json

from include.jobs.announced_again import announcement_keys
from include.pipeline.judged import Batch
from include.store.documents import Document
from include.usajobs.extract import QuarantinedRow

TIMES = ("published_at", "closes_at")
"""The fields of a position that are times."""

NO_FACTS = Raw(b"null")


class Identity(NamedTuple):
    """What tells a judged position from another one, and from itself on another day."""

    control_number: str
    content_hash: str
    match_hash: str
    facts_hash: str | None

    @property
    def version_id(self) -> str:
        """The `_id` of the version that its content is."""
        return f"{self.control_number}:{self.content_hash}"


class EncodedContent(NamedTuple):
    """The content of a position as MongoDB stores it, and the keys that are made of it."""

    content: RawBSONDocument
    announcement_keys: list[str]


class ArrivedPosition(Struct, dict=True):
    """A `JudgedPosition` whose parts are still JSON text."""

    position: Raw
    content_hash: str
    match_result: Raw
    match_hash: str
    facts: Raw = NO_FACTS
    facts_hash: str | None = None
    """None in batches of version 0.1, which read no facts."""

    @cached_property
    def control_number(self) -> str:
        """The control number, the position's `_id`."""
        return _NUMBER.decode(self.position).control_number

    @cached_property
    def identity(self) -> Identity:
        """What remains of it when its batch is no longer in memory."""
        return Identity(self.control_number, self.content_hash, self.match_hash, self.facts_hash)

    @property
    def size(self) -> int:
        """Its size in bytes, about that of the document that it becomes."""
        return sum(len(memoryview(part)) for part in (self.position, self.match_result, self.facts))

    def encoded_content(self) -> EncodedContent:
        """Return its content, for both collections: many take less memory as bytes."""
        content = self.decoded_content()
        return EncodedContent(RawBSONDocument(bson.encode(content)), announcement_keys(content))

    def decoded_content(self) -> Document:
        """Return its content."""
        return {
            name: datetime.fromisoformat(value) if name in TIMES and value else value
            for name, value in _decoded(self.position).items()
            if name not in ("control_number", "source")
        }

    def decoded_facts(self) -> Document:
        """Return its facts; only if it has a `facts_hash`."""
        return _decoded(self.facts)

    def decoded_match(self) -> Document:
        """Return its match result."""
        return _decoded(self.match_result)


class ArrivedBatch(Struct):
    """A `Batch` whose positions have not been decoded."""

    kept: list[ArrivedPosition]
    quarantined: list[QuarantinedRow]

    def without(self, control_numbers: Set[str]) -> ArrivedBatch:
        """Return the batch without some of its positions."""
        others = [each for each in self.kept if each.control_number not in control_numbers]
        return ArrivedBatch(others, self.quarantined)


class _Number(Struct):
    control_number: str


_BATCH = json.Decoder(ArrivedBatch)
_NUMBER = json.Decoder(_Number)


def read_batch(batch: Batch | bytes) -> ArrivedBatch:
    """Return a batch, given itself or as its JSON text, which takes less time."""
    return _BATCH.decode(batch if isinstance(batch, bytes) else json.encode(batch))


def _decoded(part: Raw) -> dict[str, Any]:
    decoded: dict[str, Any] = json.decode(part)
    return decoded
