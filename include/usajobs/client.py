"""Requests to any USAJOBS API: what is retried, what fails at once, and with which message."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, TypeVar, cast

import requests
import tenacity
from requests.exceptions import (
    ChunkedEncodingError,
    ContentDecodingError,
    InvalidSchema,
    InvalidURL,
    MissingSchema,
    SSLError,
)
from urllib3.exceptions import HTTPError

from include.jobs import limits
from include.usajobs.json_text import is_deeper_than, json_values, read_json
from include.usajobs.network import explain, is_about_a_certificate

log = logging.getLogger(__name__)

T = TypeVar("T")

REQUEST_OPTIONS: dict[str, Any] = {
    "timeout": (limits.CONNECT_TIMEOUT_SECONDS, limits.READ_TIMEOUT_SECONDS),
    # On a redirect, `requests` would send the API key to the other host.
    "allow_redirects": False,
    # The provider's own check discards Retry-After.
    "check_response": False,
    # The body is read here, within the limits below.
    "stream": True,
}


class ApiError(Exception):
    """A request without a valid response. The message says which one, why, and what to do."""


class RetriableApiError(ApiError):
    """A temporary failure of USAJOBS or the network; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MalformedResponseError(RetriableApiError):
    """A response arrived, but not in the form that the API documents."""


class IncompleteResultError(ApiError):
    """The rows of a whole reading don't add up to the total that the API reports.

    `result` is what the reading would return if these rows were all, or None if some page was not
    full; `identities` tells its rows.
    """

    def __init__(
        self, message: str, total: int, identities: Iterable[str] = (), result: object = None
    ) -> None:
        super().__init__(message)
        self.total = total
        self.identities = frozenset(identities)
        self.result = result

    def is_like(self, other: IncompleteResultError) -> bool:
        """Return whether another reading found the same rows and the same total."""
        return (self.total, self.identities) == (other.total, other.identities)


class FatalApiError(ApiError):
    """A failure that retries can't fix: somebody has to change something first."""


class InvalidConnectionError(FatalApiError):
    """The Airflow connection can't be used as it is.

    `explain` returns the message for the name of a connection.
    """

    def __init__(self, explain: Callable[[str], str], connection: str = "usajobs") -> None:
        super().__init__(explain(connection))
        self.explain = explain

    def of(self, connection: str) -> InvalidConnectionError:
        """Return the same error for a connection of another name."""
        return InvalidConnectionError(self.explain, connection)


def until_complete(read: Callable[[], T]) -> T:
    """Return what `read` returns, calling it again while the result changes under it.

    A total that all of `MAX_READINGS` readings miss alike, and barely, is taken to be wrong: the
    last reading is returned.

    Raises:
        IncompleteResultError: the last reading was incomplete too.
    """
    incomplete: list[IncompleteResultError] = []

    def read_once() -> T:
        try:
            return read()
        except IncompleteResultError as problem:
            incomplete.append(problem)
            raise

    try:
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(IncompleteResultError),
            stop=tenacity.stop_after_attempt(limits.MAX_READINGS),
            wait=tenacity.wait_fixed(2),
            before_sleep=_log_retry,
            reraise=True,
        )(read_once)
    except IncompleteResultError as last:
        is_settled = last.result is not None and all(map(last.is_like, incomplete))
        if not is_settled or not barely_misses(len(last.identities), last.total):
            raise
        log.warning("%d equal readings have one and the same gap: it is loaded.", len(incomplete))
        return cast(T, last.result)


def are_full(sizes: Sequence[int], page_size: int, total: int) -> bool:
    """Return whether no page is empty, and all but the last are as full as a page can be.

    An empty page after the last one only says that there are no more. The one before it is the last
    if it is not full, or if as many rows as the total arrived, some of them twice.
    """
    before = sizes[:-1]
    ended = bool(before) and sizes[-1] == 0 and (before[-1] < page_size or sum(before) >= total)
    pages = sizes[:-1] if ended else sizes
    return 0 not in pages and all(size >= page_size for size in pages[:-1])


def barely_misses(rows: int, total: int, results: int = 1) -> bool:
    """Return whether so few rows are missing that the API's total may be what is wrong.

    The total may be that of several results, each of which may miss a row.
    """
    allowed = max(limits.MISSING_ROWS * results, limits.MISSING_SHARE * total)
    return 0 < rows < total and total - rows <= allowed


