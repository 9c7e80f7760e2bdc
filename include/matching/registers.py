"""Tells registers from jobs: postings that collect applications for vacancies that may come up.

Agencies also post public notices and standing registers. They name a whole country or stay open for
most of a year, and nobody can say where and when somebody will be hired.
"""

from __future__ import annotations

import re

from include.jobs.office_time import days_left
from include.jobs.position import Position

MANY_PLACES = 50
"""So many places of work are no single job's.

Of the 25 rows recorded for the default query in 2025, 18 name 117 places or more, 6 name 48 and are
open for a year, and one names 9. A remote job lists every city that one may live in, so its places
don't count.
"""

MANY_DAYS = 300
"""Jobs are open for weeks; registers, mostly, for a year: 363 to 366 days in the recordings."""

SEVERAL_PLACES = 10
"""So many places make a register of a posting that is open continuously or calls itself one.

An assumption: a hospital with two clinics also hires continuously, but for jobs of its own.
"""

_APPLICATIONS = r"(?:r[eé]sum[eé]s?|applica(?:nt|tion)s?|candidates?|talent)"
_NAME_OF_ITS_OWN = "".join(
    rf"(?<!\b{name}[\s-])" for name in ("federal", "cash", "national", "state", "historic")
)
_NAME_ENDS = r"(?!\s+(?!(?:for|announcement|notice|posting|vacancy|only)\b)[^\W\d_])(?!-\w)"
CALLED_SO = re.compile(
    rf"""\b(?: public\s+notice
    | open[\s-]+continuous(?:ly)?
    | continuous(?:ly)?[\s-]+(?:open(?:ing)?|announcement|vacancy|recruitment)
    | {_APPLICATIONS}\s+supply(?:\s+file)?
    | (?: {_NAME_OF_ITS_OWN}(?:register|roster)
        | {_APPLICATIONS}\s+(?:repository|file|pool|inventory|bank|database|network|community)
        | (?:standing|open)\s+inventory ){_NAME_ENDS}
    | inventory\s+of\s+(?:qualified\s+)?{_APPLICATIONS}
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What agencies call registers in their titles.

The Federal Register and cash registers are none, and who works on a talent pool isn't in one.
"""

ANYWHERE = re.compile(r"\bnegotiable\b|\bnation-?wide\b|\bthroughout the\b", re.IGNORECASE)
"""Names of places that stand for many."""

IN_WORDS = (
    "Register: collects applications for jobs that may come up, in many places or over many months"
)
"""What people are told of one."""


def is_register(position: Position) -> bool:
    """Return whether a posting is a register rather than a job."""
    places = 0 if position.remote else len(position.PositionLocation)
    if places >= MANY_PLACES or _is_open_long(position):
        return True
    collects = position.facts.is_open_continuous or CALLED_SO.search(position.PositionTitle)
    return bool(collects) and (places >= SEVERAL_PLACES or _is_anywhere(position))


def _is_open_long(position: Position) -> bool:
    opens, closes = position.published_at, position.closes_at
    if opens is None or closes is None or (closes - opens).days < MANY_DAYS - 1:
        return False
    # Only days that are counted in Eastern Time are right, but most postings need no such care.
    return days_left(closes, opens) >= MANY_DAYS


def _is_anywhere(position: Position) -> bool:
    return any(ANYWHERE.search(each.LocationName) for each in position.PositionLocation)
