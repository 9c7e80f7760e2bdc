"""The workflows of .github/, as far as they can be judged without running them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from include.local.settings import PROJECT

WORKFLOWS = PROJECT / ".github" / "workflows"


def jobs(workflow: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / workflow).read_text())["jobs"]
    return found


def workflows() -> list[str]:
    return [file.name for file in WORKFLOWS.iterdir()]


def commands(workflow: str) -> list[str]:
    steps = [step for job in jobs(workflow).values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize(("workflow", "job"), [("test.yml", "test"), ("audit.yml", "versions")])
def test_every_airflow_line_that_is_pinned_is_tested_and_audited(workflow: str, job: str) -> None:
    pinned = {file.stem.removeprefix("airflow-") for file in (PROJECT / "constraints").iterdir()}

    assert set(jobs(workflow)[job]["strategy"]["matrix"]["airflow"]) == pinned


@pytest.mark.parametrize("workflow", ["test.yml", "audit.yml"])
def test_every_command_and_file_of_the_project_that_a_workflow_runs_is_there(workflow: str) -> None:
    named = {
        each
        for command in commands(workflow)
        for each in re.findall(r"(?<!\S)(?:\./|tests/)\S+", command)
    }

    assert "./test.sh" in named
    assert [each for each in named if not (PROJECT / each).exists()] == []


@pytest.mark.parametrize("workflow", workflows())
def test_a_workflow_reads_the_repository_only_and_ends_by_itself(workflow: str) -> None:
    said = yaml.safe_load((WORKFLOWS / workflow).read_text())

    assert said["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 90 for job in said["jobs"].values())


def test_the_audit_asks_again_while_nothing_changes_here() -> None:
    # YAML reads the key `on` as a truth value.
    triggers = yaml.safe_load((WORKFLOWS / "audit.yml").read_text())[True]

    assert {"push", "schedule"} <= triggers.keys()
    assert [len(each["cron"].split()) for each in triggers["schedule"]] == [5]


def test_an_audit_that_could_not_ask_fails_where_the_internet_is_within_reach() -> None:
    audits = [command for command in commands("audit.yml") if "--audit" in command]

    assert audits == ["./test.sh --airflow ${{ matrix.airflow }} --audit"]


def test_the_whole_history_is_looked_through_for_secrets() -> None:
    checkout, *_, last = jobs("audit.yml")["secrets"]["steps"]

    assert checkout["with"]["fetch-depth"] == 0
    assert last["run"] == "./test.sh tests/test_secrets.py"


def test_no_secret_stands_in_a_workflow() -> None:
    for file in WORKFLOWS.iterdir():
        for value in re.findall(r"(?:password|token): *(\S.*)", file.read_text()):
            assert re.fullmatch(r"\$\{\{ secrets\.\w+ \}\}", value)
