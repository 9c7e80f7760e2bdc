"""What `once` decides before it runs anything, and how it tells of a run that failed."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from include.cli import once_command
from include.cli.once_command import given_connections, parse_run, run_in
from include.local.one_run import OneRun, check_run
from include.local.settings import PROJECT
from include.terminal.errors import UsageError

USAJOBS = '{"conn_type": "http", "host": "https://data.usajobs.gov", "login": "a", "password": "b"}'
MONGO = '{"conn_type": "mongo", "host": "db.example.org", "schema": "job_tracker"}'
BOTH = {"AIRFLOW_CONN_USAJOBS": USAJOBS, "AIRFLOW_CONN_MONGO": MONGO}


def test_without_options_it_runs_the_default_search_for_what_is_open_now() -> None:
    assert parse_run([]) == parse_run(["--search", "default"]) == OneRun("job_tracker", {}, None)
    assert OneRun().command()[-3:] == ["dags", "test", "job_tracker"]


def test_a_search_a_day_and_parameters_reach_airflow() -> None:
    run = parse_run(["--search", "denver", "--date", "2026-11-20", "--conf", '{"radius_miles": 5}'])

    assert run == OneRun("job_tracker_denver", {"radius_miles": 5}, date(2026, 11, 20))
    assert run.command()[-4:] == [
        "job_tracker_denver",
        "2026-11-20",
        "--conf",
        '{"radius_miles": 5}',
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--date", "yesterday"], "'yesterday' is not a day such as 2026-11-20"),
        (["--date", f"{datetime.now(UTC).date() + timedelta(days=2)}"], "is still to come"),
        (["--conf", "[]"], "is not a JSON object of parameters"),
        (["job_tracker"], "unrecognized arguments: job_tracker"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_run(arguments)

    assert ended.value.code == 2
    assert why in capsys.readouterr().err


def test_both_connections_go_on_as_they_are() -> None:
    assert given_connections({**BOTH, "JOB_TRACKER_PORT": "8080"}) == BOTH


def test_an_account_serves_as_connection() -> None:
    account = {"USAJOBS_EMAIL": "seeker@example.org", "USAJOBS_API_KEY": "key-of-the-account"}
    given = given_connections({**account, "AIRFLOW_CONN_MONGO": MONGO})

    assert json.loads(given["AIRFLOW_CONN_USAJOBS"])["login"] == "seeker@example.org"


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        (["AIRFLOW_CONN_MONGO"], ["AIRFLOW_CONN_MONGO"]),
        (["AIRFLOW_CONN_USAJOBS"], ["AIRFLOW_CONN_USAJOBS"]),
        (list(BOTH), sorted(BOTH)),
    ],
)
def test_every_connection_that_is_missing_is_named_with_an_example(
    left_out: list[str], named: list[str]
) -> None:
    with pytest.raises(UsageError) as refused:
        given_connections({name: each for name, each in BOTH.items() if name not in left_out})

    first, *examples = str(refused.value).splitlines()
    assert first.startswith("Nothing was run")
    assert [each.strip().partition("=")[0] for each in examples] == named
    assert all(json.loads(each.partition("=")[2].strip("'"))["host"] for each in examples)


def test_a_connection_to_mongodb_that_is_no_json_is_refused_before_anything_starts() -> None:
    with pytest.raises(UsageError, match="AIRFLOW_CONN_MONGO is not in JSON form"):
        given_connections({**BOTH, "AIRFLOW_CONN_MONGO": "mongo://db.example.org"})


def test_a_search_that_has_no_file_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="No saved search has the DAG job_tracker_nowhere"):
        check_run(parse_run(["--search", "nowhere"]))


OUTPUT = """\
[DAG TEST] starting task_id=extract map_index=-1
[2026-11-20 06:00:00] [DAG TEST] Error running task
Traceback (most recent call last):
  File "client.py", line 1, in get
PermissionError: USAJOBS refuses the key
"""


@pytest.fixture
def airflow_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command in Airflow's place whose first task fails."""
    monkeypatch.setattr(once_command, "server_version", lambda _: "8.0.4")
    monkeypatch.setattr(once_command, "prepare_metadata_database", lambda *_: None)
    command = [sys.executable, "-c", f"import sys; sys.stdout.write({OUTPUT!r}); sys.exit(1)"]
    monkeypatch.setattr(OneRun, "command", lambda _: command)


def test_a_run_that_fails_shows_its_whole_output_and_ends_with_the_reason(
    airflow_that_fails: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run_in(tmp_path, OneRun(), BOTH, Console(highlight=False))

    said = capsys.readouterr().out
    assert status == 1
    assert OUTPUT in said
    assert said.endswith("✗ The task extract failed: PermissionError: USAJOBS refuses the key\n")
    assert "job_tracker: success" not in said


def test_airflow_finds_the_project_and_keeps_its_own_files_elsewhere(
    airflow_that_fails: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}
    monkeypatch.setattr(
        once_command, "prepare_metadata_database", lambda _, given, __: seen.update(given)
    )

    run_in(tmp_path, OneRun(), BOTH, Console(quiet=True))

    assert seen["AIRFLOW__CORE__DAGS_FOLDER"] == str(PROJECT / "dags")
    assert seen["PYTHONPATH"] == str(PROJECT)
    for name in ("AIRFLOW_HOME", "AIRFLOW__LOGGING__BASE_LOG_FOLDER"):
        assert Path(seen[name]).is_relative_to(tmp_path)
    for name in ("DATABASE__SQL_ALCHEMY_CONN", "COMMON_IO__XCOM_OBJECTSTORAGE_PATH"):
        assert str(tmp_path) in seen[f"AIRFLOW__{name}"]
