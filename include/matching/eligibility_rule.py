"""The rule about who may apply."""

from __future__ import annotations

from include.jobs.codes import EXECUTIVE_PATHS, EXECUTIVE_PLANS, HIRING_PATHS, STUDENT_PATHS
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult


def eligibility(position: Position, context: MatchContext) -> RuleResult:
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
