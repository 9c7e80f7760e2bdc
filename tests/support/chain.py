"""The steps of the chain as tests use them: with the batches in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pymongo.database import Database

from include.jobs.source import SEARCH, Source
from include.pipeline.judged import Batch
from include.pipeline.load import load
from include.pipeline.transform import transform
from include.searches.parameters import SearchParameters
from include.usajobs.extract import ExtractBatch
from include.usajobs.row_readers import (
    ReadRow,
    RowCounts,
    add_text,
    read_historic_row,
    read_search_row,
)


def read(row: Any, source: Source) -> ReadRow:
    """Return what is read of a row; one of a past day carries its `text`."""
    if source == SEARCH:
        return read_search_row(row)
    whole = dict(row) if isinstance(row, dict) else row
    text = whole.pop("text", None) if isinstance(whole, dict) else None
    found = read_historic_row(whole)
    add_text(found, text)
    return found


def extracted(rows: Iterable[Any], source: Source) -> tuple[ExtractBatch, RowCounts]:
    """Return rows as `extract` hands them on, and what it counts."""
    counts = RowCounts()
    return [counts.add(read(row, source)) for row in rows], counts


def transformed(answer: Any, **search: Any) -> dict[str, Any]:
    """Return what the search makes of an answer of `tests.support.rows`, with what is to be stored.

    It is the result, and its one batch too: `kept` and `quarantined`.
    """
    rows, counts = extracted(answer["rows"], answer["source"])
    extract: Any = answer | {
        "rows": counts.rows,
        "drift": counts.drift.entries(),
        "anomalous_rows": counts.anomalous_rows,
    }
    batches: list[Batch] = []
    result = transform(extract, [rows], SearchParameters(**search), batches)
    (batch,) = batches
    return {**result, **batch}


def stored(
    database: Database[dict[str, Any]], found: dict[str, Any], run_id: str = "run"
) -> dict[str, Any]:
    """Store what was transformed, and return the receipt."""
    result: Any = found
    return load(database, result, [result], "job_tracker", run_id)
