"""The middle of the chain: an answer's rows become positions with a verdict, ready to be stored."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from typing import Any, TypedDict

from include.matching import Seeker, Verdict, judge
from include.positions import Position, digest
from include.searches import SearchParameters
from include.sources import HISTORIC, SEARCH
from include.usajobs import historic_rows, search_rows
from include.usajobs.asking import Answer, Reading
from include.usajobs.drift import Drift, DriftEntry
from include.usajobs.fields import UnreadableRow

log = logging.getLogger(__name__)

LARGEST_CONTENT = 4 * 1024 * 1024
"""Characters of a posting's content. MongoDB takes 16 MB a document; the largest seen has 0.2."""

READERS = {SEARCH: search_rows, HISTORIC: historic_rows}
"""How the rows of a source are read."""


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


class Batch(Reading):
    """What a run found, in JSON form: `load` stores it as it is. `rows` is their number."""

    search: str
    parameters: dict[str, Any]
    rows: int
    kept: list[JudgedPosition]
    rejected: dict[str, list[str]]
    quarantined: list[QuarantinedRow]
    drift: list[DriftEntry]


def transform(answer: Answer, search: SearchParameters) -> Batch:
    """Return what the search makes of an answer: nothing of it is lost.

    Each row is kept (match or near miss), or counted under its reasons by control number, or
    quarantined. Raises `PlaceUnknown` where distances can't be told.
    """
    seeker = Seeker.of(search)
    drift = Drift()
    positions, quarantined = _read_rows(answer, drift)
    kept: list[JudgedPosition] = []
    rejected: dict[str, list[str]] = defaultdict(list)
    for position in positions:
        verdict = judge(position, seeker)
        if verdict.level == "rejected":
            for reason in verdict.reasons:
                rejected[reason.code].append(position.control_number)
            continue
        judged = _judged(position, verdict)
        if judged:
            kept.append(judged)
        else:
            quarantined.append(_too_large(position))
    log.info(
        "%d rows: %d kept, %d rejected, %d quarantined",
        len(answer["rows"]),
        len(kept),
        len(set().union(*rejected.values())),
        len(quarantined),
    )
    return Batch(
        search=search.slug,
        parameters=search.model_dump(),
        source=answer["source"],
        read_at=answer["read_at"],
        observed_at=answer["observed_at"],
        seen_at=answer["seen_at"],
        api_total=answer["api_total"],
        pages=answer["pages"],
        rows=len(answer["rows"]),
        outside=answer["outside"],
        kept=kept,
        rejected={code: sorted(ids) for code, ids in sorted(rejected.items())},
        quarantined=quarantined,
        drift=drift.entries(),
    )


def _read_rows(answer: Answer, drift: Drift) -> tuple[list[Position], list[QuarantinedRow]]:
    reader = READERS[answer["source"]]
    positions, quarantined = [], []
    for row in answer["rows"]:
        try:
            positions.append(reader.read_row(row, drift))
        except UnreadableRow as problem:
            number = reader.read_control_number(row)
            log.warning("Row %s quarantined: %s", number, problem)
            quarantined.append(
                QuarantinedRow(
                    control_number=number,
                    reason=str(problem),
                    raw=json.dumps(row),
                )
            )
    return positions, quarantined


def _judged(position: Position, verdict: Verdict) -> JudgedPosition | None:
    """Return the position as `load` stores it, None where it is too large for a document."""
    content_hash, size = digest(position.content())
    if size > LARGEST_CONTENT:
        return None
    judgement = verdict.model_dump(mode="json")
    return JudgedPosition(
        position=position.model_dump(mode="json"),
        content_hash=content_hash,
        verdict=judgement,
        verdict_hash=digest(judgement)[0],
    )


def _too_large(position: Position) -> QuarantinedRow:
    return QuarantinedRow(
        control_number=position.control_number,
        reason=f"the posting has more than {LARGEST_CONTENT:,} characters",
        raw=position.model_dump_json(),
    )
