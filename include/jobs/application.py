"""The state of a user's application for a job: which states there are, and how they are said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, get_args

from include.jobs.formatting import count, day
from include.jobs.office_time import eastern_day
from include.jobs.opening_status import FINAL, OF_A_SELECTION

ApplicationState = Literal["saved", "applied", "interview", "offer", "rejected", "withdrawn"]

STATES: tuple[ApplicationState, ...] = get_args(ApplicationState)
"""In the order in which an application may have them; the last two both end it."""

APPLIED = frozenset(STATES[1:])
"""In these the user has applied."""

ENDED: frozenset[ApplicationState] = frozenset({"rejected", "withdrawn"})
"""In these the user waits for nothing more."""

AWAITING: frozenset[ApplicationState] = frozenset({"applied", "interview"})
"""In these the user waits for a selection."""

IN_WORDS: Mapping[ApplicationState | None, str] = {
    "saved": "saved",
    "applied": "applied",
    "interview": "invited to an interview",
    "offer": "offer received",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
    None: "taken back",
}


def fitting(
    state: ApplicationState | None, *, saved: bool, applied: bool
) -> ApplicationState | None:
    """Return the state that fits two flags: the given one, unless they contradict it."""
    if applied:
        return state if state in APPLIED else "applied"
    return "saved" if saved else None


def goes_back(before: ApplicationState | None, after: ApplicationState | None) -> bool:
    """Return whether a change takes a state back, for one that comes earlier."""
    if before is None or after is None or after in ENDED:
        return False
    return STATES.index(after) < STATES.index(before)


def in_words(
    state: ApplicationState, since: date | None, now: datetime, *, is_estimated: bool = False
) -> str:
    """Return a state and its age: applied 34 days ago; if estimated, at least 34 days ago."""
    words = IN_WORDS[state]
    if since is None:
        return words
    days = max((eastern_day(now) - since).days, 0)
    if is_estimated:
        return f"{words} at least {count(days, 'day')} ago" if days else words
    ago = {0: "today", 1: "yesterday"}.get(days) or f"{count(days, 'day')} ago"
    return f"{words} {ago}"


def change_in_words(
    state: ApplicationState | None,
    since: date | None,
    recorded_at: datetime,
    now: datetime,
    *,
    is_estimated: bool = False,
) -> str:
    """Return an entry of the history: applied Nov 5, recorded Nov 8."""
    words = IN_WORDS[state]
    if since is None:
        return words
    if is_estimated:
        return f"{words} {day(since, now)} or before"
    recorded = eastern_day(recorded_at)
    later = f", recorded {day(recorded, now)}" if recorded != since else ""
    return f"{words} {day(since, now)}{later}"


def selection_in_words(
    state: ApplicationState | None, outcome: str | None, median: int | None
) -> str | None:
    """Return how long the agency takes, while the user waits for a selection; or else None."""
    if median is None or state not in AWAITING or outcome in OF_A_SELECTION | FINAL:
        return None
    return f"this agency's median from closing to selection is {count(median, 'day')}"
