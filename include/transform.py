"""The middle of the chain: a reading's rows become positions with a verdict, ready to be stored."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypedDict

from include.matching import Seeker, Verdict, judge
from include.parts import Parts
from include.positions import Position, digest
from include.searches import SearchParameters
from include.sources import Source
from include.usajobs.asking import Reading, Rows
from include.usajobs.drift import Drift, DriftEntry
from include.usajobs.fields import UnreadableRow
from include.usajobs.readers import READERS

log = logging.getLogger(__name__)

LARGEST_CONTENT = 4 * 1024 * 1024
"""Characters of a posting's content. MongoDB takes 16 MB a document; the largest seen has 0.2."""

LARGEST_RAW_ROW = 8 * 1024 * 1024
"""Characters of a row that quarantine keeps; a longer one is not kept."""

RAW_ROWS = 1_000
RAW_CHARACTERS = 64 * 1024 * 1024
"""What quarantine keeps of one run: so many rows, of so many characters in all."""


class JudgedPosition(TypedDict):
    """A kept position in JSON form and what the search makes of it, each with its digest."""

    position: dict[str, Any]
    content_hash: str
    verdict: dict[str, Any]
    verdict_hash: str


class QuarantinedRow(TypedDict):
    """A row that could not be read: `raw` is its JSON text."""

    control_number: str | None
    reason: str
    raw: str


class Part(TypedDict):
    """What became of a part of the rows, besides what was rejected."""

    kept: list[JudgedPosition]
    quarantined: list[QuarantinedRow]


class UnreadRow(TypedDict):
    """A row that could not be read, as the receipt tells it; `kept` says if quarantine has it."""

    control_number: str | None
    reason: str
    kept: bool


class Batch(Reading):
    """What a run found, in JSON form; what is to be stored is handed on apart, in parts.

    `rows` is the number of rows, `surprising` that of rows that drifted or can't be read. `digest`
    tells it from what other code makes of the same rows.
    """

    search: str
    parameters: dict[str, Any]
    rows: int
    matches: list[str]
    near_misses: list[str]
    rejected: dict[str, list[str]]
    unread: list[UnreadRow]
    drift: list[DriftEntry]
    surprising: int
    digest: str


def transform(
    reading: Reading,
    pages: Iterable[Rows],
    search: SearchParameters,
    parts: Parts[Part],
    slug: str | None = None,
) -> Batch:
    """Hand on what the search makes of a reading's rows, page by page: nothing is lost.

    `slug` is what documents call the search, if it isn't the one of its parameters.

    Each row is kept (match or near miss), or counted under its reasons by control number, or
    quarantined. Raises `PlaceUnknown` where distances can't be told.
    """
    sorting = _Sorting(Seeker.of(search), reading["source"])
    parts.clear()
    for page in pages:
        parts.append(sorting.sort(page))
    log.info(
        "%d rows: %d kept, %d rejected, %d quarantined",
        sorting.rows,
        sum(map(len, sorting.levels.values())),
        len(set().union(*sorting.rejected.values())),
        len(sorting.unread),
    )
    return Batch(
        search=slug or search.slug,
        parameters=search.model_dump(),
        source=reading["source"],
        read_at=reading["read_at"],
        observed_at=reading["observed_at"],
        seen_at=reading["seen_at"],
        api_total=reading["api_total"],
        pages=reading["pages"],
        rows=sorting.rows,
        outside=reading["outside"],
        matches=sorting.levels["match"],
        near_misses=sorting.levels["near_miss"],
        rejected={code: sorted(ids) for code, ids in sorted(sorting.rejected.items())},
        unread=sorting.unread,
        drift=sorting.drift.entries(),
        surprising=sorting.surprising,
        digest=sorting.digest.hexdigest()[:32],
    )


@dataclass
class _Sorting:
    """Sorts rows, and counts what became of them."""

    seeker: Seeker
    source: Source
    rows: int = 0
    surprising: int = 0
    raw_rows: int = 0
    raw_characters: int = 0
    levels: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    rejected: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unread: list[UnreadRow] = field(default_factory=list)
    drift: Drift = field(default_factory=Drift)
    digest: Any = field(default_factory=hashlib.sha256)

    def sort(self, rows: Rows) -> Part:
        """Return what is to be stored of the rows."""
        part = Part(kept=[], quarantined=[])
        for row in rows:
            self.rows += 1
            surprises = self._surprises()
            try:
                part["kept"] += self._judged(row)
            except UnreadableRow as problem:
                part["quarantined"] += self._set_aside(row, str(problem))
            self.surprising += self._surprises() > surprises
        return part

    def _surprises(self) -> int:
        return self.drift.counts.total() + len(self.unread)

    def _judged(self, row: object) -> list[JudgedPosition]:
        """Return the row's position as `load` stores it, if it is to be stored."""
        reader = READERS[self.source]
        position: Position = reader.read_row(reader.project(row), self.drift)
        verdict = judge(position, self.seeker)
        if verdict.level == "rejected":
            for reason in verdict.reasons:
                self.rejected[reason.code].append(position.control_number)
                self._note(position.control_number, reason.code)
            return []
        judged = _as_stored(position, verdict)
        self.levels[verdict.level].append(position.control_number)
        self._note(judged["content_hash"], judged["verdict_hash"])
        return [judged]

    def _set_aside(self, row: object, reason: str) -> list[QuarantinedRow]:
        """Count a row that can't be read, and return it if there is room for it."""
        number, raw = READERS[self.source].read_control_number(row), _raw(row)
        self._note(reason, raw)
        is_kept = (
            len(raw) <= LARGEST_RAW_ROW
            and self.raw_rows < RAW_ROWS
            and self.raw_characters + len(raw) <= RAW_CHARACTERS
        )
        self.unread.append(UnreadRow(control_number=number, reason=reason, kept=is_kept))
        if not is_kept:
            return []
        self.raw_rows += 1
        self.raw_characters += len(raw)
        log.warning("Row %s quarantined: %s", number, reason)
        return [QuarantinedRow(control_number=number, reason=reason, raw=raw)]

    def _note(self, *words: str) -> None:
        self.digest.update("\n".join((*words, "")).encode())


def _as_stored(position: Position, verdict: Verdict) -> JudgedPosition:
    """Return a position in JSON form; raises `UnreadableRow` where no document has room for it."""
    content_hash, size = digest(position.content())
    if size > LARGEST_CONTENT:
        raise UnreadableRow(f"the posting has more than {LARGEST_CONTENT:,} characters")
    judgement = verdict.model_dump(mode="json")
    return JudgedPosition(
        position=position.model_dump(mode="json"),
        content_hash=content_hash,
        verdict=judgement,
        verdict_hash=digest(judgement)[0],
    )


def _raw(row: object) -> str:
    """Return the row as JSON text."""
    try:
        return json.dumps(row)
    except RecursionError:
        return json.dumps("a row that is nested too deep to be written")
