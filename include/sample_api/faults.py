"""How the sample API misbehaves when it is told to.

The faults are applied by an ASGI layer around the application, so that what is told about them
stays out of it. Some of them need the connection itself, which the protocol between server and
application hides; they work under uvicorn only.
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


class Asked(NamedTuple):
    """What of a request says which faults are meant for it.

    `page` counts from one, in the history by following its tokens. `opening_day` is what a request
    for a single day of the history asks for.
    """

    path: str
    page: int = 1
    opening_day: date | None = None


class Fault(BaseModel):
    """One way to misbehave, for the next `times` requests.

    Only those for `page`, to `path` (in any case) and for the single `opening_day` of the history
    are meant, where these are given.

    rate_limited: 429 with `retry_after` (seconds or an HTTP date; None: no such header).
    unavailable: `status`. redirect: 302 to `location`. html: 200 with a web page.
    odd_status: `status`, be it one that no answer may have, with a web page and `retry_after`.
    empty_body, broken_json: 200 with nothing, with half of the JSON text.
    other_body: 200 with `body`. other_encoding: the JSON text is written in `encoding`.
    no_gzip: what is said to be gzip isn't. gzip_bomb: it becomes `size` bytes.
    reset: the connection is reset before an answer. cut_off: it ends in the middle of the body.
    cut_chunks: the same, in chunks. wrong_length: the body is said to be `difference` bytes longer.
    wrong_date: the answer is dated `difference` seconds later.
    slow: the answer comes after `seconds`. drip: the body comes in small pieces over `seconds`.
    short_page: the last `rows` rows are missing. empty_page: all are. The total stays.
    wrong_total: the total is `difference` higher. moving_total: it is `rows` higher than before at
    each such request.
    duplicate_rows: the first `rows` rows come once more. shifted_rows: in place of the last ones.
    shuffled_rows: the page's rows come in another order. page_before: its rows are those of the
    page before (of a search; the history's pages are asked for by tokens).
    bad_row: the first `rows` rows have no descriptor, in the history nothing but their number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    page: int | None = None
    path: str | None = None
    opening_day: date | None = None
    times: int | None = Field(default=1, ge=1, description="None: until withdrawn")
    retry_after: int | str | None = 1
    status: int = Field(default=503, ge=100, le=999)
    seconds: float = Field(default=1.0, ge=0)
    location: str = "https://example.org/"
    rows: int = Field(default=1, ge=1)
    body: str = "null"
    encoding: str = "utf-16"
    size: int = Field(default=256 * 1024 * 1024, ge=1)
    difference: int = 1

    def fits(self, asked: Asked) -> bool:
        """Whether the fault is meant for such a request."""
        return (
            self.page in (None, asked.page)
            and (self.path is None or self.path.casefold() == asked.path.casefold())
            and self.opening_day in (None, asked.opening_day)
        )


@dataclass
class _Told:
    fault: Fault
    left: int | None = field(init=False)
    taken: int = 0

    def __post_init__(self) -> None:
        self.left = self.fault.times


class Faults:
    """The faults that are still to happen; of several that fit a request the first one does."""

    def __init__(self) -> None:
        self._told: list[_Told] = []

    def tell(self, *faults: Fault) -> None:
        """Replace what was told before; without arguments, behave."""
        self._told = [_Told(fault) for fault in faults]

    def pending(self) -> list[Fault]:
        """Return what is still to happen, with the number of times that are left."""
        return [told.fault.model_copy(update={"times": told.left}) for told in self._told]

    def take(self, asked: Asked) -> tuple[Fault, int] | None:
        """Use up one time of the fault for a request, and return it with how often it struck."""
        for told in self._told:
            if told.fault.fits(asked):
                told.taken += 1
                if told.left is not None:
                    told.left -= 1
                    if told.left == 0:
                        self._told = [other for other in self._told if other is not told]
                return told.fault, told.taken
        return None


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer; the names of its headers are in small letters."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def with_body(self, body: bytes) -> Answer:
        """Return the answer with another body, and a length that fits it."""
        length = str(len(body)).encode()
        return Answer(self.status, self.with_header(b"content-length", length).headers, body)

    def with_header(self, name: bytes, value: bytes) -> Answer:
        """Return the answer with a header, in place of one of that name."""
        others = tuple(header for header in self.headers if header[0] != name)
        return Answer(self.status, (*others, (name, value)), self.body)


class Misbehaving:
    """An ASGI application that answers as `app` does, except where a fault says otherwise."""

    def __init__(self, app: App, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        taken = self._faults.take(_asked(scope))
        if taken is None:
            await self._app(scope, receive, send)
            return
        fault, strike = taken
        if fault.kind == "reset":
            await _reset(receive)
            return
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "page_before":
            scope = _of_page_before(scope)
        answer = _instead(fault) or _altered(
            await _answer_of(self._app, scope, receive), fault, strike
        )
        if fault.kind == "cut_off":
            await _send_half(answer, receive, send)
        elif fault.kind == "drip":
            await _send(answer, send, pieces=20, pause=fault.seconds / 20)
        elif fault.kind in _WRITTEN:
            await _write(_WRITTEN[fault.kind](answer, fault), receive)
        else:
            await _send(answer, send)


def _asked(scope: Scope) -> Asked:
    path = scope["path"]
    parameters = dict(parse_qsl(scope["query_string"].decode()))
    if not path.casefold().startswith(historic.PATH):
        page = parameters.get("Page", "1")
        return Asked(path, int(page) if page.isdecimal() else 1)
    try:
        query = historic.read_query(parameters)
    except historic.BadQuery:
        return Asked(path)
    return Asked(path, query.page, query.opening_day)


def _of_page_before(scope: Scope) -> Scope:
    parameters = dict(parse_qsl(scope["query_string"].decode()))
    parameters["Page"] = str(max(1, _asked(scope).page - 1))
    return {**scope, "query_string": urlencode(parameters).encode()}


# --- answers that the application has no part in

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


# --- answers that say something else than the application's

_Row = dict[str, Any]


def _altered(answer: Answer, fault: Fault, strike: int) -> Answer:
    """Return the answer with the fault in it; only a good answer has what could be altered."""
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
        return _with_other_rows(answer, fault, strike)
    return answer


def _with_other_rows(answer: Answer, fault: Fault, strike: int) -> Answer:
    try:
        envelope = json.loads(answer.body)
    except ValueError:  # the history's words for no rows
        return answer
    alter = _ALTERED_ROWS[fault.kind]
    more = {"moving_total": fault.rows * strike, "wrong_total": fault.difference}.get(fault.kind, 0)
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


# --- answers that no server should be able to write


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
    # ASGI has no message for "drop the connection". uvicorn hands out a bound method of the
    # object that holds the connection, under h11 as under httptools.
    transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]
    return transport


async def _reset(receive: Receive) -> None:
    transport = _transport(receive)
    # Closing a socket that lingers for zero seconds sends RST; a plain close would send FIN.
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
    """Send bytes as they are, past uvicorn, which would not let wrong ones through."""
    transport = _transport(receive)
    transport.write(text)
    transport.close()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    """Wait until uvicorn knows; an unfinished answer would go to its error log before."""
    while (await receive())["type"] != "http.disconnect":
        pass
