"""Plausibility checks of complete responses; a suspicious response is loaded, but flagged.

A faulty service may return complete but wrong responses: empty, truncated, or in another form. No
position is lost by loading such a response, but it must not make any look gone.
"""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from include.jobs import limits
from include.jobs.formatting import count
from include.jobs.source import SEARCH
from include.pipeline.handover import missing_rows
from include.pipeline.judged import TransformResult
from include.store.documents import ENDED, Document, QualityWarning

if TYPE_CHECKING:
    from pymongo.collection import Collection


def check_quality(result: TransformResult, runs: Collection[Document]) -> list[QualityWarning]:
    """Return what is suspicious about a response, compared with the search's earlier ones."""
    found = [_short(result), _drift(result)]
    if result["source"] == SEARCH:
        found += [_unnamed(result), _far_fewer(result, _usual_rows(result, runs))]
        found += [_page_full(result)]
    return [warning for warning in found if warning]


def _short(result: TransformResult) -> QualityWarning | None:
    missing = missing_rows(result)
    if not missing:
        return None
    return QualityWarning(
        code="short",
        message=f"USAJOBS counts {result['api_total']} rows, and each of {limits.MAX_READINGS} "
        f"readings found the same rows, {missing} fewer. Its count may be wrong, or "
        f"{count(missing, 'posting is', 'postings are')} missing.",
    )


def _drift(result: TransformResult) -> QualityWarning | None:
    rows, anomalous = result["rows"], result["anomalous_rows"]
    if anomalous < max(limits.ANOMALOUS_ROWS, limits.ANOMALOUS_SHARE * rows):
        return None
    return QualityWarning(
        code="drift",
        message=f"{anomalous} of {rows} rows hold what this program does not know, or can't be "
        "read: USAJOBS may have changed its answers. See `drift` and `quarantined`.",
    )


def _unnamed(result: TransformResult) -> QualityWarning | None:
    unnamed = sum(row["control_number"] is None for row in result["unreadable"])
    if not unnamed:
        return None
    return QualityWarning(
        code="unnamed",
        message=f"Of {count(unnamed, 'row')} not even the control number can be read, so that it "
        "can't be known which postings are no longer listed. See `quarantined`.",
    )


def _far_fewer(result: TransformResult, usual: float | None) -> QualityWarning | None:
    rows = result["rows"]
    if usual is None or rows >= usual / 2 or usual - rows < limits.FAR_FEWER_ROWS:
        return None
    return QualityWarning(
        code="far_fewer",
        message=f"USAJOBS lists {rows} postings, far fewer than this search's usual {usual:.0f}. "
        f"If it goes on, that is the usual number after {limits.USUAL_ROWS_DAYS // 2 + 1} days.",
    )


def _page_full(result: TransformResult) -> QualityWarning | None:
    rows = result["rows"]
    if rows not in (limits.PAGE_SIZE_ROWS, limits.MAX_PAGE_SIZE_ROWS):
        return None
    return QualityWarning(
        code="page_full",
        message=f"USAJOBS lists exactly {rows} postings, which is what fits on one page: the list "
        "may have been cut off.",
    )


def _usual_rows(result: TransformResult, runs: Collection[Document]) -> float | None:
    """Return the usual number of rows of a search, or None if it has not run before.

    It is the median of recent days. Each day counts with its largest response, so that many runs in
    a bad hour don't shift it.
    """
    observed_at = datetime.fromisoformat(result["observed_at"])
    earlier = runs.find(
        {
            "search": result["search"],
            "source": SEARCH,
            "state": {"$in": list(ENDED)},
            "observed_at": {"$lt": observed_at},
        },
        {"observed_at": True, "rows": True},
        sort=[("observed_at", -1)],
    )
    most: dict[Any, int] = {}
    for receipt in earlier:
        if not (isinstance(receipt["observed_at"], datetime) and type(receipt.get("rows")) is int):
            continue
        day = receipt["observed_at"].date()
        if day not in most and len(most) == limits.USUAL_ROWS_DAYS:
            break
        most[day] = max(receipt["rows"], most.get(day, 0))
    return median(most.values()) if most else None
