"""`bin/doctor`: what it runs, what it shows, and how it ends."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from include.cli import doctor_command
from include.cli.doctor_command import Plan, main
from include.cli.image import GIVEN_AIRFLOW
from include.doctor.findings import Finding, State, note, ok, problem
from include.jobs import limits
from include.local import settings
from include.local.ports import LOOPBACK, free_port
from include.terminal.errors import UsageError

PLANTED = "planted-secret"


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder without `.env`, whose `.local` is empty, and free ports."""
    for name in list(os.environ):
        if name.startswith(("AIRFLOW_CONN_", "USAJOBS_", "JOB_TRACKER_")):
            monkeypatch.delenv(name)
    directory = tmp_path / ".local"
    for module in ("cli.doctor_command", "cli.airflow_command", "cli.command"):
        monkeypatch.setattr(f"include.{module}.local_directory", lambda: directory)
    monkeypatch.setattr(settings.user_settings, "__defaults__", (tmp_path,))
    monkeypatch.setattr("include.cli.doctor_command.airflow_home", lambda line: directory / line)
    for name in ("PORT", "MONGO_PORT", "SAMPLE_PORT"):
        monkeypatch.setenv(f"JOB_TRACKER_{name}", str(free_port()))
    return directory


@pytest.fixture
def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replace the process of the checks by a script."""
    monkeypatch.setattr(doctor_command, "MODULE", "checks_of_this_test")

    def replace(script: str) -> Plan:
        (tmp_path / "checks_of_this_test.py").write_text(script)
        return Plan({"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]})

    return replace


def results(plan: Plan) -> list[Finding]:
    return [finding for _, finding in doctor_command._results(plan) if finding]


def planned(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    found = [("Area", Finding(**{**vars(each), "area": "Area"})) for each in findings]
    monkeypatch.setattr(doctor_command, "_all_checks", lambda _: iter(found))


@pytest.mark.parametrize(
    ("findings", "status"), [([ok("a"), note("b")], 0), ([ok("a"), problem("b")], 1)]
)
def test_the_status_says_whether_a_run_would_fail(
    local: Path, monkeypatch: pytest.MonkeyPatch, findings: list[Finding], status: int
) -> None:
    planned(monkeypatch, *findings)
    assert main([]) == status


def test_findings_are_shown_by_area(
    local: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned(monkeypatch, ok("a"), note("b", "do c"))
    main([])
    assert capsys.readouterr().out.splitlines() == [
        "Area",
        "  ✓ a",
        "  ! b",
        "    → do c",
        "",
        "✓ 1 remark, and no problem: a run would work.",
    ]


def test_programs_get_json(
    local: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned(monkeypatch, ok("a"), problem("b", "do c"))
    assert main(["--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["issue"]) == (False, "")
    assert [(each["state"], each["message"]) for each in found["findings"]] == [
        ("ok", "a"),
        ("problem", "b"),
    ]


@pytest.mark.parametrize("arguments", [["--help"], ["--json", "x"], ["denver"]])
def test_other_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match=r"bin/doctor \[--json\]"):
        main(arguments)


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_secrets_of_the_settings_are_hidden_here_too(
    local: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    (local.parent / ".env").write_text(f"USAJOBS_API_KEY='{PLANTED}'\nUSAJOBS_EMAIL=a@b.org\n")
    planned(monkeypatch, problem(f"{PLANTED} of a@b.org", f"not {PLANTED}"))
    main(arguments)
    output = "".join(capsys.readouterr())
    assert "***" in output
    assert PLANTED not in output
    assert "a@b.org" not in output


# --- the process of the checks


def test_lines_of_the_process_become_findings(checks: Any) -> None:
    lines = [{"begins": "X"}, ok("a", area="X").to_json(), {"ends": True}]
    script = "\n".join(f"print({json.dumps(json.dumps(line))})" for line in lines)
    assert results(checks(f"print('a warning')\n{script}")) == [ok("a", area="X")]


def test_a_process_that_breaks_off_is_a_problem_with_its_last_words(checks: Any) -> None:
    (found,) = results(checks("raise SystemExit('no memory')"))
    assert (found.state, found.message) == (State.PROBLEM, "The checks broke off. no memory")


def test_a_process_that_hangs_is_ended(checks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DOCTOR_CHECK_SECONDS", 0.5)
    monkeypatch.setattr(doctor_command, "ENDS_SECONDS", 0.5)
    (found,) = results(checks("import time; time.sleep(3600)"))
    assert (found.state, found.message) == (
        State.PROBLEM,
        "The checks hang, so they were ended.",
    )


# --- what it says of this machine


def here(monkeypatch: pytest.MonkeyPatch) -> tuple[Plan, list[tuple[State, str]]]:
    plans = []
    monkeypatch.setattr(doctor_command, "_results", lambda plan: plans.append(plan) or iter([]))
    found = [
        (each.state, each.message) for _, each in doctor_command._all_checks(os.environ) if each
    ]
    return plans[0], found


def test_without_a_stack_mongodb_is_started_for_the_checks_and_the_rest_is_left_out(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, found = here(monkeypatch)
    assert {state for state, _ in found} == {State.NOTE, State.SKIPPED}
    assert plan.arguments == ["--local", "--stopped", "--skip", "USAJOBS", "--skip", "Processes"]
    assert json.loads(plan.environment["AIRFLOW_CONN_MONGO"])["host"] == LOOPBACK
    assert not list(local.rglob("airflow.db"))


def test_with_an_account_usajobs_is_asked_and_its_variables_are_not_handed_on(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAJOBS_EMAIL", "a@b.org")
    monkeypatch.setenv("USAJOBS_API_KEY", PLANTED)
    plan, found = here(monkeypatch)
    assert "USAJOBS" not in plan.arguments
    assert not any("sample API" in words for _, words in found)
    assert not {"USAJOBS_EMAIL", "USAJOBS_API_KEY"} & plan.environment.keys()


def test_settings_that_are_not_valid_are_problems_and_the_checks_go_on(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAJOBS_EMAIL", "a@b.org")
    monkeypatch.setenv("AIRFLOW_CONN_MONGO", f"mongo://u:{PLANTED}@host/db")
    monkeypatch.setenv("HTTPS_PROXY", f"socks9://user:planted-secret@{LOOPBACK}:1")
    plan, found = here(monkeypatch)
    bad = [words for state, words in found if state == State.PROBLEM]
    named = ("USAJOBS_API_KEY is not", "not the address of a proxy", "is not in JSON form")
    assert [words in each for words, each in zip(named, bad, strict=True)] == [True] * 3
    assert PLANTED not in str(bad)
    assert "socks9" not in str(plan.environment)


def test_what_keeps_all_checks_from_starting_is_a_problem_too(
    local: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> None:
        raise UsageError("The secret can't be read.")

    monkeypatch.setattr(doctor_command, "local_environment", refuse)
    assert main(["--json"]) == 1
    assert "The secret can't be read." in capsys.readouterr().out


def test_a_port_that_another_program_has_is_a_problem(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("JOB_TRACKER_PORT", str(port))
        _, found = here(monkeypatch)
    (words,) = [words for state, words in found if state == State.PROBLEM]
    assert words.startswith(f"Port {port}, needed for Airflow's pages, is taken")


def test_in_an_airflow_of_ones_own_its_connections_are_used_and_its_servers_expected(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(GIVEN_AIRFLOW, "/opt/airflow")
    plan, found = here(monkeypatch)
    assert (plan.arguments, found) == ([], [])
    assert "AIRFLOW_CONN_USAJOBS" not in plan.environment


@pytest.mark.parametrize(
    ("path", "left"), [("{0}:/opt/x", "/opt/x"), ("{0}:{0}", "{0}"), ("/opt/x", "/opt/x")]
)
def test_there_the_project_counts_as_found_only_if_airflow_finds_it_too(
    local: Path, monkeypatch: pytest.MonkeyPatch, path: str, left: str
) -> None:
    monkeypatch.setenv(GIVEN_AIRFLOW, "/opt/airflow")
    monkeypatch.setenv("PYTHONPATH", path.format(settings.PROJECT))
    plan, _ = here(monkeypatch)
    assert plan.environment["PYTHONPATH"] == left.format(settings.PROJECT)


def test_no_secret_is_in_the_whole_output_while_all_fails(
    local: Path,
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert database.client.address
    usajobs = {"conn_type": "http", "host": f"http://{LOOPBACK}:{free_port()}", "login": "a@b.org"}
    mongo = {"conn_type": "mongo", "host": LOOPBACK, "port": database.client.address[1]}
    login = {"login": "user", "password": PLANTED}
    for name, value in {
        "AIRFLOW_CONN_USAJOBS": json.dumps({**usajobs, "password": PLANTED}),
        "AIRFLOW_CONN_MONGO": json.dumps({**mongo, **login}),
        "HTTP_PROXY": f"http://user:planted-secret@{LOOPBACK}:1",
        "HTTPS_PROXY": f"socks5h://user:planted-secret@{LOOPBACK}:1",
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["--json"]) == 1
    output = "".join(capsys.readouterr())
    assert PLANTED not in output
    failed = {each["area"] for each in json.loads(output)["findings"] if each["state"] == "problem"}
    assert {"MongoDB", "USAJOBS"} <= failed
