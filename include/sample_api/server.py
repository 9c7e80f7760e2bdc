"""USAJOBS's endpoints over the sample postings, and the routes that control them.

The routes under /sample have no counterpart in USAJOBS. They need no key, because the server
listens on the loopback interface or in a container network only.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from math import ceil
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Body, FastAPI, Request, Response

from include.sample_api import historic
from include.sample_api.faults import Fault, Faults, Misbehaving, Receive, Scope, Send
from include.sample_api.historic_rows import historic_row, text_row
from include.sample_api.postings import DEFAULT_SEED, Posting, open_on
from include.sample_api.rows import Row, search_row
from include.sample_api.search import find

CONTENT_TYPE = "application/hr+json; charset=utf-8"
MOST_RESULTS_PER_PAGE = 500
DEFAULT_RESULTS_PER_PAGE = 25
REQUESTS_KEPT = 1_000
CONTROL = "/sample/"

# Rows to serve for any query, instead of its results.
Rows = Sequence[Row] | Callable[[], Sequence[Row]]


@dataclass(frozen=True)
class SeenRequest:
    """A request as received; for the credentials only whether they were present."""

    method: str
    path: str
    query: dict[str, str]
    has_key: bool


class SampleApi:
    """The sample API, an ASGI application.

    While it is being served, a test may set `today` and `historic_page_size`, inject `faults`, and
    read `requests` (oldest first). Other programs do the same over HTTP under /sample, except for
    the page size.
    """

    def __init__(
        self,
        *,
        seed: int,
        today: date | None,
        key: str | None,
        rows: Rows | None,
        historic_page_size: int,
    ) -> None:
        self.seed = seed
        self.today = today
        self.key = key
        self.rows = rows
        self.historic_page_size = historic_page_size
        self.faults = Faults()
        self.requests: deque[SeenRequest] = deque(maxlen=REQUESTS_KEPT)
        self._routes = _routes(self)
        self._misbehaving = Misbehaving(self._routes, self.faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; the control routes are neither recorded nor subject to faults."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._routes(scope, receive, send)
            return
        self.requests.append(_seen(scope))
        await self._misbehaving(scope, receive, send)

    def current_day(self) -> date:
        """Return the day for which postings are served."""
        return self.today or datetime.now(UTC).date()

    def refusal(self, headers: Mapping[str, str]) -> Response | None:
        """Return the error response to an unauthorized request, None for an authorized one."""
        user_agent = headers.get("User-Agent", "")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", user_agent):
            return Response(
                "<html><body><h1>Access Denied</h1></body></html>", 403, media_type="text/html"
            )
        key = headers.get("Authorization-Key", "").strip()
        if key and self.key in (None, key):
            return None
        return _problem(401, "Unauthorized", "The API key is not valid.")

    def search(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the response body for a search."""
        if self.rows is not None:
            rows = self.rows() if callable(self.rows) else self.rows
            return _envelope(rows, parameters, {"IsRadialSearch": False})
        today = self.current_day()
        found = find(open_on(today, self.seed), parameters, today)
        location = found.resolved_location
        area: dict[str, Any] = {"IsRadialSearch": location is not None}
        if location:
            area["ResolvedLocation"] = [location]
        return _envelope(found.postings, parameters, area, as_row=search_row)

    def history(self, query: historic.Query) -> dict[str, Any] | None:
        """Return the response body with the rows of a query, or None if there are none."""
        today = self.current_day()
        return self._historic_page(
            query, historic.PATH, lambda posting: historic_row(posting, today)
        )

    def announcement_text(self, query: historic.Query) -> dict[str, Any] | None:
        """Return the response body with the texts of a query, or None if there are none."""
        return self._historic_page(query, historic.TEXT_PATH, text_row)

    def _historic_page(
        self, query: historic.Query, path: str, as_row: Callable[[Posting], Row]
    ) -> dict[str, Any] | None:
        found = historic.find(query, self.current_day(), self.seed)
        if not found:
            return None
        return historic.envelope(found, query, self.historic_page_size, path, as_row)


