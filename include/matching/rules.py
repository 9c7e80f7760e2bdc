"""The rules that decide which positions a job-seeker should look at.

A position passes each of the five rules, or fails it with a reason code. Without a failure it is a
`match`, with exactly one a `near_miss`, and with more it is `rejected`. `score` orders the rest.
"""

from __future__ import annotations

from typing import NamedTuple

from include.jobs import limits
from include.jobs.codes import (
    EXECUTIVE_PATHS,
    EXECUTIVE_PLANS,
    HIRING_PATHS,
    STUDENT_PATHS,
    UNPAID,
)
from include.jobs.formatting import dollars, grade_range
from include.jobs.position import Position
from include.matching.context import MatchContext, nearest_location
from include.matching.grades import TOP_PAY, GradeWindow
from include.matching.match_result import KEPT_LEVELS, MatchResult, Nearest
from include.matching.reasons import Reason
from include.matching.score import score


class RuleResult(NamedTuple):
    """The result of one rule; `points` (0 to 1) say how well the position fits."""

    message: str
    code: str | None = None
    points: float = 0.0


def judge(position: Position, context: MatchContext) -> MatchResult:
    """Return how well a position matches a search."""
    nearest = nearest_location(position.PositionLocation, context)
    results = {
        "eligibility": _eligibility(position, context),
        "topic": _topic(position, context),
        "grade": _grade(position, context),
        "pay": _pay(position, context),
        "place": _place(position, nearest, context),
    }
    reasons = [
        Reason(code=result.code, message=_cut(result.message))
        for result in results.values()
        if result.code
    ]
    return MatchResult(
        level=KEPT_LEVELS[len(reasons)] if len(reasons) < len(KEPT_LEVELS) else "rejected",
        reasons=reasons,
        fits=[_cut(result.message) for result in results.values() if not result.code],
        score=score({rule: result.points for rule, result in results.items()}),
        nearest=nearest,
    )


def _cut(message: str) -> str:
    longest = limits.MAX_MESSAGE_CHARACTERS
    return message if len(message) <= longest else f"{message[:longest]}…"


def _eligibility(position: Position, context: MatchContext) -> RuleResult:
    """Require one of the search's hiring paths; reject student-only and executive-only jobs."""
    if position.hiring_paths is None:
        return RuleResult("the posting does not say who may apply", "hiring_path_unknown")
    paths, wanted = set(position.hiring_paths), set(context.search.hiring_paths)
    executive = paths <= EXECUTIVE_PATHS or (
        position.grade is not None and position.grade.plan in EXECUTIVE_PLANS
    )
    if executive and not wanted & EXECUTIVE_PATHS:
        return RuleResult("for senior executives", "executives_only")
    if (paths <= STUDENT_PATHS or _for_trainees(position)) and not wanted & STUDENT_PATHS:
        return RuleResult("for students and recent graduates", "students_only")
    if not paths & wanted:
        names = ", ".join(HIRING_PATHS.get(path, path) for path in sorted(paths))
        return RuleResult(f"open only to: {names}", "hiring_path")
    shared = ", ".join(HIRING_PATHS.get(path, path) for path in sorted(paths & wanted))
    return RuleResult(f"open to: {shared}")


def _for_trainees(position: Position) -> bool:
    """Series of student trainees end in 99 (OPM, Handbook of Occupational Groups and Families)."""
    return bool(position.series) and all(code.endswith("99") for code in position.series)


def _topic(position: Position, context: MatchContext) -> RuleResult:
    evidence = context.topic.evidence(position)
    if evidence is None:
        return RuleResult(f"not about {context.search.keyword}", "off_topic")
    return RuleResult(evidence.message, points=evidence.strength)


def _grade(position: Position, context: MatchContext) -> RuleResult:
    grade, window = position.grade, context.grades
    if grade is None or not grade.on_general_schedule:
        return _band(position, window)
    ends = [end for end in (grade.low, grade.high) if isinstance(end, int)]
    if not ends:
        return RuleResult("no grade given", points=0.4)
    low, high = min(ends), max(ends)
    years = context.search.years_of_experience
    if low > window.high:
        return RuleResult(
            f"{grade.plan}-{low} is out of reach with {years} years of experience "
            f"(GS-{window.high} is a stretch)",
            "grade_too_high",
        )
    if high < window.low:
        return RuleResult(
            f"{grade.plan}-{high} is below what {years} years of experience are worth "
            f"(GS-{window.low})",
            "grade_too_low",
        )
    return _reachable(grade.plan, low, high, window)


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


def _pay(position: Position, context: MatchContext) -> RuleResult:
    wanted, pay = context.search.minimum_pay, position.annual_pay
    if not wanted:
        return RuleResult("any pay is accepted", points=0.5)
    if pay is None and any(p.RateIntervalCode == UNPAID for p in position.PositionRemuneration):
        return RuleResult("unpaid", "pay_too_low")
    if pay is None:
        return RuleResult("pay can't be compared with a yearly amount", "pay_unknown")
    if pay.maximum < wanted:
        return RuleResult(
            f"pays up to {dollars(pay.maximum)}, less than {dollars(wanted)}", "pay_too_low"
        )
    # Half the points for a maximum equal to the wanted pay, all of them from 1.5 times that.
    points = min(1.0, 0.5 + (pay.maximum / wanted - 1))
    return RuleResult(
        f"pays {dollars(pay.minimum)} to {dollars(pay.maximum)} a year", points=points
    )


def _place(position: Position, nearest: Nearest | None, context: MatchContext) -> RuleResult:
    radius, location = context.search.radius_miles, context.search.location
    if nearest and nearest.miles <= radius:
        distance = f", {nearest.miles:.0f} miles from {location}" if nearest.miles else ""
        return RuleResult(
            f"in {nearest.LocationName}{distance}", points=1 - 0.5 * nearest.miles / radius
        )
    if position.remote:
        return RuleResult("remote", points=1.0)
    if nearest is None:
        return RuleResult("the place of work is not said", "place_unknown")
    return RuleResult(
        f"nearest place of work is {nearest.LocationName}, {nearest.miles:.0f} miles from "
        f"{location}",
        "too_far",
    )
