"""The DAG as Airflow loads it, and runs of it in this process."""

from __future__ import annotations

import json
import logging
import shutil
import time as clock
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, tzinfo
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.database import Database

from include.local.settings import PROJECT
from tests.support.airflow_home import AIRFLOW_LINE, load_dags, migrate

# Airflow 2 has no page to link to, and is in no image.
OF_AIRFLOW_3 = ["test_once.py", "test_receipt_link.py"]
collect_ignore = OF_AIRFLOW_3 if AIRFLOW_LINE.startswith("2.") else []

KEY = "k3y-that-must-not-leak"


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """A migrated metadata database."""
    migrate()
    with suppress(ImportError):
        # Airflow 2 finds its table of users, which runs refer to, only if somebody imports it.
        import airflow.providers.fab.auth_manager.models  # noqa: F401


@pytest.fixture
def dag(airflow_database: None) -> Any:
    """The DAG as Airflow loads it, fresh: `dag.test` leaves a run's parameters in it."""
    return load_dags().dags["job_tracker"]


def dag_of_search(text: str, folder: Path) -> Any:
    """The DAG of a default search whose file has this text, from a copy of the DAG folder."""
    shutil.copytree(PROJECT / "dags", folder)
    (folder / "searches" / "default.toml").write_text(text)
    return load_dags(folder).dags["job_tracker"]


@pytest.fixture
def connections(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set both connections: `connections(url)` names the host that is to be asked."""

    def connect(url: str, **changes: Any) -> None:
        address = database.client.address
        assert address
        usajobs = {"conn_type": "http", "host": url, "login": "me@example.org", "password": KEY}
        mongo = {
            "conn_type": "mongo",
            "host": address[0],
            "port": address[1],
            "schema": database.name,
        }
        monkeypatch.setenv("AIRFLOW_CONN_USAJOBS", json.dumps({**usajobs, **changes}))
        monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps(mongo))

    return connect


class OneDay(datetime):
    """A clock on which it is always the same day, so that a test may run over midnight."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz).replace(2026, 11, 23)


@pytest.fixture
def reprocess(airflow_database: None) -> Callable[[], str]:
    """Run `job_tracker_reprocess` once in this process and return its state."""
    return lambda: str(load_dags().dags["job_tracker_reprocess"].test().state)


@pytest.fixture
def written(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Callable[[], str]:
    """Return what runs have written since the last call, wherever Airflow wrote it."""

    def text() -> str:
        return "".join(capfd.readouterr()) + caplog.text

    return text


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `dag.test` not wait a second before it looks again at what follows a failed task."""
    sleep = clock.sleep
    monkeypatch.setattr(clock, "sleep", lambda seconds: sleep(0.01 if seconds == 1 else seconds))


@pytest.fixture
def run(dag: Any, monkeypatch: pytest.MonkeyPatch, no_pauses: None) -> Iterator[Callable[..., Any]]:
    """Run the whole chain once in this process and return its state ("success", "failed").

    With `past_day`, as by hand with that logical date.
    """
    import tenacity.nap

    # What is waited for is tested without Airflow; here it would only take time.
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda seconds: None))
    for task in dag.tasks:
        monkeypatch.setattr(task, "retries", 0)

    def run_once(past_day: date | None = None, **conf: Any) -> str:
        if past_day is None:
            return str(dag.test(run_conf=conf or None).state)
        monkeypatch.setattr("include.usajobs.historic_api.datetime", OneDay)
        monkeypatch.setattr("include.jobs.limits.CLOCK_TOLERANCE_SECONDS", 10**9)
        midnight = datetime.combine(past_day, time(), UTC)
        named = (
            "logical_date" if "logical_date" in signature(dag.test).parameters else "execution_date"
        )
        return str(dag.test(**{named: midnight, "run_conf": conf or None}).state)

    level = logging.getLogger().level
    yield run_once
    logging.getLogger().setLevel(level)