def with_retries(fetch: Callable[[], T]) -> T:
    """Return what `fetch` returns, calling it again after `Retry-After` or with backoff.

    Raises:
        RetriableApiError: the last of `MAX_ATTEMPTS` attempts failed too.
        FatalApiError: a retry can't help.
    """
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(RetriableApiError),
        stop=tenacity.stop_after_attempt(limits.MAX_ATTEMPTS),
        wait=_retry_after_or_backoff,
        before_sleep=_log_retry,
        reraise=True,
    ):
        with attempt:
            return fetch()
    raise AssertionError("tenacity either returns or raises")


@contextmanager
def explain_exhausted_retries() -> Iterator[None]:
    """Add to a `RetriableApiError` that all attempts failed, and what to do."""
    try:
        yield
    except RetriableApiError as error:
        raise type(error)(
            f"{error} All {limits.MAX_ATTEMPTS} attempts failed, and nothing was stored. Clear "
            "this task to try again."
        ) from None


_exponential = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)


def _retry_after_or_backoff(state: tenacity.RetryCallState) -> float:
    """Return the seconds that `Retry-After` gave, or else of an exponential backoff."""
    error = state.outcome.exception() if state.outcome else None
    requested = error.retry_after if isinstance(error, RetriableApiError) else None
    return _exponential(state) if requested is None else requested


def _log_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    seconds = state.next_action.sleep if state.next_action else 0
    log.warning("%s Retrying in %.0f s.", error, seconds)


@dataclass(frozen=True)
class HttpReply:
    """A response that was received completely, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def values(self) -> int:
        """The largest number of JSON values that its body may have."""
        return json_values(self.body)


def receive(send: Callable[[], requests.Response], subject: str) -> HttpReply:
    """Return the reply to a request; `subject` names it in errors ("Page 2").

    Raises:
        RetriableApiError: the connection failed, or the body did not arrive within its limits.
        FatalApiError: the request can't be sent, or the certificate is not valid.
    """
    try:
        with send() as response:
            return HttpReply(response.status_code, response.headers, _body(response, subject))
    except SSLError as error:
        if not is_about_a_certificate(error):  # a dropped connection
            raise RetriableApiError(f"{subject} was not received: {error}.") from None
        raise FatalApiError(
            f"{subject}: no secure connection to USAJOBS: {error}. Check this machine's clock "
            "and certificates, and the connection's host."
        ) from None
    except (
        HTTPError,
        requests.ConnectionError,
        requests.Timeout,
        ChunkedEncodingError,
        ContentDecodingError,
    ) as error:
        raise RetriableApiError(f"{subject} was not received: {error}.") from None
    except (InvalidSchema, InvalidURL, MissingSchema):
        # Not quoted: somebody may have written the key into it.
        raise FatalApiError(
            f"{subject} can't be requested: the connection's host makes no valid URL. Write it as "
            "https://data.usajobs.gov, and leave port and schema empty."
        ) from None
    except (requests.RequestException, ValueError) as error:
        # Not quoted either: a ValueError names the URL of a SOCKS proxy, with its password.
        raise FatalApiError(f"{subject} can't be requested: {explain(error)}.") from None


def _body(response: requests.Response, subject: str) -> bytes:
    """Read the whole body, within the limits of time and size."""
    began = time.monotonic()
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read1(limits.READ_SIZE_BYTES, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > limits.MAX_BODY_BYTES:
            raise MalformedResponseError(
                f"{subject} is larger than {limits.MAX_BODY_BYTES:,} bytes."
            )
        if time.monotonic() - began > limits.BODY_TIMEOUT_SECONDS:
            raise RetriableApiError(
                f"{subject} was not received: only {size} bytes arrived in "
                f"{limits.BODY_TIMEOUT_SECONDS} seconds."
            )
    return b"".join(pieces)


class Clock:
    """The time at which reading began, checked against USAJOBS's clock.

    Observations of a position are ordered by time, so a wrong clock would do lasting harm: one from
    the future could never be overwritten.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.began = now()
        self._ticks = time.monotonic()

    def check(self, reply: HttpReply) -> None:
        """Compare this clock with the `Date` of a reply, if it has one.

        Raises:
            FatalApiError: they differ by more than `CLOCK_TOLERANCE_SECONDS`.
        """
        off, server_time = self.ahead_by(reply), _http_date(reply.headers.get("Date"))
        if off and abs(off) > timedelta(seconds=limits.CLOCK_TOLERANCE_SECONDS):
            direction = "ahead of" if off > timedelta() else "behind"
            raise FatalApiError(
                f"This machine's clock is {in_words(abs(off))} {direction} the time that USAJOBS "
                f"gives ({server_time:%Y-%m-%d %H:%M} UTC). Set it, then clear this task."
            )

    def ahead_by(self, reply: HttpReply) -> timedelta | None:
        """Return how far this clock is ahead of the `Date` of a reply, if it has one."""
        server_time = _http_date(reply.headers.get("Date"))
        if server_time is None:
            return None
        return self.began + timedelta(seconds=time.monotonic() - self._ticks) - server_time


