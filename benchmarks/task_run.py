"""The tasks of the chain as Airflow runs them, without an Airflow around them.

Each function is for a process of its own, whose environment has the settings of Airflow and the two
connections. What a task pushes is kept in files as it is, so that only the task itself is measured,
with what it does to hand on its batches; what Airflow's XCom backend adds is measured by `pushed`
and `pulled`.
"""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.stopwatch import Stopwatch, Took
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import DAG_ID

RUN_ID = "benchmark"
RESULT = "return_value"
TIMES = ("read_at", "observed_at", "seen_at")
PIPELINE = ("include.pipeline.load", "include.pipeline.receipt")
LATER = "2036-01-01T00:00:00.000+00:00"


@dataclass(frozen=True)
class TaskInstance:
    """A task instance whose XComs are files."""

    folder: Path
    task_id: str

    def xcom_push(self, key: str, value: Any) -> None:
        """Store a value."""
        file = self._file(self.task_id, key)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(pickle.dumps(value))

    def xcom_pull(self, task_ids: str, *, key: str) -> Any:
        """Return a value that a task stored."""
        return pickle.loads(self._file(task_ids, key).read_bytes())  # noqa: S301 - our own

    def pushed(self) -> Iterator[tuple[str, Any]]:
        """Yield what this task has pushed, without its return value."""
        for file in sorted((self.folder / self.task_id).iterdir()):
            if file.name != RESULT:
                yield file.name, self.xcom_pull(self.task_id, key=file.name)

    def context(self) -> Any:
        """Return what a task is given."""
        return {
            "ti": self,
            "dag_run": SimpleNamespace(dag_id=DAG_ID, run_id=RUN_ID, run_type="manual"),
            "outlet_events": defaultdict(SimpleNamespace),
            "params": SearchParameters().model_dump(),
        }

    def _file(self, task_id: str, key: str) -> Path:
        return self.folder / task_id / key


def extract(folder: Path, watch: Stopwatch | None = None) -> Took:
    """Run the task `extract`; like the others, return what it took by a new watch or this one."""
    from include.airflow.operators import UsajobsExtractOperator

    task_instance = TaskInstance(folder, "extract")
    operator = UsajobsExtractOperator(task_id="extract", http_conn_id="usajobs")
    with watch or Stopwatch() as watch:
        result = operator.execute(task_instance.context())
    task_instance.xcom_push(RESULT, result)
    return watch.took


def transform(folder: Path, watch: Stopwatch | None = None) -> Took:
    """Run the task `transform`."""
    from include.airflow.operators import judge

    task_instance = TaskInstance(folder, "transform")
    extracted = task_instance.xcom_pull("extract", key=RESULT)
    with watch or Stopwatch() as watch:
        result = judge(extracted, task_instance.context())
    task_instance.xcom_push(RESULT, result)
    return watch.took


def load(folder: Path, *, later: bool = False, watch: Stopwatch | None = None) -> Took:
    """Run the task `load`; if it is later, as a run that finds the same postings on another day."""
    from include.airflow.operators import LoadOperator

    # What the task imports only when it runs is no part of the work, which grows with the rows.
    for name in ("airflow.providers.mongo.hooks.mongo", *PIPELINE):
        import_module(name)
    task_instance = TaskInstance(folder, "load")
    result = task_instance.xcom_pull("transform", key=RESULT)
    if later:
        result |= dict.fromkeys(TIMES, LATER)
    operator = LoadOperator(task_id="load", result=result)
    with watch or Stopwatch() as watch:
        operator.execute(task_instance.context())
    return watch.took


def pushed_and_pulled(folder: Path, task_id: str) -> tuple[Took, Took]:
    """Write what a task pushed with the XCom backend that is set, and read it again."""
    from airflow.configuration import conf

    backend: Any = conf.getimport("core", "xcom_backend")
    writing, reading = Stopwatch(), Stopwatch()
    stored = []
    for key, value in TaskInstance(folder, task_id).pushed():
        with writing:
            of = {"dag_id": DAG_ID, "run_id": RUN_ID, "task_id": task_id}
            stored.append(backend.serialize_value(value, key=key, **of))
    for each in stored:
        with reading:
            backend.deserialize_value(SimpleNamespace(value=each))
    return writing.took, reading.took
