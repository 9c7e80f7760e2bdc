"""The rule about pay."""

from __future__ import annotations

from include.jobs.codes import UNPAID
from include.jobs.formatting import dollars, pay_range
from include.jobs.pay import PayRange, annual_range, is_stated, rounding
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.pay_reach import (
    by_table,
    fitting_grade,
    local_pay,
    reachable_top,
    table_decides,
)
from include.matching.rule_result import LOW_LEVEL, RuleResult


def pay(position: Position, context: MatchContext) -> RuleResult:
    """Require that the annual pay within reach may be as high as the minimum."""
    wanted, offered = context.search.minimum_pay, annual_range(position.PositionRemuneration)
    if not wanted:
        return RuleResult("any pay is accepted", points=0.5)
    if offered is None and any(
        each.RateIntervalCode == UNPAID for each in position.PositionRemuneration
    ):
        return RuleResult("unpaid", "pay_too_low")
    if offered is None and any(map(is_stated, position.PositionRemuneration)):
        return RuleResult("pay can't be compared with a yearly amount", "pay_unknown")
    if offered is None:
        return RuleResult("pay is not stated", "pay_unknown")
    return _compared(position, offered, wanted, context)


def _compared(
    position: Position, offered: PayRange, wanted: int, context: MatchContext
) -> RuleResult:
    within_reach = reachable_top(position, offered, context)
    top = offered.maximum if within_reach is None else within_reach
    is_part, is_low = top < offered.maximum, top + rounding(offered.basis) < wanted
    raised = _later_pay(position, top, wanted, context) if is_low else None
    cause, later = (LOW_LEVEL, "") if raised is None else (None, raised)
    if is_low and not offered.has_maximum:
        return RuleResult(
            f"pays {pay_range(*offered.stated)} a year, and doesn't say up to how much{later}",
            "pay_unknown",
            cause=cause,
        )
    table = ""
    if within_reach is not None and table_decides(position, context):
        table = by_table(position, context)
    if is_low:
        reach = f" within reach{table}" if is_part else ""
        return RuleResult(
            f"pays up to {dollars(top)}{reach}, less than {dollars(wanted)}{later}",
            "pay_too_low",
            cause=cause,
        )
    reach = f", up to {dollars(top)} within reach{table}" if is_part else ""
    if table and not is_part:
        reach = f", all within reach{table}"
    return RuleResult(
        f"pays {pay_range(*offered.stated)} a year{reach}",
        points=0.0 if within_reach is None else _points(within_reach, wanted),
    )


def _later_pay(position: Position, top: float, wanted: int, context: MatchContext) -> str | None:
    """Return what a posting below the window pays later, or would at the target, if too little.

    None if it is enough; nothing to say if special rates pay more than that now.
    """
    later, local = fitting_grade(position, context), local_pay(position, context)
    if later is None or local.top(later) >= wanted:
        return None
    if local.top(later) <= top:
        return ""
    return f"; GS-{later} pays up to {dollars(local.top(later))}{by_table(position, context)}"


def _points(top: float, wanted: int) -> float:
    """Return half the points for a top equal to the wanted pay, all from 1.5 times that."""
    return min(1.0, 0.5 + (top / wanted - 1))
