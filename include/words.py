"""What a position says, in words that people read: terminals, digests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from include.usajobs.values import EASTERN

Document = Mapping[str, Any]

CADENCES = {"PA": "a year", "PH": "an hour", "PD": "a day", "PM": "a month", "BW": "in two weeks"}


def pay(position: Document) -> str:
    """Return the range of a year's pay, or what the posting says where that is not known."""
    annual = position.get("annual_pay")
    if annual:
        return pay_range(annual.get("minimum"), annual.get("maximum"))
    for offer in position.get("PositionRemuneration") or []:
        code = str(offer.get("RateIntervalCode") or "")
        how = CADENCES.get(code) or plain(offer.get("Description") or code)
        return f"{pay_range(offer.get('MinimumRange'), offer.get('MaximumRange'))} {how}"
    return "not stated"


def place(position: Document, entry: Document) -> str:
    """Return the place nearest to the search with its distance, and how many others there are."""
    nearest = entry.get("nearest") or {}
    places = [each.get("LocationName") for each in position.get("PositionLocation") or []]
    name = nearest.get("LocationName") or next(filter(None, places), None)
    lines = [plain(name)] if name else []
    if (nearest.get("miles") or 0) >= 1:
        lines.append(f"{nearest['miles']:.0f} miles away")
    if position.get("remote"):
        lines.append("remote")
    if len(places) > 1:
        lines.append(f"and {count(len(places) - 1, 'other place')}")
    return ", ".join(lines) or "not stated"


def grade(position: Document) -> str | None:
    """Return plan and grades, as in GS-12/13; None where none is given."""
    given = position.get("grade") or {}
    plan, low, high = (given.get(name) for name in ("plan", "low", "high"))
    levels = "/".join(str(level) for level in dict.fromkeys((low, high)) if level is not None)
    return "-".join(str(part) for part in (plan, levels) if part) or None


def closing(closes_at: datetime | None, now: datetime) -> str:
    """Return the last day to apply, as USAJOBS' clock counts it, and how many days are left."""
    if closes_at is None:
        return "open"
    days = days_left(closes_at, now)
    left = "today" if days == 0 else f"in {count(days, 'day')}" if days > 0 else "closed"
    return f"{last_day(closes_at):%Y-%m-%d}, {left}"


def last_day(closes_at: datetime) -> date:
    """Return the last day on which one may apply, as USAJOBS' clock counts it."""
    return closes_at.astimezone(EASTERN).date()


def days_left(closes_at: datetime, now: datetime) -> int:
    """Return how many days are left on that clock: 0 on the last one."""
    return (last_day(closes_at) - now.astimezone(EASTERN).date()).days


def plain(value: object) -> str:
    """Return text of a posting without what could steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in str(value))


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 day, 2 days."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def pay_range(low: float | None, high: float | None) -> str:
    """Return amounts in dollars, once where both are the same."""
    amounts = [_dollars(amount) for amount in dict.fromkeys((low, high)) if amount]
    return " to ".join(amounts) or "not stated"


def _dollars(amount: float) -> str:
    return f"${amount:,.0f}" if amount >= 1000 else f"${amount:,.2f}"
