"""The steps of the chain as tests use them: with the parts in memory."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from include.searches import SearchParameters
from include.storage import load
from include.transform import Part, transform


def transformed(answer: Any, **search: Any) -> dict[str, Any]:
    """Return what the search makes of an answer of `tests.rows`, with what is to be stored in it.

    It is the batch, and its one part too: `kept` and `quarantined`.
    """
    parts: list[Part] = []
    batch = transform(answer, [answer["rows"]], SearchParameters(**search), parts)
    (part,) = parts
    return {**batch, **part}


def stored(
    database: Database[dict[str, Any]], found: dict[str, Any], run_id: str = "run"
) -> dict[str, Any]:
    """Store what was transformed, and return the receipt."""
    batch: Any = found
    return load(database, batch, [batch], "job_tracker", run_id)
