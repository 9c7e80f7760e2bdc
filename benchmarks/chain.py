"""What the three steps cost for many rows: time against a baseline, and peak memory.

    python -m benchmarks.chain [--rows 9999] [--turns 2]

Each step is its task as Airflow runs it, in a process of its own that may allocate 512 MB; a step
and its baseline take turns, and the medians count. A static server sends the pages. extract and
transform are compared by the processor's time of their process, load by the clock, as much of its
time is MongoDB's. What tasks hand on is measured apart, by Airflow's own XCom backend with the
settings of `./run.sh`. The rows weigh what recorded ones do; those of the heaviest page are like
the heaviest of 2025, 247 KB each, and each step may take what it needs for it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pymongo import MongoClient, ReplaceOne
from rich.progress import track

from benchmarks import task_run
from benchmarks.local_airflow import environment_in
from benchmarks.part import Line, Part, Size
from benchmarks.processes import LIMIT, Measured, measured
from benchmarks.rows import HEAVIEST, heavy_rows
from benchmarks.static_server import fetched, served_pages
from benchmarks.stopwatch import Stopwatch, Took, median
from include.jobs import limits
from include.local.connections import embedded_connection, sample_connection
from include.local.mongod import embedded_mongod
from include.searches.parameters import SearchParameters
from include.store.collections import DATABASE, POSITIONS, RUNS, VERSIONS, chunks
from include.store.indexes import INDEXES, search_index
from include.store.upserts import DURABLE

BARE = "bare"
"""The database for the bare upserts."""

HAND_ON = ("extract", "transform")
"""The steps whose output the next one reads."""


def bare_requests(url: str, pages: int) -> Took:
    """Ask for the same pages and read their JSON, with nothing around it."""
    with Stopwatch() as watch:
        for page in range(1, pages + 1):
            json.loads(fetched(url, page).content)
    return watch.took


def loads_and_dumps(folder: Path) -> Took:
    """Read the same rows and write them, with nothing in between."""
    watch = Stopwatch()
    for key, value in task_run.TaskInstance(folder, "extract").pushed():
        text = value["json"]
        with watch:
            text = json.dumps(json.loads(text))
        assert text, key
    return watch.took


def bare_upserts(port: int) -> Took:
    """Write the very documents that the last load left, as durably, with nothing around it.

    After a load of new positions they are new here too; after the one that finds them unchanged,
    they replace those that are there, as other days are in them.
    """
    watch = Stopwatch()
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        bare = client.get_database(BARE, write_concern=DURABLE)
        for name in (POSITIONS, VERSIONS):
            bare[name].create_indexes(INDEXES[name])
            if name == POSITIONS:
                bare[name].create_indexes([search_index(SearchParameters().slug)])
            client.admin.command("fsync")
            for some in chunks(client[DATABASE][name].find()):
                writes = [ReplaceOne({"_id": found["_id"]}, found, upsert=True) for found in some]
                with watch:
                    bare[name].bulk_write(writes, ordered=False)
    return watch.took


def plain_files(folder: Path, step: str) -> tuple[Took, Took]:
    """Write what a step hands on as files of JSON and read them, with nothing around it."""
    writing, reading = Stopwatch(), Stopwatch()
    for key, value in task_run.TaskInstance(folder, step).pushed():
        file = folder / f"{key}.json"
        with writing:
            file.write_text(json.dumps(value))
        with reading:
            json.loads(file.read_text())
    return writing.took, reading.took


STEPS = ("extract", "transform", "load")


def lines(rows: int, turns: int) -> Iterator[Line]:
    """Yield times for so many rows, and peaks of memory for fewer as well."""
    fewer = [count for count in (100, 1_000) if count < rows]
    peaks = {count: _peaks(heavy_rows(count)) for count in fewer}
    with chain_of(heavy_rows(rows)) as chain:
        took = [chain.turn(number) for number in track(range(turns), f"{rows:,} rows")]
    for compared in COMPARED:
        yield _line(compared, took, rows)
    yield from _handed_on(took, chain.megabytes)
    peaks[rows] = {name: max(turn[name].peak for turn in took) for name in STEPS}
    for name in STEPS:
        yield from _memory(name, {count: peak[name] for count, peak in peaks.items()})
    yield from _heaviest_page()


class Compared(NamedTuple):
    """A step, its baseline, and which of their seconds are compared."""

    step: str
    baseline: str
    by_clock: bool

    def seconds(self, took: Took) -> float:
        """Return the seconds that are compared."""
        return took.seconds if self.by_clock else took.cpu


COMPARED = (
    Compared("extract", "bare requests + json.loads", by_clock=False),
    Compared("transform", "json.loads + json.dumps", by_clock=False),
    Compared("load", "bare upserts", by_clock=True),
    Compared("load, unchanged", "bare upserts of the same again", by_clock=True),
)


@dataclass
class Chain:
    """The steps for one set of rows, each of which can be measured again."""

    folder: Path
    url: str
    pages: int
    port: int
    megabytes: dict[str, float] = field(default_factory=dict)
    """What each step hands on weighs as JSON."""

    limit: int = LIMIT
    """What each step may allocate."""

    def steps(self) -> dict[str, Measured]:
        """Run the three steps once."""
        return {
            "extract": self.measured(task_run.extract),
            "transform": self.measured(task_run.transform),
            "load": self._load(),
        }

    def turn(self, _: int) -> dict[str, Measured]:
        """Run each step and its baseline once, with nothing stored before."""
        with MongoClient[dict[str, Any]]("127.0.0.1", self.port) as client:
            for name in (DATABASE, BARE):
                client.drop_database(name)
        found = {
            "extract": self.measured(task_run.extract),
            "bare requests + json.loads": measured(bare_requests, self.url, self.pages),
            "transform": self.measured(task_run.transform),
            "json.loads + json.dumps": measured(loads_and_dumps, self.folder),
            "load": self._load(),
            "bare upserts": measured(bare_upserts, self.port),
            "load, unchanged": self._load(later=True),
            "bare upserts of the same again": measured(bare_upserts, self.port),
        }
        for step in HAND_ON:
            found[_xcoms(step)] = self.measured(task_run.pushed_and_pulled, step)
            found[_files(step)] = measured(plain_files, self.folder, step)
            pushed = task_run.TaskInstance(self.folder, step).pushed()
            self.megabytes[step] = sum(len(value["json"]) for _, value in pushed) / 1e6
        return found

    def measured(self, task: Any, *arguments: Any, **options: Any) -> Measured:
        """Do something with the chain's folder, in a process like that of a task."""
        connections = {
            "AIRFLOW_CONN_USAJOBS": sample_connection(self.url),
            "AIRFLOW_CONN_MONGO": embedded_connection(self.port),
        }
        environment = {
            **environment_in(self.folder, connections=connections),
            # No word about tasks that run without an Airflow around them.
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        }
        work = partial(task, self.folder, *arguments, **options)
        return measured(work, environment=environment, limit=self.limit)

    def _load(self, *, later: bool = False) -> Measured:
        """Load into what is there; the receipt of the run before is that of another one then."""
        with MongoClient[dict[str, Any]]("127.0.0.1", self.port) as client:
            runs = client[DATABASE][RUNS]
            for receipt in list(runs.find()):
                runs.replace_one(
                    {"_id": "earlier"}, {**receipt, "_id": "earlier", "run_id": "earlier"}, True
                )
                runs.delete_one({"_id": receipt["_id"]})
            # What was written before is not this load's to wait for.
            client.admin.command("fsync")
        return self.measured(task_run.load, later=later)


