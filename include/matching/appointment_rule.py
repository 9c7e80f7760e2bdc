"""The wish for a permanent appointment."""

from __future__ import annotations

from include.jobs import formatting
from include.jobs.codes import MULTIPLE_APPOINTMENTS, PERMANENT
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult
from include.searches.wishes import ANY


def appointment(position: Position, context: MatchContext) -> RuleResult | None:
    """Require that the appointment may be permanent, and that nothing limits its time.

    A posting with several kinds may offer a permanent one, as may one that doesn't say the kind.
    """
    said = position.facts.appointment
    if context.search.appointment == ANY:
        return None
    if said is None:
        return RuleResult("the kind of appointment is not said")
    if said.length or said.kind not in (None, PERMANENT, MULTIPLE_APPOINTMENTS):
        return RuleResult(
            f"not a permanent appointment: {formatting.appointment(dict(said))}", "not_permanent"
        )
    if said.kind == PERMANENT:
        return RuleResult("a permanent appointment")
    return RuleResult("several kinds of appointment, perhaps a permanent one")
