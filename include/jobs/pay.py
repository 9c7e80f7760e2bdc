"""Pay in comparable terms: dollars a year."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from include.jobs.codes import RATE_INTERVALS
from include.jobs.position import AnnualPay, Remuneration

HOURS_A_YEAR = 2087
HOURS = {"PH": 1, "PD": 8, "BW": 80}


class PostedPay(NamedTuple):
    """A pay range as it is stored: a `Remuneration` without the cost of its model."""

    RateIntervalCode: str
    MinimumRange: float | None
    MaximumRange: float | None


class PayRange(NamedTuple):
    """A range in dollars a year; where an end isn't stated, it is the other one."""

    minimum: float
    maximum: float
    basis: str
    """The rate interval of the maximum."""
    minimum_basis: str
    has_minimum: bool = True
    has_maximum: bool = True

    @property
    def stated(self) -> tuple[float | None, float | None]:
        """The ends, with None for one that isn't stated."""
        if not (self.has_minimum or self.has_maximum):
            return self.minimum, self.maximum
        return (
            self.minimum if self.has_minimum else None,
            self.maximum if self.has_maximum else None,
        )


def annual_pay(remuneration: Iterable[Remuneration | PostedPay]) -> AnnualPay | None:
    """Return the annual range that spans all comparable ranges, or None if there are none."""
    spanned = annual_range(remuneration)
    if spanned is None:
        return None
    return AnnualPay(minimum=spanned.minimum, maximum=spanned.maximum, basis=spanned.basis)


def annual_range(remuneration: Iterable[Remuneration | PostedPay]) -> PayRange | None:
    """Return the same range with which of its ends are stated.

    USAJOBS writes an end that isn't stated as 0. With several kinds of rate, the basis is that of
    the best-paid range.
    """
    spanned: PayRange | None = None
    for pay in remuneration:
        each = _annualised(pay)
        if each:
            spanned = _span(spanned, each) if spanned else each
    return spanned


def _span(one: PayRange, other: PayRange) -> PayRange:
    worst = min(one, other, key=lambda each: (each.minimum, not each.has_minimum))
    best = max(one, other, key=lambda each: (each.maximum, each.has_maximum))
    return PayRange(
        worst.minimum,
        best.maximum,
        best.basis,
        worst.minimum_basis,
        worst.has_minimum,
        best.has_maximum,
    )


def is_stated(pay: Remuneration | PostedPay) -> bool:
    """Return whether a range names an amount; USAJOBS writes one that isn't stated as 0."""
    return bool(pay.MinimumRange or pay.MaximumRange)


def as_posted(yearly: int, interval: str) -> float:
    """Return what a yearly rate becomes if it is posted per interval, and annualised again.

    OPM derives all rates from the hourly one, which is a 2,087th of the yearly one, rounded to the
    cent (5 U.S.C. 5504): a day has 8 of these hours, a two-week period 80. A month is a twelfth.
    """
    per_year = RATE_INTERVALS[interval].per_year
    if per_year is None or interval == "PA":
        return float(yearly)
    hourly = _cents(Decimal(yearly) / HOURS_A_YEAR)
    rate = hourly * HOURS[interval] if interval in HOURS else _cents(Decimal(yearly) / per_year)
    return float(rate * per_year)


def rounding(interval: str) -> float:
    """Return by how much a rate that is rounded to the cent may miss the yearly amount."""
    per_year = RATE_INTERVALS[interval].per_year or 1
    return 0.0 if per_year == 1 else 0.005 * per_year


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def stated_ends(
    minimum: float | None, maximum: float | None, remuneration: Iterable[Remuneration | PostedPay]
) -> tuple[float | None, float | None]:
    """Return the ends of an annual range, with None for one that the posting doesn't state."""
    posted = annual_range(remuneration)
    if posted and (posted.minimum, posted.maximum) == (minimum, maximum):
        return posted.stated
    return minimum, maximum


def _annualised(pay: Remuneration | PostedPay) -> PayRange | None:
    interval = RATE_INTERVALS.get(pay.RateIntervalCode)
    low, high = pay.MinimumRange, pay.MaximumRange
    if interval is None or interval.per_year is None or not is_stated(pay):
        return None
    ends = (low or high or 0.0, high or low or 0.0)
    return PayRange(
        round(min(ends) * interval.per_year, 2),
        round(max(ends) * interval.per_year, 2),
        pay.RateIntervalCode,
        pay.RateIntervalCode,
        bool(low),
        bool(high),
    )
