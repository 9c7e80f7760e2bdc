"""What the DAG costs beside an empty one, on the same Airflow.

    python -m benchmarks.dag [--turns 3]

A run of job_tracker for 36 rows, and one of a DAG with three tasks in a row that do nothing, take
turns in an Airflow as `./run.sh` starts it. What counts is the time from a run's start to its end
by Airflow's own clock: the seconds, as the ratio grows where Airflow gets faster. Reading the DAG
file is compared with reading one that has an empty task only, in fresh processes that take turns as
well; and with 200 saved searches beside it, each a DAG, with itself.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.progress import track

from benchmarks.local_airflow import airflow_beside, environment_in, in_turns
from benchmarks.part import Line, Part, Size
from benchmarks.rows import heavy_rows
from benchmarks.static_server import served_pages
from include.jobs.places import cities
from include.local.settings import PROJECT

ROWS = 36
EMPTY_TASKS = 3
"""As many as extract, transform and load."""

SEARCHES = (1, 200)
READINGS = 3
"""At most so many turns, as each is several whole processes."""

DAG_FILE = PROJECT / "dags" / "job_tracker.py"

EMPTY_DAG = """
from datetime import UTC, datetime

from airflow.providers.common.compat.sdk import chain, dag, task


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))
def {name}():
    @task
    def empty():
        pass

    chain(*[empty.override(task_id=f"empty_{{number}}")() for number in range({tasks})])


{name}()
"""

READ = """
import sys
import time

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag

began = time.perf_counter()
found = DagBag(sys.argv[1])
took = time.perf_counter() - began
assert found.dags and not found.import_errors, found.import_errors
print(f"took {took}")
"""


def lines(turns: int) -> Iterator[Line]:
    """Yield the time of a run and that of reading the file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _runs(folder, turns)
        yield from _readings(_empty_dag(folder, 1), min(turns, READINGS))
        yield from _searches(folder, min(turns, READINGS))


def _empty_dag(folder: Path, tasks: int) -> Path:
    """Return the file of a DAG with so many tasks in a row that do nothing."""
    file = folder / f"empty_tasks_{tasks}.py"
    file.write_text(EMPTY_DAG.format(name=file.stem, tasks=tasks))
    return file


def _runs(folder: Path, turns: int) -> Iterator[Line]:
    files = [DAG_FILE, _empty_dag(folder, EMPTY_TASKS)]
    with (
        served_pages(folder / "pages", heavy_rows(ROWS)) as (url, _),
        airflow_beside(folder, files, url) as (airflow, _),
    ):
        ours, empty = in_turns(airflow, [file.stem for file in files], turns)
    yield Line(
        f"a run of the DAG, {ROWS} rows",
        f"{ours:.1f} s",
        f"{EMPTY_TASKS} empty tasks {empty:.1f} s",
        ours / empty,
    )


def _readings(empty_dag: Path, turns: int) -> Iterator[Line]:
    environment = environment_in(empty_dag.parent)
    measured = [
        [_read(file, environment) for file in (DAG_FILE, empty_dag)]
        for _ in track(range(turns), "Reading the DAG file")
    ]
    (ours, our_process), (empty, empty_process) = (
        (statistics.median(inside), statistics.median(whole))
        for inside, whole in (zip(*of_one, strict=True) for of_one in zip(*measured, strict=True))
    )
    yield Line(
        "a process that reads the DAG file",
        f"{our_process:.2f} s",
        f"one empty task {empty_process:.2f} s",
        our_process / empty_process,
    )
    yield Line(
        "of it, the reading itself",
        f"{ours:.2f} s",
        f"one empty task {empty:.2f} s",
        ours / empty,
    )


def _searches(folder: Path, turns: int) -> Iterator[Line]:
    environment = environment_in(folder)
    files = {count: _dag_file_with(folder, count) for count in SEARCHES}
    took: dict[int, list[float]] = {count: [] for count in SEARCHES}
    for _ in track(range(turns), "Reading it beside many searches"):
        for count, file in files.items():
            took[count].append(_read(file, environment)[0])
    one, *more = SEARCHES
    for count in more:
        alone, many = statistics.median(took[one]), statistics.median(took[count])
        yield Line(
            f"reading the DAG file, {count} searches",
            f"{many:.2f} s",
            f"{one} search {alone:.2f} s",
            many / alone,
        )


def _dag_file_with(folder: Path, count: int) -> Path:
    """Return a DAG file beside so many searches, each for a place of its own."""
    dags = folder / f"{count}_searches"
    (dags / "searches").mkdir(parents=True)
    for number, city in enumerate(cities()[: count - 1]):
        text = f'location = "{city.name}"\nschedule = "0 {number % 24} * * *"'
        (dags / "searches" / f"search_{number}.toml").write_text(text)
    file = dags / DAG_FILE.name
    file.symlink_to(DAG_FILE)
    return file


def _read(file: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds that a fresh process takes to read a DAG file, and takes altogether."""
    began = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", READ, str(file)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    whole = time.perf_counter() - began
    return float(process.stdout.rpartition("took ")[2]), whole


PART = Part("benchmarks.dag", __doc__, lines, {"turns": Size(3, quick=1)})

if __name__ == "__main__":
    PART.main()
