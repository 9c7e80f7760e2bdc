"""The program itself, with a real Airflow and a small DAG in place of the project's."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from rich.console import Console

from include.local import stack
from include.local.airflow_settings import password_file
from include.local.options import parse_options
from include.local.running import stack_of, the_only_stack
from include.local.settings import PROJECT
from include.terminal.errors import UsageError
from tests.local.local_stack import LINE, environment, output_until_it_is_up, start
from tests.local.processes import listening_addresses, processes_of

pytestmark = pytest.mark.both_lines

KEY = "the-key-that-nobody-may-see"
# A run of the last day is due as soon as it is read.
DAG = """
from datetime import UTC, datetime
from airflow.providers.common.compat.sdk import Param, dag, task
from airflow.providers.mongo.hooks.mongo import MongoHook
from airflow.timetables.interval import CronDataIntervalTimetable


def no_mail(context):
    raise OSError("no mail")


@dag(
    dag_id="job_tracker",
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    params={"radius_miles": Param(50, type="integer")},
    on_failure_callback=no_mail,
    default_args={"on_failure_callback": no_mail},
)
def job_tracker():
    @task(task_id="load")
    def load(**context):
        radius = context["params"]["radius_miles"]
        if radius == 13:
            raise ValueError("no place is 13 miles away")
        with MongoHook("mongo") as hook:
            hook.get_collection("positions").replace_one(
                {"_id": "1"}, {"PositionTitle": "Data Engineer"}, upsert=True
            )
            hook.get_collection("runs").insert_one(
                {"dag_id": "job_tracker", "run_id": context["run_id"], "state": "complete",
                 "matches": ["1"], "observed_at": datetime.now(UTC),
                 "parameters": {"radius_miles": radius}}
            )

    load()


job_tracker()
"""
DAILY_DAG = """
from datetime import UTC, datetime
from airflow.providers.common.compat.sdk import dag, task
from airflow.timetables.interval import CronDataIntervalTimetable


@dag(
    dag_id="daily",
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    end_date=datetime(2024, 1, 31, tzinfo=UTC),
    catchup=False,
    max_active_runs=3,
)
def daily():
    @task(task_id="fill")
    def fill(dag_run=None):
        if dag_run.logical_date.day == 4:
            raise ValueError("nothing is known about the fourth")

    fill()


daily()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with these DAGs, in a folder of its own."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(
        PROJECT / "include", folder / "include", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "dags").mkdir()
    for name, text in {"job_tracker": DAG, "daily": DAILY_DAG}.items():
        (folder / "dags" / f"{name}.py").write_text(text)
    (folder / ".env").write_text(f"USAJOBS_EMAIL=seeker@example.org\nUSAJOBS_API_KEY='{KEY}'\n")
    return folder


def backfill(project: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "include.cli.airflow_command", "dags", "backfill", *options],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    return done.returncode, done.stdout + done.stderr


def run(project: Path, *options: str) -> tuple[int, str]:
    with start(project, *options) as process:
        output, _ = process.communicate(timeout=120)
    return process.returncode, output


@dataclass
class FirstStart:
    """What was seen of the first start, which Ctrl-C ended after two backfills."""

    output: str
    state: dict[str, Any]
    servers: set[str]
    addresses: set[tuple[str, int]]
    backfills: list[tuple[int, str]]
    status: int
    left: list[psutil.Process]


@pytest.fixture(scope="module")
def first_start(project: Path) -> FirstStart:
    with start(project) as process:
        output = output_until_it_is_up(process)
        state = json.loads((project / ".local" / "state.json").read_text())
        family = psutil.Process(process.pid).children(recursive=True)
        servers = {" ".join(each.cmdline()) for each in psutil.Process(process.pid).children()}
        addresses = listening_addresses(family)
        backfills = [
            backfill(project, "-s", "2024-01-01", "-e", last, "daily")
            for last in ("2024-01-03", "2024-01-04")
        ]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    left = [each for each in family if each.is_running()]
    return FirstStart(output, state, servers, addresses, backfills, process.returncode, left)


