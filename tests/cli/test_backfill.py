"""Waiting for a backfill, with a stand-in for Airflow's command line."""

from __future__ import annotations

import io
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from include.cli import backfill as module
from include.cli.airflow_cli import AirflowCli
from include.cli.backfill import Backfill, bounds, dates_for_airflow_2, fill, read_backfill
from include.searches.saved_searches import read_saved_searches
from include.searches.schedule import Schedule
from include.terminal.errors import CommandError, UsageError

DAYS = ["-s", "2026-11-20", "-e", "2026-11-21", "job_tracker"]
# The default search's days end at midnight in Chicago.
MIDNIGHT = "23:59:59-06:00"
CREATE = [
    *("backfill", "create", "--dag-id", "job_tracker"),
    *("--from-date", "2026-11-20", "--to-date", f"2026-11-21T{MIDNIGHT}"),
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
        days = {"dag_id": "job_tracker", "start": "2026-11-20", "end": CREATE[-1], **changes}
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

    assert (backfill.start, backfill.end) == ("2026-11-20", f"2026-11-20T{MIDNIGHT}")


TOKYO = ZoneInfo("Asia/Tokyo")
EARLY = Schedule("30 2 * * *", "America/Chicago")


@pytest.mark.parametrize(
    ("schedule", "days", "between"),
    [
        # What Airflow itself counts the same stays as it is written.
        (Schedule(), ("2026-09-01", "2026-09-30"), ("2026-09-01", "2026-09-30")),
        (
            EARLY,
            ("2026-02-02", "2026-02-04"),
            ("2026-02-02", "2026-02-04T23:59:59-06:00"),
        ),
        (
            EARLY,
            ("2026-03-08", "2026-03-08"),
            ("2026-03-08", "2026-03-08T23:59:59-05:00"),
        ),
        (
            Schedule("0 20 * * *", "America/Chicago"),
            ("2026-09-01", "20260902"),
            ("2026-09-01T00:00:00-05:00", "2026-09-02T23:59:59-05:00"),
        ),
        (
            Schedule("@daily", "Asia/Tokyo"),
            ("2026-09-01", "2026-09-01"),
            ("2026-09-01T00:00:00+09:00", "2026-09-01"),
        ),
        (
            Schedule("0 */6 * * *"),
            ("2026-09-01", "2026-09-01"),
            ("2026-09-01", "2026-09-01T23:59:59+00:00"),
        ),
        (
            Schedule("@weekly"),
            ("2026-09-02", "2026-09-05"),
            ("2026-08-30T00:00:00+00:00", "2026-09-05"),
        ),
        (
            EARLY,
            ("2026-02-02T08:30", "2026-02-04T12:00:00+00:00"),
            ("2026-02-02T08:30", "2026-02-04T12:00:00+00:00"),
        ),
        (None, ("2026-02-02", "2026-02-04"), ("2026-02-02", "2026-02-04")),
    ],
)
def test_days_are_those_of_the_searchs_time_zone_with_the_first_and_the_last(
    schedule: Schedule | None, days: tuple[str, str], between: tuple[str, str]
) -> None:
    assert bounds(*days, schedule) == between


def test_a_first_day_after_the_last_one_is_refused() -> None:
    with pytest.raises(UsageError, match="2026-09-02, is after the last one, 2026-09-01"):
        bounds("2026-09-02", "2026-09-01", Schedule())


@pytest.fixture
def early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Save a search that runs at 2:30 in Chicago, and one that can't be used; return the DAG."""
    (tmp_path / "early.toml").write_text('schedule = "30 2 * * *"\ntimezone = "America/Chicago"\n')
    (tmp_path / "bad.toml").write_text("radius_miles = 0")
    monkeypatch.setattr(
        "include.cli.backfill.read_saved_searches", lambda: read_saved_searches(tmp_path)
    )
    return "job_tracker_early"


def test_a_search_whose_file_cannot_be_used_is_refused(early: str) -> None:
    assert read_backfill(["-s", "2026-02-02", early]).schedule == EARLY
    with pytest.raises(UsageError, match=r"bad.toml, line 1: radius_miles = 0"):
        read_backfill(["-s", "2026-02-02", "job_tracker_bad"])


LAST = "2026-02-04T23:59:59-06:00"


@pytest.mark.parametrize(
    "dates",
    [
        ["-s", "2026-02-04", "-e", "2026-02-04"],
        ["--start-date=2026-02-04"],
        ["-e2026-02-04"],
        ["--end", "2026-02-04"],
    ],
)
def test_airflow_2_gets_the_same_days(early: str, dates: list[str]) -> None:
    assert dates_for_airflow_2([*dates, "--pool", "small", early, "-y"]) == [
        *("--pool", "small", early, "-y"),
        *("--start-date", "2026-02-04", "--end-date", LAST),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-s", "2026-02-04", "job_tracker"],
        ["-s", "2026-02-04T08:30", "job_tracker_early"],
        ["-s", "2026-02-04", "somebody_elses"],
        ["job_tracker_early", "--help"],
    ],
)
@pytest.mark.usefixtures("early")
def test_airflow_2_gets_what_it_counts_the_same_as_it_is(arguments: list[str]) -> None:
    assert dates_for_airflow_2(arguments) == arguments


def test_airflow_2_is_not_asked_for_runs_of_today_that_are_still_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "include.cli.backfill.schedule_of", lambda dag_id: Schedule("* * * * *", "Asia/Tokyo")
    )
    now = datetime.now(UTC)
    *_, end = dates_for_airflow_2(["-s", f"{now.astimezone(TOKYO):%Y-%m-%d}", "job_tracker"])
    assert abs(datetime.fromisoformat(end) - now) < timedelta(minutes=1)


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


def test_runs_by_hand_on_these_days_are_none_of_the_days(airflow: StandIn) -> None:
    early = "2026-11-20T08:30:00+00:00"
    found = [
        {"run_id": f"scheduled__{early}", "state": "success", "logical_date": early},
        *(
            {"run_id": f"manual__{moment}", "state": "failed", "logical_date": moment}
            for moment in ("2026-11-20T08:31:07.123456+00:00", "2026-11-20T10:00:00+00:00")
        ),
    ]
    airflow.answers("dags list-runs", "[]", json.dumps(found))

    assert airflow.fill(schedule=EARLY) == 0
    assert "✓ 1 day filled" in airflow.screen.getvalue()


def test_a_day_is_named_in_the_searchs_time_zone(airflow: StandIn) -> None:
    moment = "2026-11-21T02:00:00+00:00"
    run = {"run_id": "backfill__1", "state": "failed", "logical_date": moment}
    airflow.answers("dags list-runs", "[]", json.dumps([run]))

    assert airflow.fill(schedule=Schedule("0 20 * * *", "America/Chicago")) == 1
    assert "✗ 2026-11-20 20:00 failed: backfill__1" in airflow.screen.getvalue()


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
