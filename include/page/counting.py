"""The open jobs of a search, and how many of them there are of each kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from include import documents
from include.documents import Document
from include.matching import Level
from include.page.answers import Counts
from include.page.conditions import Standpoint, at_level, standing
from include.page.jobs import LEVELS

RECENT = timedelta(days=1)
"""How long a match counts as new, or as changed."""

CLOSING_SOON = timedelta(days=7)


def open_jobs(
    database: Database[Document],
    at: Standpoint,
    hidden: Collection[str],
    more: Mapping[str, Any] | None = None,
) -> list[Document]:
    """Return what is counted of each open job that the user has not hidden, best first.

    `more` is what the aggregation has to project besides.
    """
    verdict = {name: f"${at.entry(name)}" for name in ("level", "score", "first_seen_at")}
    found = documents.utc(database[documents.POSITIONS]).aggregate(
        [
            {"$match": {**standing("open", at), **at_level(at, *LEVELS)}},
            {"$project": {"closes_at": True, **verdict, **(more or {})}},
        ]
    )
    return sorted(
        (job for job in found if job["_id"] not in hidden),
        key=lambda job: (-job["score"], job["_id"]),
    )


def only(jobs: Iterable[Document], level: Level) -> list[Document]:
    """Return those of the open jobs that are at this level."""
    return [job for job in jobs if job["level"] == level]


def counted(jobs: Sequence[Document], changed: Collection[str], now: datetime) -> Counts:
    """Count open jobs; `changed` are the control numbers of what was amended lately."""
    matches = only(jobs, "match")
    deadlines = [job["closes_at"] for job in matches if job.get("closes_at")]
    return Counts(
        matches=len(matches),
        near_misses=len(only(jobs, "near_miss")),
        new=sum(job["first_seen_at"] >= now - RECENT for job in matches),
        changed=sum(job["_id"] in changed for job in matches),
        closing_soon=sum(closes_at <= now + CLOSING_SOON for closes_at in deadlines),
    )
