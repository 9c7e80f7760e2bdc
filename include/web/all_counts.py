"""The counts of all searches, from a few readings of the open jobs that they share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pymongo.database import Database

from include.jobs import limits
from include.jobs.codes import BY_APPLICATIONS, OPEN_CONTINUOUS
from include.jobs.office_time import next_day
from include.matching.match_result import KEPT_LEVELS
from include.store import collections
from include.store.damage import FIRST, LARGEST, LAST
from include.store.documents import Document
from include.web.counting import counted, only, open_jobs, recently
from include.web.queries import ENTRIES, Standpoint, not_closed
from include.web.schemas import Counts


class SearchCounts(NamedTuple):
    """The counts of a search's open jobs, and the control number of its best match."""

    counts: Counts
    best: str | None


def all_counts(
    database: Database[Document],
    standpoints: Sequence[Standpoint],
    hidden: Collection[str],
    changed: Collection[str],
    now: datetime,
) -> dict[str, SearchCounts]:
    """Return what `counted` says of the `open_jobs` of each search, and the best of its matches.

    MongoDB counts them all at once, by groups. Of a search whose open jobs this does not tell
    apart, because documents are damaged or rows of its latest run were not read, they are read.
    """
    simple = [at for at in standpoints if at.latest and not at.listing.unread]
    found = _counts_at_once(database, simple, hidden, changed, now) if simple else {}
    for at in standpoints:
        if at.search not in found:
            jobs = open_jobs(database, at, hidden)
            best = next((job["_id"] for job in only(jobs, "match")), None)
            found[at.search] = SearchCounts(counted(jobs, changed, now), best)
    return {at.search: found[at.search] for at in standpoints}


def _counts_at_once(
    database: Database[Document],
    standpoints: Sequence[Standpoint],
    hidden: Collection[str],
    changed: Collection[str],
    now: datetime,
) -> dict[str, SearchCounts]:
    """Return the counts of the searches whose groups all are of sound documents."""
    since = {at.search: at.latest["observed_at"] for at in standpoints if at.latest}
    listed: list[Document] = [not_closed(now), {"last_seen_at": {"$gte": min(since.values())}}]
    if hidden:
        listed.append({"_id": {"$nin": sorted(hidden)}})

    grouped: dict[str, list[_Group]] = {search: [] for search in since}
    for group in _groups(database, listed, changed, now):
        if group.search in since and not group.is_out(since[group.search]):
            grouped[group.search].append(group)
    return {
        search: _counts(groups, now)
        for search, groups in grouped.items()
        if all(each.is_sound for each in groups)
    }


def _counts(groups: Sequence[_Group], now: datetime) -> SearchCounts:
    matches = [each for each in groups if each.level == "match"]
    return SearchCounts(
        Counts(
            matches=_jobs(matches),
            near_misses=_jobs(each for each in groups if each.level == "near_miss"),
            new=_jobs(each for each in matches if each.first_seen_at >= recently(now)),
            changed=_jobs(each for each in matches if each.is_changed),
            closing_soon=_jobs(
                each for each in matches if each.is_soon and each.register is not True
            ),
        ),
        min((each.best for each in matches), default=(0, None))[1],
    )


class _Group(NamedTuple):
    """So many jobs, of whose match results for a search these fields are the same.

    `best` are the negative score and the control number of the first in order.
    """

    search: str
    level: Any
    first_seen_at: Any
    last_seen_at: Any
    register: Any
    is_soon: bool
    """Whether they close soon, unless they are registers."""
    is_changed: bool
    jobs: int
    best: tuple[int, str]
    is_sound: bool

    def is_out(self, since: datetime) -> bool:
        """Return whether these certainly aren't open, or aren't kept."""
        is_old = isinstance(self.last_seen_at, datetime) and self.last_seen_at < since
        return is_old or self.level not in KEPT_LEVELS


def _jobs(groups: Iterable[_Group]) -> int:
    return sum(each.jobs for each in groups)


OF_ENTRY = ("level", "first_seen_at", "last_seen_at", "register")


def _groups(
    database: Database[Document],
    conditions: list[Document],
    changed: Collection[str],
    now: datetime,
) -> Iterator[_Group]:
    """Yield the groups of the match results of the positions that meet these conditions."""
    score = "$entry.v.score"
    # What is no number comes before all numbers, as null.
    is_number = _between(score, -LARGEST, LARGEST)
    first_by_score = {"$cond": [is_number, {"$multiply": [score, -1]}, None]}
    # Texts come before objects.
    is_numbered = {"$and": [{"$gte": ["$_id", ""]}, {"$lt": ["$_id", {}]}]}
    is_dated = {"$or": [{"$lte": ["$closes_at", None]}, _between("$closes_at", FIRST, LAST)]}
    fields = {name: f"$entry.v.{name}" for name in OF_ENTRY}
    of_position = {name: f"${name}" for name in ("is_sound", "is_soon", "is_changed")}
    found = collections.tz_aware(database[collections.POSITIONS]).aggregate(
        [
            {"$match": {"$and": conditions}},
            {
                "$project": {
                    "entry": ENTRIES,
                    "is_sound": {"$and": [is_numbered, is_dated]},
                    "is_soon": _is_soon(now),
                    "is_changed": {"$in": ["$_id", sorted(changed)]},
                }
            },
            {"$unwind": "$entry"},
            {
                "$group": {
                    "_id": {"search": "$entry.k", **of_position, **fields},
                    "jobs": {"$sum": 1},
                    # It is an integer only if all of them are.
                    "score": {"$sum": score},
                    "best": {"$min": {"score": first_by_score, "_id": "$_id"}},
                }
            },
        ]
    )
    for group in found:
        of, best = group["_id"], group["best"]
        dates = of.get("first_seen_at"), of.get("last_seen_at")
        yield _Group(
            of["search"],
            of.get("level"),
            *dates,
            of.get("register"),
            of["is_soon"],
            of["is_changed"],
            group["jobs"],
            (best["score"], best["_id"]),
            of["is_sound"]
            and isinstance(group["score"], int)
            and isinstance(best["score"], int)
            and all(isinstance(each, datetime) and each >= FIRST for each in dates),
        )


def _is_soon(now: datetime) -> Document:
    """Return the expression for what `closing_soon` is the filter for."""
    kind, at_most = "$facts.closes_when.type", "$facts.closes_when.applications"
    by_then = next_day(now, limits.CLOSING_SOON_DAYS + 1)
    closes_soon = {"$and": [{"$gt": ["$closes_at", now]}, {"$lt": ["$closes_at", by_then]}]}
    is_capped = {"$and": [{"$eq": [kind, BY_APPLICATIONS]}, _between(at_most, 1, LARGEST)]}
    is_continuous = {"$eq": [kind, OPEN_CONTINUOUS]}
    return {"$and": [{"$or": [closes_soon, is_capped]}, {"$not": [is_continuous]}]}


def _between(field: str, first: object, last: object) -> Document:
    """Return the expression for a value between two, which is of their type."""
    return {"$and": [{"$gte": [field, first]}, {"$lte": [field, last]}]}
