"""Services that tests share: each is a real one, on 127.0.0.1 and a free port."""

from __future__ import annotations

import shutil
import signal
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from pymongo import MongoClient
from pymongo.database import Database

from include.local.mongod import embedded_mongod


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure")
    parser.addoption("--requests", type=int, help="requests made up for each of the API's routes")
    parser.addoption("--rows", type=int, help="rows that go through the whole DAG in 512 MB")
    parser.addoption("--screenshots", metavar="FOLDER", help="keep pictures of the page there")
    parser.addoption(
        "--compose",
        metavar="COMMAND",
        help="also test the running stack of docker-compose.yaml, started by this command",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On Airflow 2.11 run what depends on Airflow; the rest is tested once, on Airflow 3.3."""
    if not version("apache-airflow").startswith("2."):
        return
    here = config.rootpath / "tests"
    rooms = (here / "airflow", here / "dags")
    selected = [
        item
        for item in items
        if item.get_closest_marker("both_lines")
        or any(item.path.is_relative_to(room) for room in rooms)
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in selected])
    items[:] = selected


def pytest_sessionstart() -> None:
    # A shell, or nohup, may start the tests deaf to Ctrl-C, and with them all that they start; but
    # they press it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and session.config.getoption("--no-skips"):
        reporter.write_line(f"{len(skipped)} tests were skipped that should run here", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def mongod_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with embedded_mongod(tmp_path_factory.mktemp("mongod")) as server:
        yield server.port


@pytest.fixture
def database(mongod_port: int) -> Iterator[Database[dict[str, Any]]]:
    """An empty database of the test's own."""
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", mongod_port, tz_aware=True)
    with client:
        name = f"test_{uuid.uuid4().hex}"
        yield client[name]
        client.drop_database(name)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser; by module, as its event loop stands in the way of others."""
    executable = shutil.which("chromium")
    if not executable:
        pytest.skip("there is no chromium on PATH (Debian: apt-get install chromium)")
    # On a busy machine a page takes its time.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()
