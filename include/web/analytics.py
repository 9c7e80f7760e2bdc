"""Statistics of a search, computed from the stored data on each request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any, NotRequired

from pydantic import FiniteFloat
from pymongo.database import Database
from typing_extensions import TypedDict

from include.jobs import limits
from include.jobs.office_time import EASTERN
from include.jobs.places import Coordinates, locate
from include.jobs.position import AnnualPay
from include.jobs.source import SEARCH
from include.matching.match_result import KEPT_LEVELS, Nearest
from include.store import collections
from include.store.damage import Shape
from include.store.documents import Document, Receipt
from include.store.history import newest_receipt
from include.store.quarantine import quarantine_size
from include.web.counting import OpenJob, counted, deadline_of, only, open_jobs, recently
from include.web.marks import marked
from include.web.queries import Standpoint, at_level, changed_since, standpoint
from include.web.runs import latest_run, warnings
from include.web.schemas import Analytics, Closing, Counts, DayCount, PayRange, PlaceJobs, RuleCost


def analytics(
    database: Database[Document], search: str | None, user: str, now: datetime
) -> Analytics:
    """Return the statistics of a search, without the jobs that the user has hidden.

    If no run of the search has finished, all values are zero or empty.
    """
    runs, waiting = database[collections.RUNS], quarantine_size(database)
    newest = newest_receipt(runs, search=search) if search else None
    latest = latest_run(runs, search) if search else None
    if search is None or newest is None or latest is None:
        return _nothing_yet(search, waiting)
    at = standpoint(database, search, now)
    hidden = set(marked(database, user, "hidden"))
    jobs = open_jobs(database, at, hidden, _of_charts(at), CHARTED_JOB)
    matches, near_misses = only(jobs, "match"), only(jobs, "near_miss")
    changed = set(changed_since(database, recently(now)))
    return Analytics(
        search=search,
        parameters=newest["parameters"],
        warnings=warnings(latest),
        quarantine_size=waiting,
        counts=counted(jobs, changed, now),
        pay=list(islice(_pay_ranges(matches), limits.ANALYTICS_PAY_RANGES)),
        places=_places(matches),
        days=_days(database, at),
        rules=_rules(at.latest or latest, near_misses),
        closing=_closings(matches, now)[: limits.ANALYTICS_CLOSINGS],
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
        days=[],
        rules=[],
        closing=[],
    )


class Coordinated(TypedDict):
    """A place with coordinates."""

    Latitude: FiniteFloat
    Longitude: FiniteFloat


class ChartedJob(OpenJob):
    """The fields of an open job that are counted or charted."""

    PositionTitle: str
    annual_pay: NotRequired[AnnualPay | None]
    nearest: NotRequired[Nearest | None]
    codes: list[str]
    location: list[Coordinated]


CHARTED_JOB = Shape(ChartedJob)


def _of_charts(at: Standpoint) -> dict[str, Any]:
    """Return the projection of the additional fields that the charts need.

    All statistics use a single query: a job with a thousand places is read once, and only the
    nearest place leaves the server.
    """
    places = "$PositionLocation"
    is_nearest = {"$eq": ["$$place.LocationName", f"${at.entry('nearest.LocationName')}"]}
    has_coordinates = {"$ne": ["$$place.Latitude", None]}
    nearest_places = {
        "$filter": {
            "input": {"$cond": [{"$isArray": places}, places, []]},
            "as": "place",
            "cond": {"$and": [is_nearest, has_coordinates]},
        }
    }
    return {
        "PositionTitle": True,
        "annual_pay": True,
        "nearest": f"${at.entry('nearest')}",
        "codes": f"${at.entry('reasons.code')}",
        "location": {"$slice": [nearest_places, 1]},
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


def _places(matches: Iterable[Document]) -> list[PlaceJobs]:
    """Return the nearest places of work, except those without known coordinates."""
    by_name: dict[str, PlaceJobs] = {}
    for job in matches:
        if not job.get("nearest"):
            continue
        name, miles = job["nearest"]["LocationName"], job["nearest"]["miles"]
        if name in by_name:
            by_name[name].jobs += 1
        elif coordinates := _coordinates(name, job["location"]):
            latitude, longitude = coordinates
            by_name[name] = PlaceJobs(
                LocationName=name, latitude=latitude, longitude=longitude, miles=miles, jobs=1
            )
    return sorted(by_name.values(), key=lambda place: (-place.jobs, place.miles))


def _coordinates(name: str, location: list[Document]) -> Coordinates | None:
    if location:
        return Coordinates(location[0]["Latitude"], location[0]["Longitude"])
    return locate(name)


def _days(database: Database[Document], at: Standpoint) -> list[DayCount]:
    today = at.now.astimezone(EASTERN).date()
    days = [today - timedelta(days=back) for back in reversed(range(limits.ANALYTICS_DAYS))]
    since = datetime.combine(days[0], time.min, EASTERN)
    opened = _jobs_by_day(database, at, "published_at", since)
    closed = _jobs_by_day(database, at, "closes_at", since)
    return [DayCount(day=day, opened=opened[str(day)], closed=closed[str(day)]) for day in days]


def _jobs_by_day(
    database: Database[Document], at: Standpoint, field: str, since: datetime
) -> Counter[str]:
    """Count the search's positions by the day (Eastern Time) of `field`, until now."""
    day = {"$dateToString": {"date": f"${field}", "format": "%Y-%m-%d", "timezone": EASTERN.key}}
    # A list of dates would match, too, and can't be formatted.
    is_between = {"$gte": since, "$lte": at.now, "$not": {"$type": "array"}}
    groups = database[collections.POSITIONS].aggregate(
        [
            {"$match": {field: is_between, **at_level(at, *KEPT_LEVELS)}},
            {"$group": {"_id": day, "jobs": {"$sum": 1}}},
        ]
    )
    return Counter({group["_id"]: group["jobs"] for group in groups})


def _rules(run: Receipt, near_misses: Iterable[Document]) -> list[RuleCost]:
    """Return the cost of each rule; those that gain most when relaxed come first."""
    if run["source"] != SEARCH:
        return []
    failed = [job["codes"] for job in near_misses]
    # A near miss may fail two rules for one cause: relaxing one of them would not gain it.
    alone = Counter(codes[0] for codes in failed if len(codes) == 1)
    jobs = Counter({code: len(numbers) for code, numbers in run["rejected"].items()})
    jobs.update(code for codes in failed for code in codes)
    costs = (RuleCost(code=code, jobs=number, alone=alone[code]) for code, number in jobs.items())
    return sorted(costs, key=lambda cost: (-cost.alone, -cost.jobs, cost.code))


def _closings(matches: Iterable[Document], now: datetime) -> list[Closing]:
    closings = (
        Closing(
            control_number=job["_id"],
            PositionTitle=job["PositionTitle"],
            closes_at=job["closes_at"],
            is_soon=deadline.is_within(limits.CLOSING_SOON_DAYS),
            applications=deadline.applications,
        )
        for job, deadline in ((job, deadline_of(job, now)) for job in matches)
        if job.get("closes_at") and deadline.urgency != "no_hurry"
    )
    return sorted(closings, key=lambda closing: (closing.closes_at, closing.control_number))
