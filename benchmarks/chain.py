"""What the three steps cost for many rows: time against a baseline, and peak memory.

    python -m benchmarks.chain [--rows 9999]

Each step runs in a process of its own that may allocate 512 MB, on what the step before left in
files, one for each page, as a task does on XComs. The rows weigh what recorded ones do; those of
the heaviest page are like the heaviest of 2025, 247 KB each.
"""

from __future__ import annotations

import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient, ReplaceOne

from benchmarks.part import Line, Part, Size
from benchmarks.processes import Measured, measured
from benchmarks.rows import HEAVIEST, heavy_rows
from include.jobs import limits
from include.local.mongod import embedded_mongod
from include.pipeline import load as pipeline_load
from include.pipeline.transform import transform
from include.sample_api.running import running
from include.sample_api.server import create_app
from include.searches.parameters import SearchParameters
from include.store.collections import POSITIONS, VERSIONS, chunks
from include.store.indexes import INDEXES, search_index
from include.store.upserts import DURABLE
from include.usajobs.search_api import read_everything

TURNS = 3
"""A step and its baseline take turns so often; the medians count."""

HEADERS = {"User-Agent": "me@example.org", "Authorization-Key": "key"}
TIMES = ("read_at", "observed_at", "seen_at")


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

    def __iter__(self) -> Iterator[Any]:
        """Read one after the other."""
        for path in self._paths():
            yield json.loads(path.read_text())

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))


def extract(folder: Path, url: str) -> float:
    """Read all rows from the sample API; like the others, return the seconds that it took."""

    def fetch(page: int) -> requests.Response:
        query: dict[str, Any] = {"Page": page, "ResultsPerPage": limits.PAGE_SIZE_ROWS}
        return requests.get(f"{url}/api/Search", query, headers=HEADERS, timeout=120, stream=True)

    began = time.perf_counter()
    summary = read_everything(fetch, Files(folder / "rows"), connection="usajobs")
    took = time.perf_counter() - began
    (folder / "extract.json").write_text(json.dumps(summary))
    return took


def bare_requests(url: str, pages: int) -> float:
    """Ask for the same pages and read their JSON, with nothing around it."""
    began = time.perf_counter()
    for page in range(1, pages + 1):
        query: dict[str, Any] = {"Page": page, "ResultsPerPage": limits.PAGE_SIZE_ROWS}
        requests.get(f"{url}/api/Search", query, headers=HEADERS, timeout=120).json()
    return time.perf_counter() - began


def transform_rows(folder: Path) -> float:
    """Judge the positions."""
    summary = json.loads((folder / "extract.json").read_text())
    began = time.perf_counter()
    result = transform(
        summary, Files(folder / "rows"), SearchParameters(), Files(folder / "judged")
    )
    took = time.perf_counter() - began
    (folder / "result.json").write_text(json.dumps(result))
    return took


def loads_and_dumps(folder: Path) -> float:
    """Read the same rows and write them, with nothing in between."""
    written = Files(folder / "copies")
    written.clear()
    began = time.perf_counter()
    for rows in Files(folder / "rows"):
        written.append(rows)
    return time.perf_counter() - began


def load(folder: Path, port: int, turn: int) -> float:
    """Store the positions in an empty database."""
    return _timed_load(folder, port, turn)


def load_again(folder: Path, port: int, turn: int) -> float:
    """Store the same positions as a later day's run finds them: unchanged."""
    return _timed_load(folder, port, turn, dict.fromkeys(TIMES, "2036-01-01T00:00:00.000+00:00"))


def _timed_load(
    folder: Path, port: int, turn: int, changes: Mapping[str, str] | None = None
) -> float:
    result = json.loads((folder / "result.json").read_text()) | dict(changes or {})
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        # What was written before is not this load's to wait for.
        client.admin.command("fsync")
        began = time.perf_counter()
        pipeline_load.load(
            client[f"chain_{turn}"],
            result,
            Files(folder / "judged"),
            "job_tracker",
            f"run at {result['read_at']}",
        )
        return time.perf_counter() - began


