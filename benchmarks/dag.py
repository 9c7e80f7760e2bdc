"""What the DAG costs beside an empty one, on the same Airflow.

    python -m benchmarks.dag [--turns 7]

A run of job_tracker for 36 rows of the sample API, and one of a DAG with three tasks in a row that
do nothing, take turns in an Airflow as `./run.sh` starts it; what counts is the time from a run's
start to its end by Airflow's own clock. Reading the DAG file is compared with reading one that has
an empty task only, in fresh processes that take turns as well.
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
from include.local.connections import embedded_connection, sample_connection
from include.local.mongod import embedded_mongod
from include.local.settings import PROJECT
from include.sample_api.running import running
from include.sample_api.server import create_app

ROWS = 36
DAG_FILE = PROJECT / "dags" / "job_tracker.py"

THREE_EMPTY_TASKS = """
from datetime import UTC, datetime

from airflow.providers.common.compat.sdk import dag, task


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))
def three_empty_tasks():
    @task
    def first():
        pass

    @task
    def second():
        pass

    @task
    def third():
        pass

    first() >> second() >> third()


three_empty_tasks()
"""

ONE_EMPTY_TASK = """
from datetime import UTC, datetime

from airflow.providers.common.compat.sdk import dag, task


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))
def one_empty_task():
    @task
    def only():
        pass

    only()


one_empty_task()
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
        three, one = folder / "three_empty_tasks.py", folder / "one_empty_task.py"
        three.write_text(THREE_EMPTY_TASKS)
        one.write_text(ONE_EMPTY_TASK)
        yield from _runs(folder, three, turns)
        yield from _readings(one, turns)


def _runs(folder: Path, empty_dag: Path, turns: int) -> Iterator[Line]:
    with (
        embedded_mongod(folder / "mongo") as mongod,
        running(create_app(rows=heavy_rows(ROWS))) as url,
        local_airflow(
            folder / "airflow",
            [DAG_FILE, empty_dag],
            {
                "AIRFLOW_CONN_USAJOBS": sample_connection(url),
                "AIRFLOW_CONN_MONGO": embedded_connection(mongod.port),
            },
        ) as airflow,
    ):
        ours, empty = _in_turns(airflow, [DAG_FILE.stem, empty_dag.stem], turns)
    yield Line(
        f"a run of the DAG, {ROWS} rows",
        f"{ours:.1f} s",
        f"three empty tasks {empty:.1f} s",
        ours / empty,
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
