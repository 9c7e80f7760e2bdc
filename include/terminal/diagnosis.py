"""Shows what `bin/doctor` found: a line each, a summary, and a block to paste into an issue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from include import __version__
from include.doctor.findings import Finding, State
from include.jobs.formatting import count, plain

MIN_WIDTH = 40

MARKS = {
    State.OK: ("✓", "green"),
    State.NOTE: ("!", "bold yellow"),
    State.PROBLEM: ("✗", "bold red"),
    State.SKIPPED: ("-", "dim"),
}


def show_area(console: Console, area: str) -> None:
    """Print the heading of a check."""
    console.print(Text(area, "bold"))


def show_finding(console: Console, finding: Finding) -> None:
    """Print a finding, and below it what to do."""
    mark, style = MARKS[finding.state]
    _print_wrapped(console, Text(f"  {mark} ", style), finding.message)
    if finding.advice:
        _print_wrapped(console, Text("    → "), finding.advice)


def _print_wrapped(console: Console, mark: Text, words: str) -> None:
    """Print words beside a mark; lines are not filled up with spaces, as Rich's tables are."""
    indent = " " * len(mark)
    lines = wrap(
        plain(words),
        max(console.width - len(mark), MIN_WIDTH),
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(Text.assemble(mark, f"\n{indent}".join(lines)), soft_wrap=True)


def show_summary(console: Console, findings: Sequence[Finding]) -> None:
    """Print whether a run would work, and the block for an issue if anything differs."""
    states = Counter(finding.state for finding in findings)
    notes = count(states[State.NOTE], "remark")
    console.print()
    if states[State.PROBLEM]:
        problems = count(states[State.PROBLEM], "problem")
        also = f", {notes}" if states[State.NOTE] else ""
        console.print(Text(f"✗ {problems}{also}: a run would fail.", "bold red"))
    elif states[State.NOTE]:
        console.print(Text(f"✓ {notes}, and no problem: a run would work.", "bold"))
    else:
        console.print(Text("✓ All is well.", "bold green"))
    if block := issue_block(findings):
        console.print()
        console.print(Text("To report the differences, paste this into an issue:", "bold"))
        console.print(Text(block), soft_wrap=True)


def issue_block(findings: Iterable[Finding]) -> str:
    """Return the versions and all differences as Markdown; empty without differences."""
    findings = list(findings)
    lines = [
        f"- {finding.area}, `{each['field']}`: {each['problem']}"
        + (f" `{each['value']}`" if each["value"] else "")
        + f" ({each['count']})"
        for finding in findings
        for each in finding.differences
    ]
    if not lines:
        return ""
    versions = {"Job Tracker": __version__}
    for finding in findings:
        versions |= finding.versions
    return "\n".join(
        ["```", *(f"{name} {number}" for name, number in versions.items()), *lines, "```"]
    )