@contextmanager
def chain_of(rows: list[dict[str, Any]], limit: int = LIMIT) -> Iterator[Chain]:
    """Serve the rows to the steps, which may allocate so many bytes each."""
    with (
        tempfile.TemporaryDirectory() as name,
        embedded_mongod(Path(name) / "db") as mongod,
        served_pages(Path(name) / "pages", rows) as (url, pages),
    ):
        yield Chain(Path(name), url, pages, mongod.port, limit=limit)


def _xcoms(step: str) -> str:
    return f"XComs of {step}"


def _files(step: str) -> str:
    return f"files of {step}"


def _peaks(rows: list[dict[str, Any]], limit: int = LIMIT) -> dict[str, int]:
    """Return the peaks of memory of the three steps."""
    with chain_of(rows, limit) as chain:
        return {name: figure.peak for name, figure in chain.steps().items()}


def _line(compared: Compared, took: list[dict[str, Measured]], rows: int) -> Line:
    ours, bare = (
        compared.seconds(median(turn[name].result for turn in took))
        for name in (compared.step, compared.baseline)
    )
    kind = "" if compared.by_clock else " of a processor"
    return Line(
        f"{compared.step}, {rows:,} rows",
        f"{ours:.2f} s{kind} ({rows / ours:,.0f} rows/s)",
        f"{compared.baseline} {bare:.2f} s",
        ours / bare,
    )


def _handed_on(took: list[dict[str, Measured]], weights: Mapping[str, float]) -> Iterator[Line]:
    for step, weight in weights.items():
        for number, what in enumerate(("written", "read")):
            ours, plain = (
                median(turn[name(step)].result[number] for turn in took).cpu
                for name in (_xcoms, _files)
            )
            yield Line(
                f"XComs of {step}, {what}",
                f"{ours:.2f} s of a processor ({weight:,.0f} MB of JSON)",
                f"plain files of the same JSON {plain:.2f} s",
                ours / plain,
            )


def _memory(name: str, peaks: Mapping[int, int]) -> Iterator[Line]:
    """Compare the peaks for more rows with that for the fewest."""
    (fewest, least), *more = sorted(peaks.items())
    for count, peak in more:
        yield Line(
            f"peak memory of {name}, {count:,} rows",
            f"{peak} MB",
            f"{fewest} rows {least} MB",
            peak / least,
        )


def _heaviest_page() -> Iterator[Line]:
    """Compare the peaks for a page of the heaviest rows with what the page weighs."""
    served = heavy_rows(limits.PAGE_SIZE_ROWS, HEAVIEST)
    weight = len(json.dumps(served)) / 2**20
    for name, peak in _peaks(served, 4 * LIMIT).items():
        yield Line(
            f"the heaviest page, peak memory of {name}",
            f"{peak} MB",
            f"its JSON {weight:.0f} MB",
            peak / weight,
        )


PART = Part(
    "benchmarks.chain",
    __doc__,
    lines,
    {"rows": Size(9_999, quick=1_000), "turns": Size(2, quick=1)},
)

if __name__ == "__main__":
    PART.main()
