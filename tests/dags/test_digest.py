"""Digests and failures through the whole DAG, to a real mail server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowTaskTimeout
from pymongo.database import Database

from include.airflow.notifiers import FAILURE, REASON
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from tests.dags.conftest import dag_of_search
from tests.support.mail_server import MailServer, mail_server

MongoDatabase = Database[dict[str, Any]]
Run = Callable[..., str]

TODAY = datetime.now(UTC).date()
REPEATED = "You may have had this message before"


@pytest.fixture
def dag(airflow_database: None, tmp_path: Path) -> Any:
    """The DAG of a search whose file names a recipient."""
    return dag_of_search('email = ["ada@example.org"]', tmp_path / "dags")


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection())
        yield server


@pytest.fixture
def api(connections: Any) -> Iterator[SampleApi]:
    """The sample API, on its first day."""
    api = create_app(today=TODAY - timedelta(days=1))
    with running(api) as address:
        connections(address)
        yield api


@pytest.fixture
def second_day(api: SampleApi, mail: MailServer, run: Run) -> SampleApi:
    """The sample API on its second day, after a run on the first."""
    assert run() == "success"
    (first,) = mail.texts()
    assert "NEW MATCHES" in first
    api.today = TODAY
    return api


def numbers(text: str) -> set[str]:
    """Return the control numbers of the positions that a text links to."""
    return {line.rpartition("/")[2] for line in text.splitlines() if "usajobs.gov/job/" in line}


@pytest.mark.usefixtures("second_day")
def test_the_digest_of_the_second_day_has_what_is_new_and_a_rerun_sends_nothing(
    database: MongoDatabase, mail: MailServer, run: Run
) -> None:
    assert run() == "success"
    (text,) = mail.texts()
    receipt = max(database.runs.find(), key=lambda found: found["read_at"])
    new = {*receipt["inserted"], *receipt["reopened"]} & {*receipt["matches"]}
    assert new
    assert new <= numbers(text)
    # Those that close soon have a heading of their own.
    counted = re.findall(r"^(\d+) NEW MATCH", text, re.MULTILINE)
    assert sum(map(int, counted)) == len(new)
    assert run() == "success"
    assert mail.texts() == []


@pytest.mark.usefixtures("second_day")
def test_runs_for_something_else_and_for_past_days_send_nothing(
    database: MongoDatabase, mail: MailServer, run: Run
) -> None:
    assert run(location="Denver, Colorado") == "success"
    assert mail.texts() == []
    assert run(past_day=TODAY - timedelta(days=7)) == "success"
    assert database.runs.count_documents({"source": "historicjoa"}) == 1
    assert mail.texts() == []


@pytest.mark.usefixtures("second_day")
def test_after_a_crash_between_sending_and_recording_there_is_one_duplicate_that_says_so(
    mail: MailServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.digest.notifications import Notifications

    with monkeypatch.context() as crashing:
        crashing.setattr(Notifications, "settle", crash)
        assert run() == "failed"
    first, *failures = mail.texts()
    assert REPEATED not in first
    assert all("failed in its task digest" in text for text in failures)
    # The claim of a task that died is free for the next one only after hours.
    monkeypatch.setattr("include.jobs.limits.CLAIM_HOURS", 0)
    assert run() == "success"
    (second,) = mail.texts()
    assert REPEATED in second
    assert numbers(second) == numbers(first)
    assert run() == "success"
    assert mail.texts() == []


def crash(*_: object) -> None:
    raise MemoryError("the machine went down")


@pytest.mark.usefixtures("api")
def test_a_mail_server_that_is_away_fails_the_run_and_the_next_one_sends_the_digest(
    database: MongoDatabase,
    mail: MailServer,
    run: Run,
    written: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", mail.connection(port=1))
    assert run() == "failed"
    assert "Check the Airflow connection `smtp_default`" in written()
    assert database.positions.count_documents({})
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", mail.connection())
    assert run() == "success"
    (text,) = mail.texts()
    assert "NEW MATCHES" in text
    assert REPEATED not in text


# --- failures


def test_a_failed_run_is_reported_once_with_the_words_of_the_error(
    api: SampleApi, mail: MailServer, run: Run
) -> None:
    api.faults.inject(Fault(kind="unavailable", status=403, times=None))
    assert run() == "failed"
    (text,) = mail.texts()
    assert "of job_tracker failed in its task extract" in text
    assert "USAJOBS refused it with status 403" in text
    assert "clear the task" in text


def test_a_failure_that_a_retry_fixes_is_not_reported(
    dag: Any, api: SampleApi, mail: MailServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in dag.tasks:
        monkeypatch.setattr(task, "retries", 1)
        monkeypatch.setattr(task, "retry_delay", timedelta())
        monkeypatch.setattr(task, "max_retry_delay", timedelta())
    api.faults.inject(Fault(kind="unavailable", status=503, times=5))
    assert run() == "success"
    (text,) = mail.texts()
    assert "NEW MATCHES" in text


def only(registered: Any) -> Any:
    """Return the one notifier of a DAG or task; of a task, Airflow 3 keeps a list."""
    (notifier,) = registered if isinstance(registered, Sequence) else [registered]
    return notifier


DAY_BEGAN = datetime.combine(datetime.now(UTC).date(), time(), UTC)
LAST_WEEK = DAY_BEGAN - timedelta(days=7)


@pytest.mark.parametrize(
    ("run", "messages"),
    [
        ({"run_type": "backfill"}, 0),
        ({"run_type": "scheduled"}, 1),
        ({"run_type": "manual", "logical_date": LAST_WEEK}, 1),
        ({"run_type": "manual", "logical_date": DAY_BEGAN}, 1),
        ({"run_type": "manual", "logical_date": None}, 1),
    ],
)
def test_the_failure_of_any_run_is_reported_but_not_of_the_many_of_a_backfill(
    mail: MailServer, dag: Any, run: dict[str, Any], messages: int
) -> None:
    notifier = only(dag.get_task("load").on_failure_callback)
    context = {
        "dag": dag,
        "dag_run": SimpleNamespace(**run),
        "ti": FailedTask(),
        "exception": ValueError("MongoDB failed"),
    }
    notifier(context)
    texts = mail.texts()
    assert len(texts) == messages
    is_past = run.get("logical_date") == LAST_WEEK
    assert all(("run that day again" in text) is is_past for text in texts)


class FailedTask:
    """What callbacks get of the task instance."""

    dag_id, run_id, task_id = "job_tracker", "run", "load"

    def __init__(self) -> None:
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value

    def xcom_pull(self, task_ids: Sequence[str], *, key: str) -> list[Any]:
        return [self.xcoms.get(key) if name == self.task_id else None for name in task_ids]


@pytest.mark.parametrize(
    ("called", "said"),
    [(True, "MongoDB failed"), (False, "Its process ended without a word")],
)
def test_a_failed_task_is_reported_once_even_if_its_process_was_killed(
    mail: MailServer, dag: Any, called: bool, said: str
) -> None:
    task = FailedTask()
    common = {"dag": dag, "dag_run": SimpleNamespace(run_type="scheduled"), "ti": task}
    if called:
        of_task = only(dag.get_task("load").on_failure_callback)
        of_task({**common, "exception": ValueError("MongoDB failed")})
    only(dag.on_failure_callback)({**common, "run_id": "run", "reason": "task_failure"})
    (text,) = mail.texts()
    assert "of job_tracker failed in its task load" in text
    assert said in text
    assert task.xcoms == ({FAILURE: {REASON: "MongoDB failed"}} if called else {})


def test_a_task_whose_worker_is_lost_is_reported_when_the_run_ends(
    mail: MailServer, dag: Any
) -> None:
    task = FailedTask()
    common = {"dag": dag, "dag_run": SimpleNamespace(run_type="scheduled"), "ti": task}
    # The DAG processor calls it, which has no exception and can't push XComs.
    only(dag.get_task("load").on_failure_callback)(common)
    assert (mail.texts(), task.xcoms) == ([], {})
    only(dag.on_failure_callback)({**common, "run_id": "run", "reason": "task_failure"})
    assert len(mail.texts()) == 1


def ended_run(run_type: str, reason: str, *, known: bool = True) -> dict[str, Any]:
    """Return the context of a DAG's notifier; it says little of a run that is not `known`."""
    context = {"run_id": f"{run_type}__2026-11-24T00:00:00+00:00", "reason": reason}
    return context | ({"dag_run": SimpleNamespace(run_type=run_type)} if known else {})


