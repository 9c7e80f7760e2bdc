"""A client of a sample API that this process serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import requests

from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app

TODAY = date(2026, 11, 24)
SEED = 1
SEARCH = "/api/Search"
HISTORY = "/api/historicjoa"
TEXT = "/api/historicjoa/announcementtext"
HEADERS = {"User-Agent": "seeker@example.org", "Authorization-Key": "a-key"}

Row = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """Sends requests to a sample API, as somebody with an account at USAJOBS."""

    app: SampleApi
    address: str

    def get(
        self, path: str, headers: dict[str, str | None] = HEADERS, timeout: float = 10, **query: Any
    ) -> requests.Response:
        return requests.get(
            f"{self.address}{path}",
            {name: str(value) for name, value in query.items()},
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
        )

    def control(self, method: str, route: str, body: Any = None) -> requests.Response:
        """Send a request to one of the routes under /sample."""
        return requests.request(method, f"{self.address}/sample/{route}", json=body, timeout=10)

    def result(self, **query: Any) -> dict[str, Any]:
        """Return the result of a search, with 500 rows unless `query` says otherwise."""
        found: dict[str, Any] = self.get(SEARCH, **{"ResultsPerPage": 500, **query}).json()
        return dict(found["SearchResult"])

    def total(self, **query: Any) -> int:
        return int(self.result(ResultsPerPage=1, **query)["SearchResultCountAll"])

    def ids(self, **query: Any) -> list[str]:
        """Return the control numbers on one page of a search."""
        return [row["MatchedObjectId"] for row in self.result(**query)["SearchResultItems"]]

    def pages(self, path: str = HISTORY, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of the history, each asked for as the one before says."""
        page = self.get(path, **query).json()
        yield page
        while following := page["paging"]["next"]:
            page = self.get(following).json()
            yield page

    def rows(self, path: str = HISTORY, **query: Any) -> list[Row]:
        """Return the rows on all pages of the history."""
        return [row for page in self.pages(path, **query) for row in page["data"]]


def opened(first: date, last: date | None = None) -> dict[str, Any]:
    """Return the parameters that ask the history for a window of opening days."""
    return {"StartPositionOpenDate": first, "EndPositionOpenDate": last or first}


@contextmanager
def served(**options: Any) -> Iterator[Client]:
    """Serve the sample API with these options of `create_app`."""
    app = create_app(**{"seed": SEED, "today": TODAY, **options})
    with running(app) as address:
        yield Client(app, address)
