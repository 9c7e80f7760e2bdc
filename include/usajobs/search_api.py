"""How the Search API is asked, and which of its answers are good.

https://developer.usajobs.gov/api-reference/get-api-search says what it takes; what it really
answers was measured on recorded and reported answers.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypedDict

import requests
import tenacity
from requests.auth import AuthBase
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, SSLError

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

REQUEST_OPTIONS: dict[str, Any] = {
    # Seconds to connect and between two bytes; `requests` would wait for ever.
    "timeout": (10, 120),
    # `requests` sends the key on to whichever host it is redirected to.
    "allow_redirects": False,
    # The provider's own check forgets Retry-After.
    "check_response": False,
}

ATTEMPTS_PER_PAGE = 5
READINGS = 3
"""How often a result that changes while it is read is read again from its first page."""

LONGEST_WAIT = 600
"""Seconds of Retry-After that are waited for inside a run."""


class UsajobsError(Exception):
    """A request that brought no good answer. The message says which, why and what to do."""

    curable = True
    """Whether asking again later can help."""


class Unavailable(UsajobsError):
    """USAJOBS or the network is in trouble; `retry_after` is what it said, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Incomplete(UsajobsError):
    """The distinct rows don't add up to the total that the API gives."""


class Refused(UsajobsError):
    """Asking again won't help before somebody changes something."""

    curable = False


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
            raise Refused(f"The connection's {field} {found}: put {meaning} there.")
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


class Answer(TypedDict):
    """A complete answer: every row that the API counts, each once.

    `observed_at` (ISO 8601, UTC) is when its reading began; `rows` are projected.
    """

    observed_at: str
    api_total: int
    pages: int
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
    for reading in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Incomplete),
        stop=tenacity.stop_after_attempt(READINGS),
        wait=tenacity.wait_fixed(2),
        before_sleep=_log_retry,
        reraise=True,
    ):
        with reading:
            return _read_once(fetch, connection, now())
    raise AssertionError("tenacity either returns or raises")


def _read_once(fetch: Fetch, connection: str, observed_at: datetime) -> Answer:
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
        observed_at=observed_at.isoformat(timespec="milliseconds"),
        api_total=total,
        pages=len(sizes),
        rows=list(rows.values()),
    )


def _pages(fetch: Fetch, connection: str) -> Iterator[Page]:
    """Yield pages until as many rows as the total have come, or a page is empty.

    Neither `NumberOfPages` nor the page size asked for is relied on: the first disagrees with the
    rows, and the API may answer with smaller pages.
    """
    received, number = 0, 1
    while True:
        page = _page_with_retries(fetch, number, connection)
        yield page
        received += len(page.rows)
        if received >= page.total or not page.rows:
            return
        number += 1


def _page_with_retries(fetch: Fetch, number: int, connection: str) -> Page:
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unavailable),
        stop=tenacity.stop_after_attempt(ATTEMPTS_PER_PAGE),
        wait=_as_long_as_told,
        before_sleep=_log_retry,
        reraise=True,
    ):
        with attempt:
            return read_page(_response(fetch, number), number, connection)
    raise AssertionError("tenacity either returns or raises")


def _response(fetch: Fetch, number: int) -> requests.Response:
    try:
        return fetch(number)
    except SSLError as error:
        raise Refused(
            f"Page {number}: no secure connection to USAJOBS: {error}. Check this machine's clock "
            "and certificates, and the connection's host."
        ) from None
    except (
        requests.ConnectionError,
        requests.Timeout,
        ChunkedEncodingError,
        ContentDecodingError,
    ) as error:
        raise Unavailable(f"Page {number} was not received: {error}") from None
    except requests.RequestException as error:
        raise Refused(f"Page {number} can't be asked for: {error}") from None


_exponential = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)


def _as_long_as_told(state: tenacity.RetryCallState) -> float:
    """Wait for what `Retry-After` said, else a little longer each time."""
    error = state.outcome.exception() if state.outcome else None
    told = error.retry_after if isinstance(error, Unavailable) else None
    return _exponential(state) if told is None else told


def _log_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    seconds = state.next_action.sleep if state.next_action else 0
    log.warning("%s Asking again in %.0f s.", error, seconds)


def read_page(response: requests.Response, number: int, connection: str) -> Page:
    """Return the page that a response carries.

    A good answer has status 200 and is a JSON object with a list of items and an integer total.
    Raises `Unavailable` for what may pass (429, 5xx, a body that is no such object) and `Refused`
    for what won't (401, 403, other statuses, the ceiling).
    """
    if response.status_code != requests.codes.ok:
        raise _status_error(response, number, connection)
    result = _search_result(response, number)
    total, items = result.get("SearchResultCountAll"), result.get("SearchResultItems")
    if not isinstance(total, int) or isinstance(total, bool) or not isinstance(items, list):
        raise Unavailable(
            f"Page {number} is no search result: it lacks a total or a list of items."
        )
    if total >= CEILING:
        raise Refused(
            f"USAJOBS counts {total} rows and shows no more than {CEILING}: the result is cut "
            "off. Nothing was stored; narrow the search by keyword, location or radius."
        )
    return Page(number, total, [project(item) for item in items])


def _search_result(response: requests.Response, number: int) -> Mapping[str, Any]:
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        kind = response.headers.get("Content-Type", "no content type")
        raise Unavailable(
            f"Page {number} is no JSON: {len(response.content)} bytes of {kind:.60}."
        ) from None
    result = body.get("SearchResult") if isinstance(body, dict) else None
    if not isinstance(result, dict):
        raise Unavailable(f"Page {number} is no search result: it has no SearchResult.")
    return result


def _status_error(response: requests.Response, number: int, connection: str) -> UsajobsError:
    status = response.status_code
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        return Refused(
            f"USAJOBS refused page {number} with status {status}. Check the Airflow connection "
            f"`{connection}`: its login must be the e-mail address that the API key was "
            "registered with, its password the key (https://developer.usajobs.gov/apirequest/). "
            "A 403 with correct values means that USAJOBS blocks this network."
        )
    if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
        return _told_to_wait(response, number)
    if response.is_redirect or response.is_permanent_redirect:
        return Refused(
            f"Page {number}: USAJOBS redirects elsewhere (status {status}), which is not "
            f"followed, so that the key stays here. Check the host of connection `{connection}`."
        )
    return Refused(f"USAJOBS refused page {number} with status {status}: check the parameters.")


def _told_to_wait(response: requests.Response, number: int) -> UsajobsError:
    wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    message = f"Page {number}: USAJOBS answered with status {response.status_code}."
    if wait is not None and wait > LONGEST_WAIT:
        return Refused(
            f"{message} It wants to be left alone for {wait / 60:.0f} minutes: clear this task "
            "after that."
        )
    return Unavailable(message, wait)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, given as seconds or as a date.

    None where there is no header, or none that can be read.
    """
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:  # "-0000" is how an e-mail date says UTC of unknown place
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def identity(row: object) -> str:
    """Return what tells rows apart: the control number, or for a row without one its content."""
    return read_control_number(row) or json.dumps(row, sort_keys=True)
