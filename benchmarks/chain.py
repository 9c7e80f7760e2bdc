"""What the three steps cost for many rows: time, peak memory, and `load` against bare writes.

    python -m benchmarks.chain [--rows 10000]

Each step runs in a process of its own, on what the step before left in a file, as a task does on
an XCom; its peak memory is that process's. Figures of different machines don't compare; the ratio
in the last line does.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient, ReplaceOne
from rich.console import Console
from rich.table import Table

from benchmarks.rows import heavy_rows
from include import storage
from include.documents import POSITIONS, VERSIONS
from include.local.mongod import embedded_mongod
from include.sample_api.running import running
from include.sample_api.server import create_app
from include.searches import SearchParameters
from include.transform import transform
from include.usajobs.search_api import PAGE_SIZE, read_everything

TURNS = 3
"""`load` and bare writes take turns so often; the medians count."""


def extract(folder: Path, url: str) -> float:
    """Read all pages from the sample API."""

    def fetch(page: int) -> requests.Response:
        query: dict[str, Any] = {"Page": page, "ResultsPerPage": PAGE_SIZE}
        headers = {"User-Agent": "me@example.org", "Authorization-Key": "key"}
        return requests.get(f"{url}/api/Search", query, headers=headers, timeout=120)

    began = time.perf_counter()
    answer = read_everything(fetch, connection="usajobs")
    took = time.perf_counter() - began
    (folder / "answer.json").write_text(json.dumps(answer))
    return took


def transform_rows(folder: Path) -> float:
    """Make positions of the rows."""
    answer = json.loads((folder / "answer.json").read_text())
    began = time.perf_counter()
    batch = transform(answer, SearchParameters())
    took = time.perf_counter() - began
    (folder / "batch.json").write_text(json.dumps(batch))
    return took


def load(folder: Path, port: int, turn: int) -> float:
    """Store the positions in an empty database."""
    batch = json.loads((folder / "batch.json").read_text())
    return _timed_load(batch, port, turn)


def load_again(folder: Path, port: int, turn: int) -> float:
    """Store the same positions as a later day's run finds them: unchanged."""
    batch = json.loads((folder / "batch.json").read_text())
    later = {
        name: "2036-01-01T00:00:00.000+00:00" for name in ("read_at", "observed_at", "seen_at")
    }
    return _timed_load({**batch, **later}, port, turn)


def _timed_load(batch: Any, port: int, turn: int) -> float:
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        # What was written before is not this load's to wait for.
        client.admin.command("fsync")
        began = time.perf_counter()
        storage.load(client[f"chain_{turn}"], batch, "job_tracker", "benchmark")
        return time.perf_counter() - began


def bare_bulk_write(folder: Path, port: int, turn: int) -> float:
    """Write the very documents that `load` left, as durably, with nothing around it."""
    took = 0.0
    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        bare = client.get_database(f"bare_{turn}", write_concern=storage.DURABLE)
        for name in (POSITIONS, VERSIONS):
            documents = list(client[f"chain_{turn}"][name].find())
            bare[name].create_indexes(storage.INDEXES[name])
            if name == POSITIONS:
                bare[name].create_indexes([storage.search_index(SearchParameters().slug)])
            client.admin.command("fsync")
            began = time.perf_counter()
            bare[name].bulk_write(
                [ReplaceOne({"_id": found["_id"]}, found, upsert=True) for found in documents],
                ordered=False,
            )
            took += time.perf_counter() - began
    return took


def _measured(step: Callable[..., float], *arguments: Any) -> tuple[float, int]:
    """Run a step in a fresh process; return its seconds and that process's peak MB."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(sender, step, *arguments))
    process.start()
    sender.close()
    measured: tuple[float, int] = receiver.recv()
    process.join()
    return measured


def _report(sender: Any, step: Callable[..., float], *arguments: Any) -> None:
    took = step(*arguments)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    sender.send((took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=9_999, help="below the API's ceiling of 10,000")
    rows = parser.parse_args().rows
    served = heavy_rows(rows)
    megabytes = len(json.dumps(served)) / 1e6
    with tempfile.TemporaryDirectory() as name, embedded_mongod(Path(name) / "db") as mongod:
        folder = Path(name)
        with running(create_app(rows=served)) as url:
            figures = {"extract": _measured(extract, folder, url)}
        figures["transform"] = _measured(transform_rows, folder)
        steps = {"load": load, "bare bulk_write": bare_bulk_write, "load, unchanged": load_again}
        measured = [
            {name: _measured(step, folder, mongod.port, turn) for name, step in steps.items()}
            for turn in range(TURNS)
        ]
        for name in steps:
            figures[name] = sorted(turn[name] for turn in measured)[TURNS // 2]
    table = Table(
        "step", "seconds", "rows per second", "peak MB", title=f"{rows} rows, {megabytes:.0f} MB"
    )
    for step, (seconds, peak) in figures.items():
        table.add_row(step, f"{seconds:.2f}", f"{rows / seconds:,.0f}", str(peak))
    console = Console()
    console.print(table)
    console.print(
        f"load / bare bulk_write: {figures['load'][0] / figures['bare bulk_write'][0]:.2f}"
    )


if __name__ == "__main__":
    main()
