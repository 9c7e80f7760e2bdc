"""Waiting for a backfill, with a stand-in for Airflow's command line."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from include.cli import backfill as module
from include.cli.airflow_cli import AirflowCli
from include.cli.backfill import Backfill, fill, read_backfill
from include.terminal.errors import CommandError, UsageError

DAYS = ["-s", "2026-11-20", "-e", "2026-11-21", "job_tracker"]
CREATE = [
    *("backfill", "create", "--dag-id", "job_tracker"),
    *("--from-date", "2026-11-20", "--to-date", "2026-11-21"),
]

# Answers a command from the file that is named for it, one line a time; the last one stays.
# A line is [what it prints, what it complains, its exit status].
STAND_IN = """#!{python} -IS
import json, os, signal, sys, time
home = {home!r}
with open(f"{{home}}/asked", "a") as asked:
    print(json.dumps(sys.argv[1:]), file=asked)
file = f"{{home}}/{{sys.argv[1]}} {{sys.argv[2]}}"
answers = open(file).read().splitlines()
if len(answers) > 1:
    open(file, "w").write("\\n".join(answers[1:]))
printed, complaint, status = json.loads(answers[0])
if printed == "Ctrl-C":
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(60)
print("Some warning that Airflow prints first.")
print(printed)
print(complaint, file=sys.stderr)
sys.exit(status)
"""


class StandIn:
    """An Airflow whose DAG is active, whose scheduler runs, and which takes every backfill."""

    def __init__(self, home: Path) -> None:
        self.home = home
        program = home / "airflow"
        program.write_text(STAND_IN.format(python=sys.executable, home=str(home)))
        program.chmod(0o755)
        self.cli = AirflowCli((str(program),), os.environ)
        self.screen = io.StringIO()
        self.dag(is_paused=False)
        self.answers("backfill create", "Created.")

    def dag(self, *, is_paused: bool) -> None:
        dag = {"dag_id": "job_tracker", "is_paused": str(is_paused), "max_active_runs": "4"}
        self.answers("dags details", json.dumps([dag]))

    def answers(self, command: str, *printed: str) -> None:
        self._write(command, [[each, "", 0] for each in printed])

    def refuses(self, command: str, complaint: str, *then: str) -> None:
        self._write(command, [["", complaint, 1], *([each, "", 0] for each in then)])

    def days(self, *looks: dict[str, str]) -> None:
        """Show the days' states at each look, the first of them before anything is created."""
        self.answers("dags list-runs", *(json.dumps(runs(look)) for look in looks))

    def asked(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.home / "asked").read_text().splitlines()]

    def fill(self, **changes: Any) -> int:
        days = {"dag_id": "job_tracker", "start": "2026-11-20", "end": "2026-11-21", **changes}
        console = Console(file=self.screen, width=200)
        return fill(Backfill(**days), self.cli, lambda: None, console)

    def _write(self, command: str, answers: list[list[Any]]) -> None:
        (self.home / command).write_text("\n".join(map(json.dumps, answers)))


def runs(states: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"run_id": f"run of {day}", "state": state, "logical_date": f"{day}T00:00:00+00:00"}
        for day, state in states.items()
    ]


@pytest.fixture
def airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    return StandIn(tmp_path)


@pytest.mark.parametrize(
    ("option", "meaning"),
    [
        ([], []),
        (["--rerun-failed-tasks"], ["--reprocess-behavior", "failed"]),
        (["--reset-dagruns", "-y"], ["--reprocess-behavior", "completed"]),
        (["-c", '{"radius_miles": 20}'], ["--dag-run-conf", '{"radius_miles": 20}']),
        (["-B"], ["--run-backwards"]),
        (["--dry-run"], ["--dry-run"]),
    ],
)
def test_options_keep_their_meaning(option: list[str], meaning: list[str]) -> None:
    assert read_backfill([*DAYS, *option]).command() == CREATE + meaning


