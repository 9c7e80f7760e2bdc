"""The opening status of an announcement: what became of it, in USAJOBS's words.

The code list `PositionOpeningStatus` (July 2024) has five. The API also answers "Candidate
selected", and has "Applications under review" for what the list calls "Reviewing applications".
"""

from __future__ import annotations

import re

from include.jobs import limits

ACCEPTING = "accepting applications"
CLOSED = "job closed"
REVIEWING = "reviewing applications"
SELECTED = "candidate selected"
COMPLETE = "hiring complete"
CANCELED = "job canceled"

IN_ORDER = (ACCEPTING, CLOSED, REVIEWING, SELECTED, COMPLETE, CANCELED)
"""All that are known, in the order in which an announcement may have them."""

FINAL = frozenset({COMPLETE, CANCELED})
"""After these, there is nothing more to learn."""

OF_A_SELECTION = frozenset({SELECTED, COMPLETE})
"""These say that somebody was selected."""

OTHER_WORDINGS = {
    "applications under review": REVIEWING,
    "job cancelled": CANCELED,
}


def opening_status(given: object) -> str | None:
    """Return a status in small letters, without punctuation; None if it is no text.

    Wordings that mean the same are one status. An unknown status keeps its own words.
    """
    words = re.findall(r"[^\W_]+", given.casefold()) if isinstance(given, str) else []
    status = " ".join(words)[: limits.MAX_STATUS_CHARACTERS].strip()
    return OTHER_WORDINGS.get(status, status) or None
