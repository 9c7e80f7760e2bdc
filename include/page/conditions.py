"""The conditions under which MongoDB finds the positions that stand one way with a search.

They say the same as `history.status`, and are written so that an index serves each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pymongo.database import Database

from include import documents, history
from include.documents import Document
from include.history import ENDED, Status, latest_complete_run


@dataclass(frozen=True)
class Standpoint:
    """A search, the receipt of its latest complete run if there is one, and the present."""

    search: str
    latest: Document | None
    now: datetime

    @cached_property
    def rows(self) -> set[str]:
        """The control numbers of what the latest complete run lists."""
        return history.listed(self.latest) if self.latest else set()

    def entry(self, name: str) -> str:
        """Return the path of a field of what the search makes of a position."""
        return f"matches.{self.search}.{name}"

    def status(self, position: Document) -> Status:
        """Return how a position stands with the search."""
        return history.status(position, self.search, self.latest, self.now, self.rows)


def standpoint(database: Database[Document], search: str, now: datetime) -> Standpoint:
    """Return from where positions are looked at."""
    latest = latest_complete_run(documents.utc(database[documents.RUNS]), search)
    return Standpoint(search, dict(latest) if latest else None, now)


def at_level(at: Standpoint, *levels: str) -> Document:
    """Return the condition that the search puts a position at one of these levels."""
    return {at.entry("level"): {"$in": list(levels)}}


def standing(status: Status, at: Standpoint) -> Document:
    """Return the condition that a position of the search stands this way with it."""
    if status == "closed":
        return {"closes_at": {"$lte": at.now}}
    # Also where no date is known; asking for that by itself would keep MongoDB from the index.
    not_closed: Document = {"closes_at": {"$not": {"$lte": at.now}}}
    if at.latest is None:
        return not_closed if status == "open" else NOWHERE
    since = at.latest["observed_at"]
    if status == "open":
        # What this search saw since then is among what any search saw, and that has an index.
        seen = {"last_seen_at": {"$gte": since}, at.entry("last_seen_at"): {"$gte": since}}
        return {**not_closed, **seen}
    rows = {"$in" if status == "no_longer_fits" else "$nin": sorted(at.rows)}
    return {**not_closed, at.entry("last_seen_at"): {"$lt": since}, "_id": rows}


NOWHERE: Document = {"_id": {"$in": []}}
"""The condition that no position fulfils."""

RAN_TO_ITS_END: Document = {"state": {"$in": list(ENDED)}}
"""The condition on a receipt that all it speaks of is stored, whatever the answer looked like."""


def changed_since(database: Database[Document], moment: datetime) -> list[str]:
    """Return the control numbers of what agencies amended, as any search noticed then or later."""
    return database[documents.RUNS].distinct(
        "changed.control_number", {"observed_at": {"$gte": moment}, **RAN_TO_ITS_END}
    )
