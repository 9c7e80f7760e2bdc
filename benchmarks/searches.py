"""What it takes to run many searches that are triggered at once.

    python -m benchmarks.searches [--searches 20]

Runs for so many cities, each with a radius of its own, are asked for through the REST API of an
Airflow as `./run.sh` starts it. Each has to succeed, and its receipt has to hold just the postings
that the sample API has for that search. The time per run, and the memory that Airflow's processes
hold meanwhile, are compared with those of runs of the same searches, one after the other.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from rich.progress import track

from benchmarks.local_airflow import LocalAirflow, airflow_beside
from benchmarks.part import Line, Part, Size
from include.jobs.places import cities
from include.local.settings import PROJECT
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import DAG_ID
from include.store.collections import DATABASE

ALONE = 5
"""Runs that are made one after the other."""


def lines(searches: int) -> Iterator[Line]:
    """Yield the time per run and the memory."""
    chosen = [
        SearchParameters(keyword="data", location=city.name, radius_miles=25 + number)
        for number, city in enumerate(cities()[:searches])
    ]
    sample_api = create_app(today=datetime.now(UTC).date())
    with (
        tempfile.TemporaryDirectory() as name,
        running(sample_api) as url,
        airflow_beside(Path(name), [PROJECT / "dags" / f"{DAG_ID}.py"], url) as (airflow, port),
        MongoClient[dict[str, Any]]("127.0.0.1", port) as client,
    ):
        alone, alone_peak = _one_after_the_other(airflow, chosen[:ALONE])
        client.drop_database(DATABASE)
        at_once, peak = _at_once(airflow, chosen, client[DATABASE], sample_api)
    yield Line(
        f"{searches} searches at once, each",
        f"{at_once:.1f} s",
        f"one alone {alone:.1f} s",
        at_once / alone,
    )
    yield Line(
        f"Airflow's memory, {searches} searches at once",
        f"{peak} MB",
        f"one alone {alone_peak} MB",
        peak / alone_peak,
    )


def _one_after_the_other(
    airflow: LocalAirflow, searches: list[SearchParameters]
) -> tuple[float, int]:
    """Return the median seconds of a run, and the highest memory in MB."""
    airflow.run(DAG_ID)  # which fills caches and does not count
    measured = [
        (airflow.run(DAG_ID, **search.model_dump()), airflow.megabytes()) for search in searches
    ]
    took, held = zip(*measured, strict=True)
    return statistics.median(took), max(held)


def _at_once(
    airflow: LocalAirflow,
    searches: list[SearchParameters],
    database: Database[dict[str, Any]],
    sample_api: SampleApi,
) -> tuple[float, int]:
    """Return the seconds per run, and the highest memory in MB."""

    def trigger(search: SearchParameters) -> str:
        return airflow.api.trigger(DAG_ID, search.model_dump())

    with ThreadPoolExecutor() as users:
        run_ids = list(users.map(trigger, searches))
    peak = 0
    for run_id in track(run_ids, f"Waiting for {len(run_ids)} runs"):
        airflow.wait_for(DAG_ID, run_id)
        peak = max(peak, airflow.megabytes())
    for run_id, search in zip(run_ids, searches, strict=True):
        _check(database, run_id, search, sample_api)
    starts, ends = zip(*(airflow.times(DAG_ID, run_id) for run_id in run_ids), strict=True)
    return (max(ends) - min(starts)).total_seconds() / len(searches), peak


def _check(
    database: Database[dict[str, Any]],
    run_id: str,
    search: SearchParameters,
    sample_api: SampleApi,
) -> None:
    """Raise AssertionError unless the run stored what the API has for its search, and only that."""
    (receipt,) = database.runs.find({"run_id": run_id})
    assert (receipt["search"], receipt["parameters"]) == (search.slug, search.model_dump())
    kept = {*receipt["matches"], *receipt["near_misses"]}
    answer = sample_api.search(
        {
            "Keyword": search.keyword,
            "LocationName": search.location,
            "Radius": str(search.radius_miles),
            "ResultsPerPage": "500",
        }
    )
    listed = {row["MatchedObjectId"] for row in answer["SearchResult"]["SearchResultItems"]}
    assert listed == kept.union(*receipt["rejected"].values()), search
    stored = database.positions.find({f"matches.{search.slug}": {"$exists": True}})
    assert {position["_id"] for position in stored} == kept, search


PART = Part("benchmarks.searches", __doc__, lines, {"searches": Size(20, quick=4)})

if __name__ == "__main__":
    PART.main()
