"""Airflow's command line as this machine runs it: `python -m include.local.airflow_process …`.

Importing Airflow makes about a million objects that stay until the process ends. Python searches
them for garbage again and again, and twice more at the end, which takes half of the time of a short
command. Here it searches them rarely, and not at the end. What is left behind in cycles may stay
for a little longer, which takes some megabytes.
"""

from __future__ import annotations

import atexit
import gc
import sys
from importlib import import_module
from importlib.metadata import version
from runpy import run_module

NEW_OBJECTS = 100_000
"""After how many new objects Python searches for garbage; by default, after 700 or 2,000."""

TASK_MODULES = (
    "airflow.sdk.execution_time.task_runner",
    "airflow.dag_processing.dagbag",
    "airflow.providers.http.operators.http",
    "airflow.providers.mongo.hooks.mongo",
    "airflow.sdk.definitions.decorators",
)
"""What each task imports, but for our own modules, which may be edited while the stack runs."""


def collect_rarely() -> None:
    """Search for garbage rarely from now on, and not when this process ends."""
    gc.set_threshold(NEW_OBJECTS)
    # Handlers that are registered later run before this one.
    atexit.register(gc.freeze)


def import_for_tasks() -> None:
    """Import `TASK_MODULES`, so that the tasks' processes, which are forked, have them already."""
    for module in TASK_MODULES:
        import_module(module)


if __name__ == "__main__":
    collect_rarely()
    # The scheduler of Airflow 2 does not fork them.
    if sys.argv[1:2] == ["scheduler"] and not version("apache-airflow").startswith("2."):
        import_for_tasks()
    run_module("airflow", run_name="__main__", alter_sys=True)
