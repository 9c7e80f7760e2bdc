"""What a check found, and how checks are run: one after the other, each within a time limit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from include.usajobs.drift import DriftEntry


class State(StrEnum):
    """What a finding means for a run."""

    OK = "ok"
    NOTE = "note"
    """A run works all the same."""
    PROBLEM = "problem"
    """A run would fail, or would not start."""
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One line: what is well or what is not, and what to do about it.

    `versions` and `differences` go into the block that can be pasted into an issue.
    """

    message: str
    state: State = State.OK
    advice: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    differences: list[DriftEntry] = field(default_factory=list)
    area: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Finding:
        """Return the finding that `to_json` wrote."""
        return cls(**{**values, "state": State(values["state"])})


def ok(message: str, **more: Any) -> Finding:
    """Return a finding that all is well."""
    return Finding(message, **more)


def note(message: str, advice: str = "", **more: Any) -> Finding:
    """Return a finding that doesn't keep a run from working."""
    return Finding(message, State.NOTE, advice, **more)


def problem(message: str, advice: str = "", **more: Any) -> Finding:
    """Return a finding that makes a run fail."""
    return Finding(message, State.PROBLEM, advice, **more)


def skipped(message: str) -> Finding:
    """Return a finding that something was not checked."""
    return Finding(message, State.SKIPPED)


@dataclass(frozen=True)
class Check:
    """A check of one area; `run` yields its findings."""

    area: str
    run: Callable[[], Iterable[Finding]]
    seconds: float


def findings(check: Check) -> Iterator[Finding]:
    """Yield what a check finds; if it raises an error or takes too long, that is a problem too.

    The check runs in a thread that is left alone when its time is up. An error's text may quote a
    secret, so only its kind is shown.
    """
    found: SimpleQueue[Finding | None] = SimpleQueue()

    def run() -> None:
        try:
            for finding in check.run():
                found.put(finding)
        except Exception as error:
            found.put(
                problem(f"The check failed with {type(error).__name__}.", "Please report this.")
            )
        found.put(None)

    threading.Thread(target=run, daemon=True).start()
    deadline = monotonic() + check.seconds
    while True:
        try:
            finding = found.get(timeout=max(0.0, deadline - monotonic()))
        except Empty:
            finding = problem(
                f"There was no result within {check.seconds:.0f} seconds.",
                "Something that this check asks doesn't answer; the other checks go on.",
            )
            yield _in_area(finding, check.area)
            return
        if finding is None:
            return
        yield _in_area(finding, check.area)


def _in_area(finding: Finding, area: str) -> Finding:
    return Finding(**{**vars(finding), "area": area})
