"""Fault injection for the sample API.

The faults are applied by ASGI middleware, so that the application knows nothing of them. Some need
the connection itself, which ASGI hides; they work with uvicorn only.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from random import Random
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field

from include.sample_api import historic

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

Kind = Literal[
    "rate_limited",
    "unavailable",
    "redirect",
    "odd_status",
    "html",
    "empty_body",
    "broken_json",
    "other_body",
    "other_encoding",
    "no_gzip",
    "gzip_bomb",
    "reset",
    "cut_off",
    "cut_chunks",
    "wrong_length",
    "wrong_date",
    "slow",
    "drip",
    "short_page",
    "empty_page",
    "wrong_total",
    "moving_total",
    "duplicate_rows",
    "shifted_rows",
    "shuffled_rows",
    "page_before",
    "bad_row",
]


class RequestTarget(NamedTuple):
    """The part of a request that faults are matched against.

    `page` counts from one; for the history it is the page of the continuation token. `opening_day`
    is set if the request asks for a single day of the history.
    """

    path: str
    page: int = 1
    opening_day: date | None = None


class Fault(BaseModel):
    """A fault that affects the next `times` matching requests.

    A request matches if it is for `page`, to `path` (case-insensitive) and for the single
    `opening_day` of the history, as far as these are set.

    rate_limited: 429 with `retry_after` (seconds or an HTTP date; None: no such header).
    unavailable: `status`. redirect: 302 to `location`. html: 200 with a web page.
    odd_status: `status`, even an invalid one, with a web page and `retry_after`.
    empty_body: 200 without a body. broken_json: 200 with half of the JSON text.
    other_body: 200 with `body`. other_encoding: the JSON text is encoded in `encoding`.
    no_gzip: the body is declared as gzip but isn't. gzip_bomb: it unpacks to `size` bytes.
    reset: the connection is reset before the response. cut_off: it closes in the middle of the
    body. cut_chunks: the same, with chunked encoding. wrong_length: the declared length is
    `difference` bytes too large. wrong_date: the response is dated `difference` seconds later.
    slow: the response is delayed by `seconds`. drip: the body trickles in over `seconds`.
    short_page: the last `rows` rows are missing. empty_page: all rows are. The total stays.
    wrong_total: the total is `difference` higher. moving_total: it grows by `rows` with each such
    request.
    duplicate_rows: the first `rows` rows are repeated. shifted_rows: they replace the last ones.
    shuffled_rows: the page's rows are in another order. page_before: they are those of the previous
    page (of a search only, because the history uses tokens).
    bad_row: the first `rows` rows have no descriptor; in the history only their control number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    page: int | None = None
    path: str | None = None
    opening_day: date | None = None
    times: int | None = Field(default=1, ge=1, description="None: until removed")
    retry_after: int | str | None = 1
    status: int = Field(default=503, ge=100, le=999)
    seconds: float = Field(default=1.0, ge=0)
    location: str = "https://example.org/"
    rows: int = Field(default=1, ge=1)
    body: str = "null"
    encoding: str = "utf-16"
    size: int = Field(default=256 * 1024 * 1024, ge=1)
    difference: int = 1

    def matches(self, target: RequestTarget) -> bool:
        """Return whether the fault affects such a request."""
        return (
            self.page in (None, target.page)
            and (self.path is None or self.path.casefold() == target.path.casefold())
            and self.opening_day in (None, target.opening_day)
        )


@dataclass
class _InjectedFault:
    fault: Fault
    left: int | None = field(init=False)
    taken: int = 0

    def __post_init__(self) -> None:
        self.left = self.fault.times


class Faults:
    """The pending faults; if several match a request, the first one is applied."""

    def __init__(self) -> None:
        self._injected: list[_InjectedFault] = []

    def inject(self, *faults: Fault) -> None:
        """Replace all pending faults; without arguments, remove them."""
        self._injected = [_InjectedFault(fault) for fault in faults]

    def pending(self) -> list[Fault]:
        """Return the pending faults with the remaining number of times."""
        return [each.fault.model_copy(update={"times": each.left}) for each in self._injected]

    def take(self, target: RequestTarget) -> tuple[Fault, int] | None:
        """Use a fault for a request; return it and how often it has been used."""
        for each in self._injected:
            if each.fault.matches(target):
                each.taken += 1
                if each.left is not None:
                    each.left -= 1
                    if each.left == 0:
                        self._injected = [other for other in self._injected if other is not each]
                return each.fault, each.taken
        return None


