"""The searches that have run, and how a run stands."""

from __future__ import annotations

from collections.abc import Callable

from pymongo.collection import Collection
from pymongo.database import Database

from include import documents
from include.documents import Document
from include.history import newest_receipt
from include.matching import IN_WORDS
from include.page.answers import RunWarning, SearchSummary, Update
from include.page.host import RunState
from include.receipts import Receipt, as_json, counts
from include.sources import SEARCH


def searches(
    database: Database[Document], run_address: Callable[[str, str], str]
) -> list[SearchSummary]:
    """Return the searches of which a run went to its end, the latest first."""
    runs = documents.utc(database[documents.RUNS])
    found = [
        SearchSummary(
            search=search,
            parameters=latest["parameters"],
            dag_id=latest["dag_id"],
            run_id=latest["run_id"],
            run_address=run_address(latest["dag_id"], latest["run_id"]),
            read_at=latest["read_at"],
            counts=counts(latest),
            warnings=warnings(latest),
        )
        for search in runs.distinct("search")
        if (latest := latest_run(runs, search))
    ]
    return sorted(found, key=lambda search: search.read_at, reverse=True)


def latest_run(runs: Collection[Document], search: str) -> Receipt | None:
    """Return the receipt of a search's latest run over the Search API.

    Of a past day only where there is none.
    """
    over_search_api = newest_receipt(runs, search=search, source=SEARCH)
    return over_search_api or newest_receipt(runs, search=search)


def warnings(receipt: Receipt) -> list[RunWarning]:
    """Return why a run's answer looked wrong; receipts of older versions don't say."""
    return [RunWarning.model_validate(warning) for warning in receipt.get("warnings", [])]


def update(
    database: Database[Document], dag_id: str, run_id: str, state: RunState, address: str
) -> Update:
    """Return how a run stands, and its receipt as soon as all is stored."""
    runs = documents.utc(database[documents.RUNS])
    receipt = newest_receipt(runs, dag_id=dag_id, run_id=run_id)
    return Update(
        dag_id=dag_id,
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
