"""The whole DAG for many heavy rows, in one process that may allocate 512 MB."""

from __future__ import annotations

import resource
import subprocess
from typing import Any

import pytest
from pymongo.database import Database

from benchmarks.processes import LIMIT
from benchmarks.rows import heavy_rows
from include.local.airflow_settings import airflow_command
from include.sample_api.running import running
from include.sample_api.server import create_app

ROWS = 3_000
"""So many that one process could not hold them all at once. Up to 9,999 with --rows."""


def test_a_large_result_goes_through_the_whole_dag_in_512_mb(
    database: Database[dict[str, Any]],
    connections: Any,
    airflow_database: None,
    pytestconfig: pytest.Config,
) -> None:
    rows = pytestconfig.getoption("--rows") or ROWS
    with running(create_app(rows=heavy_rows(rows))) as url:
        connections(url)
        run = subprocess.run(
            airflow_command("dags", "test", "job_tracker"),
            capture_output=True,
            text=True,
            timeout=1_800,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT)),
        )
    assert run.returncode == 0, run.stderr[-3000:]
    (receipt,) = database.runs.find()
    assert (receipt["state"], receipt["api_total"]) == ("complete", rows)
    assert len(receipt["inserted"]) == rows == database.positions.count_documents({})
    assert receipt["rejected"] == {}
    assert receipt["quarantined"] == []
