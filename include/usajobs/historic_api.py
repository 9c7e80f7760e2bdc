"""Reads past days from the Historic JOA API, and validates its responses.

The API can't filter by keyword or location, so a day is requested by series, and rows that the
search would not have found are dropped here. It needs no API key, and none is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.auth import AuthBase

from include.jobs import limits
from include.jobs.formatting import count
from include.jobs.position import Position
from include.jobs.source import HISTORIC
from include.usajobs.api_key import KEY_HEADER
from include.usajobs.batches import Batches
from include.usajobs.client import (
    Clock,
    FatalApiError,
    HttpReply,
    IncompleteResultError,
    MalformedResponseError,
    are_full,
    check_status,
    explain_exhausted_retries,
    json_digest,
    json_object,
    receive,
    until_complete,
    with_retries,
)
from include.usajobs.extract import Extract, ExtractBatch, iso
from include.usajobs.historic_rows import read_control_number
from include.usajobs.row_readers import ReadRow, RowCounts, add_text, read_historic_row
from include.usajobs.values import read_opening

log = logging.getLogger(__name__)

ENDPOINT = "/api/historicjoa"
TEXT_ENDPOINT = "/api/historicjoa/announcementtext"

NO_CONTENT = b"204 No Content"
"""Another way in which the API reports an empty result, with status 200."""

Query = Mapping[str, str]
Fetch = Callable[[str, Query], requests.Response]
"""Sends a query to an endpoint."""


def opened_between(first: date, last: date) -> dict[str, str]:
    """Return the query for announcements opened from one day to another, both included."""
    return {"StartPositionOpenDate": first.isoformat(), "EndPositionOpenDate": last.isoformat()}


class PastDaySearch(Protocol):
    """The criteria of a search that this API can't apply itself."""

    @property
    def series(self) -> frozenset[str]:
        """The occupational series to request; empty for all."""

    def may_reach(self, position: Position) -> bool:
        """Return whether a position may be within the search's radius."""

    def mentions_keyword(self, text: str) -> bool:
        """Return whether the Search API would find an announcement with this text."""


class NoKey(AuthBase):
    """Sends neither the login nor the password of the connection: this API is public."""

    def __init__(self, login: str | None = None, password: str | None = None) -> None:
        """Accept and discard the credentials that Airflow passes in."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Identify the program, without anybody's e-mail address or key."""
        request.headers["User-Agent"] = "job-tracker"
        # A connection's extra may contain headers.
        request.headers.pop(KEY_HEADER, None)
        return request


@dataclass(frozen=True)
class _Client:
    """What every request needs besides its query."""

    fetch: Fetch
    connection: str
    clock: Clock


@dataclass(frozen=True)
class ResultPage:
    """One page of a result; `token` fetches the next one and is None on the last.

    Its body had so many `bytes`, and at most so many JSON `values`.
    """

    total: int
    rows: list[Any]
    token: str | None
    bytes: int = 0
    values: int = 0


@dataclass(frozen=True)
class Result:
    """The distinct rows of all pages; `missing` is by how many the API's total is larger."""

    rows: list[Any]
    pages: int
    missing: int = 0


