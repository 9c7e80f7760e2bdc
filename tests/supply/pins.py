"""The versions in constraints/, and the requirements that they are for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from include.local.settings import PROJECT

LINES = ("3.3", "2.11")

Pins = dict[str, str]
"""A package's canonical name, and its one version."""


def constraints(line: str) -> Path:
    """Return the file with the versions of an Airflow line."""
    return PROJECT / "constraints" / f"airflow-{line}.txt"


def requirement_files(line: str) -> list[Path]:
    """Return the files that are installed with the line's constraints; the image has one line."""
    image = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    for_image = f"constraints/{constraints(line).name}" in image
    return [
        file
        for file in sorted(PROJECT.glob("requirements*.txt"))
        if for_image or file.name != "requirements-image.txt"
    ]


def entries(text: str) -> list[str]:
    """Return what a requirements or constraints file says, without comments and empty lines."""
    return [entry for line in text.splitlines() if (entry := line.split("#")[0].strip())]


def requirements(file: Path) -> list[Requirement]:
    """Return what a requirements file asks for itself, without the files that it includes."""
    said = entries(file.read_text(encoding="utf-8"))
    return [Requirement(entry) for entry in said if not entry.startswith("-r ")]


def exact(wanted: Iterable[Requirement]) -> Pins:
    """Return those that name one version, `==`, and no other condition."""
    return {
        canonicalize_name(each.name): next(iter(each.specifier)).version
        for each in wanted
        if [condition.operator for condition in each.specifier] == ["=="]
    }


def pins(line: str) -> Pins:
    """Return every version that is pinned for an Airflow line, also in a requirements file."""
    files = [*requirement_files(line), constraints(line)]
    return exact(wanted for file in files for wanted in requirements(file))


def pins_of_every_environment(line: str) -> Pins:
    """Return those of the constraints that the tests have too: the file's first paragraph."""
    everywhere, *_ = constraints(line).read_text(encoding="utf-8").split("\n\n")
    return exact(map(Requirement, entries(everywhere)))
