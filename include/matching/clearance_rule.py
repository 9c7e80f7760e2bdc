"""The wish for no higher security clearance than one is willing to hold."""

from __future__ import annotations

from include.jobs.codes import CLEARANCE_RANKS, CLEARANCES
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult
from include.searches.wishes import ANY

_RANKS = {CLEARANCES[code]: rank for code, rank in CLEARANCE_RANKS.items()}
_NONE = CLEARANCES["0"]


def clearance(position: Position, context: MatchContext) -> RuleResult | None:
    """Require that no higher clearance is needed than wanted.

    One that has no place in the order, "Other", is only known to be more than none.
    """
    highest, said = context.search.clearance, position.facts.security_clearance
    if highest == ANY:
        return None
    if said is None:
        return RuleResult("whether a clearance is needed is not said")
    if said == _NONE:
        return RuleResult("no clearance needed")
    if highest == _NONE:
        return RuleResult(f"needs a clearance: {said}", "clearance_too_high")
    if said not in _RANKS:
        return RuleResult(f"clearance: {said}, which can't be compared with {highest}")
    if _RANKS[said] > _RANKS[highest]:
        return RuleResult(f"clearance: {said}, more than {highest}", "clearance_too_high")
    return RuleResult(f"clearance: {said}")
