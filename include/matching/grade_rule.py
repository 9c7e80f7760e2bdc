"""The rule about the grade."""

from __future__ import annotations

from include.jobs.codes import RATE_INTERVALS
from include.jobs.formatting import dollars, grade_range
from include.jobs.general_schedule import GRADES
from include.jobs.pay import PayRange, annual_range
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.grades import LADDER, GradeWindow
from include.matching.pay_reach import (
    band_limit,
    by_table,
    is_band_out_of_reach,
    ladder_top,
    local_pay,
    offered_grades,
)
from include.matching.rule_result import LOW_LEVEL, RuleResult


def grade(position: Position, context: MatchContext) -> RuleResult:
    """Require a grade within reach; bands are judged by their pay."""
    grades, window = offered_grades(position), context.grades
    if position.grade is None or grades is None:
        return _by_pay(position, context)
    plan, (low, high) = position.grade.plan, grades
    years = context.search.years_of_experience
    if low > window.high:
        return RuleResult(
            f"{plan}-{low} is out of reach with {years} years of experience "
            f"(GS-{window.high} is a stretch)",
            "grade_too_high",
        )
    if high < window.low:
        return _ladder(position, context, plan, low, high) or RuleResult(
            f"{plan}-{high} is below what {years} years of experience are worth (GS-{window.low})",
            "grade_too_low",
            cause=LOW_LEVEL,
        )
    return _reachable(plan, low, high, window)


def _ladder(
    position: Position, context: MatchContext, plan: str, low: int, high: int
) -> RuleResult | None:
    """Return what is said of a low grade that leads into the window without a new application."""
    potential = ladder_top(position, context)
    if potential is None:
        return None
    return RuleResult(
        f"{grade_range(plan, low, high)} now, up to {plan}-{potential} (promotion potential)",
        "career_ladder",
        points=0.3,
        cause=LOW_LEVEL,
    )


def _reachable(plan: str, low: int, high: int, window: GradeWindow) -> RuleResult:
    grades = grade_range(plan, low, high)
    focus = _focus(low, high, window)
    if low <= window.target <= high:
        return RuleResult(f"{grades} includes the target, GS-{window.target}", points=focus)
    if low > window.target:
        return RuleResult(f"{grades} is a stretch above GS-{window.target}", points=0.5 * focus)
    return RuleResult(f"{grades} is safe, below GS-{window.target}", points=0.6 * focus)


def _focus(low: int, high: int, window: GradeWindow) -> float:
    """Return how focused on the window a range is, above 0.5 to 1: GS-5 to 15 is hardly."""
    offered = {low, high, *(grade for grade in LADDER if low <= grade <= high)}
    within = sum(window.low <= grade <= window.high for grade in offered)
    return 0.5 + 0.5 * within / len(offered)


def _by_pay(position: Position, context: MatchContext) -> RuleResult:
    """Judge what has no GS grade by its pay; whether that is enough is up to the pay rule."""
    plan = position.grade.plan if position.grade else "no pay plan"
    offered = annual_range(position.PositionRemuneration)
    if offered and is_band_out_of_reach(position, offered, context):
        return RuleResult(
            f"{plan} pays from {_posted(offered.minimum, offered)} "
            f"{RATE_INTERVALS[offered.minimum_basis].period}: "
            f"{_as_grade(position, offered, context)}; GS-{context.grades.high} is a stretch",
            "grade_too_high",
        )
    is_compared = offered is not None and offered.has_minimum
    table = by_table(position, context) if is_compared else ""
    if position.grade and position.grade.on_general_schedule:
        judged = f", judged by pay{table}" if table else ""
        return RuleResult(f"no grade given{judged}", points=0.4)
    return RuleResult(f"{plan}: not graded like GS, judged by pay{table}", points=0.5)


def _as_grade(position: Position, offered: PayRange, context: MatchContext) -> str:
    """Return which grade pays as much as a band that is out of reach."""
    local, high = local_pay(position, context), context.grades.high
    limit = _posted(band_limit(position, offered, context), offered)
    where = f"in the pay area {local.area}{by_table(position, context)}"
    if high + 1 in GRADES:
        return f"GS-{high + 1} ({limit} or more {where})"
    return f"more than GS-{high} ({limit} or less {where})"


def _posted(yearly: float, offered: PayRange) -> str:
    """Return an amount per interval of the least pay that is offered."""
    return dollars(yearly / (RATE_INTERVALS[offered.minimum_basis].per_year or 1))
