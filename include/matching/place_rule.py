"""The rule about the place of work."""

from __future__ import annotations

from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.match_result import Nearest
from include.matching.rule_result import RuleResult


def place(position: Position, nearest: Nearest | None, context: MatchContext) -> RuleResult:
    """Require a place of work within the radius, or a remote job."""
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
