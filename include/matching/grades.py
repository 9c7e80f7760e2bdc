"""Which grades are attainable with how many years of experience."""

from __future__ import annotations

from typing import NamedTuple

# A year of work at one grade qualifies for the next (OPM, Group Coverage Qualification Standard),
# and careers progress through grades 5, 7, 9, 11 and 12. Higher grades depend on vacancies: three
# years per grade is an assumption.
LADDER = (5, 7, 9, 11, 12, 13, 14, 15)
YEARS_FOR_TARGET = (0, 2, 3, 4, 5, 8, 11, 14)


class GradeWindow(NamedTuple):
    """GS grades within reach: `low` is safe, `target` fits, `high` is a stretch."""

    low: int
    target: int
    high: int


def grade_window(years: int) -> GradeWindow:
    """Return the grades attainable with so many years of relevant work: 11 to 13 with five."""
    rung = sum(years >= needed for needed in YEARS_FOR_TARGET) - 1
    return GradeWindow(
        LADDER[max(rung - 1, 0)], LADDER[rung], LADDER[min(rung + 1, len(LADDER) - 1)]
    )
