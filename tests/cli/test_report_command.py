from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.cli import report_command
from include.cli.image import GIVEN_AIRFLOW
from include.cli.report_command import main
from include.terminal.errors import CommandError, UsageError
from include.usajobs.extract import iso
from tests.support.chain import stored, transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, row

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def connection(
    database: Database[dict[str, Any]], mongod_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"host": "127.0.0.1", "port": mongod_port, "schema": database.name}
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", json.dumps(fields))


@pytest.fixture
def two_searches_and_a_past_day(database: Database[dict[str, Any]]) -> None:
    announced: Any = {**historic_row(3), "text": ANNOUNCEMENT}
    answers = {
        "monday": answer(row("1"), at=iso(NOW - 2 * HOUR)),
        "tuesday": answer(row("1"), row("2"), at=iso(NOW - HOUR)),
        "backfill": historic_answer(announced, read_at=iso(NOW), day="2026-09-01"),
    }
    for run_id, found in answers.items():
        stored(database, transformed(found), run_id)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("two_searches_and_a_past_day")
def test_the_latest_search_is_reported_whatever_was_filled_since(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    assert said(capsys).endswith("run tuesday")


def test_a_run_whose_answer_looked_wrong_is_reported_with_the_reason(
    database: Database[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = [row(number, PositionTitle=None) for number in "345"]
    for hours, rows in [(2, [row("1")]), (1, [row("1"), *broken])]:
        found = answer(*rows, at=iso(NOW - hours * HOUR))
        stored(database, transformed(found), f"{hours} hours ago")
    assert main([]) == 0
    words = said(capsys)
    assert "warning 3 of 4 rows" in words
    assert "quarantine 3 rows after this run" in words
    assert words.endswith("run 1 hours ago")


@pytest.mark.usefixtures("two_searches_and_a_past_day")
@pytest.mark.parametrize("run_id", ["monday", "backfill"])
def test_a_run_that_is_named_is_reported(run_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([run_id]) == 0
    assert said(capsys).endswith(f"run {run_id}")


@pytest.mark.usefixtures("two_searches_and_a_past_day")
def test_a_run_that_is_not_there_is_named() -> None:
    with pytest.raises(
        CommandError, match="There is no complete run wednesday of job_tracker here"
    ):
        main(["wednesday"])


@pytest.mark.usefixtures("two_searches_and_a_past_day")
@pytest.mark.parametrize(("dag_id", "is_there"), [("job_tracker", True), ("job_tracker_x", False)])
def test_the_run_of_a_dag_that_is_named_is_reported(dag_id: str, is_there: bool) -> None:
    if is_there:
        assert main(["monday", dag_id]) == 0
        return
    with pytest.raises(CommandError, match="no complete run monday of job_tracker_x"):
        main(["monday", dag_id])


def test_before_the_first_run_there_is_nothing_to_report() -> None:
    with pytest.raises(CommandError, match="No run has been completed here yet"):
        main([])


@pytest.mark.parametrize("arguments", [["a", "b", "c"], ["--help"]])
def test_other_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match=r"bin/report \[--wait\] \[RUN_ID \[DAG_ID\]\]"):
        main(arguments)


Listed = Callable[..., None]


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Listed:
    """Put a command in Airflow's place that lists other runs each time: {run id: state}, or None
    while it does not know the DAG. The last answer is repeated."""

    def answer_in_turn(*answers: dict[str, str] | None) -> None:
        for number, runs in enumerate(answers):
            rows = [
                {"run_id": run, "state": state, "start_date": f"2026-11-23T0{place}:00:00+00:00"}
                for place, (run, state) in enumerate((runs or {}).items())
            ]
            text = "" if runs is None else json.dumps(rows)
            (tmp_path / f"answer-{number}").write_text(text)
        command = tmp_path / "airflow"
        command.write_text(
            f"""#!/bin/sh
cd {shlex.quote(str(tmp_path))}
n=$(cat asked 2>/dev/null || echo 0)
[ $n -ge {len(answers) - 1} ] || echo $((n + 1)) >asked
[ -s answer-$n ] || {{ echo "DagNotFound: job_tracker" >&2; exit 1; }}
cat answer-$n
"""
        )
        command.chmod(0o700)
        monkeypatch.setenv(GIVEN_AIRFLOW, str(command))
        monkeypatch.setattr(report_command, "POLL_SECONDS", 0)

    return answer_in_turn


@pytest.mark.usefixtures("two_searches_and_a_past_day")
@pytest.mark.parametrize(
    "before",
    [
        [None],
        [{}],
        [{"tuesday": "queued"}, {"tuesday": "running"}],
        # A day that is filled is not what was waited for.
        [{"backfill__1": "success"}],
        [{"monday": "success", "tuesday": "running"}],
    ],
)
def test_the_report_can_wait_for_the_run_that_is_under_way(
    listed: Listed, capsys: pytest.CaptureFixture[str], before: list[dict[str, str] | None]
) -> None:
    listed(*before, {"monday": "success", "tuesday": "success", "backfill__2": "running"})
    assert main(["--wait"]) == 0
    out, err = capsys.readouterr()
    assert " ".join(out.split()).endswith("run tuesday")
    assert "tuesday is done" in err


@pytest.mark.usefixtures("two_searches_and_a_past_day")
def test_it_waits_for_the_run_that_is_named(
    listed: Listed, capsys: pytest.CaptureFixture[str]
) -> None:
    listed({"monday": "running"}, {"monday": "success", "tuesday": "running"})
    assert main(["--wait", "monday"]) == 0
    assert said(capsys).endswith("run monday")


def test_a_run_that_was_waited_for_and_failed_is_named(listed: Listed) -> None:
    listed({"monday": "success", "tuesday": "running"}, {"monday": "success", "tuesday": "failed"})
    with pytest.raises(CommandError, match="The run tuesday of job_tracker failed"):
        main(["--wait"])


@pytest.mark.parametrize("answer_to_all", [None, {}])
def test_it_does_not_wait_for_ever_for_a_run_of_which_there_is_no_sign(
    listed: Listed, monkeypatch: pytest.MonkeyPatch, answer_to_all: dict[str, str] | None
) -> None:
    listed(answer_to_all)
    monkeypatch.setattr(report_command, "PATIENCE_SECONDS", 0)
    with pytest.raises(CommandError, match=r"no sign of a run of job_tracker.*paused"):
        main(["--wait"])
