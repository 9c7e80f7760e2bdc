"""The DAG that deletes what is old, as Airflow runs it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.configuration import conf
from pymongo.database import Database

from include.store.retention import Retention
from tests.support.airflow_home import HOME, load_dags

SETTINGS = "AIRFLOW_VAR_JOB_TRACKER_RETENTION"
TODAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def retention_dag(airflow_database: None) -> Any:
    return load_dags().dags["job_tracker_retention"]


@pytest.fixture
def run_retention(
    retention_dag: Any, connections: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Run it once with the variable's text and return its state."""
    connections("http://127.0.0.1:9")

    def run_once(text: str | None = None) -> str:
        if text is not None:
            monkeypatch.setenv(SETTINGS, text)
        return str(retention_dag.test().state)

    return run_once


@pytest.fixture
def receipts(database: Database[dict[str, Any]]) -> Callable[[], list[str]]:
    """Receipts of today and of longer and longer ago; return the ids of those that are left."""
    database.runs.insert_many(
        {
            "_id": f"{days} days ago",
            "search": "s",
            "source": "search",
            "state": "complete",
            "read_at": TODAY - timedelta(days=days),
            "observed_at": TODAY - timedelta(days=days),
        }
        for days in (0, 100, 500)
    )
    return lambda: [found["_id"] for found in database.runs.find().sort("read_at", -1)]


@pytest.fixture
def old_files() -> Iterator[list[Path]]:
    """An XCom file, a task's log and one of reading the DAG's file, 100 days before today."""
    parsing = conf.get("logging", "dag_processor_child_process_log_directory", fallback="")
    files = [
        HOME / ".local" / "xcom" / "job_tracker" / "old" / "extract" / "old.gz",
        Path(conf.get("logging", "base_log_folder")) / "dag_id=job_tracker" / "old" / "old.log",
        Path(parsing or conf.get("scheduler", "child_process_log_directory"))
        / "2026-08-15"
        / "job_tracker.py.log",
    ]
    then = (TODAY - timedelta(days=100)).timestamp()
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("old")
        os.utime(file, (then, then))
    yield files
    for file in files:
        file.unlink(missing_ok=True)


def test_files_are_deleted_after_the_documents_by_whose_clock_they_are_old(
    retention_dag: Any,
) -> None:
    assert {task.task_id: sorted(task.downstream_task_ids) for task in retention_dag.tasks} == {
        "prune_collections": ["prune_files"],
        "prune_files": [],
    }
    assert retention_dag.catchup is False
    assert retention_dag.max_active_runs == 1


def test_the_documentation_names_the_defaults_as_they_are(retention_dag: Any) -> None:
    assert json.dumps(Retention().model_dump()) in retention_dag.doc_md


def test_without_a_variable_a_run_deletes_what_the_defaults_call_old(
    run_retention: Callable[..., str], receipts: Callable[[], list[str]], old_files: list[Path]
) -> None:
    assert run_retention() == "success"

    assert receipts() == ["0 days ago", "100 days ago"]
    assert not any(file.exists() for file in old_files)


def test_the_variable_decides_what_is_old(
    run_retention: Callable[..., str], receipts: Callable[[], list[str]], old_files: list[Path]
) -> None:
    days = {"runs_days": 90, "xcom_days": 0, "log_days": 101}

    assert run_retention(json.dumps(days)) == "success"

    assert receipts() == ["0 days ago"]
    assert all(file.exists() for file in old_files)


def test_a_variable_that_cannot_be_used_fails_at_once_and_deletes_nothing(
    run_retention: Callable[..., str],
    receipts: Callable[[], list[str]],
    old_files: list[Path],
    written: Callable[[], str],
) -> None:
    # With its retries, which would take minutes.
    assert run_retention('{"log_days": "a month"}') == "failed"

    assert len(receipts()) == 3
    assert all(file.exists() for file in old_files)
    assert "log_days: Input should be a valid integer" in written()
