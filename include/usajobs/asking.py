"""How any USAJOBS API is asked: what is waited out, what fails at once, and in which words."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypedDict, TypeVar

import requests
import tenacity
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, SSLError
from urllib3.exceptions import HTTPError

from include.sources import Source

log = logging.getLogger(__name__)

T = TypeVar("T")

REQUEST_OPTIONS: dict[str, Any] = {
    # Seconds to connect and between two bytes; `requests` would wait for ever.
    "timeout": (10, 120),
    # `requests` sends the key on to whichever host it is redirected to.
    "allow_redirects": False,
    # The provider's own check forgets Retry-After.
    "check_response": False,
    # The body is read here, within the limits below.
    "stream": True,
}

LONGEST_BODY = 300
"""Seconds in which a body has to be there. 500 rows take USAJOBS about 25; a body that drips never
runs into the timeout between two bytes."""

LARGEST_BODY = 96 * 1024 * 1024
"""Bytes of a body, unpacked. A page of the heaviest rows that were recorded has 62 MB."""

AT_ONCE = 256 * 1024
"""Bytes of a body that are read at once."""

DEEPEST = 50
"""Levels of objects and lists in a body; good answers have nine."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far this machine's clock may be off that of USAJOBS."""

ATTEMPTS = 5
"""How often a page is asked for before its reading fails."""

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


class Unreadable(Unavailable):
    """The answer came, but is not what the API answers with."""


class Incomplete(UsajobsError):
    """The rows don't add up to the total that the API gives."""


class Refused(UsajobsError):
    """Asking again won't help before somebody changes something."""

    curable = False


class Reading(TypedDict):
    """A complete reading of an API: its rows are handed on apart, in parts of a page's size.

    Times are ISO 8601 in UTC. `read_at` is when the reading began. `observed_at` orders what is
    known of a position: the later one wins. `seen_at` is when the rows were listed. `outside`
    holds control numbers of rows that the search does not ask for, by what keeps them outside.
    """

    source: Source
    read_at: str
    observed_at: str
    seen_at: str
    api_total: int
    pages: int
    outside: dict[str, list[str]]


Rows = list[Any]
"""A part of a reading: each row once, without the fields that are not read."""


def until_complete(read: Callable[[], T]) -> T:
    """Return what `read` returns, calling it again while what it reads moves (`Incomplete`)."""
    for reading in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Incomplete),
        stop=tenacity.stop_after_attempt(READINGS),
        wait=tenacity.wait_fixed(2),
        before_sleep=_log_retry,
        reraise=True,
    ):
        with reading:
            return read()
    raise AssertionError("tenacity either returns or raises")


def with_retries(ask: Callable[[], T]) -> T:
    """Return what `ask` returns, calling it again, as late as told, while it is `Unavailable`."""
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unavailable),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_as_long_as_told,
        before_sleep=_log_retry,
        reraise=True,
    ):
        with attempt:
            return ask()
    raise AssertionError("tenacity either returns or raises")


@contextmanager
def giving_up() -> Iterator[None]:
    """Say what to do where asking again was of no use."""
    try:
        yield
    except Unavailable as error:
        raise type(error)(
            f"{error} It was asked for {ATTEMPTS} times, and nothing was stored. Clear this task "
            "to ask again."
        ) from None


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


