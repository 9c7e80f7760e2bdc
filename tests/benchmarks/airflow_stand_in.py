"""A stand-in for the Airflow of the benchmarks: a run is the chain of steps in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from pymongo import MongoClient

from benchmarks.local_airflow import LocalAirflow, Run
from benchmarks.static_server import HEADERS
from include.pipeline.judged import Batch
from include.pipeline.load import load
from include.pipeline.transform import transform
from include.searches.parameters import SearchParameters
from include.store.collections import DATABASE
from include.usajobs.extract import ExtractBatch
from include.usajobs.search_api import ENDPOINT, query, read_everything

SECONDS = {"job_tracker": 6.0, "plain_dag": 12.0, "empty_tasks_3": 3.0}
BEGAN = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass
class StandIn(LocalAirflow):
    """Runs the chain, whatever the DAG, and says that it took `SECONDS`."""

    url: str = ""
    port: int = 0
    runs: list[str] = field(default_factory=list)

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        self.runs.append(dag_id)
        run_id = f"{dag_id} {len(self.runs)}"
        search = SearchParameters(**conf)
        asked = query(
            keyword=search.keyword, location=search.location, radius_miles=search.radius_miles
        )

        def fetch(page: int) -> requests.Response:
            address = f"{self.url}{ENDPOINT}"
            whole = {**asked, "Page": page}
            return requests.get(address, whole, headers=HEADERS, timeout=60, stream=True)

        rows: list[ExtractBatch] = []
        batches: list[Batch] = []
        summary = read_everything(fetch, rows, connection="usajobs")
        result = transform(summary, rows, search, batches)
        with MongoClient[dict[str, Any]]("127.0.0.1", self.port) as client:
            load(client[DATABASE], result, batches, dag_id, run_id)
        return run_id

    def run(self, dag_id: str, **conf: Any) -> float:
        self.trigger(dag_id, conf)
        return SECONDS[dag_id]

    def measured_run(self, dag_id: str) -> Run:
        return Run(self.run(dag_id), 200)

    def wait_for(self, dag_id: str, run_id: str) -> None:
        pass

    def times(self, dag_id: str, run_id: str) -> tuple[datetime, datetime]:
        return BEGAN, BEGAN + timedelta(seconds=8)

    def megabytes(self) -> int:
        return 900


def standing_in(port: int) -> Callable[..., AbstractContextManager[tuple[LocalAirflow, int]]]:
    """Return what takes the place of `airflow_beside`, with the MongoDB on a port."""

    @contextmanager
    def beside(folder: Any, dag_files: Any, usajobs: str) -> Iterator[tuple[LocalAirflow, int]]:
        airflow: Any = StandIn(api=None, services=[], url=usajobs, port=port)
        airflow.api = airflow
        yield airflow, port

    return beside
