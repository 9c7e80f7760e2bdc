"""The deadlines of the jobs that a user saved, as events of a calendar."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from pymongo import ASCENDING
from pymongo.database import Database

from include.jobs import formatting, limits
from include.jobs.deadline import Deadline
from include.jobs.deadline_calendar import DeadlineEvent, advice, summary
from include.jobs.office_time import EASTERN
from include.jobs.opening_status import CANCELED
from include.jobs.position import position_uri
from include.searches.page_links import page_link
from include.store import collections
from include.store.damage import ENTRY, FACTS, OUTCOME, left_out, position_damage
from include.store.documents import Document
from include.store.outcomes import outcome_of, status_since
from include.store.revisions import revised_at
from include.web.marks import marked
from include.web.queries import ENTRIES, standpoint

log = logging.getLogger(__name__)

CHECKED = frozenset(
    {
        *("PositionTitle", "PositionLocation", "PositionRemuneration", "annual_pay", "grade"),
        *("remote", "organization", "department", "closes_at", "content_hash"),
        *("first_seen_at", "last_seen_at"),
    }
)
"""The fields of a position that an event is made of, and whose damage costs it."""

READ_FIELDS = (
    *(CHECKED - {"PositionLocation"}),
    *("PositionLocation.LocationName", OUTCOME, f"{FACTS}.closes_when", f"{FACTS}.facts_hash"),
)

FIRST_ENTRY = "first_entry"
"""The match result of the search that found a position first, with the search's name."""


def deadline_events(
    database: Database[Document], user: str, page_url: str, now: datetime
) -> list[DeadlineEvent]:
    """Return an event for each job that a user saved and that is still to close, by deadline.

    A job that is hidden or applied for is done with. One that is open continuously has no deadline.
    Damaged documents are left out, and logged.
    """
    standings = _Standings(database, now)
    positions = _with_matches(database, _saved(database, user, now), standings)
    revised = revised_at(database, positions)
    events = []
    for position in positions:
        deadline = Deadline.of(position, now)
        if deadline.closes_on and not deadline.is_continuous:
            standing = standings.of(position)
            changed_at = max(revised[position["_id"]], standing.since)
            events.append(_event(position, deadline, changed_at, standing.is_gone, page_url))
    return events


def _saved(database: Database[Document], user: str, now: datetime) -> list[Document]:
    """Return what a user saved, is not done with and is still to close, the next first.

    Of its match results, each has the first one.
    """
    done = {*marked(database, user, "applied"), *marked(database, user, "hidden")}
    numbers = sorted({*marked(database, user, "saved")} - done)
    # There may be many match results, of which the first one says nearly always enough.
    fields = {**dict.fromkeys(READ_FIELDS, True), FIRST_ENTRY: {"$slice": [ENTRIES, 1]}}
    found = collections.tz_aware(database[collections.POSITIONS]).aggregate(
        [
            {"$match": {"_id": {"$in": numbers}, "closes_at": {"$gt": now}}},
            {"$sort": {"closes_at": ASCENDING, "_id": ASCENDING}},
            {"$limit": limits.CALENDAR_EVENTS},
            {"$project": fields},
        ]
    )
    return [
        {**each, "matches": _entries({entry["k"]: entry["v"] for entry in each[FIRST_ENTRY]})}
        for each in _sound(found)
    ]


def _sound(positions: Iterable[Document]) -> Iterator[Document]:
    for position in positions:
        if damage := position_damage(position, [], CHECKED):
            log.warning("%s", left_out("position", position, damage))
        else:
            yield position


def _with_matches(
    database: Database[Document], positions: Sequence[Document], standings: _Standings
) -> list[Document]:
    """Return the positions with all match results, as far as the first one doesn't say enough."""
    unclear = [each["_id"] for each in positions if standings.none_lists(each)]
    found = collections.tz_aware(database[collections.POSITIONS]).find(
        {"_id": {"$in": unclear}}, {"matches": True}
    )
    matches = {each["_id"]: _entries(each.get("matches")) for each in found} if unclear else {}
    return [{**each, "matches": matches.get(each["_id"], each["matches"])} for each in positions]


class _Standing(NamedTuple):
    """Whether a job can't be applied for any more, although its deadline is to come."""

    is_gone: bool
    since: datetime


class _Standings:
    """Tells how jobs stand with the searches that found them."""

    def __init__(self, database: Database[Document], now: datetime) -> None:
        self._standpoint = cache(lambda search: standpoint(database, search, now))

    def of(self, position: Document) -> _Standing:
        """Return whether a job was canceled, or is listed no more by any search that found it.

        A needless entry in a calendar does less harm than a missing one, so one search that still
        lists it is enough. One that is listed after it was canceled is open again.
        """
        listed_at: datetime = position["last_seen_at"]
        status = status_since(outcome_of(position))
        if status and status[0] == CANCELED:
            return _Standing(status[1] >= listed_at, max(status[1], listed_at))
        if position["matches"] and self.none_lists(position):
            return _Standing(True, listed_at)
        return _Standing(False, position["first_seen_at"])

    def none_lists(self, position: Document) -> bool:
        """Return whether none of the searches whose match results are known still lists a job."""
        # The first search that does ends this: each has a receipt to read.
        return all(self._is_gone(position, search) for search in position["matches"])

    def _is_gone(self, position: Document, search: str) -> bool:
        return self._standpoint(search).status(position) == "gone"


def _entries(matches: object) -> dict[str, Document]:
    """Return the match results of a position by search, without those that are damaged."""
    entries = matches.items() if isinstance(matches, dict) else ()
    return {search: entry for search, entry in entries if not ENTRY.damage(entry)}


def _event(
    position: Document,
    deadline: Deadline,
    changed_at: datetime,
    is_cancelled: bool,
    page_url: str,
) -> DeadlineEvent:
    return DeadlineEvent(
        control_number=position["_id"],
        summary=summary(position, deadline),
        last_day=deadline.closes_on,  # type: ignore[arg-type]
        changed_at=changed_at,
        sequence=_sequence(position, changed_at, is_cancelled),
        lines=(*_lines(position, deadline, is_cancelled), *_links(position, page_url)),
        is_cancelled=is_cancelled,
        has_alarm=not is_cancelled,
    )


def _sequence(position: Document, changed_at: datetime, is_cancelled: bool) -> int:
    """Return a number that grows with each revision.

    Revisions are not counted, because retention deletes old versions; it is the seconds from the
    first sight to the latest revision. A job may be gone in the second in which it was first seen.
    """
    age = max(changed_at - position["first_seen_at"], timedelta())
    return int(age.total_seconds()) + is_cancelled


def _lines(position: Document, deadline: Deadline, is_cancelled: bool) -> Iterator[str]:
    if is_cancelled:
        yield "No longer listed on USAJOBS."
    yield advice(deadline)
    if deadline.closes_at:
        yield f"On the last day until {deadline.closes_at.astimezone(EASTERN):%H:%M} Eastern Time."
    if employer := position.get("organization") or position.get("department"):
        yield employer
    yield formatting.pay(position)
    if grade := formatting.grade(position):
        yield grade
    yield formatting.place(position, _first_match(position)[1])


def _links(position: Document, page_url: str) -> Sequence[str]:
    number = position["_id"]
    search, _ = _first_match(position)
    return [position_uri(number), *filter(None, [page_link(page_url, search, number)])]


def _first_match(position: Document) -> tuple[str, Document]:
    """Return the search that found a job first, and its match result; of damaged ones, nothing."""
    return next(iter(position["matches"].items()), ("", {}))
