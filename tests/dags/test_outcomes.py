"""The DAG that reads what became of positions, as Airflow runs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.database import Database

from include.local.settings import PROJECT
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from tests.support.airflow_home import load_dags
from tests.support.chain import stored, transformed
from tests.support.mail_server import MailServer, mail_server
from tests.support.rows import answer, row

MongoDatabase = Database[dict[str, Any]]

TODAY = datetime.now(UTC).date()
NUMBER = str(TODAY.toordinal() * 1000)
BUSY = Fault(kind="unavailable", times=None)


@pytest.fixture
def outcomes_dag(airflow_database: None, tmp_path: Path) -> Any:
    """The DAG, beside a default search whose file names a recipient."""
    shutil.copytree(PROJECT / "dags", tmp_path / "dags")
    search = 'email = ["ada@example.org"]\nping = "healthchecks"'
    (tmp_path / "dags" / "searches" / "default.toml").write_text(search)
    return load_dags(tmp_path / "dags").dags["job_tracker_outcomes"]


@pytest.fixture
def run_outcomes(
    outcomes_dag: Any, monkeypatch: pytest.MonkeyPatch, no_pauses: None
) -> Callable[[], tuple[str, str]]:
    """Run it once; return the states of the run and of its task."""
    import tenacity.nap

    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda seconds: None))
    for task in outcomes_dag.tasks:
        monkeypatch.setattr(task, "retries", 0)

    def run_once() -> tuple[str, str]:
        run = outcomes_dag.test()
        (instance,) = run.get_task_instances()
        return str(run.state), str(instance.state)

    return run_once


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection())
        yield server


@pytest.fixture
def api(connections: Any) -> Iterator[SampleApi]:
    api = create_app(today=TODAY)
    with running(api) as address:
        connections(address)
        yield api


@pytest.fixture
def saved(database: MongoDatabase) -> Callable[[datetime], None]:
    """Store a position that somebody saved at that time."""

    def save(at: datetime) -> None:
        closes = f"{TODAY + timedelta(days=30)}"
        found = answer(row(NUMBER, ApplicationCloseDate=closes))
        stored(database, transformed(found), "run")
        mark = {"_id": f"{NUMBER}/ada", "control_number": NUMBER, "saved": True, "updated_at": at}
        database.marks.insert_one(mark)

    return save


def test_it_runs_every_day_on_its_own(outcomes_dag: Any) -> None:
    assert outcomes_dag.task_ids == ["read_outcomes"]
    assert (outcomes_dag.catchup, outcomes_dag.max_active_runs) == (False, 1)
    (task,) = outcomes_dag.tasks
    assert {asset.uri for asset in task.inlets} == {"job-tracker://usajobs/historicjoa"}
    assert {asset.uri for asset in task.outlets} == {"job-tracker://mongo/positions"}


def test_the_status_of_a_saved_position_is_read_without_the_key(
    run_outcomes: Callable[[], tuple[str, str]],
    database: MongoDatabase,
    api: SampleApi,
    saved: Callable[[datetime], None],
) -> None:
    saved(datetime.now(UTC))
    assert run_outcomes() == ("success", "success")
    (found,) = database.positions.find()
    assert found["outcome"]["status"] == "accepting applications"
    (seen,) = api.requests
    assert (seen.path, seen.has_key) == ("/api/historicjoa", False)
    assert seen.query == {"USAJOBSControlNumbers": NUMBER}


def test_a_bad_day_is_skipped_and_nobody_is_notified(
    run_outcomes: Callable[[], tuple[str, str]],
    api: SampleApi,
    mail: MailServer,
    saved: Callable[[datetime], None],
    written: Callable[[], str],
) -> None:
    saved(datetime.now(UTC))
    api.faults.inject(BUSY)
    assert run_outcomes() == ("success", "skipped")
    assert "status 503" in written()
    assert mail.texts() == []


def test_after_a_week_without_an_answer_it_fails_and_the_recipients_are_notified(
    run_outcomes: Callable[[], tuple[str, str]],
    api: SampleApi,
    mail: MailServer,
    saved: Callable[[datetime], None],
    written: Callable[[], str],
) -> None:
    saved(datetime.now(UTC) - timedelta(days=8))
    api.faults.inject(BUSY)
    assert run_outcomes() == ("failed", "failed")
    (text,) = mail.texts()
    assert "of job_tracker_outcomes failed in its task read_outcomes" in text
    # The monitoring service is not pinged: it waits for the search's own runs.
    assert "healthchecks" not in written()


def test_there_is_another_attempt_before_a_day_is_given_up(
    outcomes_dag: Any,
    run_outcomes: Callable[[], tuple[str, str]],
    api: SampleApi,
    saved: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (task,) = outcomes_dag.tasks
    monkeypatch.setattr(task, "retries", 1)
    monkeypatch.setattr(task, "retry_delay", timedelta())
    saved(datetime.now(UTC))
    api.faults.inject(Fault(kind="unavailable", times=5))
    assert run_outcomes() == ("success", "success")


def test_a_refusal_is_not_tried_again(
    outcomes_dag: Any,
    run_outcomes: Callable[[], tuple[str, str]],
    api: SampleApi,
    saved: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (task,) = outcomes_dag.tasks
    monkeypatch.setattr(task, "retries", 1)
    saved(datetime.now(UTC))
    api.faults.inject(Fault(kind="odd_status", status=403))
    assert run_outcomes() == ("success", "skipped")
    assert len(api.requests) == 1
