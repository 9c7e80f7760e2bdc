"""A plain DAG that does what this project's does at first sight: `benchmarks.peers` runs it.

It is what one writes in an hour: an `HttpOperator` that collects all pages, a task that picks, and
one `bulk_write`. What it lacks is what the rest of this project is about: a result that changes
while it is read, rows that can't be read, older data that overwrites newer, what has changed since
yesterday, and why a position suits.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import dag, task
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.mongo.hooks.mongo import MongoHook
from pymongo import ReplaceOne
from requests import PreparedRequest, Response
from requests.auth import AuthBase

PAGE_SIZE = 250


class ApiKey(AuthBase):
    """Sends a connection's login and password as USAJOBS wants them."""

    def __init__(self, login: str, password: str) -> None:
        self.headers = {"User-Agent": login, "Authorization-Key": password}

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add them to a request."""
        request.headers.update(self.headers)
        return request


def next_page(response: Response) -> dict[str, Any] | None:
    """Return what to ask for next."""
    result = response.json()["SearchResult"]
    page = int(response.url.rpartition("Page=")[2])
    if page * PAGE_SIZE >= result["SearchResultCountAll"]:
        return None
    return {"data": {"Page": page + 1}}


def all_rows(responses: list[Response]) -> list[dict[str, Any]]:
    """Return what the task hands on."""
    return [row for each in responses for row in each.json()["SearchResult"]["SearchResultItems"]]


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))
def plain_dag() -> None:
    """Extract, transform, load."""
    extract = HttpOperator(
        task_id="extract",
        http_conn_id="usajobs",
        method="GET",
        endpoint="/api/Search",
        data={"Keyword": "data engineering", "ResultsPerPage": PAGE_SIZE, "Page": 1},
        auth_type=ApiKey,
        pagination_function=next_page,
        response_filter=all_rows,
    )

    @task(show_return_value_in_logs=False)
    def transform(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        fields = ("PositionTitle", "PositionURI", "PositionLocation", "PositionRemuneration")
        return [
            {
                "_id": row["MatchedObjectId"],
                **{name: row["MatchedObjectDescriptor"][name] for name in fields},
            }
            for row in rows
        ]

    @task(show_return_value_in_logs=False)
    def load(positions: list[dict[str, Any]]) -> int:
        with MongoHook("mongo") as hook:
            writes = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in positions]
            hook.get_collection("positions").bulk_write(writes, ordered=False)
        return len(positions)

    load(transform(extract.output))


plain_dag()
