"""What became of positions: whose opening status to read, and the merging of what was read.

A reading is an outcome with a single status, and it is merged like any other outcome: the latest
status wins, first-seen dates are minima, the time of the last request is a maximum. So readings
commute, as runs do (see `upserts`), and runs of a search don't touch the field.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from pydantic import ValidationError
from pymongo import DESCENDING, UpdateOne
from pymongo.database import Database

from include.jobs import limits
from include.jobs.office_time import eastern_day
from include.jobs.opening_status import ACCEPTING, FINAL, OF_A_SELECTION, opening_status
from include.store import collections
from include.store.damage import OUTCOME
from include.store.documents import Document, Outcome
from include.store.upserts import DURABLE, Write, bulk_write

log = logging.getLogger(__name__)

LONG_AGO = datetime.min.replace(tzinfo=UTC)

CONCERNS_SOMEBODY: Document = {"$or": [{"saved": True}, {"applied": True}]}
"""The filter for marks on positions whose outcome is followed."""

HAS_STATUS: Document = {f"{OUTCOME}.status": {"$exists": True}}
"""The filter for positions of which a status was read; their index has the same condition."""


class Followed(NamedTuple):
    """The positions to ask about: by control number, longest not asked about first.

    `not_stored` are marked, but no position has their number. `answered_at` is when the API last
    answered; before it ever has, when somebody last began to follow one of them.
    """

    positions: dict[str, Outcome | None]
    not_stored: list[str]
    answered_at: datetime | None


class SelectionTime(NamedTuple):
    """How long an agency takes from closing to selection: the median of so many positions."""

    days: int
    positions: int


def outcome_of(position: Mapping[str, Any]) -> Outcome | None:
    """Return what is known of a position's outcome; nothing is if that part is damaged."""
    if (stored := position.get(OUTCOME)) is None:
        return None
    try:
        return Outcome.model_validate(stored, strict=True)
    except ValidationError:
        return None


def status_since(outcome: Outcome | None) -> tuple[str, datetime] | None:
    """Return the latest status, and when it was first read; None if there is none."""
    if outcome is None or outcome.status is None or outcome.status not in outcome.first_seen:
        return None
    return outcome.status, outcome.first_seen[outcome.status]


def is_news(outcome: Outcome | None) -> bool:
    """Return whether the status is another one than when applications began."""
    now = status_since(outcome)
    if outcome is None or now is None:
        return False
    status, since = now
    return status != ACCEPTING or min(outcome.first_seen.values()) < since


