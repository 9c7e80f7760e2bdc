"""What past days cost, and what a large collection costs a load.

    python -m benchmarks.history [--days 100] [--positions 1000000]

The days are read from the sample API, transformed and loaded one after the other, as a backfill's
tasks do, without Airflow around them; the growth compares the last fifth of the days with the
first. The load compares the same positions, all new, into an empty collection and into one that
holds so many others, on the same server and in turns.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient
from pymongo.database import Database
from rich.progress import track

from benchmarks.part import Line, Part, Size
from benchmarks.rows import heavy_rows, transformed
from include.local.mongod import embedded_mongod
from include.matching.context import MatchContext
from include.pipeline.judged import Batch, TransformResult
from include.pipeline.load import load
from include.pipeline.transform import transform
from include.sample_api.running import running
from include.sample_api.server import create_app
from include.searches.parameters import SearchParameters
from include.store.collections import RUNS, VERSIONS
from include.usajobs.extract import ExtractBatch
from include.usajobs.historic_api import read_days

FIRST_DAY = date(2025, 1, 1)
TODAY = date(2026, 11, 23)
LOADED_AT_ONCE = 500
ROUNDS = 7
ROUND_DAY = datetime(2026, 11, 1, tzinfo=UTC)

Documents = Database[dict[str, Any]]


def backfill(database: Documents, days: int) -> list[float]:
    """Fill so many days; return the seconds that each took."""
    search = SearchParameters()
    context = MatchContext.of(search)
    took = []
    with running(create_app(today=TODAY)) as url, requests.Session() as session:

        def fetch(endpoint: str, query: Mapping[str, str]) -> requests.Response:
            return session.get(f"{url}{endpoint}", params=dict(query), timeout=120, stream=True)

        for number in track(range(days), "Filling past days"):
            began = time.perf_counter()
            day = FIRST_DAY + timedelta(days=number)
            rows: list[ExtractBatch] = []
            summary = read_days(fetch, [day], context, rows, connection="usajobs")
            batches: list[Batch] = []
            result = transform(summary, rows, search, batches)
            load(database, result, batches, "job_tracker", f"day {number}")
            took.append(time.perf_counter() - began)
    return took


def fill(database: Documents, count: int) -> None:
    """Store so many positions of other control numbers, as light as most are."""
    load(database, *transformed(heavy_rows(1), ROUND_DAY), "job_tracker", "template")
    document = database.positions.find_one() or {}
    document["PositionLocation"] = document["PositionLocation"][:1]
    numbers = iter(range(count))
    for _ in track(range(0, count, 10_000), f"Storing {count:,} positions"):
        some = [{**document, "_id": f"8{number:08d}"} for number in islice(numbers, 10_000)]
        database.positions.insert_many(some, ordered=False)


def new_load(
    database: Documents, result: TransformResult, batches: list[Batch], number: int
) -> float:
    """Return the seconds that a load of new positions takes, and remove them again."""
    # What was written before is not this load's to wait for.
    database.client.admin.command("fsync")
    began = time.perf_counter()
    load(database, result, batches, "job_tracker", f"round {number}")
    took = time.perf_counter() - began
    database.positions.delete_many({"_id": {"$in": [*result["matches"], *result["near_misses"]]}})
    for name in (VERSIONS, RUNS):
        database[name].delete_many({})
    return took


def lines(days: int, positions: int) -> Iterator[Line]:
    """Yield how past days grow, and what stored positions do to a load."""
    with (
        tempfile.TemporaryDirectory() as name,
        embedded_mongod(Path(name) / "db") as mongod,
        MongoClient[dict[str, Any]]("127.0.0.1", mongod.port) as client,
    ):
        yield _past_days(client.days, days)
        yield _beside(client, positions)


def _past_days(database: Documents, days: int) -> Line:
    took = backfill(database, days)
    fifth = max(1, days // 5)
    first, last = statistics.median(took[:fifth]), statistics.median(took[-fifth:])
    return Line(
        f"a past day, the last fifth of {days}",
        f"{last * 1000:.0f} ms",
        f"the first fifth {first * 1000:.0f} ms",
        last / first,
    )


def _beside(client: MongoClient[dict[str, Any]], positions: int) -> Line:
    found = transformed(heavy_rows(LOADED_AT_ONCE), ROUND_DAY)
    fill(client.full, positions)
    # The first round, which makes collections and indexes, does not count.
    took = [
        (new_load(client.empty, *found, number), new_load(client.full, *found, number))
        for number in track(range(ROUNDS + 1), f"Loading {LOADED_AT_ONCE} positions in turns")
    ]
    empty, full = (statistics.median(each) for each in zip(*took[1:], strict=True))
    return Line(
        f"load of {LOADED_AT_ONCE} beside {positions:,} positions",
        f"{full:.2f} s",
        f"into an empty collection {empty:.2f} s",
        full / empty,
    )


PART = Part(
    "benchmarks.history",
    __doc__,
    lines,
    {"days": Size(100, quick=10), "positions": Size(1_000_000, quick=10_000)},
)

if __name__ == "__main__":
    PART.main()
