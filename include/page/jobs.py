"""The stored jobs as one search sees them: a page of those that a filter lets through, or one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor
from pymongo.database import Database

from include import documents
from include.documents import Document
from include.history import Amendment, amendments, noticed_amendments, shortened
from include.page.answers import Change, FieldChange, Job, JobDetail, JobPage, Mark, Match, Version
from include.page.conditions import (
    RAN_TO_ITS_END,
    Standpoint,
    at_level,
    changed_since,
    standing,
    standpoint,
)
from include.page.filters import JobFilter, Sort
from include.page.marks import marked, marks_of
from include.positions import position_uri
from include.searches import SearchParameters

LEVELS = ("match", "near_miss")

PLACES = 10
"""Places of work that a job in a list has at most."""

RECENT = timedelta(days=7)
"""How long a job in a list shows what was amended."""

TEXT_FIELDS = (
    "PositionTitle",
    "organization",
    "department",
    "summary",
    "PositionLocation.LocationName",
)


def default_search(
    database: Database[Document], usual: str = SearchParameters().slug
) -> str | None:
    """Return the usual search if it has run, else the one that ran last."""
    if has_run(database, usual):
        return usual
    newest = database[documents.RUNS].find_one(
        RAN_TO_ITS_END, {"search": True}, sort=[("observed_at", DESCENDING)]
    )
    return newest["search"] if newest else None


def job_page(
    database: Database[Document],
    search: str | None,
    wanted: JobFilter,
    user: str,
    now: datetime,
    *,
    page: int,
    per_page: int,
) -> JobPage:
    """Return one page of the jobs that a filter lets through; a search that never ran has none."""
    total = 0
    jobs: list[Job] = []
    ran = search is not None and has_run(database, search)
    if search and ran:
        at = standpoint(database, search, now)
        selection = _Selection(database, wanted, at, user)
        total, positions = selection.page((page - 1) * per_page, per_page)
        jobs = _jobs(database, positions, at, user)
    return JobPage(search=search, has_run=ran, total=total, page=page, per_page=per_page, jobs=jobs)


def all_jobs(
    database: Database[Document], search: str | None, wanted: JobFilter, user: str, now: datetime
) -> Iterator[Job]:
    """Yield the jobs of all pages, reading on as they are taken."""
    if search and has_run(database, search):
        at = standpoint(database, search, now)
        for positions in documents.chunks(_Selection(database, wanted, at, user).all()):
            yield from _jobs(database, positions, at, user)


def job_detail(
    database: Database[Document],
    control_number: str,
    search: str | None,
    user: str,
    now: datetime,
) -> JobDetail | None:
    """Return a job with its history, None if it is not stored.

    Its `match` is the one of `search`, or of the search that scores it best where `search` doesn't
    have it.
    """
    position = documents.utc(database[documents.POSITIONS]).find_one({"_id": control_number})
    matches = _matches(database, position, now) if position else []
    if not position or not matches:
        return None
    match = next((match for match in matches if match.search == search), matches[0])
    versions = list(
        documents.utc(database[documents.VERSIONS]).find(
            {"control_number": control_number},
            sort=[("first_observed_at", ASCENDING), ("_id", ASCENDING)],
        )
    )
    mark = marks_of(database, user, [control_number]).get(control_number, Mark())
    return JobDetail.model_validate(
        {
            **_fields(position, match, _all_changes(versions), mark),
            "matches": matches,
            "versions": [_version(version) for version in versions],
        }
    )


def has_run(database: Database[Document], search: str) -> bool:
    """Tell whether a run of a search went to its end."""
    its_runs = {"search": search, **RAN_TO_ITS_END}
    return database[documents.RUNS].find_one(its_runs, {"_id": True}) is not None


class _Selection:
    """The positions that a filter lets through, in its order.

    They come in one part or two: MongoDB sorts what has no value as the least, so where the least
    goes first, what has none is asked for afterwards.
    """

    def __init__(
        self, database: Database[Document], wanted: JobFilter, at: Standpoint, user: str
    ) -> None:
        self._positions = documents.utc(database[documents.POSITIONS])
        self._fields = {
            **dict.fromkeys(Job.model_fields, True),
            "PositionLocation": {"$slice": PLACES},
            f"matches.{at.search}": True,
        }
        key, direction = _order(wanted.sort, at)
        # By id at last, so that no page repeats or skips what another has.
        self._sort = [(key, direction), ("_id", ASCENDING)]
        self._conditions = [
            *_of_search(wanted, at),
            *_of_posting(wanted, at.now),
            *_of_numbers(database, wanted, user),
        ]
        missing_last: list[Document] = [{key: {"$ne": None}}, {key: None}]
        self._parts: list[Document] = (
            [{"$and": [*self._conditions, half]} for half in missing_last]
            if direction == ASCENDING
            else [{"$and": self._conditions}]
        )

    def page(self, skip: int, limit: int) -> tuple[int, list[Document]]:
        """Return how many there are, and so many of them."""
        total = self._positions.count_documents({"$and": self._conditions})
        found: list[Document] = []
        for part in self._parts if skip < total else []:
            found += self._find(part).skip(skip).limit(limit - len(found))
            if len(found) == limit:
                break
            skip = 0 if found else max(skip - self._positions.count_documents(part), 0)
        return total, found

    def all(self) -> Iterator[Document]:
        """Yield all of them."""
        return chain.from_iterable(self._find(part) for part in self._parts)

    def _find(self, part: Document) -> Cursor[Document]:
        return self._positions.find(part, self._fields, sort=self._sort)


def _order(sort: Sort, at: Standpoint) -> tuple[str, int]:
    """Return the field by which positions are sorted, and in which direction."""
    orders: dict[Sort, tuple[str, int]] = {
        "score": (at.entry("score"), DESCENDING),
        "closing": ("closes_at", ASCENDING),
        "pay": ("annual_pay.maximum", DESCENDING),
        "published": ("published_at", DESCENDING),
        "new": (at.entry("first_seen_at"), DESCENDING),
        "distance": (at.entry("nearest.miles"), ASCENDING),
    }
    return orders[sort]


def _of_search(wanted: JobFilter, at: Standpoint) -> Iterator[Document]:
    """Yield the conditions on what the search makes of a position."""
    yield at_level(at, *([wanted.level] if wanted.level else LEVELS))
    if wanted.status != "any":
        yield standing(wanted.status, at)
    if wanted.new_since:
        yield {at.entry("first_seen_at"): {"$gte": wanted.new_since}}


def _of_posting(wanted: JobFilter, now: datetime) -> Iterator[Document]:
    """Yield the conditions on what the posting says."""
    if wanted.closing_within is not None:
        last = now + timedelta(days=wanted.closing_within)
        yield {"closes_at": {"$gt": now, "$lte": last}}
    if wanted.minimum_pay:
        yield {"annual_pay.maximum": {"$gte": wanted.minimum_pay}}
    if wanted.remote is not None:
        yield {"remote": True if wanted.remote else {"$ne": True}}
    for word in (wanted.text or "").split():
        occurs = {"$regex": re.escape(word), "$options": "i"}
        yield {"$or": [{field: occurs} for field in TEXT_FIELDS]}


def _of_numbers(database: Database[Document], wanted: JobFilter, user: str) -> Iterator[Document]:
    """Yield the conditions on the control number: what else is stored under it."""
    if wanted.changed_since:
        yield {"_id": {"$in": changed_since(database, wanted.changed_since)}}
    if wanted.mark:
        yield {"_id": {"$in": marked(database, user, wanted.mark)}}
    elif hidden := marked(database, user, "hidden"):
        yield {"_id": {"$nin": hidden}}


def _jobs(
    database: Database[Document], positions: Sequence[Document], at: Standpoint, user: str
) -> list[Job]:
    numbers = [position["_id"] for position in positions]
    changes = _recent_changes(database, numbers, at.now)
    marks = marks_of(database, user, numbers)
    return [
        Job.model_validate(
            _fields(
                position,
                _match(position, at),
                changes.get(position["_id"], []),
                marks.get(position["_id"], Mark()),
            )
        )
        for position in positions
    ]


def _fields(position: Document, match: Match, changes: list[Change], mark: Mark) -> dict[str, Any]:
    number = position["_id"]
    return {
        # What a document lacks is not known; one that lacks what every posting has is broken.
        **dict.fromkeys(Job.model_fields),
        **position,
        "control_number": number,
        "PositionURI": position_uri(number),
        "match": match,
        "changes": changes,
        "mark": mark,
    }


def _match(position: Document, at: Standpoint) -> Match:
    entry = position["matches"][at.search]
    return Match.model_validate({**entry, "search": at.search, "status": at.status(position)})


def _matches(database: Database[Document], position: Document, now: datetime) -> list[Match]:
    """Return what each search makes of a position, best first; what is no verdict is not ours."""
    searches = [
        search
        for search, entry in position["matches"].items()
        if isinstance(entry, dict) and entry.get("level") in LEVELS
    ]
    matches = (_match(position, standpoint(database, search, now)) for search in searches)
    return sorted(matches, key=lambda match: (-match.score, match.search))


def _recent_changes(
    database: Database[Document], numbers: Sequence[str], now: datetime
) -> dict[str, list[Change]]:
    """Return what any search noticed lately of these positions' amendments, newest first."""
    runs = documents.utc(database[documents.RUNS])
    return {
        number: [_change(amendment) for amendment in reversed(noticed)]
        for number, noticed in noticed_amendments(runs, numbers, now - RECENT).items()
    }


def _all_changes(versions: Sequence[Document]) -> list[Change]:
    """Return all amendments, newest first, their values cut as in a receipt."""
    return [
        _change(
            Amendment(
                amendment.observed_at,
                {
                    name: (shortened(before), shortened(after))
                    for name, (before, after) in amendment.fields.items()
                },
            )
        )
        for amendment in reversed(amendments(versions))
    ]


def _change(amendment: Amendment) -> Change:
    return Change(
        observed_at=amendment.observed_at,
        fields={
            name: FieldChange(before=before, after=after)
            for name, (before, after) in amendment.fields.items()
        },
    )


def _version(version: Document) -> Version:
    address = {"PositionURI": position_uri(version["control_number"])}
    return Version.model_validate({**version, "content": {**version["content"], **address}})
