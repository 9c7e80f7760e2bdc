"""MongoDB filters for positions by their status in a search, and by their deadline.

They are equivalent to `history.status` and to `Deadline`, and written so that each can use an
index.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain

from pymongo.database import Database

from include.jobs import limits
from include.jobs.codes import BY_APPLICATIONS, OPEN_CONTINUOUS
from include.jobs.office_time import next_day
from include.store import collections, history
from include.store.documents import ENDED, Document, Receipt
from include.store.history import Listing, Status, latest_complete_run, latest_complete_runs


@dataclass(frozen=True)
class Standpoint:
    """A search, the receipt of its latest complete run, if there is one, and the current time."""

    search: str
    latest: Receipt | None
    now: datetime

    @cached_property
    def listing(self) -> Listing:
        """The control numbers that the latest complete run lists."""
        return Listing.of(self.latest)

    @cached_property
    def kept(self) -> frozenset[str]:
        """The control numbers of the matches and near misses among them."""
        return frozenset(
            chain(self.latest["matches"], self.latest["near_misses"]) if self.latest else ()
        )

    @property
    def lists_few(self) -> bool:
        """Whether what it lists is few enough to be remembered."""
        return self.latest is not None and len(self.kept) <= limits.REMEMBERED_JOBS

    def entry(self, name: str) -> str:
        """Return the path of a field of the search's match result."""
        return f"matches.{self.search}.{name}"

    @property
    def moment(self) -> Hashable:
        """What counts of the search are remembered by: a later run, or minute, has others."""
        return self.search, history.moment_of(self.latest, self.now)

    def has_run(self, database: Database[Document]) -> bool:
        """Return whether a run of the search has finished."""
        return self.latest is not None or has_run(database, self.search)

    def status(self, position: Document) -> Status:
        """Return the status of a position in the search."""
        return history.status(position, self.search, self.latest, self.now, self.listing)


def standpoint(database: Database[Document], search: str, now: datetime) -> Standpoint:
    """Return the standpoint of a search."""
    latest = latest_complete_run(collections.tz_aware(database[collections.RUNS]), search)
    return Standpoint(search, latest, now)


def standpoints(
    database: Database[Document], searches: Sequence[str], now: datetime
) -> list[Standpoint]:
    """Return the standpoint of each search."""
    runs = collections.tz_aware(database[collections.RUNS])
    latest = latest_complete_runs(runs, searches, now)
    return [Standpoint(search, latest.get(search), now) for search in searches]


def has_run(database: Database[Document], search: str) -> bool:
    """Return whether a run of a search has finished."""
    its_runs = {"search": search, **RAN_TO_ITS_END}
    return database[collections.RUNS].find_one(its_runs, {"_id": True}) is not None


def at_level(at: Standpoint, *levels: str) -> Document:
    """Return the filter for positions at one of these levels."""
    return {at.entry("level"): {"$in": list(levels)}}


def standing(status: Status, at: Standpoint) -> Document:
    """Return the filter for the search's positions with this status."""
    if status == "closed":
        return {"closes_at": {"$lte": at.now}}
    if at.latest is None:
        return not_closed(at.now) if status == "open" else NOWHERE
    since = at.latest["observed_at"]
    if status == "open":
        # The first condition follows from the second, but only it has an index.
        seen = {"last_seen_at": {"$gte": since}, at.entry("last_seen_at"): {"$gte": since}}
        if not at.listing.unread:
            return {**not_closed(at.now), **seen}
        found = {at.entry("last_seen_at"): {"$exists": True}}
        return {**not_closed(at.now), "$or": [seen, {"_id": _among(at.listing.unread), **found}]}
    judged, unread = at.listing
    fits_no_longer = _among(judged - unread)
    numbers = fits_no_longer if status == "no_longer_fits" else {"$not": _among(judged | unread)}
    return {**not_closed(at.now), at.entry("last_seen_at"): {"$lt": since}, "_id": numbers}


def not_closed(now: datetime) -> Document:
    """Return the filter for all that have not closed.

    It includes those without a date; a condition of their own would prevent the use of the index.
    """
    return {"closes_at": {"$not": {"$lte": now}}}


CAPPED: Document = {
    "facts.closes_when.type": BY_APPLICATIONS,
    "facts.closes_when.applications": {"$gte": 1},
}


CONTINUOUS: Document = {"facts.closes_when.type": OPEN_CONTINUOUS}


def closing_within(days: int, at: Standpoint) -> Document:
    """Return the filter for what closes today or within so many days, or can close any hour."""
    return {"$and": [closing_soon(days, at.now), {at.entry("register"): {"$ne": True}}]}


def closing_soon(days: int, now: datetime) -> Document:
    """Return the same filter, for registers as well: which are some, searches say."""
    by_then = {"closes_at": {"$gt": now, "$lt": next_day(now, days + 1)}}
    any_hour = {**not_closed(now), **CAPPED}
    return {"$or": [by_then, any_hour], "$nor": [CONTINUOUS]}


def _among(numbers: Set[str]) -> Document:
    return {"$in": sorted(numbers)}


ENTRIES: Document = {
    "$cond": [
        # Texts come before objects, and these before lists.
        {"$and": [{"$gte": ["$matches", {}]}, {"$lt": ["$matches", []]}]},
        {"$objectToArray": "$matches"},
        [],
    ]
}
"""The expression for a position's match results, each with its search; none if it is damaged."""

NOWHERE: Document = {"_id": {"$in": []}}
"""A filter that matches no position."""

RAN_TO_ITS_END: Document = {"state": {"$in": list(ENDED)}}
"""The filter for receipts of finished runs, whether suspicious or not."""


def changed_since(database: Database[Document], moment: datetime) -> list[str]:
    """Return the control numbers of the positions that any search saw amended since `moment`."""
    numbers = database[collections.RUNS].distinct(
        "changed.control_number", {"observed_at": {"$gte": moment}, **RAN_TO_ITS_END}
    )
    return [number for number in numbers if isinstance(number, str)]
