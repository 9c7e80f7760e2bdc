"""Checks run to their end, whatever one of them does."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from include.doctor.findings import Check, Finding, State, findings, note, ok, problem


def found(run: object, seconds: float = 5) -> list[Finding]:
    return list(findings(Check("Area", run, seconds)))  # type: ignore[arg-type]


def test_findings_carry_their_area() -> None:
    assert found(lambda: [ok("well"), note("so", "do")]) == [
        Finding("well", area="Area"),
        Finding("so", State.NOTE, "do", area="Area"),
    ]


def test_an_error_is_a_problem_and_its_text_is_not_shown() -> None:
    def run() -> Iterator[Finding]:
        yield ok("well")
        raise ValueError("password hunter22")

    first, second = found(run)
    assert first.state == State.OK
    assert (second.state, second.message) == (State.PROBLEM, "The check failed with ValueError.")


def test_a_check_that_hangs_is_left_alone_after_its_time() -> None:
    may_go_on = threading.Event()

    def run() -> Iterator[Finding]:
        yield ok("well")
        may_go_on.wait()

    first, second = found(run, seconds=0.5)
    may_go_on.set()
    assert (first.message, second.state) == ("well", State.PROBLEM)
    assert "no result within" in second.message


def test_a_finding_survives_json() -> None:
    finding = problem("bad", "do", versions={"MongoDB": "8"}, area="X")
    assert Finding.from_json(finding.to_json()) == finding
