"""Which part of a posting's pay is within a seeker's reach: that of the grades in the window.

Bands of other pay plans can't be compared with grades, except by what they pay.
"""

from __future__ import annotations

from include.jobs.general_schedule import GRADES, GradePay, grade_pay
from include.jobs.office_time import eastern_day
from include.jobs.pay import PayRange, as_posted
from include.jobs.position import Position
from include.matching.context import MatchContext


def pay_year(position: Position) -> int | None:
    """Return the year whose pay a posting names: that of the day on which it was published."""
    moment = position.published_at or position.closes_at
    return eastern_day(moment).year if moment else None


def local_pay(position: Position, context: MatchContext) -> GradePay:
    """Return what grades pay in a posting's year at the search's place."""
    return grade_pay(pay_year(position), *context.pay_place)


def by_table(position: Position, context: MatchContext) -> str:
    """Return which table was used, as the end of a sentence; nothing for that of the same year."""
    year = local_pay(position, context).year
    return "" if year == pay_year(position) else f", by the pay table of {year}"


def offered_grades(position: Position) -> tuple[int, int] | None:
    """Return the lowest and the highest grade on the General Schedule; None if none is given."""
    grade = position.grade
    if grade is None or not grade.on_general_schedule:
        return None
    ends = [end for end in (grade.low, grade.high) if isinstance(end, int)]
    return (min(ends), max(ends)) if ends else None


def ladder_top(position: Position, context: MatchContext) -> int | None:
    """Return the grade to which a posting below the window leads, if that is in it or above."""
    grades, potential = offered_grades(position), position.facts.promotion_potential
    if grades is None or grades[1] >= context.grades.low or not isinstance(potential, int):
        return None
    return potential if context.grades.low <= potential <= GRADES[-1] else None


def fitting_grade(position: Position, context: MatchContext) -> int | None:
    """Return the grade whose pay counts beside that of a posting below the window; None for others.

    Of a career ladder it is the highest within reach, without one the target: if that pays too
    little as well, the low grade isn't the only thing that is wrong.
    """
    grades = offered_grades(position)
    if grades is None or grades[1] >= context.grades.low:
        return None
    top = ladder_top(position, context)
    return context.grades.target if top is None else min(top, context.grades.high)


def table_decides(position: Position, context: MatchContext) -> bool:
    """Return whether the pay table decides how much of a posting is within reach."""
    grades = offered_grades(position)
    return grades is None or grades[0] <= context.grades.high < grades[1]


def is_band_out_of_reach(position: Position, offered: PayRange, context: MatchContext) -> bool:
    """Return whether what has no grades begins where the grade above the window does.

    Above GS-15 there is none; there it has to pay more than GS-15.
    """
    if not offered.has_minimum:
        return False
    limit = band_limit(position, offered, context)
    if context.grades.high + 1 in GRADES:
        return offered.minimum >= limit
    return offered.minimum > limit


def band_limit(position: Position, offered: PayRange, context: MatchContext) -> float:
    """Return the pay of the grade above the window, in dollars a year; above GS-15, that of GS-15.

    Rates per hour are compared with rates per hour, which are rounded.
    """
    local, high = local_pay(position, context), context.grades.high
    yearly = local.bottom(high + 1) if high + 1 in GRADES else local.top(high)
    return as_posted(yearly, offered.minimum_basis)


def reachable_top(position: Position, offered: PayRange, context: MatchContext) -> float | None:
    """Return the most of the offered pay that the window of grades can reach, in dollars a year.

    None if nothing of it is. Where all grades are in the window, it is all: special rates may be
    higher than the table's.
    """
    grades, high = offered_grades(position), context.grades.high
    if grades and grades[1] <= high:
        return offered.maximum
    if grades[0] > high if grades else is_band_out_of_reach(position, offered, context):
        return None
    lowest = offered.minimum if offered.has_minimum else 0.0
    top = as_posted(local_pay(position, context).top(high), offered.basis)
    return max(lowest, min(offered.maximum, top))