@pytest.mark.parametrize("option", ["-s", "-e"])
def test_one_day_needs_naming_only_once(option: str) -> None:
    backfill = read_backfill([option, "2026-11-20", "job_tracker"])

    assert (backfill.start, backfill.end) == ("2026-11-20", "2026-11-20")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([*DAYS, "--mark-success"], "--mark-success"),
        (["--pool", "small", *DAYS], "--pool"),
        ([*DAYS, "--rerun"], "--rerun"),
        (["job_tracker"], "-s"),
        (DAYS[:-1], "dag_id"),
    ],
)
def test_what_airflow_3_cannot_follow_is_refused_by_name(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_backfill(arguments)

    assert ended.value.code == 2
    assert named in capsys.readouterr().err.splitlines()[-1]


def test_it_waits_until_the_days_are_done_and_shows_how_far_they_are(
    airflow: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.days(
        {},
        {"2026-11-20": "running", "2026-11-21": "queued"},
        {"2026-11-20": "success", "2026-11-21": "running"},
        {"2026-11-20": "success", "2026-11-21": "success"},
    )

    assert airflow.fill() == 0
    assert "0 of 2 days done, 1 running, 0 failed, 2026-11-20" in airflow.screen.getvalue()
    assert "1 of 2 days done, 1 running, 0 failed, 2026-11-21" in airflow.screen.getvalue()
    assert "✓ 2 days filled" in airflow.screen.getvalue()
    create = [*CREATE, "--max-active-runs", "4"]
    assert create in airflow.asked()
    assert capsys.readouterr().err == f"Airflow 3: airflow {' '.join(create)}\n"


def test_a_day_that_fails_is_named_with_its_run_and_in_the_exit_status(airflow: StandIn) -> None:
    airflow.days({}, {"2026-11-20": "success", "2026-11-21": "failed"})

    assert airflow.fill() == 1
    assert "✗ 1 of 2 days failed" in airflow.screen.getvalue()
    assert "✗ 2026-11-21 failed: run of 2026-11-21" in airflow.screen.getvalue()


def test_days_that_are_there_are_counted_and_left_alone(airflow: StandIn) -> None:
    airflow.days({"2026-11-20": "success"}, {"2026-11-20": "success", "2026-11-21": "success"})

    assert airflow.fill() == 0
    assert "✓ 1 day filled" in airflow.screen.getvalue()
    assert "1 day already run; --reset-dagruns runs" in airflow.screen.getvalue()


def test_a_day_that_failed_earlier_is_still_a_failed_day(airflow: StandIn) -> None:
    airflow.days({"2026-11-20": "failed"}, {"2026-11-20": "failed", "2026-11-21": "success"})

    assert airflow.fill() == 1
    assert "2026-11-20 failed earlier: run of 2026-11-20" in airflow.screen.getvalue()
    assert "--rerun-failed-tasks runs the failed days again" in airflow.screen.getvalue()


@pytest.mark.parametrize(("reprocess", "filled"), [("failed", 1), ("completed", 2)])
def test_days_that_run_again_count_as_filled(airflow: StandIn, reprocess: str, filled: int) -> None:
    done = {"2026-11-20": "success", "2026-11-21": "success"}
    airflow.days({**done, "2026-11-21": "failed"}, done)

    assert airflow.fill(reprocess=reprocess) == 0
    assert f"✓ {filled} day" in airflow.screen.getvalue()


def test_a_paused_dag_is_refused_before_anything_is_created(airflow: StandIn) -> None:
    airflow.dag(is_paused=True)

    with pytest.raises(UsageError, match="bin/airflow dags unpause job_tracker"):
        airflow.fill()

    assert [asked[:2] for asked in airflow.asked()] == [["dags", "details"]]


def test_a_dag_that_does_not_exist_is_refused_in_airflows_words(airflow: StandIn) -> None:
    airflow.refuses("dags details", "DAG: job_tracker does not exist in 'dag' table")

    with pytest.raises(UsageError, match="refuses: DAG: job_tracker does not exist"):
        airflow.fill()


def test_an_error_of_airflow_is_told_without_its_traceback(airflow: StandIn) -> None:
    airflow.days({})
    airflow.refuses(
        "backfill create",
        "Traceback (most recent call last):\n  File ...\n    raise\n"
        "airflow.models.backfill.InvalidBackfillDateRange: from_date must not be after to_date.",
    )

    with pytest.raises(UsageError) as refusal:
        airflow.fill()

    assert str(refusal.value) == "Airflow refuses: from_date must not be after to_date."


def test_days_that_are_not_over_are_refused_in_a_sentence(airflow: StandIn) -> None:
    airflow.days({})
    airflow.refuses(
        "backfill create", "Warning: No runs to create for Dag job_tracker in the range [a, b]"
    )

    with pytest.raises(UsageError, match="None of these days can be filled yet"):
        airflow.fill()


SECOND = "Another backfill is running for Dag job_tracker. There can be only one."


def test_a_second_backfill_is_refused_while_one_runs(airflow: StandIn) -> None:
    airflow.days({}, {"2026-10-01": "running"})
    airflow.refuses("backfill create", SECOND)

    with pytest.raises(UsageError, match="Another backfill of job_tracker is running"):
        airflow.fill()


def test_a_backfill_that_is_done_is_waited_for_until_airflow_has_closed_it(
    airflow: StandIn,
) -> None:
    airflow.days({}, {"2026-11-20": "success"})
    airflow.refuses("backfill create", SECOND, "Created.")

    assert airflow.fill() == 0


def test_ctrl_c_ends_the_waiting_and_says_that_the_days_go_on(airflow: StandIn) -> None:
    airflow.answers("dags list-runs", "[]", json.dumps(runs({"2026-11-20": "queued"})), "Ctrl-C")

    assert airflow.fill() == 130
    assert "scheduler continues the backfill" in airflow.screen.getvalue()
    assert "Cancel backfill" in airflow.screen.getvalue()


def test_ctrl_c_while_the_days_are_created_lets_that_end_first(airflow: StandIn) -> None:
    airflow.days({})
    program = airflow.home / "airflow"
    program.write_text(program.read_text().replace("time.sleep(60)", "printed = 'Created.'"))
    airflow.answers("backfill create", "Ctrl-C")

    assert airflow.fill() == 130
    assert "scheduler continues the backfill" in airflow.screen.getvalue()


def test_without_news_for_long_it_asks_whether_anybody_is_at_work(
    airflow: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.0)
    airflow.days({}, {"2026-11-20": "queued"})
    active = (airflow.home / "dags details").read_text()
    airflow.dag(is_paused=True)
    paused = (airflow.home / "dags details").read_text()
    (airflow.home / "dags details").write_text(f"{active}\n{paused}")

    with pytest.raises(
        CommandError, match=r"job_tracker is paused.* The remaining days continue after that"
    ):
        airflow.fill()


def test_one_look_without_an_answer_does_not_end_the_waiting(airflow: StandIn) -> None:
    queued, done = (json.dumps(runs({"2026-11-20": state})) for state in ("queued", "success"))
    airflow._write(
        "dags list-runs",
        [["[]", "", 0], [queued, "", 0], ["", "no route to host", 1], [done, "", 0]],
    )

    assert airflow.fill() == 0
