"""Extracts error messages from Airflow's logs, where secrets are already masked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TRACEBACK = "Traceback (most recent call last):"

# A log entry begins with a time, or is a line of JSON.
ENTRY = re.compile(r"^(?=\[?\d{4}-\d\d-\d\d[T ]\d|\{)", re.MULTILINE)

# How Airflow 2 and 3 introduce the error of a task; errors of its callbacks have other titles.
TASK_FAILED = ("Task failed", "[DAG TEST] Error running task")

STARTED = re.compile(r"\[DAG TEST\] starting task_id=(\S+)")
NOT_IMPORTED = re.compile(r"Failed to import: (.+?)(?: +\[airflow\.\S+\] loc=\S+)?$")

# Airflow's own classes for what somebody else says.
WRAPPED = re.compile(r"^(?:airflow\.[\w.]+\.)?Airflow(?:Fail)?Exception: ")


class ImportFailure(NamedTuple):
    """A DAG file that Airflow can't read, and why."""

    file: str
    error: str


def last_error(text: str) -> str | None:
    """Return the last error in a log, for example "ValueError: no such place".

    Airflow 3 writes task logs as JSON lines; Airflow 2 and both command lines write text.
    """
    errors = [error for entry in _entries(text) if (error := _error_of(entry))]
    return errors[-1] if errors else None


def first_error(text: str) -> str | None:
    """Return the first error in a log: later ones may only be consequences."""
    before, traceback, after = text.partition(TRACEBACK)
    return last_error(before + traceback + after.partition(TRACEBACK)[0])


def task_error(text: str) -> str | None:
    """Return why a task failed, by its log: not why a callback failed after that."""
    errors = [error for entry in _failures(text) if (error := _error_of(entry))]
    return errors[-1] if errors else last_error(text)


def failed_task(output: str) -> tuple[str, str | None] | None:
    """Return the first task that failed in the output of `airflow dags test`, and its error."""
    _, *parts = STARTED.split(output)
    # The last attempt of each task counts.
    attempts = dict(zip(parts[::2], parts[1::2], strict=True))
    for task, text in attempts.items():
        if any(_failures(text)):
            return task, task_error(text)
    return None


def import_failures(output: str) -> list[ImportFailure]:
    """Return the DAG files that a command could not read, by its output."""
    failures = {}
    for entry in _entries(output):
        title = entry.partition("\n")[0]
        if (named := NOT_IMPORTED.search(title)) and (error := first_error(entry)):
            failures[named[1]] = ImportFailure(named[1], error)
    return list(failures.values())


def failed_task_error(logs: Path, dag_id: str, run_id: str, task_id: str) -> str | None:
    """Return the error in the latest log of a run's task, or None if there is none."""
    folder = logs / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
    attempts = sorted(folder.rglob("attempt=*.log"), key=lambda file: file.stat().st_mtime)
    if not attempts:
        return None
    return task_error(attempts[-1].read_text(encoding="utf-8", errors="replace"))


def _entries(text: str) -> Iterator[str]:
    return (entry for entry in ENTRY.split(text) if entry.strip())


def _failures(text: str) -> Iterator[str]:
    for entry in _entries(text):
        title = entry.partition("\n")[0]
        if any(words in title for words in TASK_FAILED):
            yield entry


def _error_of(entry: str) -> str | None:
    error = _json_error(entry) if entry.startswith("{") else _traceback_error(entry)
    return error and WRAPPED.sub("", error)


def _json_error(line: str) -> str | None:
    try:
        details = json.loads(line).get("error_detail")
    except ValueError:
        return None
    return f"{details[0]['exc_type']}: {details[0]['exc_value']}" if details else None


def _traceback_error(text: str) -> str | None:
    before, traceback, after = text.rpartition(TRACEBACK)
    if not traceback:
        return None
    # A traceback may be indented as a whole; the message is its first line without extra indent.
    indent = len(before) - len(before.rstrip(" "))
    message: list[str] = []
    for line in after.splitlines()[1:]:
        if not message and line[indent : indent + 1].strip() == "":
            continue
        if message and not line.strip():
            break
        message.append(line.strip())
    return " ".join(message) or None