def in_words(span: timedelta) -> str:
    """Return a time span in minutes or hours."""
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def check_number_of_values(reply: HttpReply, subject: str) -> None:
    """Accept a body with so many values that they fit into memory.

    Raises:
        MalformedResponseError: it may have more.
    """
    if reply.values > limits.MAX_JSON_VALUES:
        raise MalformedResponseError(
            f"{subject} has more than {limits.MAX_JSON_VALUES:,} values in JSON."
        )


def json_object(reply: HttpReply, subject: str) -> dict[str, Any]:
    """Return the JSON object in a body.

    Raises:
        MalformedResponseError: the body is not JSON, not an object, nested too deeply, or has so
            many values that they would take many times its size in memory.
    """
    check_number_of_values(reply, subject)
    try:
        body = read_json(reply.body)
    except (ValueError, RecursionError):
        kind = reply.headers.get("Content-Type", "no content type")
        raise MalformedResponseError(
            f"{subject} is not JSON: {len(reply.body)} bytes of {kind:.60}."
        ) from None
    if not isinstance(body, dict):
        raise MalformedResponseError(f"{subject} is not a JSON object.")
    if is_deeper_than(limits.MAX_NESTING_LEVELS, body):
        raise MalformedResponseError(
            f"{subject} is nested deeper than {limits.MAX_NESTING_LEVELS} levels."
        )
    return body


def json_digest(value: object) -> str:
    """Return a digest of a JSON value's content."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def check_status(reply: HttpReply, subject: str, connection: str) -> None:
    """Accept status 200 only; `connection` is the Airflow connection that messages refer to.

    Raises:
        RetriableApiError: the status may pass: 429, 5xx, or another 2xx.
        FatalApiError: it won't: any other status, or a `Retry-After` that is too long to wait out.
    """
    status = reply.status
    if status == requests.codes.ok:
        return
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        raise FatalApiError(
            f"{subject}: USAJOBS refused it with status {status}. Check the Airflow connection "
            f"`{connection}`: its login must be the e-mail address that the API key was "
            "registered with, its password the key (https://developer.usajobs.gov/apirequest/). "
            "A 403 with correct values means that USAJOBS blocks this network."
        )
    if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
        raise _rate_limit_error(reply, subject)
    if status < requests.codes.multiple_choices:
        raise MalformedResponseError(
            f"{subject}: USAJOBS answered with status {status} instead of 200."
        )
    if status < requests.codes.bad_request:
        raise FatalApiError(
            f"{subject}: USAJOBS redirects elsewhere (status {status}). The redirect is not "
            f"followed, to protect the API key. Check the host of the connection `{connection}`."
        )
    raise FatalApiError(
        f"{subject}: USAJOBS refused it with status {status}. Check the parameters."
    )


def _rate_limit_error(reply: HttpReply, subject: str) -> ApiError:
    wait = retry_after(reply.headers.get("Retry-After"), datetime.now(UTC))
    message = f"{subject}: USAJOBS answered with status {reply.status}."
    if wait is not None and wait > limits.MAX_RETRY_AFTER_SECONDS:
        return FatalApiError(
            f"{message} It asks for a pause of {wait / 60:.0f} minutes: clear this task after that."
        )
    return RetriableApiError(message, wait)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, as a number or as a date.

    None if the header is missing or can't be parsed.
    """
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    until = _http_date(value)
    return None if until is None else max(0.0, (until - now).total_seconds())


def _http_date(value: str | None) -> datetime | None:
    """Return the time in a header, or None if it is missing or can't be parsed."""
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, OverflowError):
        return None
    if moment and moment.tzinfo is None:  # "-0000" is UTC without a known local time zone
        return moment.replace(tzinfo=UTC)
    return moment
