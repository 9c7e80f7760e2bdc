"""The wish to travel no more than so much."""

from __future__ import annotations

from include.jobs.codes import HALF_OR_MORE, TRAVEL, TRAVEL_ORDER
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult
from include.searches.wishes import ANY

_RANKS = {TRAVEL[code]: rank for rank, code in enumerate(TRAVEL_ORDER)}


def travel(position: Position, context: MatchContext) -> RuleResult | None:
    """Require that one need not travel more than wanted, by the order of the official codes."""
    most, said = context.search.maximum_travel, position.facts.travel
    if most == ANY:
        return None
    if said is None:
        return RuleResult("how much one travels is not said")
    if said.code == "0":
        return RuleResult("no travel")
    if _RANKS[said.words] > _RANKS[most]:
        return RuleResult(f"travel: {said.words}, more than “{most}”", "too_much_travel")
    perhaps = f", perhaps more than “{most}”" if said.code == HALF_OR_MORE else ""
    return RuleResult(f"travel: {said.words}{perhaps}")
