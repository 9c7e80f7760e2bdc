"""How positions are shown as text: shared by the terminal, web page, digest and CSV export."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from include.jobs.codes import (
    BY_APPLICATIONS,
    HIRING_PATHS,
    OPEN_CONTINUOUS,
    RATE_INTERVALS,
    UNPAID,
)
from include.jobs.facts import Facts
from include.jobs.glossary import field_name
from include.jobs.office_time import days_left, eastern_day
from include.jobs.pay import PostedPay, stated_ends

Document = Mapping[str, Any]

NOT_STATED = "not stated"


# --- counts, amounts, grades


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 day, 2 days."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def either(names: Iterable[str]) -> str:
    """Return names as a choice: a, b or c."""
    *others, last = [*names] or [""]
    return f"{', '.join(others)} or {last}" if others else last


def dollars(amount: float) -> str:
    """Return an amount, with cents if it is below a thousand dollars."""
    return f"${amount:,.0f}" if amount >= 1000 or not amount else f"${amount:,.2f}"


def pay_range(low: float | None, high: float | None) -> str:
    """Return a range in dollars, which may lack an end; equal ends are shown once."""
    if low and high:
        return " to ".join(dollars(amount) for amount in dict.fromkeys((low, high)))
    if low:
        return f"from {dollars(low)}"
    return f"up to {dollars(high)}" if high else NOT_STATED


def pay(position: Document) -> str:
    """Return the annual pay range, or the pay as posted if it can't be annualised."""
    annual = position.get("annual_pay")
    if annual:
        return f"{_annual_range(position, annual)} a year"
    posted = next(iter(pay_as_posted(position)), NOT_STATED)
    return f"pay {posted}" if posted == NOT_STATED else posted


def _annual_range(position: Document, annual: Document) -> str:
    posted = (
        PostedPay(
            str(offer.get("RateIntervalCode") or ""),
            offer.get("MinimumRange"),
            offer.get("MaximumRange"),
        )
        for offer in position.get("PositionRemuneration") or []
    )
    return pay_range(*stated_ends(annual.get("minimum"), annual.get("maximum"), posted))


def pay_as_posted(position: Document) -> list[str]:
    """Return each pay range as posted, with its period."""
    return [_offer(offer) for offer in position.get("PositionRemuneration") or []]


def _offer(offer: Document) -> str:
    code = str(offer.get("RateIntervalCode") or "")
    interval = RATE_INTERVALS.get(code)
    period = interval.period if interval else plain(offer.get("Description") or code)
    amounts = pay_range(offer.get("MinimumRange"), offer.get("MaximumRange"))
    if amounts == NOT_STATED:
        return period if code == UNPAID else NOT_STATED
    return f"{amounts} {period}".strip()


def grade_range(plan: str | None, low: object, high: object) -> str:
    """Return pay plan and grades: GS-12, GS-11 to 13, or just the plan."""
    ends = [str(end) for end in dict.fromkeys((low, high)) if end is not None]
    return "-".join(part for part in (plan, " to ".join(ends)) if part)


def grade(position: Document) -> str | None:
    """Return a position's pay plan and grades, or None if it has none."""
    given = position.get("grade") or {}
    return grade_range(given.get("plan"), given.get("low"), given.get("high")) or None


# --- places


def place(position: Document, match: Document, *, has_more_places: bool = False) -> str:
    """Return the place nearest to the search, its distance, and the number of other places.

    A remote job is that first of all, and its places are at no distance. The others are not counted
    if the position `has_more_places` than were read.
    """
    nearest = match.get("nearest") or {}
    places = [each.get("LocationName") for each in position.get("PositionLocation") or []]
    name = nearest.get("LocationName") or next(filter(None, places), None)
    facts = ["remote"] if position.get("remote") else []
    if name:
        facts.append(plain(name))
    if (nearest.get("miles") or 0) >= 1 and not position.get("remote"):
        facts.append(f"{count(round(nearest['miles']), 'mile')} away")
    if has_more_places:
        facts.append("and other places")
    elif len(places) > 1:
        facts.append(f"and {count(len(places) - 1, 'other place')}")
    return ", ".join(facts) or f"place {NOT_STATED}"


# --- days


def day(moment: date | datetime, now: datetime | None = None) -> str:
    """Return a day in Eastern Time: Dec 1, with the year unless it is that of `now`."""
    on = eastern_day(moment) if isinstance(moment, datetime) else moment
    year = f", {on.year}" if now is None or on.year != eastern_day(now).year else ""
    return f"{_month(on.month)} {on.day}{year}"


@cache
def _month(month: int) -> str:
    return f"{date(2000, month, 1):%b}"


def seen_day(moment: datetime, now: datetime | None = None) -> str:
    """Return the day on which a posting was listed, in UTC like the days of runs."""
    return day(moment.astimezone(UTC).date(), now)


def time_left(closes_at: datetime, now: datetime) -> str:
    """Return the time until a deadline: today, tomorrow, in 8 days, or over."""
    if closes_at <= now:
        return "over"
    days = days_left(closes_at, now)
    return {0: "today", 1: "tomorrow"}.get(days) or f"in {count(days, 'day')}"