def test_a_task_that_takes_too_long_is_reported_with_its_limit(mail: MailServer, dag: Any) -> None:
    task = dag.get_task("extract")
    context = {
        "dag": dag,
        "dag_run": SimpleNamespace(run_type="scheduled"),
        "task": task,
        "ti": FailedTask(),
        "exception": AirflowTaskTimeout("Timeout, PID: 4711"),
    }
    only(task.on_failure_callback)(context)
    (text,) = mail.texts()
    assert "It was not done within 1 hour." in text
    assert "4711" not in text


@pytest.mark.parametrize(
    ("earlier", "messages"),
    [("check", 1), ("extract", 2), (None, 1)],
    ids=["beside it", "before it was cleared", "alone"],
)
def test_of_tasks_that_fail_beside_each_other_the_first_is_reported(
    mail: MailServer, dag: Any, earlier: str | None, messages: int
) -> None:
    instances = SharedXComs()
    for name in filter(None, (earlier, "digest")):
        failed = instances.task(name)
        common = {"dag": dag, "dag_run": SimpleNamespace(run_type="scheduled"), "ti": failed}
        only(dag.get_task(name).on_failure_callback)({**common, "exception": ValueError(name)})
        assert instances.reasons[name] == {REASON: name}
    texts = mail.texts()
    assert len(texts) == messages
    assert f"failed in its task {earlier or 'digest'}" in texts[0]