def bare_bulk_write(port: int, turn: int) -> float:
    """Write the very documents that `load` left, as durably, with nothing around it."""
    took = 0.0
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        bare = client.get_database(f"bare_{turn}", write_concern=DURABLE)
        for name in (POSITIONS, VERSIONS):
            bare[name].create_indexes(INDEXES[name])
            if name == POSITIONS:
                bare[name].create_indexes([search_index(SearchParameters().slug)])
            client.admin.command("fsync")
            for some in chunks(client[f"chain_{turn}"][name].find()):
                writes = [ReplaceOne({"_id": found["_id"]}, found, upsert=True) for found in some]
                began = time.perf_counter()
                bare[name].bulk_write(writes, ordered=False)
                took += time.perf_counter() - began
    return took


STEPS = ("extract", "transform", "load")
BASELINES = {
    "extract": "bare requests",
    "transform": "json.loads + json.dumps",
    "load": "bare bulk_write",
    "load, unchanged": "bare bulk_write",
}
"""What times are compared with."""


def lines(rows: int) -> Iterator[Line]:
    """Yield times for so many rows, and peaks of memory for fewer as well."""
    fewer = [count for count in (100, 1_000) if count < rows]
    peaks = {count: _peaks(_figures(heavy_rows(count), STEPS, turns=1)) for count in fewer}
    figures = _figures(heavy_rows(rows), (*BASELINES, *BASELINES.values()), TURNS)
    peaks[rows] = _peaks(figures)
    for name, baseline in BASELINES.items():
        yield _line(name, baseline, figures, rows)
    for name in STEPS:
        yield from _memory(name, {count: peak[name] for count, peak in peaks.items()})
    yield from _heaviest_page()


def _figures(served: list[dict[str, Any]], names: Iterable[str], turns: int) -> dict[str, Measured]:
    """Return the median seconds and the highest peak of what is named, which takes turns."""
    with (
        tempfile.TemporaryDirectory() as name,
        embedded_mongod(Path(name) / "db") as mongod,
        running(create_app(rows=served)) as url,
    ):
        folder, port, pages = (
            Path(name),
            mongod.port,
            math.ceil(len(served) / limits.PAGE_SIZE_ROWS),
        )
        work: dict[str, Callable[[int], Measured]] = {
            "extract": lambda _: measured(extract, folder, url),
            "bare requests": lambda _: measured(bare_requests, url, pages),
            "transform": lambda _: measured(transform_rows, folder),
            "json.loads + json.dumps": lambda _: measured(loads_and_dumps, folder),
            "load": lambda turn: measured(load, folder, port, turn),
            "bare bulk_write": lambda turn: measured(bare_bulk_write, port, turn),
            "load, unchanged": lambda turn: measured(load_again, folder, port, turn),
        }
        chosen = {name: step for name, step in work.items() if name in names}
        took = [{name: step(turn) for name, step in chosen.items()} for turn in range(turns)]
    return {
        name: Measured(
            statistics.median(turn[name].result for turn in took),
            max(turn[name].peak for turn in took),
        )
        for name in chosen
    }


def _peaks(figures: Mapping[str, Measured]) -> dict[str, int]:
    return {name: figure.peak for name, figure in figures.items()}


def _line(name: str, baseline: str, figures: Mapping[str, Measured], rows: int) -> Line:
    ours, bare = figures[name].result, figures[baseline].result
    return Line(
        f"{name}, {rows:,} rows",
        f"{rows / ours:,.0f} rows/s",
        f"{baseline} {rows / bare:,.0f} rows/s",
        ours / bare,
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
    for name, peak in _peaks(_figures(served, STEPS, turns=1)).items():
        yield Line(
            f"peak memory of {name}, the heaviest page",
            f"{peak} MB",
            f"its JSON {weight:.0f} MB",
            peak / weight,
        )


PART = Part("benchmarks.chain", __doc__, lines, {"rows": Size(9_999, quick=1_000)})

if __name__ == "__main__":
    PART.main()