@dataclass(frozen=True)
class Reply:
    """An answer that came to its end, whatever it says."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def receive(send: Callable[[], requests.Response], subject: str) -> Reply:
    """Return the reply to a request; `subject` names it in errors ("Page 2").

    Raises `Unavailable` for trouble on the way, `Refused` where no request can be made.
    """
    try:
        with send() as response:
            return Reply(response.status_code, response.headers, _body(response, subject))
    except SSLError as error:
        if "certificate" not in str(error).casefold():  # a connection that broke off
            raise Unavailable(f"{subject} was not received: {error}.") from None
        raise Refused(
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
        raise Unavailable(f"{subject} was not received: {error}.") from None
    except requests.RequestException as error:
        raise Refused(f"{subject} can't be asked for: {error}") from None


def _body(response: requests.Response, subject: str) -> bytes:
    """Read the body to its end, within the limits of time and size."""
    began = time.monotonic()
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read1(AT_ONCE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_BODY:
            raise Unreadable(f"{subject} is larger than {LARGEST_BODY:,} bytes.")
        if time.monotonic() - began > LONGEST_BODY:
            raise Unavailable(
                f"{subject} was not received: {size} bytes came in {LONGEST_BODY} seconds."
            )
    return b"".join(pieces)


class Clock:
    """The time at which a reading began, checked against what USAJOBS says of the time.

    The time orders what is known of a position, so a wrong clock would do lasting harm: what was
    observed in the future could never be overwritten.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.began = now()
        self._ticks = time.monotonic()

    def check(self, reply: Reply) -> None:
        """Raise `Refused` if the `Date` of a reply tells another time than this clock."""
        told = _http_date(reply.headers.get("Date"))
        if told is None:
            return
        off = self.began + timedelta(seconds=time.monotonic() - self._ticks) - told
        if abs(off) > CLOCK_TOLERANCE:
            direction = "ahead of" if off > timedelta() else "behind"
            raise Refused(
                f"This machine's clock is {_in_words(abs(off))} {direction} the time that USAJOBS "
                f"gives ({told:%Y-%m-%d %H:%M} UTC). Set it, then clear this task."
            )


def _in_words(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def json_object(reply: Reply, subject: str) -> dict[str, Any]:
    """Return the JSON object in a body, or raise `Unreadable`."""
    try:
        # NaN and its like are no JSON: as texts they are not read as numbers.
        body = json.loads(reply.body, parse_constant=str)
    except (ValueError, RecursionError):
        kind = reply.headers.get("Content-Type", "no content type")
        raise Unreadable(f"{subject} is no JSON: {len(reply.body)} bytes of {kind:.60}.") from None
    if not isinstance(body, dict):
        raise Unreadable(f"{subject} is no JSON object.")
    if _is_deeper_than(DEEPEST, body):
        raise Unreadable(f"{subject} is nested deeper than {DEEPEST} levels.")
    return body


def _is_deeper_than(levels: int, value: object) -> bool:
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def check_status(reply: Reply, subject: str, connection: str) -> None:
    """Raise what a status other than 200 means: `Refused` where asking again won't help.

    `connection` is the name of the Airflow connection that messages tell people to look at.
    """
    status = reply.status
    if status == requests.codes.ok:
        return
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        raise Refused(
            f"{subject}: USAJOBS refused it with status {status}. Check the Airflow connection "
            f"`{connection}`: its login must be the e-mail address that the API key was "
            "registered with, its password the key (https://developer.usajobs.gov/apirequest/). "
            "A 403 with correct values means that USAJOBS blocks this network."
        )
    if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
        raise _told_to_wait(reply, subject)
    if status < requests.codes.multiple_choices:
        raise Unreadable(f"{subject}: USAJOBS answered with status {status} in place of 200.")
    if status < requests.codes.bad_request:
        raise Refused(
            f"{subject}: USAJOBS redirects elsewhere (status {status}), which is not followed, "
            f"so that the key stays here. Check the host of connection `{connection}`."
        )
    raise Refused(f"{subject}: USAJOBS refused it with status {status}. Check the parameters.")


def _told_to_wait(reply: Reply, subject: str) -> UsajobsError:
    wait = retry_after(reply.headers.get("Retry-After"), datetime.now(UTC))
    message = f"{subject}: USAJOBS answered with status {reply.status}."
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
    until = _http_date(value)
    return None if until is None else max(0.0, (until - now).total_seconds())


def _http_date(value: str | None) -> datetime | None:
    """Return the time that a header gives, None where there is none that can be read."""
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, OverflowError):
        return None
    if moment and moment.tzinfo is None:  # "-0000" is how an e-mail date says UTC of unknown place
        return moment.replace(tzinfo=UTC)
    return moment


def iso(moment: datetime) -> str:
    """Return a time in UTC in the form that XComs carry, in whole milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
