"""The rule about the place of work."""

from __future__ import annotations

from include.jobs.formatting import count
from include.jobs.position import Position
from include.matching.context import Distance, MatchContext, coordinates_of, region_of
from include.matching.rule_result import RuleResult

MOST_NAMES = 3
"""Names in a message."""


def place(position: Position, nearest: Distance | None, context: MatchContext) -> RuleResult:
    """Require a remote job, or a place of work within the radius.

    Only if every place that may be within the radius is known, a job is too far away.
    """
    radius = context.search.radius_miles
    if position.remote:
        return RuleResult("remote", points=1.0)
    if not context.centres:
        said = "not a remote job" if position.remote is False else "not said to be remote"
        return RuleResult(said, "not_remote")
    if nearest and nearest.miles <= radius:
        distance = f", {_miles(nearest, context)}" if nearest.miles else ""
        return RuleResult(
            f"in {nearest.LocationName}{distance}", points=1 - 0.5 * nearest.miles / radius
        )
    if not position.PositionLocation:
        return RuleResult("the place of work is not said", "place_unknown")
    if unknown := context.unknown_places(position):
        quoted = _listed([f"“{name}”" for name in unknown], "or")
        return RuleResult(f"it is not known where {quoted} is", "place_unknown")
    return RuleResult(_far(position, nearest, context), "too_far")


def _far(position: Position, nearest: Distance | None, context: MatchContext) -> str:
    """Return where a job is that is too far away; all of its places are, by miles or by state."""
    if nearest:
        is_known = all(coordinates_of(each) for each in position.PositionLocation)
        of_all = "nearest place" if is_known else "nearest known place"
        return f"{of_all} of work is {nearest.LocationName}, {_miles(nearest, context)}"
    regions = [region for each in position.PositionLocation if (region := region_of(each))]
    where = _listed(list(dict.fromkeys(regions)), "and")
    return f"in {where}, more than {count(context.search.radius_miles, 'mile')} from " + _listed(
        [centre.name for centre in context.centres], "and"
    )


def _miles(nearest: Distance, context: MatchContext) -> str:
    miles, radius = nearest.miles, context.search.radius_miles
    if miles < 0.5:
        return f"less than a mile from {nearest.centre}"
    # 50.4 miles aren't "50 miles" if no more than these are wanted.
    exact = f"{miles} miles" if round(miles) <= radius < miles else count(round(miles), "mile")
    return f"{exact} from {nearest.centre}"


def _listed(names: list[str], last: str) -> str:
    if len(names) > MOST_NAMES:
        names = [*names[:MOST_NAMES], f"{len(names) - MOST_NAMES} more"]
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
