"""The lanes at the top of the page: what is new, what closes soon, and what is the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from pymongo.database import Database

from include.jobs import formatting, limits
from include.store.documents import Document
from include.web.counting import counted, open_jobs, recently
from include.web.jobs import job_page
from include.web.marks import marked
from include.web.queries import changed_since, standpoint
from include.web.query_params import JobFilter
from include.web.schemas import Counts, Job, Lane, LaneJob, Lanes

LONG_AGO = datetime.min.replace(tzinfo=UTC)

CLOSING = JobFilter(level="match", closing_within=limits.CLOSING_SOON_DAYS, sort="closing")
MINE = JobFilter(mark="mine", status="any", sort="published")


def lanes(database: Database[Document], search: str | None, user: str, now: datetime) -> Lanes:
    """Return the lanes of a search with their first jobs, and the counts of its open jobs.

    A lane has the jobs that `GET /stored_jobs` lists with its filter.
    """
    new = JobFilter(level="match", new_since=recently(now), sort="score")

    def lane(
        wanted: JobFilter,
        in_words: Callable[[Job, datetime], str],
        in_order: Callable[[Iterable[Job]], list[Job]] = list,
        read: int = limits.LANE_JOBS,
    ) -> Lane:
        found = job_page(database, search, wanted, user, now, page=1, per_page=read)
        first = in_order(found.jobs)[: limits.LANE_JOBS]
        return Lane(total=found.total, jobs=[_shown(job, in_words(job, now)) for job in first])

    return Lanes(
        search=search,
        counts=_counts(database, search, user, now),
        new=lane(new, _best_pay),
        closing=lane(CLOSING, _deadline),
        mine=lane(MINE, _what_became, _by_news, limits.LANE_JOBS_READ),
    )


def _counts(database: Database[Document], search: str | None, user: str, now: datetime) -> Counts:
    if search is None:
        return counted([], (), now)
    hidden = set(marked(database, user, "hidden"))
    jobs = open_jobs(database, standpoint(database, search, now), hidden)
    return counted(jobs, set(changed_since(database, recently(now))), now)


def _shown(job: Job, in_words: str) -> LaneJob:
    return LaneJob(
        control_number=job.control_number, PositionTitle=job.PositionTitle, in_words=in_words
    )


def _best_pay(job: Job, now: datetime) -> str:
    return (
        f"up to {formatting.dollars(job.annual_pay.maximum)}"
        if job.annual_pay
        else job.in_words.pay
    )


def _deadline(job: Job, now: datetime) -> str:
    if job.deadline.applications and job.deadline.urgency != "today":
        return formatting.at_applications(job.deadline.applications)
    return _until_it_closes(job, now)


def _what_became(job: Job, now: datetime) -> str:
    state = job.mark.state or "saved"
    if job.outcome and job.in_words.outcome:
        # Without the day, for which a lane has no room.
        return formatting.plain(job.outcome.status)
    if state == "saved":
        return f"saved, {_until_it_closes(job, now)}"
    # Without how long the agency takes, for which a lane has no room.
    return (job.mark.in_words or state).partition(";")[0]


def _until_it_closes(job: Job, now: datetime) -> str:
    if job.closes_at is None or job.deadline.urgency == "closed":
        return job.in_words.deadline
    return formatting.time_left(job.closes_at, now)


def _by_news(jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs of which something became first, the latest news before the others."""
    return sorted(
        jobs, key=lambda job: job.outcome.since if job.outcome else LONG_AGO, reverse=True
    )
