"""Asks others about the pinned versions: is one known to be vulnerable, was one withdrawn?

    ./test.sh --audit                   # or: ./test.sh --airflow 2.11 --audit

The advisories come from the database of osv.dev, by pip-audit; whether its authors have withdrawn
("yanked") a version is said by the package index that pip is set to use. It ends with 0 if nothing
was found, 1 if something was, and 3 if nothing was found but not everything could be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.supply.pins import Pins, constraints, pins, requirement_files

ADVISORIES = "https://api.osv.dev/v1/query"
FOUND, NOT_ASKED = 1, 3


class NotAsked(Exception):
    """Nobody answered, or with something else than an answer; the text says why."""


def vulnerable(pinned: Pins, service: str = ADVISORIES) -> list[str]:
    """Return a line for each pinned version with a known vulnerability; NotAsked."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("".join(f"{name}=={version}\n" for name, version in pinned.items()))
        # Its exit status is the same for a finding and for a service that doesn't answer.
        answer = answer_of(
            *("pip_audit", "--requirement", str(file), "--no-deps", "--disable-pip"),
            *("--vulnerability-service", "osv", "--osv-url", service),
            *("--format", "json", "--progress-spinner", "off"),
        )
    audited = [package for package in answer["dependencies"] if "vulns" in package]
    # pip-audit finds nothing in what it leaves out.
    if left_out := pinned.keys() - {package["name"] for package in audited}:
        raise NotAsked(f"pip-audit left out {', '.join(sorted(left_out))}")
    return [
        f"{package['name']} {package['version']}: {advisory(each)}"
        for package in audited
        for each in package["vulns"]
    ]


def advisory(vulnerability: dict[str, Any]) -> str:
    """Return how an advisory is called, and the versions that fix it."""
    names = ", ".join([vulnerability["id"], *vulnerability["aliases"]])
    return f"{names}; fixed in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"


def withdrawn(requirements: Sequence[Path], constrained_by: Path) -> list[str]:
    """Return a line for each version that pip would install though it is withdrawn; NotAsked."""
    files = [argument for file in requirements for argument in ("--requirement", str(file))]
    answer = answer_of(
        *("pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"),
        *("--retries", "1", *files, "--constraint", str(constrained_by)),
    )
    return [
        f"{package['metadata']['name']} {package['metadata']['version']}: withdrawn by its authors"
        for package in answer["install"]
        if package["is_yanked"]
    ]


def answer_of(*command: str) -> dict[str, Any]:
    """Return the JSON that a Python module prints, whatever its exit status; NotAsked."""
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise NotAsked(reason_in(done.stderr)) from None
    return answer


def reason_in(complaint: str) -> str:
    """Return the line that says what went wrong: pip begins with it, a traceback ends with it."""
    lines = complaint.strip().splitlines() or ["it said nothing"]
    pips = (line for line in lines if "connection broken by" in line or line.startswith("ERROR: "))
    return next(pips, lines[-1])


def audit(subject: str, questions: dict[str, Callable[[], list[str]]]) -> int:
    """Print what each question finds, or why it could not be asked; return the exit status."""
    statuses = {0}
    for question, ask in questions.items():
        try:
            found = ask()
        except NotAsked as reason:
            print(f"{subject}: {question}: skipped, could not be asked: {reason}")
            statuses.add(NOT_ASKED)
            continue
        print(f"{subject}: {question}: {len(found) or 'nothing'} found")
        for finding in found:
            print(f"  ✗ {finding}")
            statuses.add(FOUND)
    return FOUND if FOUND in statuses else max(statuses)


def main(line: str) -> int:
    """Audit the versions of an Airflow line."""
    pinned = pins(line)
    return audit(
        f"{len(pinned)} versions for Airflow {line}",
        {
            "known vulnerabilities": lambda: vulnerable(pinned),
            "withdrawn versions": lambda: withdrawn(requirement_files(line), constraints(line)),
        },
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
