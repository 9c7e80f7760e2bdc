"""An Airflow of the tests' own: its settings stand in the environment before it is imported.

All tests of a process share it, and its metadata database.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from include.local.airflow_settings import airflow_command, airflow_environment, project_folders
from include.local.settings import PROJECT

HOME = Path(tempfile.mkdtemp(prefix="job-tracker-airflow-"))
AIRFLOW_LINE = ".".join(version("apache-airflow").split(".")[:2])
USERS = {"admin": "admin", "op": "op", "user": "user", "other": "user", "viewer": "viewer"}
"""The role of each user of Airflow 3."""

_settings = airflow_environment(AIRFLOW_LINE, 0, {}, project=HOME)
_settings |= {
    **project_folders(),
    # What tasks were rendered to is kept of all runs: Airflow 2 calls those of past days old.
    "AIRFLOW__CORE__MAX_NUM_RENDERED_TI_FIELDS_PER_TASK": "0",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(map(":".join, USERS.items())),
}
os.environ.update(
    {name: value for name, value in _settings.items() if name.startswith(("AIRFLOW", "PYTHON"))}
)
atexit.register(shutil.rmtree, HOME, ignore_errors=True)


@cache
def migrate() -> None:
    """Make the metadata database."""
    airflow("db", "migrate")


@cache
def serialize_dags() -> None:
    """Let Airflow's servers know the DAGs."""
    migrate()
    airflow("dags", "reserialize")


def airflow(*arguments: str) -> None:
    """Run a command of this Airflow."""
    subprocess.run(airflow_command(*arguments), check=True, capture_output=True)


def load_dags(folder: Path = PROJECT / "dags") -> Any:
    """Return a DagBag, which lives elsewhere in either Airflow."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    return DagBag(folder)
