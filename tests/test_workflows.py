"""The workflows of .github/, as far as they can be judged without running them."""

from __future__ import annotations

import re
from typing import Any

import yaml

from include.local.settings import PROJECT

WORKFLOWS = PROJECT / ".github" / "workflows"


def jobs(workflow: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / workflow).read_text())["jobs"]
    return found


def test_every_airflow_line_that_is_pinned_is_tested() -> None:
    pinned = {file.stem.removeprefix("airflow-") for file in (PROJECT / "constraints").iterdir()}

    assert set(jobs("test.yml")["test"]["strategy"]["matrix"]["airflow"]) == pinned


def test_every_command_of_the_project_that_a_workflow_runs_is_there() -> None:
    steps = [step for job in jobs("test.yml").values() for step in job["steps"]]
    commands = {
        each for step in steps for each in re.findall(r"(?<!\S)\./\S+", step.get("run", ""))
    }

    assert commands
    assert all((PROJECT / command).is_file() for command in commands)


def test_no_secret_stands_in_a_workflow() -> None:
    for file in WORKFLOWS.iterdir():
        for value in re.findall(r"(?:password|token): *(\S.*)", file.read_text()):
            assert re.fullmatch(r"\$\{\{ secrets\.\w+ \}\}", value)
