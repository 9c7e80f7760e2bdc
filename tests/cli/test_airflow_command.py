"""Which command becomes which, and what is refused before Airflow is asked anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.cli import airflow_command
from include.cli.airflow_command import GIVEN_AIRFLOW, main
from include.terminal.errors import UsageError

BACKFILL = ["dags", "backfill", "-s", "2026-11-20", "-e", "2026-11-21", "job_tracker"]


class Became(Exception):
    """Stands in for the process that turned into Airflow: the command line it turned into."""


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    def become(program: str, command: list[str], environment: object) -> None:
        raise Became(command)

    monkeypatch.setattr("os.execve", become)
    monkeypatch.setenv(GIVEN_AIRFLOW, "/bin/real-airflow")
    return monkeypatch


def on(line: pytest.MonkeyPatch, airflow_version: str) -> None:
    line.setattr(airflow_command, "version", lambda _: airflow_version)


def became(*arguments: str) -> list[str]:
    with pytest.raises(Became) as process:
        main(arguments)
    command: list[str] = process.value.args[0]
    return command


# Of November 21st, in the time zone of the default search.
LAST_MOMENT = "2026-11-21T23:59:59-06:00"
TRIGGER = ("dags", "trigger", "job_tracker_denver")


@pytest.mark.parametrize("option", ["-c", "--conf"])
def test_a_place_that_is_not_known_is_refused_before_airflow_is_asked(
    line: pytest.MonkeyPatch, option: str
) -> None:
    on(line, "3.3.2")
    with pytest.raises(UsageError, match=r"did you mean Chicago, Illinois\?"):
        main([*TRIGGER, option, '{"location": "Chicgo, Illinois"}'])
    with pytest.raises(UsageError, match=r"did you mean Chicago, Illinois\?"):
        main([*TRIGGER, '--conf={"location": "Chicgo, Illinois"}'])
    assert became(*TRIGGER, option, '{"location": "chicago, il"}')
    assert became("dags", "trigger", "job_tracker_retention", option, '{"location": "Chicgo"}')


def test_every_other_command_is_passed_on_as_it_is(line: pytest.MonkeyPatch) -> None:
    on(line, "3.3.2")

    assert became("dags", "list") == [
        "/bin/real-airflow",
        "dags",
        "list",
    ]
    assert became() == ["/bin/real-airflow"]


def test_airflow_2_has_the_command_itself(line: pytest.MonkeyPatch) -> None:
    on(line, "2.11.2")

    days = ["--start-date", "2026-11-20", "--end-date", LAST_MOMENT]
    command = ["dags", "backfill", "job_tracker", "--mark-success", *days]
    assert became(*BACKFILL, "--mark-success") == ["/bin/real-airflow", *command]


def test_a_dry_run_is_airflow_3s_own_and_is_told(
    line: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on(line, "3.3.2")
    native = f"backfill create --dag-id job_tracker --from-date 2026-11-20 --to-date {LAST_MOMENT}"

    assert became(*BACKFILL, "-n") == ["/bin/real-airflow", *native.split(), "--dry-run"]
    assert capsys.readouterr().err == f"Airflow 3: airflow {native} --dry-run\n"


@pytest.mark.parametrize("airflow_version", ["3.3.2", "2.11.2"])
def test_without_a_stack_nothing_is_begun_that_needs_it(
    line: pytest.MonkeyPatch, tmp_path: Path, airflow_version: str
) -> None:
    on(line, airflow_version)
    line.delenv(GIVEN_AIRFLOW)
    line.setattr(airflow_command, "local_directory", lambda: tmp_path)

    with pytest.raises(UsageError, match=r"No \./run\.sh is running here: start it"):
        main(BACKFILL)

    assert not list(tmp_path.iterdir())
