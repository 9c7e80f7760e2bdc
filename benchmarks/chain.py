"""What the three steps cost for many rows: time against a baseline, and peak memory.

    python -m benchmarks.chain [--rows 9999] [--turns 3]

Each step runs in a process of its own that may allocate 512 MB, on what the step before left in
files, one for each page; a step and its baseline take turns, and the medians count. A static server
sends the pages. extract and transform are compared by the processor's time of their process, load
by the clock, as much of its time is MongoDB's. What passes between the steps in Airflow is measured
apart, by the code that passes it on there: the batches and Airflow's own XCom backend, with the
settings of `./run.sh`. The rows weigh what recorded ones do; those of the heaviest page are like
the heaviest of 2025, 247 KB each.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from pymongo import MongoClient, ReplaceOne
from rich.progress import track

from benchmarks.local_airflow import environment_in
from benchmarks.part import Line, Part, Size
from benchmarks.processes import Measured, measured
from benchmarks.rows import HEAVIEST, heavy_rows
from benchmarks.static_server import fetched, served_pages
from benchmarks.stopwatch import Stopwatch, Took, median
from include.jobs import limits
from include.local.mongod import embedded_mongod
from include.pipeline import load as pipeline_load
from include.pipeline.transform import transform
from include.searches.parameters import SearchParameters
from include.store.collections import POSITIONS, VERSIONS, chunks
from include.store.indexes import INDEXES, search_index
from include.store.upserts import DURABLE
from include.usajobs.search_api import read_everything

TIMES = ("read_at", "observed_at", "seen_at")

HANDED_ON = {"extract": "rows", "transform": "judged"}
"""The folder with the batches that a step hands on."""


class Files:
    """Batches as files of JSON in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def append(self, batch: Any, /) -> None:
        """Write one more."""
        (self.folder / f"{len(self._paths()) + 1:04d}.json").write_text(json.dumps(batch))

    def clear(self) -> None:
        """Remove them all."""
        for path in self._paths():
            path.unlink()

    def megabytes(self) -> float:
        """Return what they weigh."""
        return sum(path.stat().st_size for path in self._paths()) / 1e6

    def __iter__(self) -> Iterator[Any]:
        """Read one after the other."""
        for path in self._paths():
            yield json.loads(path.read_text())

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))


class XComBackend:
    """A task instance that stores what is pushed with the XCom backend that is configured."""

    def __init__(self, task_id: str) -> None:
        from airflow.configuration import conf

        self._backend = conf.getimport("core", "xcom_backend")
        self._of = {"dag_id": "job_tracker", "run_id": "benchmark", "task_id": task_id}
        self._stored: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        """Store a value."""
        self._stored[key] = self._backend.serialize_value(value, key=key, **self._of)

    def xcom_pull(self, task_ids: str, *, key: str) -> Any:
        """Return a stored value."""
        return self._backend.deserialize_value(SimpleNamespace(value=self._stored[key]))


def extract(folder: Path, url: str) -> Took:
    """Read all rows; like the others, return what it took."""
    with Stopwatch() as watch:
        summary = read_everything(
            lambda page: fetched(url, page), Files(folder / "rows"), connection="usajobs"
        )
    (folder / "extract.json").write_text(json.dumps(summary))
    return watch.took


def bare_requests(url: str, pages: int) -> Took:
    """Ask for the same pages and read their JSON, with nothing around it."""
    with Stopwatch() as watch:
        for page in range(1, pages + 1):
            json.loads(fetched(url, page).content)
    return watch.took


def transform_rows(folder: Path) -> Took:
    """Judge the positions."""
    summary = json.loads((folder / "extract.json").read_text())
    with Stopwatch() as watch:
        result = transform(
            summary, Files(folder / "rows"), SearchParameters(), Files(folder / "judged")
        )
    (folder / "result.json").write_text(json.dumps(result))
    return watch.took


def loads_and_dumps(folder: Path) -> Took:
    """Read the same rows and write them, with nothing in between."""
    written = Files(folder / "copies")
    written.clear()
    with Stopwatch() as watch:
        for rows in Files(folder / "rows"):
            written.append(rows)
    return watch.took


def load(folder: Path, port: int, turn: int) -> Took:
    """Store the positions in an empty database."""
    return _timed_load(folder, port, turn)


def load_again(folder: Path, port: int, turn: int) -> Took:
    """Store the same positions as a later day's run finds them: unchanged."""
    return _timed_load(folder, port, turn, dict.fromkeys(TIMES, "2036-01-01T00:00:00.000+00:00"))


def _timed_load(
    folder: Path, port: int, turn: int, changes: Mapping[str, str] | None = None
) -> Took:
    result = json.loads((folder / "result.json").read_text()) | dict(changes or {})
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        # What was written before is not this load's to wait for.
        client.admin.command("fsync")
        with Stopwatch() as watch:
            pipeline_load.load(
                client[f"chain_{turn}"],
                result,
                Files(folder / "judged"),
                "job_tracker",
                f"run at {result['read_at']}",
            )
    return watch.took


