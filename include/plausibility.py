"""Whether a complete answer can be what it says: one that is suspicious is loaded, and flagged.

A service in trouble may answer completely and wrongly: with nothing, with a list that was cut off
somewhere, in another form. Such an answer loses no position, but it must not make any look gone.
"""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any, TypedDict

from include.history import ENDED
from include.sources import SEARCH
from include.transform import Batch
from include.usajobs.search_api import MOST_ON_A_PAGE, PAGE_SIZE

if TYPE_CHECKING:
    from pymongo.collection import Collection

DAYS_COMPARED = 7
"""Days with runs of which the usual number of rows is the median."""

FEWER_BY = 10
"""A search that finds little varies; below so many rows less, half of them is no silence."""

SURPRISES = 3
"""Rows of which a few odd ones are no change of the form, in a search that finds little."""

LARGE_SHARE = 0.2
"""The share of rows that drifted or can't be read from which the form itself has changed. None of
543 recorded rows did."""


class Warning(TypedDict):
    """Why an answer is not to be trusted: a code for programs and a sentence for people."""

    code: str
    message: str


def warnings_about(batch: Batch, runs: Collection[dict[str, Any]]) -> list[Warning]:
    """Return what is suspicious about an answer, compared with the search's earlier ones."""
    found = [_drift(batch)]
    if batch["source"] == SEARCH:
        found += [_far_fewer(batch, _usual_rows(batch, runs)), _page_full(batch)]
    return [warning for warning in found if warning]


def _drift(batch: Batch) -> Warning | None:
    rows, surprising = batch["rows"], batch["surprising"]
    if surprising < max(SURPRISES, LARGE_SHARE * rows):
        return None
    return Warning(
        code="drift",
        message=f"{surprising} of {rows} rows hold what this program does not know, or can't be "
        "read: USAJOBS may have changed its answers. See `drift` and `quarantined`.",
    )


def _far_fewer(batch: Batch, usual: float | None) -> Warning | None:
    rows = batch["rows"]
    if usual is None or rows >= usual / 2 or usual - rows < FEWER_BY:
        return None
    return Warning(
        code="far_fewer",
        message=f"USAJOBS lists {rows} postings, far fewer than this search's usual {usual:.0f}. "
        f"If it goes on, that is the usual number after {DAYS_COMPARED // 2 + 1} days.",
    )


def _page_full(batch: Batch) -> Warning | None:
    rows = batch["rows"]
    if rows not in (PAGE_SIZE, MOST_ON_A_PAGE):
        return None
    return Warning(
        code="page_full",
        message=f"USAJOBS lists exactly {rows} postings, which is what fits on one page: the list "
        "may have been cut off.",
    )


def _usual_rows(batch: Batch, runs: Collection[dict[str, Any]]) -> float | None:
    """Return how many rows the search has on a usual day, None where it has not run before.

    Each day counts once, with its largest answer: a bad hour with many runs is no new usage.
    """
    observed_at = datetime.fromisoformat(batch["observed_at"])
    earlier = runs.find(
        {
            "search": batch["search"],
            "source": SEARCH,
            "state": {"$in": list(ENDED)},
            "observed_at": {"$lt": observed_at},
        },
        {"observed_at": True, "rows": True},
        sort=[("observed_at", -1)],
    )
    most: dict[Any, int] = {}
    for receipt in earlier:
        day = receipt["observed_at"].date()
        if day not in most and len(most) == DAYS_COMPARED:
            break
        most[day] = max(receipt["rows"], most.get(day, 0))
    return median(most.values()) if most else None
