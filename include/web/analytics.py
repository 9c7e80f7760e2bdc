"""Statistics of a search, computed from the stored data on each request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NotRequired

from pymongo.database import Database

from include.jobs import limits
from include.jobs.position import AnnualPay
from include.jobs.source import SEARCH
from include.matching.match_result import KEPT_LEVELS, Nearest
from include.store import collections
from include.store.damage import OUTCOME, Shape
from include.store.documents import Document
from include.store.history import newest_receipt
from include.store.outcomes import outcome_of, selection_times, status_since
from include.store.quarantine import quarantine_size
from include.web.counting import OpenJob, counted, deadline_of, only, open_jobs, recently
from include.web.marks import followed, marked
from include.web.opened_and_closed import opened_and_closed
from include.web.queries import Standpoint, at_level, changed_since, standpoint
from include.web.remembered import Remembered
from include.web.rule_costs import rule_costs
from include.web.runs import latest_run, warnings
from include.web.schemas import (
    AgencyOutcomes,
    Analytics,
    Closing,
    Counts,
    PayRange,
    PlaceJobs,
)


def analytics(
    database: Database[Document],
    search: str | None,
    user: str,
    now: datetime,
    remembered: Remembered | None = None,
    lists: Remembered | None = None,
) -> Analytics:
    """Return the statistics of a search, without the jobs that the user has hidden.

    If no run of the search has finished, all values are zero or empty.
    """
    runs, waiting = database[collections.RUNS], quarantine_size(database)
    newest = newest_receipt(runs, search=search) if search else None
    if search is None or newest is None:
        return _nothing_yet(search, waiting)
    latest = newest if newest["source"] == SEARCH else latest_run(runs, search)
    if latest is None:
        return _nothing_yet(search, waiting)
    at = standpoint(database, search, now)
    hidden = set(marked(database, user, "hidden"))
    jobs = open_jobs(database, at, hidden, _of_charts(at), CHARTED_JOB, lists)
    matches = only(jobs, "match")
    changed = set(changed_since(database, recently(now)))
    past = (remembered or Remembered(1)).value(
        ("opened and closed", newest["_id"], newest["batch_digest"], at.moment),
        lambda: opened_and_closed(database, at),
    )
    return Analytics(
        search=search,
        parameters=newest["parameters"],
        warnings=warnings(latest),
        quarantine_size=waiting,
        counts=counted(jobs, changed, now),
        pay=list(islice(_pay_ranges(matches), limits.ANALYTICS_PAY_RANGES)),
        places=_places(jobs),
        remote=sum(job.get("remote") is True for job in matches),
        days=past.days,
        weeks=past.weeks,
        open_days=past.open_days,
        rules=rule_costs(database, at.latest or latest, jobs),
        closing=list(islice(_closings(matches, now), limits.ANALYTICS_CLOSINGS)),
        outcomes=_outcomes(database, at, user, matches),
    )


def _nothing_yet(search: str | None, waiting: int) -> Analytics:
    return Analytics(
        search=search,
        parameters={},
        warnings=[],
        quarantine_size=waiting,
        counts=Counts(matches=0, near_misses=0, new=0, changed=0, closing_soon=0),
        pay=[],
        places=[],
        remote=0,
        days=[],
        weeks=[],
        open_days=None,
        rules=[],
        closing=[],
        outcomes=[],
    )


class ChartedJob(OpenJob):
    """The fields of an open job that are counted or charted."""

    PositionTitle: str
    organization: NotRequired[str | None]
    annual_pay: NotRequired[AnnualPay | None]
    remote: NotRequired[bool | None]
    nearest: NotRequired[Nearest | None]
    codes: list[str]


CHARTED_JOB = Shape(ChartedJob)


def _of_charts(at: Standpoint) -> dict[str, Any]:
    """Return the projection of the additional fields that the charts need.

    None of them grows with a posting's number of places.
    """
    return {
        "PositionTitle": True,
        "organization": True,
        "annual_pay": True,
        "remote": True,
        "nearest": f"${at.entry('nearest')}",
        "codes": f"${at.entry('reasons.code')}",
    }


def _pay_ranges(matches: Iterable[Document]) -> Iterable[PayRange]:
    for job in matches:
        if pay := job.get("annual_pay"):
            yield PayRange(
                control_number=job["_id"],
                PositionTitle=job["PositionTitle"],
                minimum=pay["minimum"],
                maximum=pay["maximum"],
            )


def _places(jobs: Iterable[Document]) -> list[PlaceJobs]:
    """Return the nearest places of work, the nearest first."""
    matches: Counter[tuple[float, str]] = Counter()
    too_far: Counter[tuple[float, str]] = Counter()
    for job in jobs:
        if job.get("nearest") and not job.get("remote"):
            place = job["nearest"]["miles"], job["nearest"]["LocationName"]
            matches[place] += job["level"] == "match"
            too_far[place] += job["codes"] == ["too_far"]
    return [
        PlaceJobs(LocationName=name, miles=miles, jobs=number, too_far=too_far[miles, name])
        for (miles, name), number in sorted(matches.items())
        if number or too_far[miles, name]
    ]


def _outcomes(
    database: Database[Document], at: Standpoint, user: str, matches: Iterable[Document]
) -> list[AgencyOutcomes]:
    """Return what became of the user's jobs, and how long agencies take that have open matches.

    Others' jobs are in no count: marks are personal.
    """
    positions = collections.tz_aware(database[collections.POSITIONS])
    statuses: dict[str, Counter[str]] = {}
    for chunk in collections.chunks(followed(database, user)):
        mine = {"_id": {"$in": chunk}, **at_level(at, *KEPT_LEVELS)}
        for position in positions.find(mine, {"organization": True, OUTCOME: True}):
            since, agency = status_since(outcome_of(position)), position.get("organization")
            if since and isinstance(agency, str):
                statuses.setdefault(agency, Counter())[since[0]] += 1
    agencies = {*statuses, *(job.get("organization") for job in matches)} - {None, ""}
    times = selection_times(database, {str(agency) for agency in agencies}, at.now)
    found = [
        AgencyOutcomes(
            organization=agency,
            statuses=statuses.get(agency, {}),
            selection_days=times[agency].days if agency in times else None,
            selections=times[agency].positions if agency in times else 0,
        )
        for agency in {*statuses, *times}
    ]
    return sorted(found, key=lambda each: (-sum(each.statuses.values()), each.organization))


def _closings(matches: Iterable[Document], now: datetime) -> Iterator[Closing]:
    """Yield the deadlines of what has one, the next one first."""
    dated = [job for job in matches if job.get("closes_at")]
    for job in sorted(dated, key=lambda job: (job["closes_at"], job["_id"])):
        deadline = deadline_of(job, now)
        if deadline.urgency != "no_hurry":
            yield Closing(
                control_number=job["_id"],
                PositionTitle=job["PositionTitle"],
                closes_at=job["closes_at"],
                is_soon=deadline.is_within(limits.CLOSING_SOON_DAYS),
                applications=deadline.applications,
            )
