"""The workflows of .github/, beyond what zizmor says of them, which ./test.sh runs."""

from __future__ import annotations

import json
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


RENOVATE = json.loads((PROJECT / ".github" / "renovate.json").read_text())
FILES = [*PROJECT.glob(".github/workflows/*"), *PROJECT.glob("deploy/*/*")]


def text(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


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
    assert './test.sh --airflow "$LINE" --audit' in commands("audit.yml")


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


def image_steps() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = WORKFLOWS["image.yml"]["jobs"]["image"]["steps"]
    return steps


def test_the_image_runs_once_before_anybody_logs_in_to_push_it() -> None:
    names = [step.get("uses", step.get("name", "")).partition("@")[0] for step in image_steps()]
    (tried,) = [step["run"] for step in image_steps() if "run" in step]

    assert tried.rstrip().endswith("job-tracker:tried once")
    built, pushed = [step for step in image_steps() if "build-push" in step.get("uses", "")]
    assert built["with"]["load"] is True
    assert "push" not in built["with"]
    assert names.index("Try it, with the sample API") < names.index("docker/login-action")
    # What is pushed is what was tried, and the same for another kind of machine.
    same = ("context", "build-contexts")
    assert [built["with"][key] for key in same] == [pushed["with"][key] for key in same]


def test_an_image_is_pushed_with_what_is_in_it_and_how_it_was_built() -> None:
    (pushed,) = [step["with"] for step in image_steps() if step.get("with", {}).get("push")]

    assert (pushed["sbom"], pushed["provenance"]) == (True, "mode=max")


def test_the_image_has_the_base_of_the_dockerfile_without_what_nobody_uses() -> None:
    name, tag = r"(apache/airflow)", r"(3[\w.-]+)(?:@\S+)?"
    (base,) = re.findall(f"^FROM {name}:{tag} AS airflow$", text("Dockerfile"), re.MULTILINE)
    pushed = WORKFLOWS["image.yml"]["jobs"]["image"]["env"]["BASE"]

    assert re.fullmatch(rf"airflow=docker-image://{name}:slim-{tag}", pushed).groups() == base


def managed(manager: str) -> list[str]:
    """The project's files that an updating robot reads with this manager."""
    patterns = RENOVATE[manager]["managerFilePatterns"]
    texts = [*PROJECT.glob("*.txt"), *PROJECT.glob("*/*.txt")]
    files = [str(each.relative_to(PROJECT)) for each in texts]
    return sorted(f for f in files if any(re.search(each.strip("/"), f) for each in patterns))


def test_every_pin_of_a_package_is_kept_up_to_date() -> None:
    expected = [*PROJECT.glob("constraints/*.txt"), *PROJECT.glob("requirements*.txt")]

    assert managed("pip_requirements") == sorted(
        str(each.relative_to(PROJECT)) for each in expected
    )


@pytest.mark.parametrize(
    "manager", RENOVATE["customManagers"], ids=lambda each: each["description"]
)
def test_every_version_that_only_a_pattern_finds_is_found(manager: Any) -> None:
    (file_pattern,), (pattern,) = manager["managerFilePatterns"], manager["matchStrings"]
    (file,) = [f for f in FILES if re.search(file_pattern.strip("/"), str(f.relative_to(PROJECT)))]

    found = re.search(pattern.replace("(?<", "(?P<"), file.read_text(encoding="utf-8"))
    assert found
    assert re.search(r"\d\.\d", found["currentValue"])