@dataclass
class SecondStart:
    """What was seen of the second start, without the password file, until its scheduler died."""

    output: str
    status: int
    left: list[psutil.Process]


@pytest.fixture(scope="module")
def second_start(project: Path, first_start: FirstStart) -> SecondStart:
    password_file(LINE, project).unlink()
    with start(project) as process:
        output = output_until_it_is_up(process)
        family = psutil.Process(process.pid).children(recursive=True)
        next(each for each in family if "scheduler" in each.cmdline()).kill()
        end, _ = process.communicate(timeout=60)
    _, left = psutil.wait_procs(family, timeout=5)
    return SecondStart(output + end, process.returncode, left)


def test_the_stack_shows_what_its_run_found_and_where_it_is(first_start: FirstStart) -> None:
    assert "1 match\n" in first_start.output, first_start.output
    assert "Login    admin / " in first_start.output
    page = f"Jobs     http://127.0.0.1:{first_start.state['port']}/job-tracker/\n"
    assert (page in first_start.output) is (LINE == "3.3")


def test_the_triggerer_is_there_when_the_first_run_is_over(first_start: FirstStart) -> None:
    assert any("triggerer" in each for each in first_start.servers) is (LINE == "3.3")


def test_the_stack_listens_on_loopback_only_and_ctrl_c_stops_all_of_it(
    project: Path, first_start: FirstStart
) -> None:
    ports = (first_start.state["port"], first_start.state["mongo_port"])
    assert first_start.addresses == {("127.0.0.1", port) for port in ports}
    assert first_start.status == 128 + signal.SIGINT
    assert first_start.left == []
    assert not (project / ".local" / "state.json").exists()


def test_days_are_filled_beside_the_stack_and_the_next_time_are_there(
    first_start: FirstStart,
) -> None:
    (first, filled), (then, more) = first_start.backfills
    assert first == 0, filled
    assert then == 1, more
    if LINE == "3.3":
        assert "3 days filled" in filled
        assert "3 days already run" in more
        assert "2024-01-04 failed: backfill__" in more


def test_the_run_of_the_day_is_watched_if_it_is_due_and_another_one_if_not(
    first_start: FirstStart, second_start: SecondStart
) -> None:
    assert "run         scheduled__" in first_start.output, first_start.output
    assert "run         manual__" in second_start.output, second_start.output


def test_a_deleted_password_is_replaced_by_one_that_airflow_accepts(
    first_start: FirstStart, second_start: SecondStart
) -> None:
    first, second = (
        next(line for line in each.output.splitlines() if line.startswith("Login"))
        for each in (first_start, second_start)
    )
    assert first != second


def test_a_scheduler_that_is_killed_is_named_and_leaves_nothing_running(
    project: Path, second_start: SecondStart
) -> None:
    assert "scheduler stopped unexpectedly (it was killed by SIGKILL" in second_start.output
    assert second_start.status == 1
    assert second_start.left == []
    assert processes_of(project) == []


def test_once_shows_what_the_run_found_and_leaves_nothing_running(project: Path) -> None:
    status, output = run(project, "--once", "--conf", '{"radius_miles": 20}')

    assert status == 0, output
    assert "1 match\n" in output
    assert "within 20 miles" in output
    assert processes_of(project) == []


def test_once_ends_with_the_runs_status_and_the_error_of_the_task(project: Path) -> None:
    status, output = run(project, "--once", "--conf", '{"radius_miles": 13}')

    assert status == 1
    assert "The task load failed: ValueError: no place is 13 miles away" in output
    assert processes_of(project) == []


def test_a_parameter_that_does_not_fit_is_refused_in_airflows_own_words(project: Path) -> None:
    status, output = run(project, "--once", "--conf", '{"radius_miles": "far"}')

    assert status == 1
    assert "'far' is not of type 'integer'" in output


