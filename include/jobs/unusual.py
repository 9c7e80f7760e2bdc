"""What is unusual about a posting: what one should know of it before reading it.

Most postings are permanent, full-time jobs with a grade, pay and a closing date. Only what differs
from that is worth a place in a list; everything else is in a job's details.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from include.jobs import formatting
from include.jobs.codes import CLEARANCES, OPEN_CONTINUOUS, PERMANENT, SCHEDULES
from include.jobs.deadline import cap

Document = Mapping[str, Any]

USUAL_TRAVEL = frozenset({"0", "1", "2"})
"""None, occasionally, and a quarter of the time at most."""

USUAL_CLEARANCES = frozenset({CLEARANCES["0"], CLEARANCES["9"]})
"""None, and the background investigation that most federal jobs begin with."""

LEVELS = frozenset({"Confidential", "Secret", "Top Secret"})
"""The clearances whose names don't say that they are clearances."""

UNNAMED_CLEARANCE = CLEARANCES["8"]
"""Some clearance that USAJOBS's list doesn't have; the posting may say which."""

FULL_TIME = SCHEDULES["1"]


class Unusual(NamedTuple):
    """Something unusual: its code, and the words for it."""

    code: str
    words: str


def unusual(
    position: Document, *, is_register: bool = False, times_announced: int = 1
) -> list[Unusual]:
    """Return what is unusual about a position, what matters most first.

    `position` has `facts`, `grade`, `annual_pay` and `PositionRemuneration`; what is missing is
    usual, except for pay.
    """
    facts = position.get("facts") or {}
    found = [
        *_closing(facts.get("closes_when") or {}, is_register=is_register),
        *_appointment(facts),
        *_clearance(facts.get("security_clearance")),
        *_travel(facts.get("travel") or {}),
        *_ladder(position.get("grade") or {}, facts.get("promotion_potential")),
        *_pay(position),
    ]
    if times_announced > 1:
        times = "again" if times_announced == 2 else f"{times_announced} times"
        found.append(Unusual("announced_again", f"announced {times}"))
    return found


def _closing(closes_when: Document, *, is_register: bool) -> Iterator[Unusual]:
    if number := cap(closes_when):
        yield Unusual("capped", f"closes {formatting.at_applications(number)}")
    if is_register:
        yield Unusual("register", "register")
    elif closes_when.get("type") == OPEN_CONTINUOUS:
        yield Unusual("open_continuously", "open continuously")


def _appointment(facts: Document) -> Iterator[Unusual]:
    given = facts.get("appointment") or {}
    kind = given.get("kind") or PERMANENT
    if kind != PERMANENT or given.get("length"):
        yield Unusual("appointment", formatting.appointment(given))
    schedule = facts.get("schedule") or FULL_TIME
    if schedule != FULL_TIME and schedule.casefold() != kind.casefold():
        yield Unusual("schedule", formatting.plain(schedule).lower())


def _clearance(name: str | None) -> Iterator[Unusual]:
    if not name or name in USUAL_CLEARANCES:
        return
    words = formatting.plain(name)
    if name in LEVELS:
        words = f"{words} clearance"
    elif name == UNNAMED_CLEARANCE:
        words = "clearance: see the posting"
    yield Unusual("clearance", words)


def _travel(travel: Document) -> Iterator[Unusual]:
    if travel and travel.get("code") not in USUAL_TRAVEL:
        yield Unusual("travel", f"travel {formatting.plain(travel.get('words', ''))}")


def _ladder(grade: Document, potential: object) -> Iterator[Unusual]:
    """Yield the grade that one is promoted to without a new application, if it is a higher one."""
    highest = grade.get("high")
    if isinstance(highest, int) and isinstance(potential, int) and potential > highest:
        top = formatting.grade_range(grade.get("plan"), potential, potential)
        yield Unusual("ladder", f"ladder to {top}")


def _pay(position: Document) -> Iterator[Unusual]:
    if position.get("annual_pay"):
        return
    if formatting.pay(position) == f"pay {formatting.NOT_STATED}":
        yield Unusual("no_pay_named", "no pay named")
