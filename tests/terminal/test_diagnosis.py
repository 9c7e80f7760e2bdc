"""How findings are shown in a terminal of 80 columns, and what goes into an issue."""

from __future__ import annotations

import tomllib
from io import StringIO

import pytest
from rich.console import Console

from include import __version__
from include.doctor.findings import Finding, State, note, ok, problem
from include.local.settings import PROJECT
from include.terminal.diagnosis import issue_block, show_finding, show_summary
from include.usajobs.drift import DriftEntry

NEW_KEY: DriftEntry = {"field": "A[].B", "problem": "unknown key", "value": "str", "count": 10}
LACKING: DriftEntry = {"field": "A[].C", "problem": "missing key", "value": "", "count": 1}


def shown(*findings: Finding, summary: bool = False) -> str:
    output = StringIO()
    console = Console(file=output, width=80, highlight=False)
    for finding in findings:
        show_finding(console, finding)
    if summary:
        show_summary(console, findings)
    return output.getvalue()


def test_a_finding_is_one_line_and_its_advice_another() -> None:
    assert shown(problem("It is bad.", "Do it.")) == "  ✗ It is bad.\n    → Do it.\n"
    assert shown(ok("Well.")) == "  ✓ Well.\n"


def test_long_lines_are_wrapped_beside_the_mark_and_not_filled_up() -> None:
    lines = shown(note("word " * 40, "other " * 40)).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert {line[:4] for line in lines[1:3]} == {"    "}


def test_control_characters_and_markup_steer_no_terminal() -> None:
    assert shown(ok("a\x1b[31mb [bold]c[/bold]")) == "  ✓ a [31mb [bold]c[/bold]\n"


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ([ok("a")], "✓ All is well."),
        ([ok("a"), note("b")], "✓ 1 remark, and no problem: a run would work."),
        ([problem("a"), note("b")], "✗ 1 problem, 1 remark: a run would fail."),
        ([problem("a"), problem("b")], "✗ 2 problems: a run would fail."),
    ],
)
def test_the_summary_says_whether_a_run_would_work(findings: list[Finding], words: str) -> None:
    assert shown(*findings, summary=True).splitlines()[-1] == words


def test_the_block_for_an_issue_has_versions_and_all_differences() -> None:
    findings = [
        ok("a", versions={"Airflow": "3.3.2"}),
        Finding("b", State.NOTE, differences=[NEW_KEY, LACKING], area="USAJOBS"),
        ok("c", versions={"MongoDB": "8.0"}),
    ]
    assert issue_block(findings).splitlines() == [
        "```",
        f"Job Tracker {__version__}",
        "Airflow 3.3.2",
        "MongoDB 8.0",
        "- USAJOBS, `A[].B`: unknown key `str` (10)",
        "- USAJOBS, `A[].C`: missing key (1)",
        "```",
    ]
    assert "paste this into an issue" in shown(*findings, summary=True)


def test_without_differences_there_is_no_block() -> None:
    assert issue_block([ok("a", versions={"Airflow": "3.3.2"})]) == ""


def test_the_version_of_the_program_is_that_of_the_project() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
