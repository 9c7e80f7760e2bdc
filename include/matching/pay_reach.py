"""Which part of a posting's pay is within a seeker's reach: that of the grades in the window.

Bands of other pay plans can't be compared with grades, except by what they pay.
"""

from __future__ import annotations

from include.jobs.general_schedule import GRADES, GradePay, grade_pay
from include.jobs.office_time import eastern_day
from include.jobs.pay import PayRange
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.grades import GradeWindow


def pay_year(position: Position) -> int | None:
    """Return the year whose pay a posting names: that of the day on which it was published."""
    moment = position.published_at or position.closes_at
    return eastern_day(moment).year if moment else None


def local_pay(position: Position, context: MatchContext) -> GradePay:
    """Return what grades pay in a posting's year at the search's place."""
    return grade_pay(pay_year(position), *context.pay_place)


def by_table(position: Position, local: GradePay) -> str:
    """Return which table was used, as the end of a sentence; nothing for that of the same year."""
    return "" if local.year == pay_year(position) else f", by the pay table of {local.year}"


def offered_grades(position: Position) -> tuple[int, int] | None:
    """Return the lowest and the highest grade on the General Schedule; None if none is given."""
    grade = position.grade
    if grade is None or not grade.on_general_schedule:
        return None
    ends = [end for end in (grade.low, grade.high) if isinstance(end, int)]
    return (min(ends), max(ends)) if ends else None


def out_of_reach_pay(window: GradeWindow, local: GradePay) -> int:
    """Return the pay, in dollars a year, from which a band is above the window of grades."""
    above = window.high + 1
    return local.bottom(above) if above in GRADES else local.top(window.high) + 1


def reachable_top(position: Position, offered: PayRange, context: MatchContext) -> float | None:
    """Return the most of the offered pay that the window of grades can reach, in dollars a year.

    None if nothing of it is. Where all grades are in the window, it is all: special rates may be
    higher than the table's.
    """
    grades, window = offered_grades(position), context.grades
    if grades and grades[1] <= window.high:
        return offered.maximum
    local = local_pay(position, context)
    lowest = offered.minimum if offered.has_minimum else 0.0
    if grades[0] > window.high if grades else lowest >= out_of_reach_pay(window, local):
        return None
    return max(lowest, min(offered.maximum, local.top(window.high)))
