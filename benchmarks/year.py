"""What a year of daily runs leaves behind, and what bounds it.

    python -m benchmarks.year [--days 365] [--airflow-runs 10]

The days are simulated without Airflow around them: the sample API moves on by a day, and the steps
of the chain read, transform and load what it lists then. What Airflow keeps besides (XCom files,
logs, its metadata database) is measured over some runs of job_tracker and job_tracker_retention in
an Airflow as `./run.sh` starts it, and counted up from there.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import requests
from pymongo import MongoClient
from pymongo.database import Database
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.local_airflow import LINE, LocalAirflow, airflow_beside
from include.local.airflow_settings import airflow_home
from include.local.mongod import embedded_mongod
from include.local.settings import PROJECT, local_directory
from include.pipeline.judged import Batch
from include.pipeline.load import load
from include.pipeline.transform import transform
from include.sample_api.running import running
from include.sample_api.server import create_app
from include.searches.parameters import SearchParameters
from include.store.collections import POSITIONS, QUARANTINE, RUNS, VERSIONS
from include.store.retention import Retention, prune_collections
from include.usajobs.extract import ExtractBatch
from include.usajobs.search_api import ENDPOINT, query, read_everything

FIRST_DAY = date(2025, 1, 1)
SEARCH = SearchParameters()
QUERY = query(keyword=SEARCH.keyword, location=SEARCH.location, radius_miles=SEARCH.radius_miles)
COLLECTIONS = (POSITIONS, VERSIONS, RUNS, QUARANTINE)
DAG_IDS = ("job_tracker", "job_tracker_retention")

RETENTION = Retention()
ALL_OF_90_DAYS = Retention(runs_days=90, versions_days=90, quarantine_days=90)
"""What is shown of pruning: by default, hardly anything of a year is old."""

Documents = Database[dict[str, Any]]


class Size(NamedTuple):
    """How many documents a collection holds, in so many bytes on disk with its indexes."""

    documents: int
    bytes: int


class Left(NamedTuple):
    """Bytes that Airflow has left behind."""

    xcom: int
    logs: int
    metadata: int


def simulate(database: Documents, days: int, marks: Sequence[int]) -> Iterator[dict[str, Size]]:
    """Run so many days; yield the sizes of the collections after each number of days in `marks`."""
    app = create_app(today=FIRST_DAY)
    with running(app) as url, requests.Session() as session:
        for number in track(range(days), f"Simulating {days} days"):
            app.today = FIRST_DAY + timedelta(days=number)
            _run(database, session, url, app.today)
            if number + 1 in marks:
                yield sizes(database)


def _run(database: Documents, session: requests.Session, url: str, day: date) -> None:
    def fetch(page: int) -> requests.Response:
        response = session.get(
            f"{url}{ENDPOINT}",
            params={**QUERY, "Page": page},
            headers={"User-Agent": "me@example.org", "Authorization-Key": "sample"},
            stream=True,
            timeout=60,
        )
        # It gives the real day.
        del response.headers["Date"]
        return response

    rows: list[ExtractBatch] = []
    batches: list[Batch] = []
    now = datetime.combine(day, time(0, 5), UTC)
    summary = read_everything(fetch, rows, connection="usajobs", now=lambda: now)
    result = transform(summary, rows, SEARCH, batches)
    load(database, result, batches, "job_tracker", f"scheduled__{day}")


def sizes(database: Documents) -> dict[str, Size]:
    """Return what the collections take on disk now."""
    database.client.admin.command("fsync")
    found = {}
    for name in COLLECTIONS:
        stats = database.command("collStats", name)
        found[name] = Size(stats["count"], stats["storageSize"] + stats["totalIndexSize"])
    return found


def airflow_per_day(folder: Path, runs: int) -> Left:
    """Return what a day leaves in Airflow: a run of each DAG, without the first ones."""
    with (
        running(create_app()) as url,
        airflow_beside(folder, [PROJECT / "dags" / f"{dag_id}.py" for dag_id in DAG_IDS], url) as (
            airflow,
            _,
        ),
    ):
        _run_dags(airflow)
        before = _left(folder / "airflow")
        for _ in track(range(runs), f"Running the DAGs {runs} times in Airflow"):
            _run_dags(airflow)
        after = _left(folder / "airflow")
    return Left(*((late - early) // runs for late, early in zip(after, before, strict=True)))


def _run_dags(airflow: LocalAirflow) -> None:
    for dag_id in DAG_IDS:
        airflow.run(dag_id)


def _left(folder: Path) -> Left:
    home = airflow_home(LINE, folder)
    return Left(
        xcom=_bytes_in(local_directory(folder) / "xcom"),
        logs=sum(_bytes_in(home / "logs" / f"dag_id={dag_id}") for dag_id in DAG_IDS),
        metadata=_bytes_of(home / "airflow.db"),
    )


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _bytes_of(database: Path) -> int:
    """Return the bytes of the pages in use: the file grows in larger steps."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size


def _in_words(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} KB"


def _of_collections(found: list[dict[str, Size]], pruned: dict[str, Any]) -> Iterator[list[str]]:
    kept = {
        VERSIONS: RETENTION.versions_days,
        RUNS: RETENTION.runs_days,
        QUARANTINE: RETENTION.quarantine_days,
    }
    for name in COLLECTIONS:
        each = (sizes[name] for sizes in found)
        yield [
            name,
            *(f"{size.documents:,}, {_in_words(size.bytes)}" for size in each),
            f"{kept[name]} days" if kept.get(name) else "for ever",
            f"{pruned[name]['kept']:,}" if name in pruned else "all",
        ]


def _of_airflow(per_day: Left, marks: Sequence[int]) -> Iterator[list[str]]:
    for name, size, kept in (
        ("XCom files", per_day.xcom, RETENTION.xcom_days),
        ("logs of tasks", per_day.logs, RETENTION.log_days),
        ("Airflow's metadata database", per_day.metadata, RETENTION.runs_days),
    ):
        yield [
            f"{name}, {_in_words(size)} a day",
            *(_in_words(size * days) for days in marks),
            f"{kept} days",
            _in_words(size * kept),
        ]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--airflow-runs", type=int, default=10)
    options = parser.parse_args()
    marks = [ceil(options.days / part) for part in (4, 2, 1)]
    with tempfile.TemporaryDirectory() as name:
        with (
            embedded_mongod(Path(name) / "db") as mongod,
            MongoClient[dict[str, Any]]("127.0.0.1", mongod.port) as client,
        ):
            found = list(simulate(client.year, options.days, marks))
            pruned = prune_collections(client.year, ALL_OF_90_DAYS)
        per_day = airflow_per_day(Path(name), options.airflow_runs)
    table = Table(
        "what",
        *(f"{days} days" for days in marks),
        "kept by default",
        "left by retention",
        title=f"{options.days} daily runs of one search",
        caption="Collections: documents, and bytes on disk with indexes; left of them is what "
        "pruning to 90 days left. Airflow's figures are counted up from those of a day; left of "
        "them is what the default keeps.",
    )
    for row in (*_of_collections(found, pruned), *_of_airflow(per_day, marks)):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
