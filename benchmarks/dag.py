"""What the DAG costs beside an empty one, on the same Airflow.

    python -m benchmarks.dag [--turns 7]

A run of job_tracker for 36 rows of the sample API, and runs of DAGs with tasks in a row that do
nothing, take turns in an Airflow as `./run.sh` starts it: three of them, as extract, transform and
load, and four, as with the digest. What counts is the time from a run's start to its end by
Airflow's own clock. Reading the DAG file is compared with reading one that has an empty task only,
in fresh processes that take turns as well; and with 100 and 200 saved searches beside it, each a
DAG, with itself.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.local_airflow import LocalAirflow, environment_in, local_airflow
from benchmarks.part import Line, Part, Size
from benchmarks.rows import heavy_rows
from include.jobs.places import cities
from include.local.connections import embedded_connection, sample_connection
from include.local.mongod import embedded_mongod
from include.local.settings import PROJECT
from include.sample_api.running import running
from include.sample_api.server import create_app

ROWS = 36
EMPTY_CHAINS = (3, 4)
SEARCHES = (1, 100, 200)
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
        yield from _readings(_empty_dag(folder, 1), turns)
        yield from _searches(folder, turns)


def _empty_dag(folder: Path, tasks: int) -> Path:
    """Return the file of a DAG with so many tasks in a row that do nothing."""
    file = folder / f"empty_tasks_{tasks}.py"
    file.write_text(EMPTY_DAG.format(name=file.stem, tasks=tasks))
    return file


def _runs(folder: Path, turns: int) -> Iterator[Line]:
    files = [DAG_FILE, *(_empty_dag(folder, tasks) for tasks in EMPTY_CHAINS)]
    with (
        embedded_mongod(folder / "mongo") as mongod,
        running(create_app(rows=heavy_rows(ROWS))) as url,
        local_airflow(
            folder / "airflow",
            files,
            {
                "AIRFLOW_CONN_USAJOBS": sample_connection(url),
                "AIRFLOW_CONN_MONGO": embedded_connection(mongod.port),
            },
        ) as airflow,
    ):
        ours, *empty = _in_turns(airflow, [file.stem for file in files], turns)
    for tasks, took in zip(EMPTY_CHAINS, empty, strict=True):
        yield Line(
            f"a run of the DAG, {ROWS} rows",
            f"{ours:.1f} s",
            f"{tasks} empty tasks {took:.1f} s",
            ours / took,
        )


def _in_turns(airflow: LocalAirflow, dag_ids: list[str], turns: int) -> list[float]:
    """Return each DAG's median seconds; the first turn, which fills caches, does not count."""
    took = [[airflow.run(dag_id) for dag_id in dag_ids] for _ in range(turns + 1)]
    return [statistics.median(of_one) for of_one in zip(*took[1:], strict=True)]


def _readings(empty_dag: Path, turns: int) -> Iterator[Line]:
    environment = environment_in(empty_dag.parent)
    measured = [[_read(file, environment) for file in (DAG_FILE, empty_dag)] for _ in range(turns)]
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
    for _ in range(turns):
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


PART = Part("benchmarks.dag", __doc__, lines, {"turns": Size(7, quick=2)})

if __name__ == "__main__":
    PART.main()
