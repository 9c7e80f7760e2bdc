"""The page in the real API server of Airflow 3, asked as its users ask it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pymongo.database import Database

from include.local.airflow_settings import password_file
from include.local.settings import PROJECT
from include.searches.saved_searches import SavedSearch, read_saved_searches
from tests.support.airflow_home import AIRFLOW_LINE, HOME, load_dags, serialize_dags

collect_ignore = (
    ["test_web_access.py", "test_web_host.py", "test_web_in_browser.py"]
    if AIRFLOW_LINE.startswith("2.")
    else []
)

Ask = Callable[..., TestClient]

DENVER = """\
location = "Denver, Colorado"
radius_miles = 75
email = ["friend@example.org"]
"""


@pytest.fixture(scope="session")
def server() -> Any:
    """Airflow's API server, with the users of `airflow_home` and the DAG."""
    serialize_dags()
    from airflow.api_fastapi.app import create_app

    return create_app()


@pytest.fixture(scope="session")
def denver(server: Any, tmp_path_factory: pytest.TempPathFactory) -> SavedSearch:
    """A second search, whose DAG Airflow knows too."""
    from airflow.dag_processing.dagbag import sync_bag_to_db

    folder = tmp_path_factory.mktemp("project") / "dags"
    shutil.copytree(PROJECT / "dags", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "searches" / "denver.toml").write_text(DENVER)
    dags = load_dags(folder)
    dags.dags = {"job_tracker_denver": dags.dags["job_tracker_denver"]}
    sync_bag_to_db(dags, "dags-folder", None)
    found = read_saved_searches(folder / "searches").good
    return next(search for search in found if search.dag_id == "job_tracker_denver")


@pytest.fixture(scope="session")
def token(server: Any) -> Callable[[str], str]:
    """Log a user in: `token("viewer")`."""
    passwords = json.loads(password_file(AIRFLOW_LINE, HOME).read_text())

    @cache
    def log_in(user: str) -> str:
        answer = TestClient(server).post(
            "/auth/token", json={"username": user, "password": passwords[user]}
        )
        return str(answer.json()["access_token"])

    return log_in


@pytest.fixture
def program(server: Any, token: Callable[[str], str]) -> Ask:
    """A user's program, which shows its token: `program("viewer").get("/searches")`."""

    def program_of(user: str) -> TestClient:
        shown = {"Authorization": f"Bearer {token(user)}"}
        return TestClient(server, "http://airflow.test/job-tracker", headers=shown)

    return program_of


@pytest.fixture
def browser(server: Any, token: Callable[[str], str]) -> Ask:
    """A user's browser, which has the login's cookie."""

    def browser_of(user: str) -> TestClient:
        return TestClient(
            server, "http://airflow.test/job-tracker", cookies={"_token": token(user)}
        )

    return browser_of


@pytest.fixture
def stranger(server: Any) -> TestClient:
    """Somebody without a login."""
    return TestClient(server, "http://airflow.test/job-tracker")


@pytest.fixture
def connection(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The connection `mongo`, which leads to the test's database."""
    assert database.client.address
    host, port = database.client.address
    content = {"conn_type": "mongo", "host": host, "port": port, "schema": database.name}
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps(content))
    return content