@dataclass(frozen=True)
class Answer:
    """A whole HTTP response; header names are in lower case."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def with_body(self, body: bytes) -> Answer:
        """Return the response with another body and the matching length."""
        length = str(len(body)).encode()
        return Answer(self.status, self.with_header(b"content-length", length).headers, body)

    def with_header(self, name: bytes, value: bytes) -> Answer:
        """Return the response with a header added or replaced."""
        others = tuple(header for header in self.headers if header[0] != name)
        return Answer(self.status, (*others, (name, value)), self.body)


class Misbehaving:
    """ASGI middleware that applies pending faults to the responses of `app`."""

    def __init__(self, app: App, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        taken = self._faults.take(_target(scope))
        if taken is None:
            await self._app(scope, receive, send)
            return
        fault, times_used = taken
        if fault.kind == "reset":
            await _reset(receive)
            return
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "page_before":
            scope = _of_page_before(scope)
        answer = _instead(fault) or _altered(
            await _answer_of(self._app, scope, receive), fault, times_used
        )
        if fault.kind == "cut_off":
            await _send_half(answer, receive, send)
        elif fault.kind == "drip":
            await _send(answer, send, pieces=20, pause=fault.seconds / 20)
        elif fault.kind in _WRITTEN:
            await _write(_WRITTEN[fault.kind](answer, fault), receive)
        else:
            await _send(answer, send)


def _target(scope: Scope) -> RequestTarget:
    path = scope["path"]
    parameters = dict(parse_qsl(scope["query_string"].decode()))
    if not path.casefold().startswith(historic.PATH):
        page = parameters.get("Page", "1")
        return RequestTarget(path, int(page) if page.isdecimal() else 1)
    try:
        query = historic.read_query(parameters)
    except historic.BadQuery:
        return RequestTarget(path)
    return RequestTarget(path, query.page, query.opening_day)


def _of_page_before(scope: Scope) -> Scope:
    parameters = dict(parse_qsl(scope["query_string"].decode()))
    parameters["Page"] = str(max(1, _target(scope).page - 1))
    return {**scope, "query_string": urlencode(parameters).encode()}


# --- responses that replace the application's

_HTML = (
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"
)


def _instead(fault: Fault) -> Answer | None:
    html = ("content-type", "text/html; charset=utf-8")
    retry = [] if fault.retry_after is None else [("Retry-After", str(fault.retry_after))]
    if fault.kind == "rate_limited":
        return _answer(429, _HTML, html, *retry)
    if fault.kind == "odd_status":
        return _answer(fault.status, _HTML, html, *retry)
    if fault.kind == "unavailable":
        return _answer(fault.status, _HTML, html)
    if fault.kind == "redirect":
        return _answer(302, b"", ("location", fault.location))
    if fault.kind == "html":
        return _answer(200, _HTML, html)
    return None


def _answer(status: int, body: bytes, *headers: tuple[str, str]) -> Answer:
    encoded = tuple((name.lower().encode(), value.encode()) for name, value in headers)
    return Answer(status, encoded, b"").with_body(body)


# --- altered responses of the application

_Row = dict[str, Any]


def _altered(answer: Answer, fault: Fault, times_used: int) -> Answer:
    """Return the response with the fault applied; only one with status 200 can be altered."""
    if answer.status != 200:
        return answer
    if fault.kind == "empty_body":
        return answer.with_body(b"")
    if fault.kind == "broken_json":
        return answer.with_body(answer.body[: len(answer.body) // 2])
    if fault.kind == "other_body":
        return answer.with_body(fault.body.encode())
    if fault.kind == "other_encoding":
        return answer.with_body(answer.body.decode().encode(fault.encoding))
    if fault.kind == "no_gzip":
        return answer.with_header(b"content-encoding", b"gzip")
    if fault.kind == "gzip_bomb":
        return answer.with_header(b"content-encoding", b"gzip").with_body(_bomb(fault.size))
    if fault.kind in _ALTERED_ROWS:
        return _with_other_rows(answer, fault, times_used)
    return answer


def _with_other_rows(answer: Answer, fault: Fault, times_used: int) -> Answer:
    try:
        envelope = json.loads(answer.body)
    except ValueError:  # the history's text for no rows
        return answer
    alter = _ALTERED_ROWS[fault.kind]
    more = {"moving_total": fault.rows * times_used, "wrong_total": fault.difference}.get(
        fault.kind, 0
    )
    if "SearchResult" in envelope:
        result = envelope["SearchResult"]
        rows = alter(result["SearchResultItems"], fault.rows)
        result.update(SearchResultItems=rows, SearchResultCount=len(rows))
        result["SearchResultCountAll"] += more
    else:
        envelope["data"] = alter(envelope["data"], fault.rows)
        envelope["paging"]["metadata"]["totalCount"] += more
    return answer.with_body(json.dumps(envelope).encode())


def _emptied(row: _Row) -> _Row:
    if "usajobsControlNumber" in row:
        return {name: row[name] if name == "usajobsControlNumber" else None for name in row}
    return row | {"MatchedObjectDescriptor": None}


_ALTERED_ROWS: dict[str, Callable[[list[_Row], int], list[_Row]]] = {
    "short_page": lambda rows, count: rows[:-count],
    "empty_page": lambda rows, count: [],
    "wrong_total": lambda rows, count: rows,
    "moving_total": lambda rows, count: rows,
    "duplicate_rows": lambda rows, count: rows + rows[:count],
    "shifted_rows": lambda rows, count: rows[:-count] + rows[:count],
    "shuffled_rows": lambda rows, count: Random(count).sample(rows, len(rows)),
    "bad_row": lambda rows, count: [_emptied(row) for row in rows[:count]] + rows[count:],
}


@cache
def _bomb(size: int) -> bytes:
    return gzip.compress(b" " * size)


# --- invalid responses, written past the server


def _head(answer: Answer, *, dated: datetime | None = None) -> bytes:
    date_line = b"date: " + format_datetime(dated or datetime.now(UTC), usegmt=True).encode()
    lines = [b"HTTP/1.1 %d" % answer.status, date_line, b"connection: close"]
    lines += [name + b": " + value for name, value in answer.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _whole(answer: Answer, fault: Fault) -> bytes:
    return _head(answer) + answer.body


def _dated_otherwise(answer: Answer, fault: Fault) -> bytes:
    moment = datetime.now(UTC) + timedelta(seconds=fault.difference)
    return _head(answer, dated=moment) + answer.body


def _wrongly_long(answer: Answer, fault: Fault) -> bytes:
    length = str(max(0, len(answer.body) + fault.difference)).encode()
    return _whole(answer.with_header(b"content-length", length), fault)


def _half_in_chunks(answer: Answer, fault: Fault) -> bytes:
    headers = tuple(header for header in answer.headers if header[0] != b"content-length")
    chunked = Answer(answer.status, (*headers, (b"transfer-encoding", b"chunked")), b"")
    half = answer.body[: len(answer.body) // 2]
    return _head(chunked) + b"%x\r\n%s\r\n" % (len(half), half)


_WRITTEN: dict[str, Callable[[Answer, Fault], bytes]] = {
    "odd_status": _whole,
    "wrong_date": _dated_otherwise,
    "wrong_length": _wrongly_long,
    "cut_chunks": _half_in_chunks,
}

# --- the connection


async def _answer_of(app: App, scope: Scope, receive: Receive) -> Answer:
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, collect)
    start, *parts = messages
    body = b"".join(part.get("body", b"") for part in parts)
    return Answer(start["status"], tuple(start["headers"]), body)


async def _start(answer: Answer, send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)}
    )


async def _send(answer: Answer, send: Send, *, pieces: int = 1, pause: float = 0) -> None:
    await _start(answer, send)
    size = len(answer.body) // pieces + 1
    for first in range(0, len(answer.body), size):
        piece = answer.body[first : first + size]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b""})


def _transport(receive: Receive) -> asyncio.Transport:
    # ASGI has no message for dropping the connection. In uvicorn, `receive` is a bound method of
    # the object that holds the connection, with h11 as well as with httptools.
    transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]
    return transport


async def _reset(receive: Receive) -> None:
    transport = _transport(receive)
    # With a linger time of zero, closing a socket sends RST; a plain close would send FIN.
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    await _disconnected(receive)


async def _send_half(answer: Answer, receive: Receive, send: Send) -> None:
    await _start(answer, send)
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _transport(receive).close()
    await _disconnected(receive)


async def _write(text: bytes, receive: Receive) -> None:
    """Send raw bytes, bypassing uvicorn, which rejects invalid responses."""
    transport = _transport(receive)
    transport.write(text)
    transport.close()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    """Wait until uvicorn notices the disconnect; else it would log an unfinished response."""
    while (await receive())["type"] != "http.disconnect":
        pass
