"""The chain extract, transform, load without Airflow, as the DAG puts it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import requests
from pymongo.database import Database
from requests.auth import AuthBase

from include.matching.context import MatchContext
from include.pipeline.judged import Batch, TransformResult
from include.pipeline.load import load
from include.pipeline.transform import transform
from include.searches.parameters import SearchParameters
from include.usajobs import historic_api, search_api
from include.usajobs.client import REQUEST_OPTIONS
from include.usajobs.extract import Extract, ExtractBatch

MongoDatabase = Database[dict[str, Any]]

KEY = "k3y-that-must-not-leak"
SEARCH = SearchParameters()

Read = Callable[[list[ExtractBatch]], Extract]
"""Reads an API to the end, into batches."""


@dataclass
class Client:
    """Asks an API at `address`, where it is `moment` o'clock, as Airflow's HTTP hook does.

    `patience` is the timeout in seconds.
    """

    address: str
    moment: datetime
    patience: float = 5
    verify: str | bool = True

    def get(self, endpoint: str, query: Any, auth: AuthBase) -> requests.Response:
        """Send one request."""
        options = {name: value for name, value in REQUEST_OPTIONS.items()
                   if name not in ("check_response", "timeout")}  # fmt: skip
        with requests.Session() as session:
            session.hooks["response"] = self._move_to_moment
            return session.get(
                self.address + endpoint,
                params=query,
                auth=auth,
                timeout=self.patience,
                verify=self.verify,
                **options,
            )

    def search(self, page_size: int) -> Read:
        """Read the search in pages of that size."""
        auth = search_api.ApiKeyAuth("me@example.org", KEY)

        def page(number: int) -> requests.Response:
            query = {"ResultsPerPage": page_size, "Page": number}
            return self.get(search_api.ENDPOINT, query, auth)

        return lambda batches: search_api.read_everything(
            page,
            batches,
            connection="usajobs",
            page_size=page_size,
            now=lambda: self.moment,
        )

    def past_day(self, day: date) -> Read:
        """Read what was announced on a day."""
        return lambda batches: historic_api.read_days(
            lambda endpoint, query: self.get(endpoint, query, historic_api.NoKey()),
            [day],
            MatchContext.of(SEARCH),
            batches,
            connection="usajobs",
            now=lambda: self.moment,
        )

    def _move_to_moment(self, response: requests.Response, **options: Any) -> None:
        """Let the server's date be off this client's time as it is off the real time."""
        if "Date" in response.headers:
            off = parsedate_to_datetime(response.headers["Date"]) - datetime.now(UTC)
            response.headers["Date"] = format_datetime(self.moment + off, usegmt=True)


@dataclass(frozen=True)
class Transformed:
    """What `load` stores."""

    result: TransformResult
    batches: list[Batch]

    def load(self, database: MongoDatabase, run_id: str) -> dict[str, Any]:
        """Store it."""
        return load(database, self.result, self.batches, "job_tracker", run_id)


def transformed(read: Read) -> Transformed:
    """Extract and transform."""
    rows: list[ExtractBatch] = []
    extract = read(rows)
    batches: list[Batch] = []
    return Transformed(transform(extract, rows, SEARCH, batches), batches)


def run(read: Read, database: MongoDatabase, run_id: str) -> dict[str, Any]:
    """Run the whole chain and return the receipt."""
    return transformed(read).load(database, run_id)


def after(moment: datetime, hours: int) -> datetime:
    """Return the time so many hours later."""
    return moment + timedelta(hours=hours)
