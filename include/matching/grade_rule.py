"""The rule about the grade."""

from __future__ import annotations

from include.jobs.formatting import dollars, grade_range
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.grades import TOP_PAY, GradeWindow
from include.matching.rule_result import RuleResult


def grade(position: Position, context: MatchContext) -> RuleResult:
    """Require a grade within reach; bands are judged by their pay."""
    offered, window = position.grade, context.grades
    if offered is None or not offered.on_general_schedule:
        return _band(position, window)
    ends = [end for end in (offered.low, offered.high) if isinstance(end, int)]
    if not ends:
        return RuleResult("no grade given", points=0.4)
    low, high = min(ends), max(ends)
    years = context.search.years_of_experience
    if low > window.high:
        return RuleResult(
            f"{offered.plan}-{low} is out of reach with {years} years of experience "
            f"(GS-{window.high} is a stretch)",
            "grade_too_high",
        )
    if high < window.low:
        return RuleResult(
            f"{offered.plan}-{high} is below what {years} years of experience are worth "
            f"(GS-{window.low})",
            "grade_too_low",
        )
    return _reachable(offered.plan, low, high, window)


def _reachable(plan: str, low: int, high: int, window: GradeWindow) -> RuleResult:
    grades = grade_range(plan, low, high)
    if low <= window.target <= high:
        return RuleResult(f"{grades} includes the target, GS-{window.target}", points=1.0)
    if low > window.target:
        return RuleResult(f"{grades} is a stretch above GS-{window.target}", points=0.5)
    return RuleResult(f"{grades} is safe, below GS-{window.target}", points=0.6)


def _band(position: Position, window: GradeWindow) -> RuleResult:
    """Judge a plan without GS grades by its pay; whether that is enough is up to the pay rule."""
    plan = position.grade.plan if position.grade else "no pay plan"
    pay = position.annual_pay
    if pay and pay.minimum > TOP_PAY[window.high]:
        return RuleResult(
            f"{plan} pays from {dollars(pay.minimum)}, more than the top of GS-{window.high} "
            f"({dollars(TOP_PAY[window.high])})",
            "grade_too_high",
        )
    return RuleResult(f"{plan}: not graded like GS, judged by pay", points=0.5)
