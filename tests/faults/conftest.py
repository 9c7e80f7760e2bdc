"""What the tests of the campaign share, and the count of their cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo import MongoClient

from include.sample_api.running import running
from include.sample_api.server import create_app
from tests.dags.conftest import (  # noqa: F401 - fixtures
    airflow_database,
    connections,
    dag,
    no_pauses,
    run,
    written,
)
from tests.faults.fault_env import FaultEnv

CASES_IN_CI = 1

tried: Counter[str] = Counter()
"""The cases that kept to the oracle, by fault class."""


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> int:
    """How many cases are tried for each fault class: `--requests N`, else a few."""
    return int(request.config.getoption("--requests") or CASES_IN_CI)


@pytest.fixture
def few_cases(cases: int) -> int:
    """How many cases are tried where each takes seconds."""
    return max(1, cases // 2)


@pytest.fixture
def count() -> Callable[[str], None]:
    """Count a case of a fault class, once it has kept to the oracle."""

    def add(fault_class: str) -> None:
        tried[fault_class] += 1

    return add


@pytest.fixture(scope="module")
def fault_env(mongod_port: int) -> Iterator[FaultEnv]:
    mongo: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", mongod_port, tz_aware=True)
    api = create_app(rows=[])
    with mongo, running(api) as address:
        yield FaultEnv(api, address, mongo["faults"])
        mongo.drop_database("faults")


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass between tries."""
    import tenacity.nap

    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda seconds: None))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not tried:
        return
    terminalreporter.section("fault campaign")
    for name, number in tried.items():
        terminalreporter.write_line(f"{number:7,}  {name}")
    terminalreporter.write_line(
        f"{tried.total():7,}  cases of {len(tried)} fault classes; a violation fails its test"
    )
