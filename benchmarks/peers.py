"""The same rows by other means: a plain DAG in the same Airflow, and dlt where it is installed.

    python -m benchmarks.peers [--rows 9999] [--turns 1]

A static server sends the rows, heavy ones that a search keeps all. job_tracker and the plain DAG
of `benchmarks/plain_dag.py` take turns in an Airflow as `./run.sh` starts it, each into an empty
database. What counts is the time from a run's start to its end, the median of its turns, and the
highest peak of memory of one of its tasks. dlt reads, picks and writes in a process of its own,
without Airflow, and so do our three steps beside it; dlt is in no requirements: `pip install dlt`
into the same environment adds it.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pymongo import MongoClient, ReplaceOne
from pymongo.database import Database
from rich.progress import track

from benchmarks.local_airflow import LocalAirflow, Run, airflow_beside
from benchmarks.part import Line, Part, Size
from benchmarks.processes import LIMIT, Measured, measured
from benchmarks.rows import heavy_rows
from benchmarks.static_server import fetched, pages_of, served_pages
from benchmarks.stopwatch import Stopwatch
from include.local.mongod import embedded_mongod
from include.local.settings import PROJECT
from include.pipeline.judged import Batch
from include.pipeline.load import load
from include.pipeline.transform import transform
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import DAG_ID
from include.store.collections import DATABASE
from include.usajobs.extract import ExtractBatch
from include.usajobs.search_api import read_everything

ROOM = 16 * LIMIT
"""What a process without Airflow may allocate: dlt as much as it likes, and we all batches."""

Documents = Database[dict[str, Any]]

PLAIN_DAG = Path(__file__).with_name("plain_dag.py")
DAG_FILES = (PROJECT / "dags" / f"{DAG_ID}.py", PLAIN_DAG)
FIELDS = ("PositionTitle", "PositionURI", "PositionLocation", "PositionRemuneration")
"""What dlt picks of a row, as the plain DAG does."""


def lines(rows: int, turns: int) -> Iterator[Line]:
    """Yield the time and the memory of each."""
    with (
        tempfile.TemporaryDirectory() as name,
        served_pages(Path(name) / "pages", heavy_rows(rows)) as (url, _),
    ):
        with airflow_beside(Path(name), DAG_FILES, url) as (airflow, port):
            yield from _beside_the_plain_dag(_in_turns(airflow, port, turns, rows), rows)
        yield from _beside_dlt(Path(name), url, turns, rows)


def _in_turns(airflow: LocalAirflow, port: int, turns: int, rows: int) -> dict[str, list[Run]]:
    """Return what each DAG's runs took."""
    took: dict[str, list[Run]] = {file.stem: [] for file in DAG_FILES}
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        for _ in track(range(turns), f"{DAG_ID} and a plain DAG in turns"):
            for dag_id, runs in took.items():
                client.drop_database(DATABASE)
                client.admin.command("fsync")
                runs.append(airflow.measured_run(dag_id))
                _check(client[DATABASE], rows)
    return took


def _check(database: Documents, rows: int) -> None:
    """Raise AssertionError unless every row is stored."""
    stored = database.positions.count_documents({})
    assert stored == rows, f"{stored} positions are stored of {rows} rows"


def _beside_the_plain_dag(took: dict[str, list[Run]], rows: int) -> Iterator[Line]:
    ours, plain = (
        Run(statistics.median(run.seconds for run in runs), max(run.peak for run in runs))
        for runs in took.values()
    )
    yield Line(
        f"{rows:,} rows through Airflow",
        f"{ours.seconds:.1f} s",
        f"a plain DAG {plain.seconds:.1f} s",
        ours.seconds / plain.seconds,
    )
    yield Line(
        f"highest memory of a task, {rows:,} rows",
        f"{ours.peak} MB",
        f"a plain DAG {plain.peak} MB",
        ours.peak / plain.peak,
    )


def _beside_dlt(folder: Path, url: str, turns: int, rows: int) -> Iterator[Line]:
    if not find_spec("dlt"):
        yield Line(f"{rows:,} rows without Airflow", "left out", "dlt is not installed", None)
        return
    with embedded_mongod(folder / "db") as mongod:
        took = [
            [
                measured(our_steps, url, rows, mongod.port, f"ours_{turn}", limit=ROOM),
                measured(dlt_pipeline, folder, url, rows, mongod.port, f"dlt_{turn}", limit=ROOM),
            ]
            for turn in track(range(turns), "Our steps and dlt in turns")
        ]
    ours, theirs = (
        Measured(statistics.median(one.result for one in each), max(one.peak for one in each))
        for each in zip(*took, strict=True)
    )
    yield Line(
        f"{rows:,} rows without Airflow",
        f"{ours.result:.1f} s",
        f"dlt {theirs.result:.1f} s",
        ours.result / theirs.result,
    )
    yield Line(
        f"memory, {rows:,} rows without Airflow",
        f"{ours.peak} MB",
        f"dlt {theirs.peak} MB",
        ours.peak / theirs.peak,
    )


def our_steps(url: str, count: int, port: int, database: str) -> float:
    """Run the three steps with the batches in memory; return the seconds."""
    rows: list[ExtractBatch] = []
    batches: list[Batch] = []
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client, Stopwatch() as watch:
        extract = read_everything(lambda page: fetched(url, page), rows, connection="usajobs")
        result = transform(extract, rows, SearchParameters(), batches)
        load(client[database], result, batches, DAG_ID, "without Airflow")
        _check(client[database], count)
    return watch.took.seconds


def dlt_pipeline(folder: Path, url: str, count: int, port: int, database: str) -> float:
    """Let dlt read the rows and hand them to MongoDB; return the seconds."""
    # It would tell its makers of each run, and keep files at home.
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder)}
    import dlt

    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:

        @dlt.resource(name="positions", max_table_nesting=0)
        def positions() -> Iterator[list[dict[str, Any]]]:
            for page in range(1, pages_of(count) + 1):
                found = fetched(url, page).json()["SearchResult"]["SearchResultItems"]
                yield [picked(row) for row in found]

        @dlt.destination(name="mongodb", batch_size=1_000)
        def mongodb(items: list[dict[str, Any]], table: Any) -> None:
            writes = [ReplaceOne({"_id": each["id"]}, each, upsert=True) for each in items]
            client[database].positions.bulk_write(writes, ordered=False)

        with Stopwatch() as watch:
            pipeline = dlt.pipeline(
                database, destination=mongodb, pipelines_dir=str(folder / "dlt")
            )
            pipeline.run(positions())
        _check(client[database], count)
    return watch.took.seconds


def picked(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored of a row."""
    posting = row["MatchedObjectDescriptor"]
    return {"id": row["MatchedObjectId"], **{name: posting[name] for name in FIELDS}}


PART = Part(
    "benchmarks.peers",
    __doc__,
    lines,
    {"rows": Size(9_999, quick=1_000), "turns": Size(1, quick=1)},
)

if __name__ == "__main__":
    PART.main()
