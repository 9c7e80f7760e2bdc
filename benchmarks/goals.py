"""How fast it is meant to be: a limit for a line of the table, of its ratio or of its figure."""

from __future__ import annotations

import re
from typing import NamedTuple

from benchmarks.part import Line

RATIO = ""


class Goal(NamedTuple):
    """At most so many of the unit that a line was measured in, or `RATIO`."""

    limit: float
    unit: str = RATIO

    def __str__(self) -> str:
        return f"{'' if self.unit else 'ratio '}≤ {self.limit:g} {self.unit}".strip()

    def is_met_by(self, line: Line) -> bool:
        """Return whether a line keeps to it; raises what `share_of` does."""
        return self.share_of(line) <= 1

    def share_of(self, line: Line) -> float:
        """Return what a line takes of it: 2.0 is twice as much as it may.

        Raises:
            ValueError: the line has no such figure.
        """
        value, unit = (line.ratio, RATIO) if self.unit == RATIO else line.figure
        if value is None or unit != self.unit:
            raise ValueError(f"{line.what}: {line.measured} is not measured in {self.unit}")
        return value / self.limit

    def missed_by(self, line: Line) -> str:
        """Return by how much a line misses it, empty if it is met; raises what `share_of` does."""
        share = self.share_of(line)
        if share <= 1:
            return ""
        return f"{share:.1f} times as much" if share >= 2 else f"{share - 1:.0%} more"


GOALS = {
    "extract, ": Goal(1.5),
    "transform, ": Goal(1.8),
    "load, unchanged, ": Goal(1.2),
    "load, ": Goal(1.2),
    "peak memory of ": Goal(512, "MB"),
    "rows through Airflow": Goal(0.4),
    "highest memory of a task": Goal(0.5),
    "a run of the DAG": Goal(2, "s"),
    "first installation": Goal(15, "s"),
    "./run.sh, until it is up": Goal(12, "s"),
    "./run.sh --once": Goal(9, "s"),
    "Ctrl-C": Goal(1.5, "s"),
    "bin/airflow dags list": Goal(2.5, "s"),
    "95 of 100 answers": Goal(100, "ms"),
    "load of 500 beside": Goal(1.1),
}
"""The goal of each line that begins with these words, or with a number and these words."""


def goal_of(line: Line) -> Goal | None:
    """Return the goal of a line, if it has one."""
    return next((goal for words, goal in GOALS.items() if _begins_with(line.what, words)), None)


def _begins_with(what: str, words: str) -> bool:
    return re.match(rf"([\d,]+ )?{re.escape(words)}", what) is not None
