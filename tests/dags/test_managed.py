"""The commands for managed Airflow in docs/deploy.md, run as written, and an Airflow that gets what
they make: two folders, and no `PYTHONPATH`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pymongo.database import Database

from include.local.airflow_settings import airflow_home
from include.local.settings import PROJECT
from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.support.airflow_home import AIRFLOW_LINE, HOME, migrate

DENVER = 'location = "Denver, Colorado"\n'

Airflow = Callable[..., str]


def blocks() -> list[str]:
    """Return the shell commands of the section."""
    _, _, section = (PROJECT / "docs" / "deploy.md").read_text().partition("\n## Managed Airflow\n")
    section, _, _ = section.partition("\n## ")
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def upload(project: Path) -> None:
    """Run the commands that make the folders, in a directory with the project."""
    (commands,) = (block for block in blocks() if "mkdir -p upload/plugins" in block)
    for part in ("dags", "include", "plugins"):
        shutil.copytree(PROJECT / part, project / part, dirs_exist_ok=True)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a service has of it: `dags`, as uploaded, and `plugins`, unpacked from `plugins.zip`."""
    project, service = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("service")
    upload(project)
    # The commands can be run again, and what is no longer part of the project is gone.
    (project / "upload" / "plugins" / "old.py").write_text("raise OSError")
    upload(project)
    shutil.copytree(project / "upload" / "dags", service / "dags")
    with ZipFile(project / "upload" / "plugins.zip") as packed:
        packed.extractall(service / "plugins")
    (service / "dags" / "searches" / "denver.toml").write_text(DENVER)
    migrate()
    (service / "home").mkdir()
    shutil.copy(airflow_home(AIRFLOW_LINE, HOME) / "airflow.db", service / "home")
    return service


@pytest.fixture(scope="module")
def environment(service: Path) -> dict[str, str]:
    """The environment of the service's processes."""
    home = service / "home"
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(service / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(service / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
    }


@pytest.fixture
def airflow(service: Path, environment: dict[str, str]) -> Airflow:
    """Run a command of the service's Airflow, and return what it prints."""

    def run(*arguments: str, **variables: str) -> str:
        # Not `python -m airflow`, which would find the packages of the working directory.
        done = subprocess.run(
            [Path(sys.executable).with_name("airflow"), *arguments],
            cwd=service,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Failed to import plugin" not in done.stderr
        return done.stdout

    return run


def test_every_plugin_loads(airflow: Airflow) -> None:
    said = airflow("plugins", "--output", "json")
    plugins = json.loads(said[said.index("[") :])
    assert {"job_tracker", "job_tracker_sqlite"} <= {plugin["name"] for plugin in plugins}
    assert "old" not in said


def test_every_dag_loads(airflow: Airflow) -> None:
    # Airflow 3 would show the errors that a DAG processor found.
    local = [] if AIRFLOW_LINE.startswith("2.") else ["--local"]
    assert "No data found" in airflow("dags", "list-import-errors", *local)


def test_the_page_has_the_searches_where_the_service_gives_it_no_dags(service: Path) -> None:
    assert (service / "plugins" / "dags" / "searches" / "default.toml").is_file()


def test_a_run_works(airflow: Airflow, database: Database[dict[str, Any]]) -> None:
    assert database.client.address
    host, port = database.client.address
    mongo = {"conn_type": "mongo", "host": host, "port": port, "schema": database.name}
    with running(create_app()) as url:
        usajobs = {"conn_type": "http", "host": url, "login": "me@example.org", "password": "key"}
        airflow(
            "dags",
            "test",
            "job_tracker_denver",
            AIRFLOW_CONN_USAJOBS=json.dumps(usajobs),
            AIRFLOW_CONN_MONGO=json.dumps(mongo),
        )
    (receipt,) = database.runs.find()
    assert (receipt["state"], receipt["dag_id"]) == ("complete", "job_tracker_denver")
