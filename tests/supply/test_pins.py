"""What is installed is pinned, and what is pinned is installed."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from include.local.settings import PROJECT
from tests.supply.pins import (
    LINES,
    Pins,
    constraints,
    entries,
    exact,
    pins,
    pins_of_every_environment,
    requirement_files,
    requirements,
)

ONE_VERSION = re.compile(r"[\w.-]+==\d[\w.]*")
# A virtual environment is born with them.
INBORN = {"pip", "setuptools", "wheel"}


@pytest.fixture
def installed() -> Pins:
    if not Path(sys.prefix, "installed").exists():
        pytest.skip("this environment was not made by ./test.sh, and may hold anything")
    return {canonicalize_name(each.name): each.version for each in distributions()}


@pytest.fixture
def line() -> str:
    """The Airflow line of this environment."""
    return ".".join(version("apache-airflow").split(".")[:2])


def without_inborn(packages: Pins) -> Pins:
    return {name: each for name, each in packages.items() if name not in INBORN}


def test_there_is_a_file_of_versions_for_each_airflow_line_and_no_other() -> None:
    assert {constraints(line) for line in LINES} == set((PROJECT / "constraints").iterdir())


@pytest.mark.parametrize("line", LINES)
def test_a_constraint_is_a_name_and_one_version_and_says_nothing_else(line: str) -> None:
    said = entries(constraints(line).read_text(encoding="utf-8"))

    assert [entry for entry in said if not ONE_VERSION.fullmatch(entry)] == []
    assert len({canonicalize_name(entry.split("==")[0]) for entry in said}) == len(said) > 100


@pytest.mark.parametrize(
    ("entry", "is_exact"),
    [
        ("rich==15.0.0", True),
        ("psycopg2-binary==2.9.13.post1", True),
        ("rich", False),
        ("rich>=15.0.0", False),
        ("rich==15.*", False),
        ("rich==15.0.0,!=15.0.1", False),
        ("rich @ https://example.org/rich.whl", False),
        ("rich==15.0.0 --hash=sha256:00", False),
        ("--index-url https://example.org/simple", False),
    ],
)
def test_only_a_version_counts_as_one(entry: str, is_exact: bool) -> None:
    assert bool(ONE_VERSION.fullmatch(entry)) is is_exact


def test_requirements_come_from_the_index_that_pip_is_set_to_and_from_these_files() -> None:
    for file in PROJECT.glob("requirements*.txt"):
        included = re.findall(r"^-.*", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert all(re.fullmatch(r"-r requirements(-\w+)?\.txt", each) for each in included)
        assert [wanted for wanted in requirements(file) if wanted.url] == []


@pytest.mark.parametrize("line", LINES)
def test_every_requirement_is_pinned_at_a_version_that_it_allows(line: str) -> None:
    wanted = [each for file in requirement_files(line) for each in requirements(file)]

    assert len(wanted) > 20
    assert unmet(wanted, pins(line)) == []


@pytest.mark.parametrize(
    ("requirement", "is_met"),
    [("rich>=15", True), ("Rich", True), ("rich>15", False), ("richer", False)],
)
def test_a_requirement_without_a_pin_or_beside_it_is_unmet(requirement: str, is_met: bool) -> None:
    wanted = Requirement(requirement)

    assert unmet([wanted], exact([Requirement("rich==15")])) == ([] if is_met else [wanted])


def unmet(wanted: list[Requirement], pinned: Pins) -> list[Requirement]:
    """A requirement with a version of its own for another system is pinned by that."""
    return [
        each
        for each in wanted
        if (name := canonicalize_name(each.name)) not in pinned
        or not each.specifier.contains(pinned[name], prereleases=True)
    ]


@pytest.mark.both_lines
def test_nothing_is_installed_that_is_not_pinned_at_this_version(
    installed: Pins, line: str
) -> None:
    assert without_inborn(installed).items() <= pins(line).items()


@pytest.mark.both_lines
def test_every_environment_has_all_the_versions_that_are_pinned_for_it(
    installed: Pins, line: str
) -> None:
    pinned = without_inborn(pins_of_every_environment(line))

    assert len(pinned) > 100
    assert pinned.items() <= installed.items()