class SharedXComs:
    """The XComs of the failed tasks of a run."""

    def __init__(self) -> None:
        self.reasons: dict[str, Any] = {}

    def task(self, task_id: str) -> Any:
        """Return what callbacks get of the task instance."""

        def push(key: str, value: Any) -> None:
            self.reasons[task_id] = value

        def pull(task_ids: Sequence[str], *, key: str) -> list[Any]:
            return [self.reasons.get(each) for each in task_ids]

        known = {"dag_id": "job_tracker", "run_id": "run", "task_id": task_id}
        return SimpleNamespace(**known, xcom_push=push, xcom_pull=pull)


@pytest.mark.parametrize("known", [True, False])
def test_a_backfill_that_takes_too_long_is_reported_to_nobody(
    mail: MailServer, dag: Any, known: bool
) -> None:
    only(dag.on_failure_callback)({"dag": dag, **ended_run("backfill", "timed_out", known=known)})
    assert mail.texts() == []


def test_a_run_that_airflow_ends_for_another_reason_is_reported_with_it(
    mail: MailServer, dag: Any
) -> None:
    only(dag.on_failure_callback)({"dag": dag, **ended_run("manual", "all_tasks_deadlocked")})
    # `dags test` has a DAG that can't render templates.
    bare = SimpleNamespace(dag_id="job_tracker", dagrun_timeout=None)
    only(dag.on_failure_callback)({"dag": bare, **ended_run("manual", "all_tasks_deadlocked")})
    texts = mail.texts()
    assert len(texts) == 2
    assert all("Airflow ended it: all tasks deadlocked." in text for text in texts)


def test_a_run_of_which_a_task_failed_is_not_reported_again(mail: MailServer, dag: Any) -> None:
    only(dag.on_failure_callback)({"dag": dag, **ended_run("manual", "task_failure")})
    assert mail.texts() == []
