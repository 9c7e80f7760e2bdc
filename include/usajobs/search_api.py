"""How the Search API is asked, and which of its answers are good.

https://developer.usajobs.gov/api-reference/get-api-search says what it takes; what it really
answers was measured on recorded and reported answers.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import requests
from requests.auth import AuthBase

from include.parts import Parts
from include.sources import SEARCH
from include.usajobs.asking import (
    Clock,
    Incomplete,
    Reading,
    Refused,
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
from include.usajobs.readers import without_unread_fields
from include.usajobs.search_rows import read_control_number

log = logging.getLogger(__name__)

ENDPOINT = "/api/Search"

PAGE_SIZE = 250
"""Rows asked for at once, of the 500 that USAJOBS allows.

Most searches fit into one such page, and one page can't shift while it is read. 500 rows take
USAJOBS about 25 seconds and may weigh 75 MB, which is more than a task should hold at once.
"""

MOST_ON_A_PAGE = 500
"""Rows that USAJOBS sends at once at most."""

CEILING = 10_000
"""`SearchResultCountAll` stops counting here, so this value means "cut off"."""


class ApiKeyAuth(AuthBase):
    """Sends a connection's login and password as the two headers that USAJOBS wants.

    `login` is the e-mail address that the key was registered with, `password` the key. Raises
    `Refused`, without quoting them, for values that no header can carry.
    """

    def __init__(self, login: str | None = None, password: str | None = None) -> None:
        self.email = self._header_value("login", "the e-mail address of your API key", login)
        self.key = self._header_value("password", "the API key", password)

    @staticmethod
    def _header_value(field: str, meaning: str, value: str | None) -> str:
        text = (value or "").strip()
        if not text or not text.isascii() or not text.isprintable():
            # Left to `requests`, the error message would quote the key.
            found = "holds characters that no key has" if text else "is empty"
            raise Refused(
                f"The {field} of the Airflow connection `usajobs` {found}: put {meaning} there."
            )
        return text

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the headers on a request that is about to be sent."""
        request.headers["User-Agent"] = self.email
        request.headers["Authorization-Key"] = self.key
        return request


@dataclass(frozen=True)
class Page:
    """One page of an answer: the API's total over all pages, and this page's rows."""

    number: int
    total: int
    rows: Rows


Fetch = Callable[[int], requests.Response]
"""Asks for the page of that number, counted from 1."""


@giving_up()
def read_everything(
    fetch: Fetch,
    parts: Parts[Rows],
    *,
    connection: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Reading:
    """Hand on all rows of a search, a page at a time, or raise `UsajobsError`.

    The rows count once the reading is returned. A page that fails in a way that passes is asked
    for again, as late as `Retry-After` says. A result that changes while it is read (its total
    moves, ids repeat) is read again. `connection` is the name that messages tell people to look at.
    """
    return until_complete(lambda: _read_once(fetch, parts, connection, Clock(now)))


def _read_once(fetch: Fetch, parts: Parts[Rows], connection: str, clock: Clock) -> Reading:
    parts.clear()
    seen: set[str] = set()
    sizes: list[int] = []
    total = 0
    for page in _pages(fetch, connection, clock, seen):
        parts.append(_new_rows(page.rows, seen))
        sizes.append(len(page.rows))
        total = page.total
        log.info("Page %d: %d rows, %d of %d read", page.number, sizes[-1], len(seen), total)
    if len(seen) != total:
        held = ", ".join(f"page {number} {size}" for number, size in enumerate(sizes, start=1))
        raise Incomplete(
            f"The answer is incomplete: USAJOBS counts {total} rows, and {len(seen)} different "
            f"ones came (rows held: {held}). A page fell short, or the result moved while it was "
            "read. Nothing was stored; run the task again."
        )
    began = iso(clock.began)
    return Reading(
        source=SEARCH,
        read_at=began,
        observed_at=began,
        seen_at=began,
        api_total=total,
        pages=len(sizes),
        outside={},
    )


def _new_rows(rows: Rows, seen: set[str]) -> Rows:
    """Return the rows that no earlier page had, and note them as seen."""
    new = []
    for row in rows:
        if (known_by := identity(row)) not in seen:
            seen.add(known_by)
            new.append(without_unread_fields(row, SEARCH))
    return new


def _pages(fetch: Fetch, connection: str, clock: Clock, seen: set[str]) -> Iterator[Page]:
    """Yield pages until as many different rows as the total were `seen`, or one brings no new ones.

    Neither `NumberOfPages` nor the page size asked for is relied on: the first disagrees with the
    rows, and the API may answer with smaller pages.
    """
    number = 1
    while True:
        known = len(seen)
        page = with_retries(lambda: _ask(fetch, number, connection, clock))  # noqa: B023 - at once
        yield page
        if len(seen) >= page.total or len(seen) == known:
            return
        number += 1


def _ask(fetch: Fetch, number: int, connection: str, clock: Clock) -> Page:
    reply = receive(lambda: fetch(number), f"Page {number}")
    page = read_page(reply, number, connection)
    clock.check(reply)
    return page


def read_page(reply: Reply, number: int, connection: str) -> Page:
    """Return the page that a reply carries.

    A good answer has status 200 and is a JSON object with a list of items and an integer total.
    Raises `Unavailable` for what may pass (429, 5xx, a body that is no such object) and `Refused`
    for what won't (401, 403, other statuses, the ceiling).
    """
    subject = f"Page {number}"
    check_status(reply, subject, connection)
    result = json_object(reply, subject).get("SearchResult")
    if not isinstance(result, dict):
        raise Unreadable(f"{subject} is no search result: it has no SearchResult.")
    total, items = result.get("SearchResultCountAll"), result.get("SearchResultItems")
    if not isinstance(total, int) or isinstance(total, bool) or not isinstance(items, list):
        raise Unreadable(f"{subject} is no search result: it lacks a total or a list of items.")
    if total >= CEILING:
        raise Refused(
            f"USAJOBS counts {total} rows and shows no more than {CEILING}: the result is cut "
            "off. Nothing was stored; narrow the search by keyword, location or radius."
        )
    return Page(number, total, items)


def identity(row: object) -> str:
    """Return what tells rows apart: the control number, or for a row without one its content."""
    number = read_control_number(row)
    return number or hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
