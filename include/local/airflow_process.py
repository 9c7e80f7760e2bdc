"""Airflow's command line as this machine runs it: `python -m include.local.airflow_process …`.

Importing Airflow makes about a million objects that stay until the process ends. Python searches
them for garbage again and again, and twice more at the end, which takes half of the time of a short
command. Here it searches them rarely, and not at the end. What is left behind in cycles may stay
for a little longer, which takes some megabytes.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
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
"""What each task imports of Airflow."""

OUR_MODULES = (
    "include.airflow.notifiers",
    "include.airflow.operators",
    "include.digest.send",
    "include.pipeline.load",
    "include.pipeline.receipt",
    "include.pipeline.transform",
)
"""What the tasks import of this project, each with all that it imports itself."""

FORKING = {"dag-processor", "scheduler"}
"""The servers whose children run tasks, or read DAG files."""


def collect_rarely() -> None:
    """Search for garbage rarely from now on, and not when this process ends."""
    gc.set_threshold(NEW_OBJECTS)
    # Handlers that are registered later run before this one.
    atexit.register(gc.freeze)


def import_for_children() -> None:
    """Import what tasks and DAG files need, so that processes forked from now on have it already.

    Our own modules may be edited while the stack runs: then those processes import them anew.
    """
    for module in TASK_MODULES:
        import_module(module)
    # One that can't be imported fails the task that needs it, which says why.
    with suppress(Exception):
        for module in OUR_MODULES:
            import_module(module)
    read = {file: _edited_at(file) for name in _ours() if (file := sys.modules[name].__file__)}
    os.register_at_fork(after_in_child=lambda: forget_if_edited(read))


def forget_if_edited(read: dict[str, int]) -> None:
    """Forget our modules, if one has been edited since it was read, so that all are read again.

    `read` has their files, each with what `_edited_at` returned when it was read.
    """
    if any(_edited_at(file) != moment for file, moment in read.items()):
        for name in _ours():
            del sys.modules[name]
        # What this process reads from now on is new.
        read.clear()


def _ours() -> list[str]:
    return [name for name in sys.modules if name == "include" or name.startswith("include.")]


def _edited_at(file: str) -> int:
    """Return when a file was last written, in nanoseconds; 0 if it is gone."""
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


if __name__ == "__main__":
    collect_rarely()
    # Airflow 2 starts them in other ways.
    if {*sys.argv[1:2]} & FORKING and not version("apache-airflow").startswith("2."):
        import_for_children()
    run_module("airflow", run_name="__main__", alter_sys=True)
