"""The open jobs of a search, and their counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NotRequired

from pymongo.database import Database
from typing_extensions import TypedDict

from include.jobs import limits
from include.jobs.deadline import Deadline
from include.jobs.position import AnnualPay, Remuneration
from include.matching.match_result import KEPT_LEVELS, Level
from include.store import collections
from include.store.damage import Shape
from include.store.documents import Document
from include.web.queries import Standpoint, at_level, standing
from include.web.remembered import Remembered
from include.web.schemas import Counts


def recently(now: datetime) -> datetime:
    """Return the time since which a match counts as new, or as changed."""
    return now - timedelta(hours=limits.NEW_HOURS)


class OpenJob(TypedDict):
    """The fields of an open job that are counted."""

    _id: str
    level: Level
    score: int
    first_seen_at: datetime
    closes_at: NotRequired[datetime | None]
    facts: NotRequired[Any]
    register: NotRequired[Any]


OPEN_JOB = Shape(OpenJob)
OF_ENTRY = ("level", "score", "first_seen_at", "register")
OF_DEADLINE = {"closes_at": True, "facts.closes_when": True}
"""What of a position, besides `register` of its entry, its deadline is made of."""


class BriefJob(TypedDict):
    """The fields of a position of which a line says something."""

    _id: str
    PositionTitle: str
    PositionRemuneration: list[Remuneration]
    annual_pay: NotRequired[AnnualPay | None]
    closes_at: NotRequired[datetime | None]


BRIEF_JOB = Shape(BriefJob)


def open_jobs(
    database: Database[Document],
    at: Standpoint,
    hidden: Collection[str],
    more: Mapping[str, Any] | None = None,
    shape: Shape = OPEN_JOB,
    lists: Remembered | None = None,
) -> list[Document]:
    """Return the counted fields of the open jobs that the user has not hidden, best first.

    `more` has additional fields for the projection, and `shape` describes the result. Damaged
    documents are left out, and logged. Nothing may change the jobs: they are remembered in `lists`,
    whoever has hidden some of them.
    """
    if lists and at.lists_few:
        key = "open jobs", *sorted(more or ()), at.moment
        found = lists.value(key, lambda: _open_jobs(database, at, more or {}, shape))
    else:
        found = _open_jobs(database, at, more or {}, shape)
    return [job for job in found if job["_id"] not in hidden]


def _open_jobs(
    database: Database[Document], at: Standpoint, more: Mapping[str, Any], shape: Shape
) -> list[Document]:
    result = {name: f"${at.entry(name)}" for name in OF_ENTRY}
    found = collections.tz_aware(database[collections.POSITIONS]).aggregate(
        [
            {"$match": {**standing("open", at), **at_level(at, *KEPT_LEVELS)}},
            {"$project": {**OF_DEADLINE, **result, **more}},
        ],
        batchSize=limits.WRITE_BATCH_SIZE_DOCUMENTS,
    )
    return sorted(shape.sound(found, "position"), key=lambda job: (-job["score"], job["_id"]))


def only(jobs: Iterable[Document], level: Level) -> list[Document]:
    """Return the open jobs at this level."""
    return [job for job in jobs if job["level"] == level]


def counted(jobs: Sequence[Document], changed: Collection[str], now: datetime) -> Counts:
    """Count open jobs; `changed` has the control numbers of recently amended positions."""
    matches = only(jobs, "match")
    return Counts(
        matches=len(matches),
        near_misses=len(only(jobs, "near_miss")),
        new=sum(job["first_seen_at"] >= recently(now) for job in matches),
        changed=sum(job["_id"] in changed for job in matches),
        closing_soon=sum(
            deadline_of(job, now).is_within(limits.CLOSING_SOON_DAYS) for job in matches
        ),
    )


def deadline_of(job: Document, now: datetime) -> Deadline:
    """Return the deadline of an open job."""
    return Deadline.of(job, now, is_register=job.get("register") is True)
