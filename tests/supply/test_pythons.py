"""The versions of Python that the project says it runs on are the same everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from include.local.settings import PROJECT
from tests.supply.pins import LINES, constraints

OLDEST = 11


def newest(line: str) -> int:
    script = f'. "{PROJECT}/bin/environment.sh"; newest_python {line}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return int(done.stdout.strip().removeprefix("3."))


def pythons(line: str) -> list[str]:
    return [f"3.{minor}" for minor in range(OLDEST, newest(line) + 1)]


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("line", LINES)
def test_the_constraints_name_the_pythons_of_their_airflow(line: str) -> None:
    oldest, *_, latest = pythons(line)

    assert f"(Python {oldest} to {latest})" in constraints(line).read_text(encoding="utf-8")


def test_the_project_requires_the_pythons_of_the_default_airflow() -> None:
    wanted = SpecifierSet(tomllib.loads(read("pyproject.toml"))["project"]["requires-python"])

    assert [each for each in (f"3.{n}" for n in range(8, 30)) if each in wanted] == pythons("3.3")


def test_the_readme_and_the_documentation_name_them() -> None:
    *others, latest = pythons("3.3")
    assert f"all you need is Python {', '.join(others)} or {latest}:" in read("README.md")
    assert f"| Python | {others[0]} to {latest}; {' and '.join(pythons('2.11'))} with" in read(
        "docs/develop.md"
    )
    assert f"# Needs Python {others[0]} to {latest};" in read("run.sh")


def test_every_python_is_looked_for_on_path_newest_first() -> None:
    looked_for = " ".join(f"python{each}" for each in reversed(pythons("3.3")))

    assert f"for candidate in python3 {looked_for}; do" in read("bin/environment.sh")
    assert ", ".join(f"`{each}`" for each in f"python3 {looked_for}".split()) in read(
        "docs/operate.md"
    )


def test_the_workflows_and_the_image_run_on_one_of_them() -> None:
    text = "\n".join(file.read_text() for file in (PROJECT / ".github" / "workflows").iterdir())
    used = set(re.findall(r"python(?:-version)?: ?\"?(3\.\d+)", f"{text}\n{read('Dockerfile')}"))
    used |= set(re.findall(r"-python(3\.\d+)", read("Dockerfile")))

    assert used
    assert used <= set(pythons("3.3"))
    test = yaml.safe_load(read(".github/workflows/test.yml"))["jobs"]["test"]
    assert test["container"].removeprefix("python:").partition("-")[0] in pythons("2.11")


@pytest.mark.both_lines
def test_these_tests_run_on_one_of_them() -> None:
    line = ".".join(version("apache-airflow").split(".")[:2])

    assert f"3.{sys.version_info.minor}" in pythons(line)


def test_a_clone_has_the_line_ends_that_bash_reads_whatever_git_is_set_to() -> None:
    said = "run.sh: eol: lf\nbin/fill-env: eol: lf\ndocker/create-users.js: eol: lf\n"
    done = subprocess.run(
        ["git", "check-attr", "eol", "run.sh", "bin/fill-env", "docker/create-users.js"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == said
