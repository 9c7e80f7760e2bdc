"""Services that tests share: each is a real one, on 127.0.0.1 and a free port."""

from __future__ import annotations

import os
import shutil
import signal
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright
from pymongo import MongoClient
from pymongo.database import Database

from include.local.mongod import embedded_mongod
from tests.support.distribution import ByService

# How long an example takes is no property of the code: a machine may be busy.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

TESTS = Path(__file__).parent
ON_AIRFLOW_2 = version("apache-airflow").startswith("2.")


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


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """On Airflow 2.11 import no file of which nothing runs there: that took most of the start."""
    if not ON_AIRFLOW_2 or not collection_path.match("test_*.py"):
        return None
    runs = _is_of_airflow(collection_path) or "both_lines" in collection_path.read_text("utf-8")
    return None if runs else True


def _is_of_airflow(file: Path) -> bool:
    return any(file.is_relative_to(TESTS / room) for room in ("airflow", "dags"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On Airflow 2.11 run what depends on Airflow; the rest is tested once, on Airflow 3.3."""
    if not ON_AIRFLOW_2:
        return
    selected = [
        item for item in items if item.get_closest_marker("both_lines") or _is_of_airflow(item.path)
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in selected])
    items[:] = selected


def pytest_xdist_auto_num_workers() -> int | None:
    # A process waits much of the time for the services that it asks: one more keeps the cores busy.
    # The few tests of Airflow 2.11 are not worth another set of services.
    return None if ON_AIRFLOW_2 else (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByService | None:
    return ByService(config, log) if config.getoption("dist") == "loadfile" else None


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
