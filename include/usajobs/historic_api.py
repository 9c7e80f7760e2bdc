"""How the Historic JOA API is asked for a past day, and which of its answers are good.

It knows neither keyword nor location, so a day is asked for by series, and what the search would
not have found is left aside here. It needs no key, and none is sent.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.auth import AuthBase

from include.matching import Seeker
from include.parts import Parts
from include.searches import SearchParameters
from include.sources import HISTORIC
from include.topics import holds_every_word, topic_of
from include.usajobs.asking import (
    Clock,
    Incomplete,
    Reading,
    Reply,
    Rows,
    Unreadable,
    check_status,
    giving_up,
    iso,
    json_object,
    receive,
    until_complete,
    with_retries,
)
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRow
from include.usajobs.historic_rows import project_text, read_control_number, read_row
from include.usajobs.readers import without_unread_fields
from include.usajobs.values import read_opening

log = logging.getLogger(__name__)

ENDPOINT = "/api/historicjoa"
TEXT_ENDPOINT = "/api/historicjoa/announcementtext"

NO_CONTENT = b"204 No Content"
"""How the API also says, with status 200, that there is nothing."""

TEXTS_AT_ONCE = 50

Query = Mapping[str, str]
Fetch = Callable[[str, Query], requests.Response]
"""Sends a query to an endpoint."""


class NoKey(AuthBase):
    """Sends neither login nor password of the connection: this API is open."""

    def __init__(self, login: str | None = None, password: str | None = None) -> None:
        """Take what a connection has, and forget it."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Say who asks, without a person's address."""
        request.headers["User-Agent"] = "job-tracker"
        return request


@dataclass(frozen=True)
class _Asking:
    """What every request of a reading needs besides its query."""

    fetch: Fetch
    connection: str
    clock: Clock


@dataclass(frozen=True)
class Page:
    """One page of an answer; `token` asks for the next one and is None on the last."""

    total: int
    rows: list[Any]
    token: str | None


