"""The workflows of .github/, beyond what zizmor says of them, which ./test.sh runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from include.local.settings import PROJECT
from tests.supply.pins import LINES

WORKFLOWS = {
    file.name: yaml.safe_load(file.read_text())
    for file in (PROJECT / ".github" / "workflows").iterdir()
}


def commands(workflow: str) -> list[str]:
    steps = [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_a_workflow_only_reads_the_repository_and_ends_by_itself(workflow: Any) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert all(
        job["timeout-minutes"] <= 90 for job in workflow["jobs"].values() if "uses" not in job
    )


@pytest.mark.parametrize(("workflow", "job"), [("test.yml", "test"), ("audit.yml", "versions")])
def test_every_airflow_line_is_tested_and_audited(workflow: str, job: str) -> None:
    assert WORKFLOWS[workflow]["jobs"][job]["strategy"]["matrix"] == {"airflow": [*LINES]}


@pytest.mark.parametrize("workflow", ["test.yml", "audit.yml"])
def test_every_file_of_the_project_that_a_workflow_runs_exists(workflow: str) -> None:
    named = re.findall(r"(?<!\S)(?:\./|tests/)\S+", "\n".join(commands(workflow)))

    assert "./test.sh" in named
    assert [each for each in named if not (PROJECT / each).exists()] == []


def test_the_audit_asks_again_every_week_and_fails_if_it_could_not_ask() -> None:
    # YAML reads the key `on` as a truth value.
    assert {"push", "schedule"} <= WORKFLOWS["audit.yml"][True].keys()
    assert "./test.sh --airflow ${{ matrix.airflow }} --audit" in commands("audit.yml")


def test_the_whole_history_is_searched_for_secrets() -> None:
    checkout, *_, last = WORKFLOWS["audit.yml"]["jobs"]["secrets"]["steps"]

    assert checkout["with"]["fetch-depth"] == 0
    assert last["run"] == "./test.sh tests/test_secrets.py"


def test_nothing_is_pushed_before_its_commit_is_tested() -> None:
    jobs = WORKFLOWS["image.yml"]["jobs"]
    pushing = [
        name
        for name, job in jobs.items()
        if any("push" in str(step) for step in job.get("steps", ()))
    ]

    assert pushing == ["image"]
    assert jobs[jobs["image"]["needs"]]["uses"] == "./.github/workflows/test.yml"
    assert "workflow_call" in WORKFLOWS["test.yml"][True]