@explain_exhausted_retries()
def read_days(
    fetch: Fetch,
    days: Sequence[date],
    search: PastDaySearch,
    batches: Batches[ExtractBatch],
    *,
    connection: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Extract:
    """Pass on the announcements of some days that belong to the search, each with its text.

    Rows in other places, or without a word of the keyword, are listed in `outside`. Content counts
    as observed on the day of reading, so that reading a row twice that day changes nothing; it
    counts as seen on the last of the days.

    Raises:
        FatalApiError: a retry can't help.
        RetriableApiError: USAJOBS or the network failed until the last attempt.
        IncompleteResultError: the rows never added up to the API's total.
    """
    client = _Client(fetch, connection, Clock(now))
    rows: list[ReadRow] = []
    pages = missing = 0
    for day in days:
        announced, result = _announced_on(client, day, search)
        rows += announced
        pages += result.pages
        missing += result.missing
    near, elsewhere = _split_by_place(rows, search)
    counts = RowCounts()
    unmentioned: list[str] = []
    batches.clear()
    for batch in _in_batches(near):
        texts = _texts(client, [row.control_number for row in batch if row.control_number])
        mentioned, others = _split_by_keyword(batch, texts, search)
        batches.append([counts.add(row) for row in mentioned])
        unmentioned += others
    log.info("%s: %d of %d announcements belong to the search", days[-1], counts.rows, len(rows))
    began = client.clock.began
    return Extract(
        source=HISTORIC,
        read_at=iso(began),
        observed_at=iso(datetime.combine(began.astimezone(UTC), time(), UTC)),
        seen_at=iso(datetime.combine(days[-1], time(), UTC)),
        api_total=len(rows) + missing,
        pages=pages,
        rows=counts.rows,
        outside={"place": elsewhere, "keyword": sorted(unmentioned)},
        drift=counts.drift.entries(),
        anomalous_rows=counts.anomalous_rows,
    )


def _in_batches(rows: list[ReadRow]) -> Iterator[list[ReadRow]]:
    """Yield the rows in batches whose texts fit into one request; no rows, no batch."""
    remaining = iter(rows)
    while batch := list(islice(remaining, limits.TEXT_BATCH_SIZE_ROWS)):
        yield batch


def _announced_on(
    client: _Client, day: date, search: PastDaySearch
) -> tuple[list[ReadRow], Result]:
    """Return all rows of the day, and the result that they are from.

    For some days the API always returns a broken body. Such a day is requested together with the
    next one, which works, and filtered out of the result.
    """
    try:
        return _window(client, day, day, search)
    except MalformedResponseError as problem:
        log.warning("%s Requesting two days at once instead.", problem)
    rows, result = _window(client, day, day + timedelta(days=1), search)
    return [row for row in rows if opened_on(row.kept) in (day, None)], result


def _window(
    client: _Client, first: date, last: date, search: PastDaySearch
) -> tuple[list[ReadRow], Result]:
    query = opened_between(first, last)
    if search.series:
        query["PositionSeries"] = ";".join(sorted(search.series))
    subject = f"The announcements of {first}" + (f" and {last}" if last != first else "")
    result = until_complete(lambda: _all_pages(client, ENDPOINT, query, subject))
    return [read_historic_row(row) for row in result.rows], result


def opened_on(row: object) -> date | None:
    """Return the day on which a row's posting opened, or None if it can't be read."""
    try:
        opened = read_opening(row.get("positionOpenDate")) if isinstance(row, dict) else None
    except ValueError:
        return None
    return opened.astimezone(UTC).date() if opened else None


def read_announcements(
    fetch: Fetch, numbers: Sequence[str], *, connection: str, clock: Clock
) -> list[dict[str, Any]]:
    """Return the rows about some announcements; the API may know fewer, or have several of one.

    Raises:
        FatalApiError: a retry can't help.
        RetriableApiError: USAJOBS or the network failed until the last attempt.
        MalformedResponseError: the rows are about other announcements only, as if the API had
            ignored the query.
    """
    client = _Client(fetch, connection, clock)
    subject = f"The status of {count(len(numbers), 'announcement')}"
    pages = _pages(client, ENDPOINT, _numbered(numbers), subject)
    requested: dict[str, dict[str, Any]] = {}
    others = 0
    # Each page has a row at least.
    for page in islice(pages, len(numbers)):
        rows = [row for row in page.rows if read_control_number(row) in numbers]
        others += len(page.rows) - len(rows)
        known = len(requested)
        requested |= {json_digest(row): row for row in rows}
        # Without new rows, the next page would be like this one, for ever.
        if len(requested) == known:
            break
    if others:
        log.warning("%s: %d rows about others are left out", subject, others)
    if others and not requested:
        raise MalformedResponseError(f"{subject}: the response is about other announcements.")
    return [*requested.values()]


def _numbered(numbers: Iterable[str]) -> dict[str, str]:
    """Return the query for announcements with these control numbers."""
    return {"USAJOBSControlNumbers": ";".join(numbers)}


def _texts(client: _Client, numbers: list[str]) -> dict[str, dict[str, Any]]:
    """Return the announcements' texts by control number; those without a text are left out."""
    if not numbers:
        return {}
    query = _numbered(numbers)
    result = until_complete(lambda: _all_pages(client, TEXT_ENDPOINT, query, "The texts"))
    return {
        number: row
        for row in result.rows
        if isinstance(row, dict) and (number := read_control_number(row))
    }


def _all_pages(client: _Client, endpoint: str, query: Query, subject: str) -> Result:
    rows: dict[str, Any] = {}
    sizes: list[int] = []
    total = size = values = 0
    for page in _pages(client, endpoint, query, subject):
        size += page.bytes
        values += page.values
        if size > limits.MAX_BODY_BYTES or values > limits.MAX_JSON_VALUES:
            raise FatalApiError(
                f"{subject} are too large to be read: {size:,} bytes on {len(sizes) + 1} pages. "
                "Nothing was stored; narrow the search by keyword."
            )
        rows |= {identity(row): row for row in page.rows}
        total = page.total
        sizes.append(len(page.rows))
        log.info("%s, page %d: %d of %d rows read", subject, len(sizes), len(rows), total)
        if len(rows) > total:
            break
    result = Result([*rows.values()], len(sizes), total - len(rows))
    if result.missing:
        raise IncompleteResultError(
            f"{subject} are incomplete: USAJOBS counts {total} rows, but {len(rows)} distinct ones "
            f"arrived on {len(sizes)} pages. Nothing was stored; run the task again.",
            total,
            rows,
            # This API chooses the size of its pages.
            result if are_full(sizes, max(sizes), total) else None,
        )
    return result


def _pages(client: _Client, endpoint: str, query: Query, subject: str) -> Iterator[ResultPage]:
    number, page_query = 1, dict(query)
    while True:
        name = f"{subject}, page {number}"
        page = with_retries(
            lambda: _fetch_page(client, endpoint, page_query, name)  # noqa: B023 - called at once
        )
        yield page
        # An empty page with a token would be followed by another one, for ever.
        if page.token is None or not page.rows:
            return
        page_query = {**query, "continuationToken": page.token}
        number += 1


def _fetch_page(client: _Client, endpoint: str, query: Query, subject: str) -> ResultPage:
    reply = receive(lambda: client.fetch(endpoint, query), subject)
    page = read_page(reply, subject, client.connection)
    client.clock.check(reply)
    return page


def read_page(reply: HttpReply, subject: str, connection: str) -> ResultPage:
    """Return the page in a reply; status 204 and the body "204 No Content" mean an empty one.

    Raises:
        RetriableApiError: the failure may pass, as for a search.
        FatalApiError: it won't.
    """
    if reply.status == requests.codes.no_content:
        return ResultPage(0, [], None)
    check_status(reply, subject, connection)
    if reply.body.strip() == NO_CONTENT:
        return ResultPage(0, [], None)
    body = json_object(reply, subject)
    paging, rows = body.get("paging"), body.get("data")
    metadata = paging.get("metadata") if isinstance(paging, dict) else None
    total = metadata.get("totalCount") if isinstance(metadata, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or not isinstance(rows, list):
        raise MalformedResponseError(f"{subject} lacks a totalCount or a list of rows.")
    return ResultPage(total, rows, _token(body["paging"]), len(reply.body), reply.values)


def _token(paging: dict[str, Any]) -> str | None:
    """Return the token in the URL `next`; the casing of its parameter has varied."""
    following = paging.get("next")
    if not isinstance(following, str) or not following:
        return None
    parameters = {name.casefold(): value for name, value in parse_qsl(urlsplit(following).query)}
    token = parameters.get("continuationtoken") or paging["metadata"].get("continuationToken")
    return unquote(token) if isinstance(token, str) else None


def identity(row: object) -> str:
    """Return a row's unique key: its control number, or without one a digest of its content."""
    return read_control_number(row) or json_digest(row)


def _split_by_place(rows: list[ReadRow], search: PastDaySearch) -> tuple[list[ReadRow], list[str]]:
    """Return the rows that may be within the search's radius, and the others' control numbers.

    Unreadable rows are among the former, so that they are quarantined.
    """
    near, elsewhere = [], []
    for row in rows:
        if row.position is None or search.may_reach(row.position):
            near.append(row)
        else:
            elsewhere.append(str(row.control_number))
    return near, sorted(elsewhere)


def _split_by_keyword(
    rows: list[ReadRow], texts: Mapping[str, dict[str, Any]], search: PastDaySearch
) -> tuple[list[ReadRow], list[str]]:
    """Return the rows that a search for the keyword would have found, with their texts.

    The second value lists the control numbers of the others.
    """
    found, unmentioned = [], []
    for row in rows:
        text = texts.get(row.control_number or "")
        words = "\n".join(_words([row.kept, text]))
        if row.control_number and text is not None and not search.mentions_keyword(words):
            unmentioned.append(row.control_number)
        else:
            add_text(row, text)
            found.append(row)
    return found, unmentioned


def _words(value: object) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _words(inner)
