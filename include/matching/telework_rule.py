"""The wish for telework."""

from __future__ import annotations

from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult


def telework(position: Position, context: MatchContext) -> RuleResult | None:
    """Require that telework is possible, or that the job is remote."""
    if not context.search.telework:
        return None
    if position.remote:
        return RuleResult("a remote job")
    if position.telework is None:
        return RuleResult("whether telework is possible is not said")
    if position.telework:
        return RuleResult("telework is possible")
    return RuleResult("telework is not possible", "no_telework")
