"""The searches that have run, and the state of a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain, islice

from pymongo.collection import Collection
from pymongo.database import Database

from include.jobs import limits
from include.jobs.source import SEARCH
from include.matching.reasons import REASON_TITLES
from include.pipeline.receipt import as_json, counts
from include.searches import wishes
from include.store import collections
from include.store.documents import Document, Receipt
from include.store.history import newest_receipt, newest_receipts, searches_of
from include.web.host import RunState
from include.web.jobs import in_words
from include.web.schemas import ChangeInWords, RunWarning, SearchSummary, Update


def searches(
    database: Database[Document], run_address: Callable[[str, str], str]
) -> list[SearchSummary]:
    """Return the searches with a finished run, the latest first."""
    runs = collections.tz_aware(database[collections.RUNS])
    names, now = searches_of(runs), datetime.now(UTC)
    newest = newest_receipts(runs, names, now, source=SEARCH)
    newest |= newest_receipts(runs, [each for each in names if each not in newest], now)
    found = [
        SearchSummary(
            search=search,
            parameters=latest["parameters"],
            wishes=wishes.in_words(latest["parameters"]),
            dag_id=latest["dag_id"],
            run_id=latest["run_id"],
            run_address=run_address(latest["dag_id"], latest["run_id"]),
            read_at=latest["read_at"],
            counts=counts(latest),
            warnings=warnings(latest),
        )
        for search in names
        if (latest := newest.get(search))
    ]
    return sorted(found, key=lambda search: search.read_at, reverse=True)


def latest_run(runs: Collection[Document], search: str) -> Receipt | None:
    """Return the receipt of a search's latest run over the Search API.

    If there is none, that of a past day.
    """
    over_search_api = newest_receipt(runs, search=search, source=SEARCH)
    return over_search_api or newest_receipt(runs, search=search)


def warnings(receipt: Receipt) -> list[RunWarning]:
    """Return why a run's response is suspicious; receipts of older versions don't have this."""
    return [RunWarning.model_validate(warning) for warning in receipt.get("warnings", [])]


def update(
    database: Database[Document], dag_id: str, run_id: str, state: RunState, address: str
) -> Update:
    """Return the state of a run, and its receipt once everything is stored."""
    runs = collections.tz_aware(database[collections.RUNS])
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
        failure=state.failure,
        counts=counts(receipt) if receipt else None,
        receipt=as_json(receipt) if receipt else None,
        reasons=REASON_TITLES,
        changes=_changes(receipt) if receipt else {},
        titles=_titles(database, receipt) if receipt else {},
    )


def _changes(receipt: Receipt) -> dict[str, list[ChangeInWords]]:
    """Return the amendments that a run found, by control number."""
    return {
        changed["control_number"]: in_words(
            {name: (each["before"], each["after"]) for name, each in changed["fields"].items()}
        )
        for changed in receipt["changed"]
    }


def _titles(database: Database[Document], receipt: Receipt) -> dict[str, str]:
    """Return the titles of the positions that a receipt names, by control number."""
    named = chain(
        receipt["closed"],
        receipt["gone"],
        receipt["reopened"],
        receipt.get("repaired", []),
        (changed["control_number"] for changed in receipt["changed"]),
        receipt["inserted"],
    )
    found = database[collections.POSITIONS].find(
        {"_id": {"$in": [*islice(named, limits.RECEIPT_TITLES)]}}, {"PositionTitle": True}
    )
    titles = ((each["_id"], each.get("PositionTitle")) for each in found)
    return {number: title for number, title in titles if isinstance(title, str)}
