"""The lanes at the top of the page: what is new, what closes soon, and what is the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from include.jobs import formatting, limits
from include.jobs.deadline import Deadline
from include.matching.match_result import KEPT_LEVELS
from include.store import collections
from include.store.damage import OUTCOME
from include.store.documents import Document
from include.store.outcomes import is_news, outcome_of, status_since
from include.web.counting import (
    BRIEF_JOB,
    OF_DEADLINE,
    BriefJob,
    counted,
    deadline_of,
    only,
    open_jobs,
    recently,
)
from include.web.marks import UNMARKED, followed, marked, marks_of
from include.web.queries import Standpoint, at_level, changed_since, standpoint
from include.web.remembered import Remembered
from include.web.schemas import Lane, LaneJob, Lanes, Mark

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def lanes(
    database: Database[Document],
    search: str | None,
    user: str,
    now: datetime,
    lists: Remembered | None = None,
) -> Lanes:
    """Return the lanes of a search with their first jobs, and the counts of its open jobs.

    A lane has the jobs that `GET /stored_jobs` lists with its filter. They are found among the open
    ones that are counted; only of those that are shown is more read.
    """
    at = standpoint(database, search, now) if search else None
    if at is None:
        return _empty(search, [], (), now)
    jobs = open_jobs(database, at, {*marked(database, user, "hidden")}, lists=lists)
    changed = {*changed_since(database, recently(now))}
    if not at.has_run(database):
        return _empty(search, jobs, changed, now)
    matches = only(jobs, "match")
    new = [job["_id"] for job in matches if job["first_seen_at"] >= recently(now)]
    closing = _closing(matches, now)
    total, mine = _mine(database, at, user)
    first = [*new[: limits.LANE_JOBS], *closing[: limits.LANE_JOBS]]
    read = _read(database, at, {"_id": {"$in": first}}, len(first))
    shown = {each["_id"]: each for each in BRIEF_JOB.sound(read, "position")}
    marks = marks_of(database, user, [each["_id"] for each in mine], now)

    def lane(numbers: Sequence[str], in_words: Callable[[Document, Deadline], str]) -> Lane:
        first = [shown[number] for number in numbers[: limits.LANE_JOBS] if number in shown]
        return Lane(
            total=len(numbers),
            jobs=[_job(each, in_words(each, _deadline(each, at))) for each in first],
        )

    return Lanes(
        search=search,
        counts=counted(jobs, changed, now),
        new=lane(new, _best_pay),
        closing=lane(closing, _when),
        mine=Lane(
            total=total,
            jobs=[
                _job(
                    each, _what_became(each, marks.get(each["_id"], UNMARKED), _deadline(each, at))
                )
                for each in mine
            ],
        ),
    )


def _empty(
    search: str | None, jobs: Sequence[Document], changed: Iterable[str], now: datetime
) -> Lanes:
    nothing = Lane(total=0, jobs=[])
    counts = counted(jobs, {*changed}, now)
    return Lanes(search=search, counts=counts, new=nothing, closing=nothing, mine=nothing)


def _closing(matches: Iterable[Document], now: datetime) -> list[str]:
    """Return the control numbers of the matches that close soon, the most urgent first."""
    deadlines = ((deadline_of(job, now), job["_id"]) for job in matches)
    soon = [each for each in deadlines if each[0].is_within(limits.CLOSING_SOON_DAYS)]
    return [number for _, number in sorted(soon, key=lambda each: (each[0].sort_key, each[1]))]


def _mine(database: Database[Document], at: Standpoint, user: str) -> tuple[int, list[Document]]:
    """Return the number of the user's own jobs, and the first: the latest news before the others.

    Only among those published last is looked for news.
    """
    own: Document = {"_id": {"$in": followed(database, user)}, **at_level(at, *KEPT_LEVELS)}
    found = _read(database, at, own, limits.LANE_JOBS_READ)
    total = len(found)
    if total == limits.LANE_JOBS_READ:
        total = database[collections.POSITIONS].count_documents(own)
    sound = BRIEF_JOB.sound(found, "position")
    return total, sorted(sound, key=_news_at, reverse=True)[: limits.LANE_JOBS]


def _read(
    database: Database[Document], at: Standpoint, wanted: Document, limit: int
) -> list[Document]:
    """Return what lanes tell of the positions that were published last."""
    fields = [*BriefJob.__annotations__, *OF_DEADLINE, at.entry("register"), OUTCOME]
    found = collections.tz_aware(database[collections.POSITIONS]).find(
        wanted,
        dict.fromkeys(fields, True),
        sort=[("published_at", DESCENDING), ("_id", ASCENDING)],
        limit=limit,
    )
    # A limit of 0 is none.
    return [*found] if limit else []


def _deadline(position: Document, at: Standpoint) -> Deadline:
    entry = position["matches"][at.search]
    return Deadline.of(position, at.now, is_register=entry.get("register") is True)


def _news_at(position: Document) -> datetime:
    since = status_since(outcome_of(position))
    return since[1] if since else LONG_AGO


def _job(position: Document, in_words: str) -> LaneJob:
    return LaneJob(
        control_number=position["_id"], PositionTitle=position["PositionTitle"], in_words=in_words
    )


def _best_pay(position: Document, deadline: Deadline) -> str:
    if annual := position.get("annual_pay"):
        return f"up to {formatting.dollars(annual['maximum'])}"
    return formatting.pay(position)


def _when(position: Document, deadline: Deadline) -> str:
    if deadline.applications and deadline.urgency != "today":
        return formatting.at_applications(deadline.applications)
    return _until_it_closes(deadline)


def _what_became(position: Document, mark: Mark, deadline: Deadline) -> str:
    state, outcome = mark.state or "saved", outcome_of(position)
    if outcome and outcome.status and is_news(outcome):
        # Without the day, for which a lane has no room.
        return formatting.plain(outcome.status)
    if state == "saved":
        return f"saved, {_until_it_closes(deadline)}"
    return mark.in_words or state


def _until_it_closes(deadline: Deadline) -> str:
    if deadline.closes_at is None or deadline.urgency == "closed":
        return deadline.words
    return formatting.time_left(deadline.closes_at, deadline.now)