def bare_upserts(port: int, turn: int) -> Took:
    """Write the very documents that the last load left, as durably, with nothing around it.

    After a load of new positions they are new here too; after the one that finds them unchanged,
    they replace those that are there, as other days are in them.
    """
    watch = Stopwatch()
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        bare = client.get_database(f"bare_{turn}", write_concern=DURABLE)
        for name in (POSITIONS, VERSIONS):
            bare[name].create_indexes(INDEXES[name])
            if name == POSITIONS:
                bare[name].create_indexes([search_index(SearchParameters().slug)])
            client.admin.command("fsync")
            for some in chunks(client[f"chain_{turn}"][name].find()):
                writes = [ReplaceOne({"_id": found["_id"]}, found, upsert=True) for found in some]
                with watch:
                    bare[name].bulk_write(writes, ordered=False)
    return watch.took


def hand_on(folder: Path, environment: Mapping[str, str], step: str) -> tuple[Took, Took]:
    """Write what a step hands on as its task does, and read it as the next one does."""
    os.environ.update(environment)
    from include.airflow.xcom import XComBatches

    task_instance = XComBackend(step)
    written: XComBatches[Any] = XComBatches(task_instance, step, "benchmark")
    took = _written_and_read(
        Files(folder / HANDED_ON[step]),
        written,
        lambda: XComBatches(task_instance, step, "benchmark", written.digests),
    )
    return took


def plain_files(folder: Path, step: str) -> tuple[Took, Took]:
    """Write and read the same as files of JSON, with nothing around it."""
    copies = Files(folder / "copies")
    copies.clear()
    return _written_and_read(Files(folder / HANDED_ON[step]), copies, lambda: copies)


def _written_and_read(
    batches: Files, written: Any, read: Callable[[], Iterable[Any]]
) -> tuple[Took, Took]:
    writing, reading = Stopwatch(), Stopwatch()
    for batch in batches:
        with writing:
            written.append(batch)
    with reading:
        for _ in read():
            pass
    return writing.took, reading.took


STEPS = ("extract", "transform", "load")


def lines(rows: int, turns: int) -> Iterator[Line]:
    """Yield times for so many rows, and peaks of memory for fewer as well."""
    fewer = [count for count in (100, 1_000) if count < rows]
    peaks = {count: _peaks(heavy_rows(count)) for count in fewer}
    with _chain(heavy_rows(rows)) as chain:
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
class _Chain:
    """The steps for one set of rows, each of which can be measured again."""

    folder: Path
    url: str
    pages: int
    port: int
    megabytes: dict[str, float] = field(default_factory=dict)
    """What each step hands on weighs as JSON."""

    def steps(self) -> dict[str, Measured]:
        """Run the three steps once."""
        return {
            "extract": measured(extract, self.folder, self.url),
            "transform": measured(transform_rows, self.folder),
            "load": measured(load, self.folder, self.port, 0),
        }

    def turn(self, number: int) -> dict[str, Measured]:
        """Run each step and its baseline once."""
        folder, port = self.folder, self.port
        found = {
            "extract": measured(extract, folder, self.url),
            "bare requests + json.loads": measured(bare_requests, self.url, self.pages),
            "transform": measured(transform_rows, folder),
            "json.loads + json.dumps": measured(loads_and_dumps, folder),
            "load": measured(load, folder, port, number),
            "bare upserts": measured(bare_upserts, port, number),
            "load, unchanged": measured(load_again, folder, port, number),
            "bare upserts of the same again": measured(bare_upserts, port, number),
        }
        environment = environment_in(folder)
        for step, name in HANDED_ON.items():
            found[_xcoms(step)] = measured(hand_on, folder, environment, step)
            found[_files(step)] = measured(plain_files, folder, step)
            self.megabytes[step] = Files(folder / name).megabytes()
        return found


@contextmanager
def _chain(rows: list[dict[str, Any]]) -> Iterator[_Chain]:
    with (
        tempfile.TemporaryDirectory() as name,
        embedded_mongod(Path(name) / "db") as mongod,
        served_pages(Path(name) / "pages", rows) as (url, pages),
    ):
        yield _Chain(Path(name), url, pages, mongod.port)


def _xcoms(step: str) -> str:
    return f"XComs of {step}"


def _files(step: str) -> str:
    return f"files of {step}"


def _peaks(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return the peaks of memory of the three steps."""
    with _chain(rows) as chain:
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
    for name, peak in _peaks(served).items():
        yield Line(
            f"peak memory of {name}, the heaviest page",
            f"{peak} MB",
            f"its JSON {weight:.0f} MB",
            peak / weight,
        )


PART = Part(
    "benchmarks.chain",
    __doc__,
    lines,
    {"rows": Size(9_999, quick=1_000), "turns": Size(3, quick=1)},
)

if __name__ == "__main__":
    PART.main()