@giving_up()
def read_days(
    fetch: Fetch,
    days: Sequence[date],
    seeker: Seeker,
    parts: Parts[Rows],
    *,
    connection: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Reading:
    """Hand on what was announced on some days and belongs to the search, each row with its text.

    What lies elsewhere or lacks a word of the keyword is listed in `outside`. Content counts as
    observed on the day of reading, so that a row read twice that day stays the same; it was seen
    on the last of the days. Raises `UsajobsError` where the rows don't add up.
    """
    asking = _Asking(fetch, connection, Clock(now))
    rows: Rows = []
    pages = 0
    for day in days:
        announced, pages_of_day = _announced_on(asking, day, seeker.search)
        rows += announced
        pages += pages_of_day
    near, elsewhere = _split_by_place(rows, seeker)
    unmentioned: list[str] = []
    found = 0
    parts.clear()
    for some in _in_parts(near):
        texts = _texts(asking, [number for row in some if (number := read_control_number(row))])
        mentioned, others = _split_by_keyword(some, texts, seeker.search)
        parts.append(mentioned)
        found += len(mentioned)
        unmentioned += others
    log.info("%s: %d of %d announcements belong to the search", days[-1], found, len(rows))
    began = asking.clock.began
    return Reading(
        source=HISTORIC,
        read_at=iso(began),
        observed_at=iso(datetime.combine(began.astimezone(UTC), time(), UTC)),
        seen_at=iso(datetime.combine(days[-1], time(), UTC)),
        api_total=len(rows),
        pages=pages,
        outside={"place": elsewhere, "keyword": sorted(unmentioned)},
    )


def _in_parts(rows: Rows) -> Iterator[Rows]:
    """Yield the rows in lists whose texts are asked for at once; a day without any gives none."""
    remaining = iter(rows)
    while some := list(islice(remaining, TEXTS_AT_ONCE)):
        yield some


def _announced_on(asking: _Asking, day: date, search: SearchParameters) -> tuple[Rows, int]:
    """Return all rows of the day and the number of pages they came in.

    Some days are answered with a broken body, again and again. Such a day is asked for together
    with the next one, which is answered differently, and picked out of that.
    """
    try:
        return _window(asking, day, day, search)
    except Unreadable as problem:
        log.warning("%s Asking for two days at once instead.", problem)
    rows, pages = _window(asking, day, day + timedelta(days=1), search)
    return [row for row in rows if _opened_on(row) in (day, None)], pages


def _window(asking: _Asking, first: date, last: date, search: SearchParameters) -> tuple[Rows, int]:
    query = {
        "StartPositionOpenDate": first.isoformat(),
        "EndPositionOpenDate": last.isoformat(),
    }
    if near := topic_of(search.keyword).near:
        query["PositionSeries"] = ";".join(sorted(near))
    subject = f"The announcements of {first}" + (f" and {last}" if last != first else "")
    rows, pages = until_complete(lambda: _all_pages(asking, ENDPOINT, query, subject))
    distinct = {read_control_number(row) or json.dumps(row, sort_keys=True): row for row in rows}
    return [without_unread_fields(row, HISTORIC) for row in distinct.values()], pages


def _opened_on(row: object) -> date | None:
    """Return the day on which a row was opened, None where it can't be read."""
    try:
        opened = read_opening(row.get("positionOpenDate")) if isinstance(row, dict) else None
    except ValueError:
        return None
    return opened.astimezone(UTC).date() if opened else None


def _texts(asking: _Asking, numbers: list[str]) -> dict[str, dict[str, Any]]:
    """Return the announcements' texts by control number; one that has none is left out."""
    if not numbers:
        return {}
    query = {"USAJOBSControlNumbers": ";".join(numbers)}
    rows, _ = until_complete(lambda: _all_pages(asking, TEXT_ENDPOINT, query, "The texts"))
    return {
        number: row
        for row in rows
        if isinstance(row, dict) and (number := read_control_number(row))
    }


def _all_pages(asking: _Asking, endpoint: str, query: Query, subject: str) -> tuple[Rows, int]:
    rows: Rows = []
    pages = total = 0
    for page in _pages(asking, endpoint, query, subject):
        rows += page.rows
        total = page.total
        pages += 1
        log.info("%s, page %d: %d of %d rows read", subject, pages, len(rows), total)
    if len(rows) != total:
        raise Incomplete(
            f"{subject} are incomplete: USAJOBS counts {total} rows, and {len(rows)} came on "
            f"{pages} pages. Nothing was stored; run the task again."
        )
    return rows, pages


def _pages(asking: _Asking, endpoint: str, query: Query, subject: str) -> Iterator[Page]:
    number, asked = 1, dict(query)
    while True:
        named = f"{subject}, page {number}"
        page = with_retries(lambda: _ask(asking, endpoint, asked, named))  # noqa: B023 - at once
        yield page
        # A page without rows that points on would point on for ever.
        if page.token is None or not page.rows:
            return
        asked = {**query, "continuationToken": page.token}
        number += 1


def _ask(asking: _Asking, endpoint: str, query: Query, subject: str) -> Page:
    reply = receive(lambda: asking.fetch(endpoint, query), subject)
    page = read_page(reply, subject, asking.connection)
    asking.clock.check(reply)
    return page


def read_page(reply: Reply, subject: str, connection: str) -> Page:
    """Return the page that a reply carries; 204 and "204 No Content" are an empty one.

    Raises `Unavailable` for what may pass and `Refused` for what won't, as for a search.
    """
    if reply.status == requests.codes.no_content:
        return Page(0, [], None)
    check_status(reply, subject, connection)
    if reply.body.strip() == NO_CONTENT:
        return Page(0, [], None)
    body = json_object(reply, subject)
    paging, rows = body.get("paging"), body.get("data")
    metadata = paging.get("metadata") if isinstance(paging, dict) else None
    total = metadata.get("totalCount") if isinstance(metadata, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or not isinstance(rows, list):
        raise Unreadable(f"{subject} lacks a totalCount or a list of rows.")
    return Page(total, rows, _token(body["paging"]))


def _token(paging: dict[str, Any]) -> str | None:
    """Return the token that `next` carries; its parameter's casing has varied."""
    following = paging.get("next")
    if not isinstance(following, str) or not following:
        return None
    parameters = {name.casefold(): value for name, value in parse_qsl(urlsplit(following).query)}
    token = parameters.get("continuationtoken") or paging["metadata"].get("continuationToken")
    return unquote(token) if isinstance(token, str) else None


def _split_by_place(rows: Rows, seeker: Seeker) -> tuple[Rows, list[str]]:
    """Return the rows that may lie within the search's radius, and the others' control numbers.

    A row that can't be read stays, so that it is quarantined.
    """
    near, elsewhere = [], []
    for row in rows:
        try:
            in_reach = seeker.may_reach(read_row(row, Drift()))
        except UnreadableRow:
            in_reach = True
        if in_reach:
            near.append(row)
        else:
            elsewhere.append(str(read_control_number(row)))
    return near, sorted(elsewhere)


def _split_by_keyword(
    rows: Rows, texts: Mapping[str, dict[str, Any]], search: SearchParameters
) -> tuple[Rows, list[str]]:
    """Return the rows, with their texts, that a search for the keyword would have found."""
    found, unmentioned = [], []
    for row in rows:
        number = read_control_number(row)
        text = texts.get(number or "")
        words = "\n".join(_words([row, text]))
        if number and text is not None and not holds_every_word(search.keyword, words):
            unmentioned.append(number)
        else:
            found.append({**row, "text": project_text(text)} if text is not None else row)
    return found, unmentioned


def _words(value: object) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _words(inner)
