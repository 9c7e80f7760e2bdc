"""A whole Airflow as `./run.sh` starts it, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from include.local.airflow_api import FINISHED, AirflowApi, airflow_api
from include.local.airflow_settings import airflow_command, airflow_environment, make_password
from include.local.metadata_database import prepare_metadata_database
from include.local.ports import free_port
from include.local.services import Service, service, wait_until
from include.local.settings import PROJECT
from include.local.stack import airflow_servers

LINE = ".".join(version("apache-airflow").split(".")[:2])
START_SECONDS = 300
RUN_SECONDS = 1800


@dataclass(frozen=True)
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


@contextmanager
def local_airflow(
    folder: Path, dag_files: Iterable[Path], connections: Mapping[str, str]
) -> Iterator[LocalAirflow]:
    """Run Airflow with these DAG files, its metadata database and logs in `folder`."""
    dags = folder / "dags"
    dags.mkdir(parents=True)
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
            for name, arguments in airflow_servers(LINE)
        ]
        wait_until(api.is_healthy, services, what="Airflow", seconds=START_SECONDS)
        api.log_in()
        for dag_id in (file.stem for file in dag_files):
            wait_until(
                lambda dag_id=dag_id: api.knows(dag_id),
                services,
                what=f"The DAG {dag_id}",
                seconds=START_SECONDS,
            )
            api.unpause(dag_id)
        yield LocalAirflow(api, services)
