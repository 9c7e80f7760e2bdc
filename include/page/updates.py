"""The searches that have run, and how a run stands."""

from __future__ import annotations

from collections.abc import Callable

from pymongo.database import Database

from include import documents
from include.documents import Document
from include.history import latest_complete_run, newest_receipt
from include.matching import IN_WORDS
from include.page.answers import SearchSummary, Update
from include.page.host import RunState
from include.receipts import as_json, counts


def searches(
    database: Database[Document], run_address: Callable[[str], str]
) -> list[SearchSummary]:
    """Return the searches that have a complete run, the latest first.

    Each with its latest run over the Search API; a past day only where there is none.
    """
    runs = documents.utc(database[documents.RUNS])
    found = [
        SearchSummary(
            search=search,
            parameters=latest["parameters"],
            run_id=latest["run_id"],
            run_address=run_address(latest["run_id"]),
            read_at=latest["read_at"],
            counts=counts(dict(latest)),
        )
        for search in runs.distinct("search")
        if (latest := latest_complete_run(runs, search) or newest_receipt(runs, search=search))
    ]
    return sorted(found, key=lambda search: search.read_at, reverse=True)


def update(database: Database[Document], run_id: str, state: RunState, address: str) -> Update:
    """Return how a run stands, and its receipt as soon as it is complete."""
    receipt = newest_receipt(documents.utc(database[documents.RUNS]), run_id=run_id)
    return Update(
        run_id=run_id,
        run_address=address,
        state=state.state,
        tasks=state.tasks,
        queued_at=state.queued_at,
        started_at=state.started_at,
        ended_at=state.ended_at,
        counts=counts(receipt) if receipt else None,
        receipt=as_json(receipt) if receipt else None,
        reasons=IN_WORDS,
    )