def create_app(
    *,
    seed: int = DEFAULT_SEED,
    today: date | None = None,
    key: str | None = None,
    rows: Rows | None = None,
    historic_page_size: int = historic.DEFAULT_PAGE_SIZE,
) -> SampleApi:
    """Return the sample API, to be served by `running` or uvicorn.

    Without `today` it follows the calendar (UTC), and without `key` it accepts any key. `rows` are
    served unchanged for every search.
    """
    return SampleApi(
        seed=seed,
        today=today,
        key=key,
        rows=rows,
        historic_page_size=historic_page_size,
    )


def _seen(scope: Scope) -> SeenRequest:
    names = {name for name, value in scope["headers"] if value.strip()}
    return SeenRequest(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        has_key=b"authorization-key" in names,
    )


def _envelope(
    items: Sequence[Any],
    parameters: Mapping[str, str],
    area: dict[str, Any],
    as_row: Callable[[Any], Row] = lambda row: row,
) -> dict[str, Any]:
    page = _positive(parameters.get("Page"), 1)
    size = min(
        _positive(parameters.get("ResultsPerPage"), DEFAULT_RESULTS_PER_PAGE), MOST_RESULTS_PER_PAGE
    )
    shown = [as_row(item) for item in items[(page - 1) * size : page * size]]
    # The real API counts pages of at most 25 rows: "30" for 742 rows at 500 a page, "5" for 50
    # at 10.
    pages = ceil(len(items) / min(size, DEFAULT_RESULTS_PER_PAGE))
    return {
        "LanguageCode": "EN",
        "SearchParameters": {},
        "SearchResult": {
            "SearchResultCount": len(shown),
            "SearchResultCountAll": len(items),
            "SearchResultItems": shown,
            "UserArea": {"NumberOfPages": str(pages), **area},
        },
    }


def _problem(status: int, title: str, detail: str) -> Response:
    problem = {"title": title, "status": status, "detail": detail}
    return Response(json.dumps(problem), status, media_type="application/problem+json")


def _historic_answer(
    answer: Callable[[historic.Query], dict[str, Any] | None], request: Request
) -> Response:
    try:
        query = historic.read_query(request.query_params)
    except historic.BadQuery as error:
        return _problem(400, "Bad Request", str(error))
    envelope = answer(query)
    if envelope is not None:
        return Response(json.dumps(envelope), media_type="application/json; charset=utf-8")
    # The real API reports an empty result in two ways; here the day decides which.
    if min(query.dates.values(), default=date.min).toordinal() % 2:
        return Response("204 No Content", media_type="text/plain")
    return Response(status_code=204)


def _positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def _routes(api: SampleApi) -> FastAPI:
    routes = FastAPI(title="Sample of the USAJOBS APIs")

    @routes.get("/api/Search")
    def search(request: Request) -> Response:
        refusal = api.refusal(request.headers)
        if refusal:
            return refusal
        answer = api.search(dict(request.query_params))
        return Response(json.dumps(answer), headers={"content-type": CONTENT_TYPE})

    @routes.get(historic.PATH)
    def history(request: Request) -> Response:
        return _historic_answer(api.history, request)

    @routes.get(historic.TEXT_PATH)
    def announcement_text(request: Request) -> Response:
        return _historic_answer(api.announcement_text, request)

    @routes.get("/sample/faults")
    def pending_faults() -> list[Fault]:
        return api.faults.pending()

    @routes.put("/sample/faults")
    def inject_faults(faults: list[Fault]) -> list[Fault]:
        api.faults.inject(*faults)
        return api.faults.pending()

    @routes.delete("/sample/faults")
    def behave() -> list[Fault]:
        api.faults.inject()
        return api.faults.pending()

    @routes.put("/sample/today")
    def set_today(today: Annotated[date | None, Body(embed=True)]) -> dict[str, date]:
        api.today = today
        return {"today": api.current_day()}

    @routes.get("/sample/requests")
    def seen_requests() -> list[dict[str, Any]]:
        return [asdict(seen) for seen in api.requests]

    return routes
