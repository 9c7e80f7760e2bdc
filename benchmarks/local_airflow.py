"""A whole Airflow as `./run.sh` starts it, in a folder of its own."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import quote

import psutil
from rich.progress import track

from benchmarks.processes import peak_of
from include.local.airflow_api import FINISHED, AirflowApi, airflow_api
from include.local.airflow_settings import airflow_command, airflow_environment, make_password
from include.local.connections import embedded_connection, sample_connection
from include.local.metadata_database import prepare_metadata_database
from include.local.mongod import embedded_mongod
from include.local.ports import free_port
from include.local.services import Service, service, wait_until
from include.local.settings import PROJECT
from include.local.stack import airflow_servers

LINE = ".".join(version("apache-airflow").split(".")[:2])
START_SECONDS = 300
RUN_SECONDS = 1800
SAMPLING_SECONDS = 0.1


class Run(NamedTuple):
    """What a run took by Airflow's own clock, and the highest peak of its processes in MB."""

    seconds: float
    peak: int


@dataclass
class LocalAirflow:
    """Airflow's servers and a client that is logged in."""

    api: AirflowApi
    services: list[Service]

    def run(self, dag_id: str, **conf: Any) -> float:
        """Run a DAG and return the seconds that the run took by Airflow's own clock."""
        run_id = self.api.trigger(dag_id, conf)
        self.wait_for(dag_id, run_id)
        start, end = self.times(dag_id, run_id)
        return (end - start).total_seconds()

    def measured_run(self, dag_id: str) -> Run:
        """Run a DAG and return its seconds and the highest memory of one of its tasks."""
        with _Peak([each.process for each in self.services if each.name == "scheduler"]) as peak:
            seconds = self.run(dag_id)
        return Run(seconds, peak.megabytes)

    def wait_for(self, dag_id: str, run_id: str) -> None:
        """Wait until a run has ended well; AssertionError if it has failed."""
        wait_until(
            lambda: self.api.run_state(dag_id, run_id) in FINISHED,
            self.services,
            what=f"The run {run_id}",
            seconds=RUN_SECONDS,
        )
        state = self.api.run_state(dag_id, run_id)
        assert state == "success", f"{dag_id} {run_id}: {state}"

    def times(self, dag_id: str, run_id: str) -> tuple[datetime, datetime]:
        """Return when a run started and when it ended."""
        path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
        answer = self.api.session.get(f"{self.api.address}/api/{self.api.version}/{path}")
        run = answer.json()
        return datetime.fromisoformat(run["start_date"]), datetime.fromisoformat(run["end_date"])

    def megabytes(self) -> int:
        """Return the memory that Airflow's processes hold now; what they share counts once."""
        families = (
            [server.process, *server.process.children(recursive=True)] for server in self.services
        )
        held = 0
        for process in (each for family in families for each in family):
            try:
                held += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        return held // 2**20


class _Peak:
    """Notes the highest peak of resident memory of what some processes start in the block.

    The kernel keeps the peak of each process, so that only its last moments may be missed.
    """

    def __init__(self, parents: Sequence[psutil.Process]) -> None:
        self.megabytes = 0
        self._parents = parents
        self._known = self._descendants()
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLING_SECONDS):
            for process in self._descendants() - self._known:
                with suppress(OSError, psutil.Error):
                    self.megabytes = max(self.megabytes, peak_of(process.pid))

    def _descendants(self) -> set[psutil.Process]:
        found: set[psutil.Process] = set()
        for parent in self._parents:
            with suppress(psutil.Error):
                found.update(parent.children(recursive=True))
        return found


def environment_in(
    folder: Path, port: int = 0, connections: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of an Airflow in `folder`, which reads the DAGs in `folder`/dags."""
    return airflow_environment(LINE, port, connections or {}, project=folder) | {
        "PYTHONPATH": str(PROJECT),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        # Runs that somebody asks for, and no others.
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    }


def in_turns(airflow: LocalAirflow, dag_ids: Sequence[str], turns: int) -> list[float]:
    """Return each DAG's median seconds; the first turn, which fills caches, does not count."""
    took = [
        [airflow.run(dag_id) for dag_id in dag_ids]
        for _ in track(range(turns + 1), f"Running {', '.join(dag_ids)} in turns")
    ]
    return [statistics.median(of_one) for of_one in zip(*took[1:], strict=True)]


@contextmanager
def airflow_beside(
    folder: Path, dag_files: Iterable[Path], usajobs: str
) -> Iterator[tuple[LocalAirflow, int]]:
    """Run Airflow and a MongoDB of its own for the DAGs, which ask the USAJOBS at this address.

    Yields Airflow, and MongoDB's port.
    """
    with embedded_mongod(folder / "mongo") as mongod:
        connections = {
            "AIRFLOW_CONN_USAJOBS": sample_connection(usajobs),
            "AIRFLOW_CONN_MONGO": embedded_connection(mongod.port),
        }
        with local_airflow(folder / "airflow", dag_files, connections) as airflow:
            yield airflow, mongod.port


@contextmanager
def local_airflow(
    folder: Path, dag_files: Iterable[Path], connections: Mapping[str, str]
) -> Iterator[LocalAirflow]:
    """Run Airflow with these DAG files, its metadata database and logs in `folder`."""
    dags = folder / "dags"
    dags.mkdir(parents=True)
    dag_files = list(dag_files)
    for file in dag_files:
        (dags / file.name).symlink_to(file)
    port = free_port()
    environment = environment_in(folder, port, connections)
    prepare_metadata_database(LINE, environment, folder)
    password = make_password(LINE, folder)
    with ExitStack() as running, closing(airflow_api(LINE, port, password)) as api:
        services = [
            running.enter_context(
                service(
                    name,
                    airflow_command(*arguments),
                    environment=environment,
                    log=folder / f"{name}.log",
                )
            )
            for name, arguments in airflow_servers(LINE).items()
        ]
        wait_until(api.is_healthy, services, what="Airflow", seconds=START_SECONDS)
        api.log_in()
        for dag_id in (file.stem for file in dag_files):
            wait_until(
                lambda dag_id=dag_id: _is_read(api, dag_id),
                services,
                what=f"The DAG {dag_id}",
                seconds=START_SECONDS,
            )
            api.unpause(dag_id)
        yield LocalAirflow(api, services)


def _is_read(api: AirflowApi, dag_id: str) -> bool:
    errors = api.import_errors()
    assert not errors, errors
    return api.knows(dag_id)
