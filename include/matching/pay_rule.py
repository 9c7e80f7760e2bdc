"""The rule about pay."""

from __future__ import annotations

from include.jobs.codes import UNPAID
from include.jobs.formatting import dollars
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult


def pay(position: Position, context: MatchContext) -> RuleResult:
    """Require that the top of the annual pay range reaches the minimum."""
    wanted, offered = context.search.minimum_pay, position.annual_pay
    if not wanted:
        return RuleResult("any pay is accepted", points=0.5)
    if offered is None and any(
        each.RateIntervalCode == UNPAID for each in position.PositionRemuneration
    ):
        return RuleResult("unpaid", "pay_too_low")
    if offered is None:
        return RuleResult("pay can't be compared with a yearly amount", "pay_unknown")
    if offered.maximum < wanted:
        return RuleResult(
            f"pays up to {dollars(offered.maximum)}, less than {dollars(wanted)}", "pay_too_low"
        )
    # Half the points for a maximum equal to the wanted pay, all of them from 1.5 times that.
    points = min(1.0, 0.5 + (offered.maximum / wanted - 1))
    return RuleResult(
        f"pays {dollars(offered.minimum)} to {dollars(offered.maximum)} a year", points=points
    )
