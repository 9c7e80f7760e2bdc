"""The middle step of the chain: judges positions for a search and prepares them for storage."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from include.jobs import limits
from include.jobs.position import Position, canonical_json, content_digest
from include.matching.context import MatchContext
from include.matching.match_result import MatchResult
from include.matching.rules import judge
from include.pipeline.handover import check_rows
from include.pipeline.judged import Batch, JudgedPosition, TransformResult
from include.searches.parameters import SearchParameters
from include.store.documents import UnreadableRow
from include.usajobs.batches import Batches
from include.usajobs.extract import Extract, ExtractBatch, QuarantinedRow

log = logging.getLogger(__name__)


def transform(
    extract: Extract,
    rows: Iterable[ExtractBatch],
    search: SearchParameters,
    batches: Batches[Batch],
    slug: str | None = None,
) -> TransformResult:
    """Judge an extract's rows batch by batch, pass on what to store, and return a summary.

    No row is lost: each one is kept (match or near miss), rejected (listed by control number under
    its reasons) or quarantined. `slug` is the search's key in documents, if it isn't the one of its
    parameters.

    Raises:
        HandoverError: the rows are not those that were extracted.
    """
    sorting = _Sorting(MatchContext.of(search))
    batches.clear()
    arrived = 0
    for extracted in rows:
        batches.append(sorting.sort(extracted))
        arrived += len(extracted)
    check_rows(extract, arrived)
    log.info(
        "%d rows: %d kept, %d rejected, %d quarantined",
        extract["rows"],
        sum(map(len, sorting.levels.values())),
        len(set().union(*sorting.rejected.values())),
        len(sorting.unreadable),
    )
    return TransformResult(
        search=slug or search.slug,
        parameters=search.model_dump(),
        source=extract["source"],
        read_at=extract["read_at"],
        observed_at=extract["observed_at"],
        seen_at=extract["seen_at"],
        api_total=extract["api_total"],
        pages=extract["pages"],
        rows=extract["rows"],
        outside=extract["outside"],
        drift=extract["drift"],
        anomalous_rows=extract["anomalous_rows"],
        matches=sorting.levels["match"],
        near_misses=sorting.levels["near_miss"],
        rejected={code: sorted(ids) for code, ids in sorted(sorting.rejected.items())},
        unreadable=sorting.unreadable,
        digest=sorting.digest.hexdigest()[:32],
    )


@dataclass
class _Sorting:
    """Sorts rows into kept, rejected and quarantined ones, and keeps count."""

    context: MatchContext
    quarantined_rows: int = 0
    quarantined_characters: int = 0
    levels: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    rejected: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unreadable: list[UnreadableRow] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)

    def sort(self, rows: ExtractBatch) -> Batch:
        """Return the part of the rows that is stored."""
        batch = Batch(kept=[], quarantined=[])
        for row in rows:
            if row["position"] is not None:
                batch["kept"] += self._judged(Position.from_json(row["position"]))
            if row["unreadable"] is not None:
                batch["quarantined"] += self._set_aside(row["unreadable"])
        return batch

    def _judged(self, position: Position) -> list[JudgedPosition]:
        """Return the position in the form that `load` stores; an empty list if it is rejected."""
        result = judge(position, self.context)
        if result.level == "rejected":
            for reason in result.reasons:
                self.rejected[reason.code].append(position.control_number)
                self._note(position.control_number, reason.code)
            return []
        judged = _as_stored(position, result)
        self.levels[result.level].append(position.control_number)
        self._note(judged["content_hash"], judged["facts_hash"], judged["match_hash"])
        return [judged]

    def _set_aside(self, row: QuarantinedRow) -> list[QuarantinedRow]:
        """Count an unreadable row, and return it if quarantine has room for it."""
        number, reason, raw = row["control_number"], row["reason"], row["raw"]
        self._note(reason, raw)
        is_kept = (
            0 < len(raw) <= limits.MAX_RAW_ROW_CHARACTERS
            and self.quarantined_rows < limits.MAX_QUARANTINED_ROWS
            and self.quarantined_characters + len(raw) <= limits.MAX_QUARANTINED_CHARACTERS
        )
        self.unreadable.append(UnreadableRow(control_number=number, reason=reason, kept=is_kept))
        if not is_kept:
            return []
        self.quarantined_rows += 1
        self.quarantined_characters += len(raw)
        log.warning("Row %s quarantined: %s", number, reason)
        return [row]

    def _note(self, *words: str) -> None:
        self.digest.update("\n".join((*words, "")).encode())


def _as_stored(position: Position, result: MatchResult) -> JudgedPosition:
    """Return a position and its match result in JSON form."""
    written = position.stored()
    facts = written.pop("facts")
    match_result = result.model_dump(mode="json", by_alias=True)
    return JudgedPosition(
        position=written,
        content_hash=position.content_hash(written),
        facts=facts,
        facts_hash=content_digest(canonical_json(facts)),
        match_result=match_result,
        match_hash=content_digest(canonical_json(match_result)),
    )