def deadline(closes_at: datetime | None, now: datetime) -> str:
    """Return a deadline: closes Dec 1, in 8 days."""
    if closes_at is None:
        return "no closing date"
    left = time_left(closes_at, now)
    on = day(closes_at, now)
    return f"closed {on}" if left == "over" else f"closes {on}, {left}"


def outcome(status: str, since: datetime, now: datetime) -> str:
    """Return an opening status, and when it was first seen: candidate selected (seen Nov 12)."""
    return f"{plain(status)} (seen {day(since, now)})"


def selection_time(days: int, positions: int) -> str:
    """Return how long an agency takes to select somebody, as the median of so many positions."""
    return f"this agency: {count(days, 'day')} from closing to selection, median of {positions:,}"


# --- facts


def closing(closes_when: Document) -> str:
    """Return how an announcement closes: at 500 applications, or on its closing date."""
    if closes_when.get("type") == OPEN_CONTINUOUS:
        return "open continuously"
    if closes_when.get("type") != BY_APPLICATIONS:
        return "on its closing date"
    number = closes_when.get("applications")
    capped = at_applications(number) if isinstance(number, int) else "once enough have applied"
    return f"{capped}, or on its closing date"


def at_applications(number: int) -> str:
    """Return at how many applications an announcement closes: at 500 applications."""
    return f"at {count(number, 'application')}"


def appointment(given: Document) -> str:
    """Return what kind of appointment it is, and how long it lasts: term, not to exceed 1 year."""
    kind, length = (str(given.get(name) or "") for name in ("kind", "length"))
    limit = length and f"{'until' if DATE.search(length) else 'not to exceed'} {length}"
    return plain(", ".join(filter(None, (kind, limit)))) or NOT_STATED


DATE = re.compile(r"\d/|\d-\d+-\d|\d{4}$")
"""What tells the date until which an appointment lasts from its length."""


def facts(given: Document) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each fact that is stated, as text."""
    for name in Facts.model_fields:
        if given.get(name) is not None:
            yield field_name(name), value(name, given[name])


# --- fields and amendments


def value(name: str, given: Any, now: datetime | None = None) -> str:
    """Return a field's value as one line of text.

    The value may come from a position, a version or a receipt; receipts truncate long values.
    """
    if given is None or given in ("", []):
        return NOT_STATED
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, str) and name.endswith("_at"):
        given = _moment(given)
    if isinstance(given, datetime):
        return day(given, now)
    if isinstance(given, dict):
        return _object(name, given)
    if isinstance(given, list):
        return "; ".join(_entry(name, each) for each in given)
    text = plain(given if isinstance(given, str) else json.dumps(given))
    # A receipt truncates text in its JSON form, so the opening quote is left over.
    return text.removeprefix('"') if text.endswith("…") else text


PAY_FIELDS = ("annual_pay", "PositionRemuneration")
"""If both were amended, only the first is shown."""


class Change(NamedTuple):
    """An amended field as text, before and after."""

    name: str
    before: str
    after: str

    @property
    def looks_alike(self) -> bool:
        """Whether both values are shown alike, as truncated ones may be."""
        return self.before == self.after


def changes(fields: Mapping[str, tuple[Any, Any]], now: datetime | None = None) -> list[Change]:
    """Return amended fields as text; pay as posted is left out if the annual pay changed too."""
    paid = [name for name in PAY_FIELDS if name in fields]
    before, after = ({name: both[side] for name, both in fields.items()} for side in (0, 1))
    return [
        Change(field_name(name), _amended(name, before, now), _amended(name, after, now))
        for name in fields
        if name not in paid[1:]
    ]


def _amended(name: str, given: Document, now: datetime | None) -> str:
    """Return an amended field's value; pay that can't be annualised is shown as posted."""
    offers = given.get("PositionRemuneration")
    if name == "annual_pay" and isinstance(offers, list):
        return pay(given) if given[name] else value("PositionRemuneration", offers, now)
    return value(name, given[name], now)


def plain(text: object) -> str:
    """Return text without the control characters that could steer a terminal."""
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else " " for c in shown)


def shortened(text: str, longest: int) -> str:
    """Return text as one line, truncated to `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _moment(text: str) -> datetime | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else text


def _object(name: str, given: Document) -> str:
    if name == "annual_pay":
        return pay({name: given})
    if name == "grade":
        return grade({name: given}) or NOT_STATED
    if name == "closes_when":
        return closing(given)
    if name == "appointment":
        return appointment(given)
    if name in IN_OTHER_WORDS:
        return plain(given.get(IN_OTHER_WORDS[name]) or NOT_STATED)
    return plain(json.dumps(given, default=str, ensure_ascii=False))


IN_OTHER_WORDS = {"travel": "words", "specialized_experience": "text"}
"""Objects that hold their own words, and under which name."""


def _entry(name: str, given: Any) -> str:
    if isinstance(given, dict):
        return _offer(given) if name == "PositionRemuneration" else _place_name(given)
    return plain(HIRING_PATHS.get(given, given) if name == "hiring_paths" else given)


def _place_name(location: Document) -> str:
    return plain(location.get("LocationName") or json.dumps(location, default=str))
