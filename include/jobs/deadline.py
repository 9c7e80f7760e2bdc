"""When a job closes: the day, the words, and how urgent it is.

An announcement that closes at so many applications can close any hour, and its closing date is only
the last day on which it may. One that is open continuously, or a register, closes for nobody's
application: it has a date at most until which it collects them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args

from include.jobs import formatting, limits
from include.jobs.codes import BY_APPLICATIONS, OPEN_CONTINUOUS
from include.jobs.office_time import days_left, eastern_day

Document = Mapping[str, Any]

Urgency = Literal["today", "capped", "dated", "undated", "no_hurry", "closed"]
"""How urgent it is to apply, the most urgent first.

`today` comes before `capped`: that it closes today is certain. `capped` comes before any date: only
the agency knows how many applications are in, so one that has been open for long may be nearly full
or not sought after. Registers, and what is open continuously, are `no_hurry`.
"""

IN_ORDER: tuple[Urgency, ...] = get_args(Urgency)


class Deadline(NamedTuple):
    """When a job closes, as of `now`; `applications` is the number at which it closes, if any."""

    urgency: Urgency
    closes_at: datetime | None
    applications: int | None
    is_continuous: bool
    now: datetime

    @classmethod
    def of(cls, position: Document, now: datetime, *, is_register: bool = False) -> Deadline:
        """Return the deadline of a position: of its `closes_at` and its `facts`, if it has them.

        Facts that are missing or damaged say nothing.
        """
        closes_at = position.get("closes_at")
        closes_when = _object(_object(position.get("facts")).get("closes_when"))
        is_continuous = closes_when.get("type") == OPEN_CONTINUOUS
        applications = cap(closes_when)
        urgency: Urgency = "undated"
        if closes_at is not None and closes_at <= now:
            urgency = "closed"
        elif is_continuous or is_register:
            urgency = "no_hurry"
        elif closes_at is not None and days_left(closes_at, now) <= 0:
            urgency = "today"
        elif applications is not None:
            urgency = "capped"
        elif closes_at is not None:
            urgency = "dated"
        return cls(urgency, closes_at, applications, is_continuous, now)

    @property
    def closes_on(self) -> date | None:
        """The last day, in Eastern Time as USAJOBS means it."""
        return None if self.closes_at is None else eastern_day(self.closes_at)

    @property
    def is_capped(self) -> bool:
        """Whether it can close any hour, before its last day."""
        return self.applications is not None and self.urgency in ("today", "capped")

    @property
    def words(self) -> str:
        """In words: closes at 500 applications, or Dec 12."""
        if self.urgency == "closed":
            return formatting.deadline(self.closes_at, self.now)
        if self.is_continuous:
            return "open continuously"
        if self.applications is None:
            return formatting.deadline(self.closes_at, self.now)
        capped = f"closes {formatting.at_applications(self.applications)}"
        if self.closes_at is None:
            return capped
        on = formatting.day(self.closes_at, self.now)
        if days_left(self.closes_at, self.now) <= 1:
            on = f"{on}, {formatting.time_left(self.closes_at, self.now)}"
        return f"{capped}, or {on}"

    @property
    def advice(self) -> str:
        """The same, and what follows from it."""
        return f"{self.words}: apply early" if self.is_capped else self.words

    @property
    def sort_key(self) -> tuple[int, float]:
        """Sorts by urgency, then by date; what has closed comes last, the latest first."""
        moment = float("inf") if self.closes_at is None else self.closes_at.timestamp()
        rank = IN_ORDER.index(self.urgency)
        return rank, -moment if self.urgency == "closed" else moment

    @property
    def is_pressing(self) -> bool:
        """Whether it closes within days, or can close any hour."""
        if self.urgency != "dated" or self.closes_at is None:
            return self.urgency in ("today", "capped")
        return days_left(self.closes_at, self.now) <= limits.PRESSING_DAYS

    def is_within(self, days: int) -> bool:
        """Return whether it closes within so many days, or can close any hour."""
        return self.is_capped or self.ends_within(days)

    def ends_within(self, days: int) -> bool:
        """Return whether its last day is today or within so many days, as its words count them.

        Nothing without a hurry ends.
        """
        if self.closes_at is None or self.urgency in ("no_hurry", "closed"):
            return False
        return days_left(self.closes_at, self.now) <= days


def _object(value: object) -> Document:
    # Of a class, which dictionaries nearly always are, Python knows it at once.
    return value if isinstance(value, (dict, Mapping)) else {}


def cap(closes_when: Document) -> int | None:
    """Return the number of applications at which a job closes, if its facts name one.

    The closing type alone says nothing: without a number, the date is all that is known.
    """
    if closes_when.get("type") != BY_APPLICATIONS:
        return None
    number = closes_when.get("applications")
    is_number = isinstance(number, int) and not isinstance(number, bool) and number > 0
    return number if is_number else None
