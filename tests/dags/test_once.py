"""`once`, as a container runs it: the whole chain in a process, against a real MongoDB."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.cli.image import GIVEN_AIRFLOW
from include.local.settings import PROJECT
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.dags.conftest import KEY

DAY = date(2026, 9, 1)


@pytest.fixture
def once(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command with both connections and one folder to write to, and nothing else."""

    def run_it(*options: str) -> subprocess.CompletedProcess[str]:
        connections = {name: os.environ[name] for name in os.environ if "AIRFLOW_CONN_" in name}
        environment = {
            **connections,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "NO_PROXY": "127.0.0.1",
            "TMPDIR": str(tmp_path),
            GIVEN_AIRFLOW: str(Path(sys.executable).with_name("airflow")),
        }
        command = [PROJECT / "bin" / "once", *options]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run_it


def test_a_day_that_was_filled_before_is_filled_again_and_nothing_changes(
    connections: Any, database: Database[dict[str, Any]], run: Any, once: Any, tmp_path: Path
) -> None:
    with running(create_app(today=date(2026, 11, 23))) as url:
        connections(url)
        assert run(past_day=DAY) == "success"
        before = list(database.position_versions.find({}, {"content": 1}))

        done = once("--date", DAY.isoformat())

    assert done.returncode == 0, done.stdout + done.stderr
    first, again = database.runs.find().sort("read_at")
    assert first["inserted"] == again["unchanged"] != []
    assert again["inserted"] == again["changed"] == []
    assert list(database.position_versions.find({}, {"content": 1})) == before
    said = done.stdout
    assert said.index("… Running job_tracker: extract") < said.index("✓ job_tracker: success")
    assert again["run_id"] in said
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_refuses_ends_it_with_its_reason_and_stores_nothing(
    connections: Any, database: Database[dict[str, Any]], once: Any, tmp_path: Path
) -> None:
    app = create_app()
    app.faults.inject(Fault(kind="unavailable", status=401))
    with running(app) as url:
        connections(url)
        done = once()

    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith("✗ The task extract failed: Page 1: USAJOBS refused it"), last
    assert "✗ job_tracker: failed" in done.stdout
    assert KEY not in done.stdout + done.stderr
    assert database.list_collection_names() == []
    assert list(tmp_path.iterdir()) == []