def test_a_dag_that_cannot_be_read_is_named_with_its_error(project: Path) -> None:
    file = project / "dags" / "job_tracker.py"
    other = project / "dags" / "other.py"
    file.write_text(f'{DAG}\nraise RuntimeError("no wiring")\n')
    other.write_text("import no_such_module  # before anything of airflow, or a dag")
    try:
        status, output = run(project, "--once")
    finally:
        file.write_text(DAG)
        other.unlink()

    assert status == 1
    assert "job_tracker did not run: RuntimeError: no wiring" in output
    if LINE == "3.3":
        missing = "its DAGs are missing: ModuleNotFoundError: No module named 'no_such_module'"
        assert f"Airflow cannot read {other}, so {missing}" in output


class Paused:
    """An API whose DAG is paused before its run, or while it is running."""

    def __init__(self, *paused: bool) -> None:
        self.paused = iter(paused)

    def is_paused(self, dag_id: str) -> bool:
        return next(self.paused)

    def is_due(self, dag_id: str) -> bool:
        return False

    def begun_by_itself(self, dag_id: str, since: datetime) -> str:
        return "scheduled"

    def run_state(self, dag_id: str, run_id: str) -> str:
        return "queued"

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        return {"load": "waiting"}


@pytest.mark.parametrize(
    ("paused", "words"),
    [
        ((True,), "✗ job_tracker is paused, so it was not run. To run it: bin/airflow dags"),
        ((False, True), "✗ job_tracker was paused, so its run scheduled waits. To run it: bin/"),
    ],
)
def test_a_paused_dag_is_left_paused_and_nothing_waits_for_it(
    paused: tuple[bool, ...], words: str
) -> None:
    console = Console(file=StringIO(), width=200)
    plan: Any = SimpleNamespace(options=SimpleNamespace(conf={}), console=console)
    api: Any = Paused(*paused)

    stack.watch_run(plan, api, [], datetime.now(UTC))

    assert words in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_second_stack_names_the_first_one_and_not_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "LOCAL", tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as first:
        options = parse_options(["--port", str(first.getsockname()[1])], {})
        plan: Any = SimpleNamespace(options=options)
        with (
            the_only_stack(tmp_path, stack_of(options)),
            pytest.raises(UsageError, match="already running in this directory"),
        ):
            stack.stay_up(plan)
        with pytest.raises(UsageError, match="is taken by another program"):
            stack.stay_up(plan)


class Due:
    """An API whose run of the day is due, so often as it is asked."""

    def __init__(self, times: int) -> None:
        self.times = times

    def is_due(self, dag_id: str) -> bool:
        self.times -= 1
        return self.times >= 0

    def begun_by_itself(self, dag_id: str, since: datetime) -> str | None:
        return "scheduled" if self.times < 0 else None

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        return f"manual {conf}"


@pytest.mark.parametrize(
    ("times", "conf", "watched"),
    [(2, {}, "scheduled"), (99, {}, "manual {}"), (0, {"a": 1}, "manual {'a': 1}")],
)
def test_what_is_due_is_waited_for_a_while_unless_the_run_has_parameters_of_its_own(
    monkeypatch: pytest.MonkeyPatch, times: int, conf: dict[str, Any], watched: str
) -> None:
    monkeypatch.setattr(stack, "DUE_SECONDS", 1)
    plan: Any = SimpleNamespace(options=SimpleNamespace(conf=conf))
    api: Any = Due(times)
    assert stack.begin(plan, api, datetime.now(UTC)) == watched


def test_termination_while_it_starts_stops_all_of_it(project: Path) -> None:
    with start(project, "--once") as process:
        deadline = time.monotonic() + 30
        while len(processes_of(project)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.terminate()
        process.communicate(timeout=60)

    assert process.returncode == 128 + signal.SIGTERM
    assert processes_of(project) == []


def test_the_api_key_is_in_no_file_that_the_runs_have_written(project: Path) -> None:
    written = [file for file in (project / ".local").rglob("*") if file.is_file()]

    assert written
    assert not [file for file in written if KEY.encode() in file.read_bytes()]
