"""Pay in comparable terms: dollars a year."""

from __future__ import annotations

from collections.abc import Iterable

from include.jobs.codes import RATE_INTERVALS
from include.jobs.position import AnnualPay, Remuneration


def annual_pay(remuneration: Iterable[Remuneration]) -> AnnualPay | None:
    """Return the annual range that spans all comparable ranges, or None if there are none.

    USAJOBS writes a missing maximum as 0. A range with only one end counts as a single amount.
    """
    ranges: list[tuple[float, float, str]] = []
    for pay in remuneration:
        interval = RATE_INTERVALS.get(pay.RateIntervalCode)
        low, high = pay.MinimumRange or 0.0, pay.MaximumRange or pay.MinimumRange or 0.0
        if interval is None or interval.per_year is None or not high:
            continue
        low, high = sorted((low or high, high))
        factor = interval.per_year
        ranges.append((round(low * factor, 2), round(high * factor, 2), pay.RateIntervalCode))
    if not ranges:
        return None
    # With several kinds of rate, the basis is that of the best-paid range.
    best = max(ranges, key=lambda pay_range: pay_range[1])
    return AnnualPay(minimum=min(low for low, _, _ in ranges), maximum=best[1], basis=best[2])
