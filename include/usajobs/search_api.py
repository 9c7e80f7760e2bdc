"""Reads searches from the Search API, and validates its responses.

https://developer.usajobs.gov/api-reference/get-api-search documents the parameters; what the API
really returns was learned from recorded and reported responses.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import requests

from include.jobs import limits
from include.jobs.places import name_to_ask
from include.jobs.source import SEARCH
from include.searches.locations import REMOTE, places_of
from include.usajobs.api_key import ApiKeyAuth as ApiKeyAuth
from include.usajobs.batches import Batches
from include.usajobs.client import (
    Clock,
    FatalApiError,
    HttpReply,
    IncompleteResultError,
    MalformedResponseError,
    are_full,
    check_number_of_values,
    check_status,
    explain_exhausted_retries,
    json_digest,
    json_object,
    receive,
    until_complete,
    with_retries,
)
from include.usajobs.extract import Extract, ExtractBatch, iso
from include.usajobs.row_readers import RowCounts, are_small, read_search_row
from include.usajobs.search_rows import read_control_number
from include.usajobs.search_text import RowText, rows_as_text

log = logging.getLogger(__name__)

ENDPOINT = "/api/Search"


def query(*, keyword: str, location: str, radius_miles: int | str) -> dict[str, Any]:
    """Return the parameters of a search, without the page; `asked_in_full` names the location.

    Pay, grade and hiring path are left out, because near misses differ in exactly these. Remote
    jobs are asked for everywhere: `RemoteIndicator=True` finds nothing.
    """
    return {
        "Keyword": keyword,
        "LocationName": location,
        "Radius": radius_miles,
        "ResultsPerPage": limits.PAGE_SIZE_ROWS,
        "Fields": "Full",
        # Oldest first: postings published while pages are read go to the end.
        "SortField": "opendate",
        "SortDirection": "Asc",
    }


def asked_in_full(query: dict[str, Any], location: str) -> dict[str, Any]:
    """Return a query with a location by the names that USAJOBS knows it by."""
    if location == REMOTE:
        return {name: query[name] for name in query if name not in ("LocationName", "Radius")}
    return {**query, "LocationName": ";".join(map(name_to_ask, places_of(location)))}


@dataclass(frozen=True)
class ResultPage:
    """One page of a result: the API's total over all pages, and the rows of this page.

    A row is a `RowText`, or its value. If the rows are small, none of them needs to be measured.
    """

    number: int
    total: int
    rows: list[Any]
    has_small_rows: bool


Fetch = Callable[[int], requests.Response]
"""Requests a page by its number, counted from 1."""


@explain_exhausted_retries()
def read_everything(
    fetch: Fetch,
    batches: Batches[ExtractBatch],
    *,
    connection: str,
    page_size: int = limits.PAGE_SIZE_ROWS,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Extract:
    """Pass on all rows of a search, a page at a time, and return a summary of them.

    The rows are valid only once the summary is returned. A page that fails temporarily is requested
    again, after `Retry-After`. A result that changes while it is read (its total moves, ids repeat)
    is read again. `connection` is the Airflow connection that messages refer to; `page_size` is how
    many rows a page is asked for.

    Raises:
        FatalApiError: a retry can't help.
        RetriableApiError: USAJOBS or the network failed until the last attempt.
        IncompleteResultError: the rows never added up to the API's total.
    """
    return until_complete(lambda: _read_once(fetch, batches, connection, page_size, Clock(now)))


def _read_once(
    fetch: Fetch, batches: Batches[ExtractBatch], connection: str, page_size: int, clock: Clock
) -> Extract:
    batches.clear()
    counts = RowCounts()
    seen: set[str] = set()
    sizes: list[int] = []
    total = 0
    for page in _pages(fetch, connection, clock, seen):
        read = partial(read_search_row, is_small=page.has_small_rows)
        batches.append([counts.add(read(row)) for row in _new_rows(page.rows, seen)])
        sizes.append(len(page.rows))
        total = page.total
        log.info("Page %d: %d rows, %d of %d read", page.number, sizes[-1], len(seen), total)
    began = iso(clock.began)
    extract = Extract(
        source=SEARCH,
        read_at=began,
        observed_at=began,
        seen_at=began,
        api_total=total,
        pages=len(sizes),
        rows=counts.rows,
        outside={},
        drift=counts.drift.entries(),
        anomalous_rows=counts.anomalous_rows,
    )
    if len(seen) != total:
        per_page = ", ".join(f"page {number} {size}" for number, size in enumerate(sizes, start=1))
        raise IncompleteResultError(
            f"The result is incomplete: USAJOBS counts {total} rows, but {len(seen)} distinct ones "
            f"arrived (rows per page: {per_page}). A page fell short, or the result changed while "
            "it was read. Nothing was stored; run the task again.",
            total,
            seen,
            extract if are_full(sizes, page_size, total) else None,
        )
    return extract


def _new_rows(rows: list[Any], seen: set[str]) -> Iterator[Any]:
    """Yield the rows that are not in `seen`, and add them to it."""
    for row in rows:
        if (key := identity(row)) not in seen:
            seen.add(key)
            yield row


def _pages(fetch: Fetch, connection: str, clock: Clock, seen: set[str]) -> Iterator[ResultPage]:
    """Yield pages until `seen` has reached the total, or a page adds no new rows.

    Neither `NumberOfPages` nor the requested page size can be relied on: the former disagrees with
    the rows, and the API may return smaller pages.
    """
    number = 1
    while True:
        known = len(seen)
        page = with_retries(
            lambda: _fetch_page(fetch, number, connection, clock)  # noqa: B023 - called at once
        )
        yield page
        if len(seen) >= page.total or len(seen) == known:
            return
        number += 1


def _fetch_page(fetch: Fetch, number: int, connection: str, clock: Clock) -> ResultPage:
    reply = receive(lambda: fetch(number), f"Page {number}")
    page = read_page(reply, number, connection)
    clock.check(reply)
    return page


def read_page(reply: HttpReply, number: int, connection: str) -> ResultPage:
    """Return the page in a reply.

    A valid reply has status 200 and a JSON object with a list of items and an integer total.

    Raises:
        RetriableApiError: the failure may pass (429, 5xx, any other body).
        FatalApiError: it won't (401, 403, other statuses, a truncated result).
    """
    subject = f"Page {number}"
    check_status(reply, subject, connection)
    check_number_of_values(reply, subject)
    total, items = rows_as_text(reply.body) or _total_and_rows(reply, subject)
    if not isinstance(total, int) or isinstance(total, bool) or not isinstance(items, list):
        raise MalformedResponseError(
            f"{subject} is not a search result: it lacks a total or a list of items."
        )
    if total >= limits.MAX_COUNTED_ROWS:
        raise FatalApiError(
            f"USAJOBS counts {total} rows and shows no more than {limits.MAX_COUNTED_ROWS}: the "
            "result is cut off. Nothing was stored; narrow the search by keyword, location or "
            "radius."
        )
    if len(items) > limits.MAX_COUNTED_ROWS:
        raise MalformedResponseError(f"{subject} has {len(items):,} rows.")
    return ResultPage(number, total, items, are_small(len(reply.body), reply.values))


def _total_and_rows(reply: HttpReply, subject: str) -> tuple[object, object]:
    result = json_object(reply, subject).get("SearchResult")
    if not isinstance(result, dict):
        raise MalformedResponseError(f"{subject} is not a search result: it has no SearchResult.")
    return result.get("SearchResultCountAll"), result.get("SearchResultItems")


def identity(row: object) -> str:
    """Return a row's unique key: its control number, or without one a digest of its content."""
    if isinstance(row, RowText):
        return read_control_number(row.read) or json_digest(row.whole)
    return read_control_number(row) or json_digest(row)
