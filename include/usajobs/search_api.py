"""How the Search API is asked, and which of its answers are good.

https://developer.usajobs.gov/api-reference/get-api-search says what it takes; what it really
answers was measured on recorded and reported answers.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import requests
from requests.auth import AuthBase

from include.sources import SEARCH
from include.usajobs.asking import (
    Answer,
    Incomplete,
    Refused,
    Unreadable,
    check_status,
    iso,
    json_object,
    receive,
    until_complete,
    with_retries,
)
from include.usajobs.search_rows import project, read_control_number

log = logging.getLogger(__name__)

ENDPOINT = "/api/Search"

PAGE_SIZE = 250
"""Rows asked for at once, of the 500 that USAJOBS allows.

Most searches fit into one such page, and one page can't shift while it is read. 500 rows take
USAJOBS about 25 seconds and may weigh 75 MB, which is more than a task should hold at once.
"""

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
    """One page of an answer: the API's total over all pages, and this page's projected rows."""

    number: int
    total: int
    rows: list[object]


Fetch = Callable[[int], requests.Response]
"""Asks for the page of that number, counted from 1."""


def read_everything(
    fetch: Fetch,
    *,
    connection: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Answer:
    """Return all pages of a search as one answer, or raise `UsajobsError`: nothing in between.

    A page that fails in a way that passes is asked for again, as late as `Retry-After` says. A
    result that changes while it is read (its total moves, ids repeat) is read again. `connection`
    is the name that messages tell people to look at.
    """
    return until_complete(lambda: _read_once(fetch, connection, iso(now())))


def _read_once(fetch: Fetch, connection: str, began: str) -> Answer:
    rows: dict[str, object] = {}
    sizes: list[int] = []
    total = 0
    for page in _pages(fetch, connection):
        rows.update((identity(row), row) for row in page.rows)
        sizes.append(len(page.rows))
        total = page.total
        log.info("Page %d: %d rows, %d of %d read", page.number, sizes[-1], len(rows), total)
    if len(rows) != total:
        held = ", ".join(f"page {number} {size}" for number, size in enumerate(sizes, start=1))
        raise Incomplete(
            f"The answer is incomplete: USAJOBS counts {total} rows, and {len(rows)} different "
            f"ones came (rows held: {held}). A page fell short, or the result moved while it was "
            "read. Nothing was stored; run the task again."
        )
    return Answer(
        source=SEARCH,
        read_at=began,
        observed_at=began,
        seen_at=began,
        api_total=total,
        pages=len(sizes),
        rows=list(rows.values()),
        outside={},
    )


def _pages(fetch: Fetch, connection: str) -> Iterator[Page]:
    """Yield pages until as many rows as the total have come, or a page is empty.

    Neither `NumberOfPages` nor the page size asked for is relied on: the first disagrees with the
    rows, and the API may answer with smaller pages.
    """
    received, number = 0, 1
    while True:
        page = with_retries(lambda: _ask(fetch, number, connection))  # noqa: B023 - called at once
        yield page
        received += len(page.rows)
        if received >= page.total or not page.rows:
            return
        number += 1


def _ask(fetch: Fetch, number: int, connection: str) -> Page:
    return read_page(receive(lambda: fetch(number), f"Page {number}"), number, connection)


def read_page(response: requests.Response, number: int, connection: str) -> Page:
    """Return the page that a response carries.

    A good answer has status 200 and is a JSON object with a list of items and an integer total.
    Raises `Unavailable` for what may pass (429, 5xx, a body that is no such object) and `Refused`
    for what won't (401, 403, other statuses, the ceiling).
    """
    subject = f"Page {number}"
    check_status(response, subject, connection)
    result = json_object(response, subject).get("SearchResult")
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
    return Page(number, total, [project(item) for item in items])


def identity(row: object) -> str:
    """Return what tells rows apart: the control number, or for a row without one its content."""
    return read_control_number(row) or json.dumps(row, sort_keys=True)
