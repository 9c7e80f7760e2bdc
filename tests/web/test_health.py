"""What a monitor is told of the searches, without a login: by the times of schedules and runs."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pymongo.errors import ServerSelectionTimeoutError

from include.jobs import limits
from include.searches.saved_searches import SavedSearch, read_saved_searches
from include.store.collections import RUNS
from include.web.app import create_app
from include.web.health import GRACE, HealthMonitor
from include.web.host import NoDatabase
from tests.support.rows import row
from tests.web.fake_host import FakeHost
from tests.web.stored import days, store, store_past_day, store_saved, store_suspicious

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DENVER = 'location = "Denver, Colorado"\nschedule = "0 7 * * 1-5"\ntimezone = "America/Denver"\n'
SECRETS = 'email = ["ada@example.org"]\nkeyword = "data architect"\n'


@pytest.fixture
def monitor(host: FakeHost, folder: Path) -> HealthMonitor:
    return HealthMonitor(host, folder)


@pytest.fixture
def client(host: FakeHost, folder: Path) -> TestClient:
    """A monitor, which has no login."""
    return TestClient(create_app(host, folder))


def saved(folder: Path, name: str, text: str) -> SavedSearch:
    (folder / f"{name}.toml").write_text(text)
    return next(each for each in read_saved_searches(folder).good if each.name == name)


def ran(host: FakeHost, at: datetime, search: SavedSearch | None = None) -> None:
    store_saved(host.stored, search or SavedSearch(), row("1"), at=at, run_id=f"{at}")


def states(monitor: HealthMonitor, now: datetime) -> dict[str, str]:
    return {search.dag_id: search.state for search in monitor.check(now).searches}


def test_a_search_is_well_until_its_next_run_and_the_time_for_it_are_over(
    host: FakeHost, monitor: HealthMonitor
) -> None:
    ran(host, MONDAY + 2 * MINUTE)
    due = MONDAY + DAY + GRACE

    (search,) = monitor.check(due).searches
    assert (search.dag_id, search.state, search.due_at) == ("job_tracker", "ok", due)
    assert search.last_success_at == MONDAY + 2 * MINUTE
    assert monitor.check(due).status == "ok"

    late = monitor.check(due + MINUTE)
    assert (late.status, states(monitor, due + MINUTE)) == ("failing", {"job_tracker": "overdue"})


def test_a_run_that_began_by_a_clock_just_before_it_was_due_was_that_run(
    host: FakeHost, monitor: HealthMonitor
) -> None:
    ran(host, MONDAY - timedelta(seconds=2))
    assert monitor.check(MONDAY + 12 * HOUR).searches[0].due_at == MONDAY + DAY + GRACE


def test_a_suspicious_response_is_a_run_and_an_unfinished_load_or_a_past_day_is_none(
    host: FakeHost, monitor: HealthMonitor
) -> None:
    store_past_day(host.stored, 1, day=days(-9), read_at=MONDAY)
    ran(host, MONDAY)
    host.stored[RUNS].update_many({"source": "search"}, {"$set": {"state": "writing"}})
    assert monitor.check(MONDAY).searches[0].last_success_at is None

    store_suspicious(host.stored, row("1"), at=MONDAY)
    assert monitor.check(MONDAY).searches[0].last_success_at == MONDAY


@pytest.mark.parametrize(
    ("ran_at", "due"),
    [
        # 7:00 in Denver is 14:00 UTC in winter and 13:00 in summer.
        ("2026-11-19T14:01Z", "2026-11-20T14:00Z"),
        ("2026-11-20T14:01Z", "2026-11-23T14:00Z"),
        ("2026-03-06T14:01Z", "2026-03-09T13:00Z"),
        ("2026-10-30T13:01Z", "2026-11-02T14:00Z"),
    ],
)
def test_a_schedule_counts_in_its_own_time_zone_and_leaves_out_weekends(
    host: FakeHost, folder: Path, monitor: HealthMonitor, ran_at: str, due: str
) -> None:
    at = datetime.fromisoformat(ran_at)
    ran(host, at, saved(folder, "denver", DENVER))

    _, denver = monitor.check(at).searches
    assert denver.due_at == datetime.fromisoformat(due) + GRACE
    assert states(monitor, denver.due_at)["job_tracker_denver"] == "ok"
    assert states(monitor, denver.due_at + MINUTE)["job_tracker_denver"] == "overdue"


def test_each_search_has_its_own_state(
    host: FakeHost, folder: Path, monitor: HealthMonitor
) -> None:
    saved(folder, "gary", 'location = "Gary, Indiana"')
    ran(host, MONDAY, saved(folder, "denver", DENVER))
    ran(host, MONDAY - 9 * DAY)
    assert states(monitor, MONDAY) == {
        "job_tracker": "overdue",
        "job_tracker_denver": "ok",
        "job_tracker_gary": "waiting",
    }
    assert monitor.check(MONDAY).status == "failing"


def test_a_new_search_has_time_for_its_first_run(host: FakeHost, monitor: HealthMonitor) -> None:
    assert monitor.check(MONDAY).status == "ok"
    assert states(monitor, MONDAY + GRACE) == {"job_tracker": "waiting"}
    assert states(monitor, MONDAY + GRACE + MINUTE) == {"job_tracker": "overdue"}
    ran(host, MONDAY + GRACE)
    assert states(monitor, MONDAY + GRACE + MINUTE) == {"job_tracker": "ok"}


def test_an_edited_search_has_time_until_its_dag_runs_again(
    host: FakeHost, folder: Path, monitor: HealthMonitor
) -> None:
    ran(host, MONDAY, saved(folder, "denver", DENVER))
    edited = saved(folder, "denver", DENVER.replace("Denver, Colorado", "Boulder, Colorado"))
    due = datetime(2026, 11, 23, 14, tzinfo=UTC) + GRACE
    assert states(monitor, due)["job_tracker_denver"] == "waiting"
    assert states(monitor, due + MINUTE)["job_tracker_denver"] == "overdue"
    ran(host, due, edited)
    assert states(monitor, due + MINUTE)["job_tracker_denver"] == "ok"


def test_runs_with_other_parameters_are_none_of_a_search_that_has_run(
    host: FakeHost, monitor: HealthMonitor
) -> None:
    ran(host, MONDAY)
    store(host.stored, row("1"), at=MONDAY + DAY, run_id="manual", radius_miles=30)
    assert monitor.check(MONDAY + DAY).searches[0].last_success_at == MONDAY


def test_nobody_waits_for_a_paused_search_until_it_is_unpaused(
    host: FakeHost, monitor: HealthMonitor
) -> None:
    ran(host, MONDAY - 9 * DAY)
    host.paused_dags = {"job_tracker"}
    paused = monitor.check(MONDAY)
    assert (paused.status, paused.searches[0].state, paused.searches[0].due_at) == (
        "ok",
        "paused",
        None,
    )

    host.paused_dags = set()
    assert states(monitor, MONDAY + GRACE) == {"job_tracker": "ok"}
    assert states(monitor, MONDAY + GRACE + MINUTE) == {"job_tracker": "overdue"}


def test_a_time_of_a_wrong_clock_is_no_success(host: FakeHost, monitor: HealthMonitor) -> None:
    ran(host, MONDAY)
    ran(host, MONDAY + 999 * DAY)
    assert monitor.check(MONDAY + HOUR).searches[0].last_success_at == MONDAY


def test_a_file_that_cannot_be_used_is_counted_and_not_well(folder: Path, host: FakeHost) -> None:
    (folder / "secret_plans.toml").write_text('location = "Nowhere"\nkeyword = 7\n')
    health = HealthMonitor(host, folder).check(MONDAY)
    assert (health.status, health.invalid_files) == ("failing", 1)
    assert [search.dag_id for search in health.searches] == ["job_tracker"]


def test_a_monitor_needs_no_login_and_is_told_nothing_about_the_jobs(
    client: TestClient, host: FakeHost, folder: Path
) -> None:
    ran(host, datetime.now(UTC) - MINUTE, saved(folder, "denver", DENVER + SECRETS))
    answer = client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"status", "checked_at", "problem", "invalid_files", "searches"}
    for search in answer.json()["searches"]:
        assert set(search) == {"dag_id", "state", "last_success_at", "due_at"}
    for secret in ("ada@example.org", "architect", "Denver,", "Data Engineer"):
        assert secret not in answer.text


def test_an_overdue_search_is_a_status_of_its_own(client: TestClient, host: FakeHost) -> None:
    ran(host, datetime.now(UTC) - 9 * DAY)
    for method in ("GET", "HEAD"):
        assert client.request(method, "/health").status_code == 503


@pytest.mark.parametrize(
    "problem",
    [NoDatabase("mongodb://ada:s3cret@db"), ServerSelectionTimeoutError("db.intern:27017")],
)
def test_a_server_that_is_away_is_told_without_its_address(
    client: TestClient, host: FakeHost, problem: Exception
) -> None:
    host.problem = problem
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert answer.json()["problem"].startswith("MongoDB does not answer")
    assert not {"s3cret", "intern"} & {*answer.text.replace(".", " ").split()}


def test_whatever_fails_a_monitor_gets_an_answer(
    client: TestClient, host: FakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    host.problem = ZeroDivisionError("an error of ours")
    answer = client.get("/health")
    assert (answer.status_code, "an error of ours" in answer.text) == (503, False)
    assert "an error of ours" in caplog.text


@pytest.fixture
def asked_database(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One entry for each time that the database was asked for."""
    asked: list[Any] = []
    database = host.database
    monkeypatch.setattr(host, "database", lambda: (asked.append(None), database())[1])
    return asked


@pytest.mark.parametrize("is_away", [False, True])
def test_asking_a_thousand_times_is_one_check(
    client: TestClient,
    host: FakeHost,
    asked_database: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    is_away: bool,
) -> None:
    host.problem = ServerSelectionTimeoutError("nobody there") if is_away else None
    with client:
        answers = {client.get("/health").status_code for _ in range(200)}
    assert (answers, len(asked_database)) == ({503 if is_away else 200}, 1)

    monkeypatch.setattr(limits, "HEALTH_CACHE_SECONDS", 0)
    later = HealthMonitor(host, Path())
    later.latest()
    later.latest()
    assert len(asked_database) == 3


def test_an_error_that_lasts_fills_no_log(
    client: TestClient, host: FakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    host.problem = ServerSelectionTimeoutError("nobody there")
    for _ in range(20):
        client.get("/health")
    assert len([record for record in caplog.records if "MongoDB" in record.message]) == 1
