"""What past days cost, and what a large collection costs a load.

    python -m benchmarks.history [--days 365] [--positions 1000000]

The days are read from the sample API, transformed and loaded one after the other, as a backfill's
tasks do, without Airflow around them; the growth compares the last fifth of the days with the
first. The load compares the same positions, all new, into an empty collection and into one that
holds so many others, on the same server in the same run.
"""

from __future__ import annotations

import argparse
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
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.rows import batch_of, heavy_rows
from include import storage
from include.documents import RUNS, VERSIONS
from include.local.mongod import embedded_mongod
from include.matching import Seeker
from include.sample_api.running import running
from include.sample_api.server import create_app
from include.searches import SearchParameters
from include.transform import transform
from include.usajobs.historic_api import read_day

FIRST_DAY = date(2025, 1, 1)
TODAY = date(2026, 11, 23)
LOADED_AT_ONCE = 500
ROUNDS = 7
ROUND_DAY = datetime(2026, 11, 1, tzinfo=UTC)

Documents = Database[dict[str, Any]]


def backfill(database: Documents, days: int) -> list[float]:
    """Fill so many days; return the seconds that each took."""
    search = SearchParameters()
    seeker = Seeker.of(search)
    took = []
    with running(create_app(today=TODAY)) as url, requests.Session() as session:

        def fetch(endpoint: str, query: Mapping[str, str]) -> requests.Response:
            return session.get(f"{url}{endpoint}", params=dict(query), timeout=120)

        for number in track(range(days), "Filling past days"):
            began = time.perf_counter()
            answer = read_day(
                fetch, FIRST_DAY + timedelta(days=number), seeker, connection="usajobs"
            )
            storage.load(database, transform(answer, search), "job_tracker", f"day {number}")
            took.append(time.perf_counter() - began)
    return took


def fill(database: Documents, count: int) -> None:
    """Store so many positions of other control numbers, as light as most are."""
    template = batch_of(heavy_rows(1), ROUND_DAY)
    storage.load(database, template, "job_tracker", "template")
    document = database.positions.find_one() or {}
    document["PositionLocation"] = document["PositionLocation"][:1]
    numbers = iter(range(count))
    for _ in track(range(0, count, 10_000), f"Storing {count:,} positions"):
        some = [{**document, "_id": f"8{number:08d}"} for number in islice(numbers, 10_000)]
        database.positions.insert_many(some, ordered=False)


def loads(database: Documents, rounds: int) -> Iterator[float]:
    """Yield the seconds that a load of new positions takes, time and again."""
    rows = heavy_rows(LOADED_AT_ONCE)
    for number in range(rounds):
        batch = batch_of(rows, ROUND_DAY + timedelta(days=number))
        # What was written before is not this load's to wait for.
        database.client.admin.command("fsync")
        began = time.perf_counter()
        storage.load(database, batch, "job_tracker", f"round {number}")
        yield time.perf_counter() - began
        database.positions.delete_many(
            {"_id": {"$in": [judged["position"]["control_number"] for judged in batch["kept"]]}}
        )
        for name in (VERSIONS, RUNS):
            database[name].delete_many({})


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--positions", type=int, default=1_000_000)
    options = parser.parse_args()
    table = Table("what", "seconds", "ratio")
    with (
        tempfile.TemporaryDirectory() as name,
        embedded_mongod(Path(name) / "db") as mongod,
        MongoClient[dict[str, Any]]("127.0.0.1", mongod.port) as client,
    ):
        took = backfill(client.days, options.days)
        fifth = max(1, options.days // 5)
        first, last = statistics.median(took[:fifth]), statistics.median(took[-fifth:])
        table.add_row(f"a past day, first fifth of {options.days}", f"{first:.3f}", "1")
        table.add_row("a past day, last fifth", f"{last:.3f}", f"{last / first:.2f}")
        empty = statistics.median(loads(client.empty, ROUNDS))
        fill(client.full, options.positions)
        full = statistics.median(loads(client.full, ROUNDS))
        table.add_row(f"load of {LOADED_AT_ONCE} into an empty collection", f"{empty:.3f}", "1")
        table.add_row(
            f"load of {LOADED_AT_ONCE} beside {options.positions:,}",
            f"{full:.3f}",
            f"{full / empty:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
