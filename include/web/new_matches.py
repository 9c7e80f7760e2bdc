"""The newest open matches of a search, with what a news feed says of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from include.jobs import formatting, limits
from include.jobs.announced_again import Earlier, in_words
from include.jobs.deadline import Deadline
from include.jobs.deadline_calendar import closes_in_words
from include.matching import registers
from include.store import collections
from include.store.announced_again import find_earlier
from include.store.damage import FACTS, sort_out
from include.store.documents import Document
from include.store.revisions import revised_at
from include.web.marks import marked
from include.web.queries import Standpoint, at_level, standing

CHECKED = frozenset(
    {
        *("PositionTitle", "PositionLocation", "PositionRemuneration", "annual_pay", "grade"),
        *("remote", "organization", "department", "closes_at", "content_hash"),
        *("first_seen_at", "matches"),
    }
)
"""The fields of a position that are read, and whose damage costs it."""

READ_FIELDS = (*(CHECKED - {"matches"}), f"{FACTS}.closes_when", f"{FACTS}.facts_hash")


class NewMatch(NamedTuple):
    """A match, and what decides whether it is worth a look, in words that do not age.

    `updated_at` is when the job was amended last, or when the search found it.
    """

    control_number: str
    title: str
    employer: str
    first_seen_at: datetime
    updated_at: datetime
    facts: Sequence[str]
    fits: Sequence[str]


def new_matches(database: Database[Document], at: Standpoint, user: str) -> list[NewMatch]:
    """Return the open matches that the user has not hidden, the newest first, up to a limit.

    Damaged documents are left out, and logged.
    """
    hidden = marked(database, user, "hidden")
    shown = [{"_id": {"$nin": hidden}}] if hidden else []
    found = collections.tz_aware(database[collections.POSITIONS]).find(
        {"$and": [at_level(at, "match"), standing("open", at), *shown]},
        {
            **dict.fromkeys(READ_FIELDS, True),
            "PositionLocation": {"$slice": limits.LIST_PLACES},
            f"matches.{at.search}": True,
        },
        sort=[(at.entry("first_seen_at"), DESCENDING), ("_id", ASCENDING)],
        limit=limits.FEED_MATCHES,
    )
    positions = sort_out(found, at.search, CHECKED).sound
    earlier = find_earlier(database, [each["_id"] for each in positions], [at.search])
    revised = revised_at(database, positions)
    return [
        _match(each, at, earlier.get(each["_id"], []), revised[each["_id"]]) for each in positions
    ]


def _match(
    position: Document, at: Standpoint, earlier: Sequence[Earlier], revised: datetime
) -> NewMatch:
    entry = position["matches"][at.search]
    return NewMatch(
        control_number=position["_id"],
        title=position["PositionTitle"],
        employer=position.get("organization") or position.get("department") or "",
        first_seen_at=entry["first_seen_at"],
        updated_at=max(revised, entry["first_seen_at"]),
        facts=[*_facts(position, entry, earlier, at.now)],
        fits=entry["fits"],
    )


def _facts(
    position: Document, entry: Mapping[str, object], earlier: Sequence[Earlier], now: datetime
) -> Iterator[str]:
    if employer := position.get("organization") or position.get("department"):
        yield formatting.plain(employer)
    yield formatting.pay(position)
    if grade := formatting.grade(position):
        yield grade
    # So many were asked for, and there may be more.
    has_more = len(position["PositionLocation"]) == limits.LIST_PLACES
    yield formatting.place(position, entry, has_more_places=has_more)
    is_register = entry.get("register") is True
    yield closes_in_words(Deadline.of(position, now, is_register=is_register))
    if is_register:
        yield registers.IN_WORDS
    if earlier:
        yield in_words(earlier, now)
