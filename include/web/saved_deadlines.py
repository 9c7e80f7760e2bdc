"""The deadlines of the jobs that a user saved, as events of a calendar."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from pymongo import ASCENDING
from pymongo.database import Database

from include.jobs import formatting, limits
from include.jobs.deadline import Deadline
from include.jobs.deadline_calendar import DeadlineEvent, advice, summary
from include.jobs.office_time import EASTERN
from include.jobs.opening_status import CANCELED
from include.jobs.position import position_uri
from include.store import collections
from include.store.damage import ENTRY, FACTS, OUTCOME, left_out, position_damage, sound_facts
from include.store.documents import Document
from include.store.outcomes import outcome_of, status_since
from include.store.revisions import revised_at
from include.web.marks import marked
from include.web.queries import standpoint

log = logging.getLogger(__name__)

FIELDS = frozenset(
    {
        *("PositionTitle", "PositionLocation", "PositionRemuneration", "annual_pay", "grade"),
        *("remote", "organization", "department", "closes_at", "content_hash", "matches"),
        *("first_seen_at", "last_seen_at", FACTS, OUTCOME),
    }
)
"""The fields of a position that an event is made of."""


def deadline_events(
    database: Database[Document], user: str, page_url: str, now: datetime
) -> list[DeadlineEvent]:
    """Return an event for each job that a user saved and that is still to close, by deadline.

    A job that is hidden or applied for is done with. One that is open continuously has no deadline.
    Damaged documents are left out, and logged.
    """
    positions = _saved(database, user, now)
    revised = revised_at(database, positions)
    standings = _Standings(database, now)
    events = []
    for position in positions:
        deadline = Deadline.of(position, now)
        if deadline.closes_on and not deadline.is_continuous:
            standing = standings.of(position)
            changed_at = max(revised[position["_id"]], standing.since)
            events.append(_event(position, deadline, changed_at, standing.is_gone, page_url))
    return events


def _saved(database: Database[Document], user: str, now: datetime) -> list[Document]:
    """Return what a user saved, is not done with and is still to close, the next first."""
    done = {*marked(database, user, "applied"), *marked(database, user, "hidden")}
    numbers = sorted({*marked(database, user, "saved")} - done)
    found = collections.tz_aware(database[collections.POSITIONS]).find(
        {"_id": {"$in": numbers}, "closes_at": {"$gt": now}},
        dict.fromkeys(FIELDS, True),
        sort=[("closes_at", ASCENDING), ("_id", ASCENDING)],
        limit=limits.CALENDAR_EVENTS,
    )
    return [{**each, FACTS: sound_facts(each)} for each in _sound(found)]


def _sound(positions: Iterable[Document]) -> Iterator[Document]:
    checked = FIELDS - {"matches", FACTS, OUTCOME}
    for position in positions:
        # There may be many match results, and few of them are needed.
        own = {name: value for name, value in position.items() if name != "matches"}
        if damage := position_damage(own, [], checked):
            log.warning("%s", left_out("position", position, damage))
        else:
            yield position


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
        # The first search that still lists it ends this: each has a receipt to read.
        first = next(_entries(position), None)
        if first and all(self._is_gone(position, search) for search, _ in _entries(position)):
            return _Standing(True, listed_at)
        return _Standing(False, position["first_seen_at"])

    def _is_gone(self, position: Document, search: str) -> bool:
        return self._standpoint(search).status(position) == "gone"


def _entries(position: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the match results of a position by search, without those that are damaged."""
    entries = position.get("matches")
    for search, entry in entries.items() if isinstance(entries, dict) else ():
        if not ENTRY.damage(entry):
            yield search, entry


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
        lines=[*_lines(position, deadline, is_cancelled), *_links(position, page_url)],
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
    _, entry = next(_entries(position), ("", {}))
    yield formatting.place(position, entry)


def _links(position: Document, page_url: str) -> Sequence[str]:
    number = position["_id"]
    page = [f"{page_url}#job={number}"] if page_url else []
    return [position_uri(number), *page]