def is_followed(position: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a position's status may still change.

    That is from its publication until its status is final, or `OUTCOME_DAYS` after it closed; where
    it has no deadline, after it was last listed. A position that a search lists after a final
    status has been announced again.
    """
    published, closed = position.get("published_at"), position.get("closes_at")
    listed = position.get("last_seen_at")
    ended = closed if isinstance(closed, datetime) else listed
    if not isinstance(ended, datetime) or now > ended + timedelta(days=limits.OUTCOME_DAYS):
        return False
    if isinstance(published, datetime) and published > now:
        return False
    outcome = outcome_of(position)
    if outcome is None or outcome.status not in FINAL or outcome.read_at is None:
        return True
    return isinstance(listed, datetime) and listed > outcome.read_at


def followed(database: Database[Document], now: datetime) -> Followed:
    """Return the positions that somebody saved or applied for, and whose status may change."""
    marks = collections.tz_aware(database[collections.MARKS])
    marked: dict[str, datetime] = {}
    for mark in marks.find(CONCERNS_SOMEBODY, {"control_number": True, "updated_at": True}):
        number, changed = mark.get("control_number"), mark.get("updated_at")
        if isinstance(number, str):
            first = changed if isinstance(changed, datetime) else now
            marked[number] = min(marked.get(number, now), first)
    positions = collections.tz_aware(database[collections.POSITIONS])
    fields = dict.fromkeys(("published_at", "closes_at", "last_seen_at", OUTCOME), True)
    outcomes: dict[str, Outcome | None] = {}
    stored: set[str] = set()
    for chunk in collections.chunks(sorted(marked)):
        for position in positions.find({"_id": {"$in": chunk}}, fields):
            stored.add(position["_id"])
            if is_followed(position, now):
                outcomes[position["_id"]] = outcome_of(position)

    def asked_at(number: str) -> datetime:
        outcome = outcomes[number]
        return outcome.asked_at if outcome else LONG_AGO

    in_order = sorted(outcomes, key=lambda number: (asked_at(number), number))
    answered = [asked_at(number) for number in outcomes if outcomes[number]]
    first_marked = [marked[number] for number in outcomes]
    return Followed(
        {number: outcomes[number] for number in in_order},
        sorted(marked.keys() - stored),
        max(answered or first_marked, default=None),
    )


def record(
    database: Database[Document],
    numbers: Iterable[str],
    statuses: Mapping[str, str],
    read_at: datetime,
) -> None:
    """Merge what the API answered about these positions, with the statuses that it knows.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    positions = database[collections.POSITIONS].with_options(write_concern=DURABLE)
    for chunk in collections.chunks(numbers):
        repair_outcomes(database, chunk)
        readings = {number: _reading(statuses.get(number), read_at) for number in chunk}
        bulk_write(positions, [write for each in readings.items() for write in merging(*each)])


def _reading(status: str | None, read_at: datetime) -> Outcome:
    if status is None:
        return Outcome(asked_at=read_at)
    return Outcome(status=status, read_at=read_at, first_seen={status: read_at}, asked_at=read_at)


def repair_outcomes(database: Database[Document], numbers: Sequence[str]) -> None:
    """Remove the outcomes of these positions that are damaged: updates can't be merged into them.

    Raises:
        PyMongoError: MongoDB rejected a write, or can't be reached.
    """
    positions = collections.tz_aware(database[collections.POSITIONS])
    found = positions.find(
        {"_id": {"$in": [*numbers]}, OUTCOME: {"$exists": True}}, {OUTCOME: True}
    )
    damaged = [position for position in found if outcome_of(position) is None]
    if damaged:
        log.warning(
            "These outcomes are damaged, and removed: %s", [each["_id"] for each in damaged]
        )
    unchanged = [{"_id": each["_id"], OUTCOME: {"$eq": each[OUTCOME]}} for each in damaged]
    bulk_write(positions, [UpdateOne(each, {"$unset": {OUTCOME: ""}}) for each in unchanged])


def merging(number: str, outcome: Outcome) -> list[Write]:
    """Return the updates that merge an outcome into that of a stored position."""
    first_seen = {
        f"{OUTCOME}.first_seen.{status}": moment
        for status, moment in outcome.first_seen.items()
        # Others, which no reading has, might be no field's name.
        if opening_status(status) == status
    }
    dates: Document = {"$max": {f"{OUTCOME}.asked_at": outcome.asked_at}}
    if first_seen:
        dates["$min"] = first_seen
    writes: list[Write] = [UpdateOne({"_id": number}, dates)]
    if outcome.status is not None and outcome.read_at is not None:
        status, read_at = f"{OUTCOME}.status", f"{OUTCOME}.read_at"
        earlier: list[Document] = [
            {read_at: {"$exists": False}},
            {read_at: {"$lt": outcome.read_at}},
            {read_at: outcome.read_at, status: {"$lt": outcome.status}},
        ]
        latest = {status: outcome.status, read_at: outcome.read_at}
        writes.append(UpdateOne({"_id": number, "$or": earlier}, {"$set": latest}))
    return writes


def selection_times(
    database: Database[Document], organizations: Collection[str], now: datetime
) -> dict[str, SelectionTime]:
    """Return how long these agencies take to select somebody, as far as that is known.

    It is known from `SELECTIONS` positions, of which the program saw the status before that too:
    when another one was selected can't be told.
    """
    by_agency: dict[str, list[int]] = {}
    if organizations:
        found = collections.tz_aware(database[collections.POSITIONS]).find(
            {
                "organization": {"$in": sorted(organizations)},
                "closes_at": {"$lt": now},
                f"{OUTCOME}.status": {"$exists": True, "$in": sorted(OF_A_SELECTION)},
            },
            {"organization": True, "closes_at": True, OUTCOME: True},
            sort=[("closes_at", DESCENDING)],
            limit=limits.SELECTIONS_READ,
        )
        for position in found:
            if (days := days_to_selection(position)) is not None:
                by_agency.setdefault(position["organization"], []).append(days)
    return {
        agency: SelectionTime(round(median(days)), len(days))
        for agency, days in by_agency.items()
        if len(days) >= limits.SELECTIONS
    }


def days_to_selection(position: Mapping[str, Any]) -> int | None:
    """Return the days from a position's deadline until somebody was selected; None if unknown.

    They are not known if the first status that was read says so already, or if somebody was
    selected before the deadline.
    """
    outcome, closed = outcome_of(position), position.get("closes_at")
    if outcome is None or not isinstance(closed, datetime):
        return None
    selected = [at for name, at in outcome.first_seen.items() if name in OF_A_SELECTION]
    if outcome.status not in OF_A_SELECTION or not selected:
        return None
    chosen = min(selected)
    if min(outcome.first_seen.values()) >= chosen or chosen < closed:
        return None
    return (eastern_day(chosen) - eastern_day(closed)).days
