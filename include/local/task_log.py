"""Extracts error messages from Airflow's logs, where secrets are already masked."""

from __future__ import annotations

import json
from pathlib import Path

TRACEBACK = "Traceback (most recent call last):"


def last_error(text: str) -> str | None:
    """Return the last error in a log, for example "ValueError: no such place".

    Airflow 3 writes task logs as JSON lines; Airflow 2 and both command lines write text.
    """
    return _last_json_error(text) or _last_traceback_error(text)


def first_error(text: str) -> str | None:
    """Return the first error in a log: later ones may only be consequences."""
    before, traceback, after = text.partition(TRACEBACK)
    return last_error(before + traceback + after.partition(TRACEBACK)[0])


def failed_task_error(logs: Path, dag_id: str, run_id: str, task_id: str) -> str | None:
    """Return the error in the latest log of a run's task, or None if there is none."""
    folder = logs / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
    attempts = sorted(folder.rglob("attempt=*.log"), key=lambda file: file.stat().st_mtime)
    if not attempts:
        return None
    return last_error(attempts[-1].read_text(encoding="utf-8", errors="replace"))


def _last_json_error(text: str) -> str | None:
    error = None
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if details := entry.get("error_detail"):
            error = f"{details[0]['exc_type']}: {details[0]['exc_value']}"
    return error


def _last_traceback_error(text: str) -> str | None:
    before, traceback, after = text.rpartition(TRACEBACK)
    if not traceback:
        return None
    # A traceback may be indented as a whole; the message is its first line without extra indent.
    indent = len(before) - len(before.rstrip(" "))
    message: list[str] = []
    for line in after.splitlines()[1:]:
        if not message and line[indent : indent + 1].strip() == "":
            continue
        if message and (not line.strip() or line.startswith(("[", "20"))):
            break
        message.append(line.strip())
    return " ".join(message) or None
