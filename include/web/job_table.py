"""The stored jobs as a table for spreadsheets, one row per job."""

from __future__ import annotations

from datetime import UTC, date, datetime

from include.jobs import formatting
from include.jobs.facts import Facts
from include.jobs.office_time import eastern_day
from include.jobs.pay import stated_ends
from include.web.schemas import Job, Mark

Cell = str | int | float | date | None

HEADER = (
    "control number",
    "title",
    "organization",
    "department",
    "level",
    "status",
    "score",
    "why",
    "minimum pay",
    "maximum pay",
    "grade",
    "nearest place",
    "miles",
    "remote",
    "published",
    "closes",
    "first seen",
    "applied",
    "saved",
    "note",
    "address",
    "register",
    "score made of",
    "outcome",
    "closes at applications",
    "appointment",
    "security clearance",
    "travel",
    "promotion potential",
    "deadline",
    "urgency",
    "state",
    "state since",
    "state history",
)


def cells(job: Job) -> tuple[Cell, ...]:
    """Return the cells of a job's row, under the names of `HEADER`."""
    match, nearest = job.match, job.match.nearest
    lowest, highest = _pay_ends(job)
    why = [reason.message for reason in match.reasons] or match.fits
    return (
        job.control_number,
        job.PositionTitle,
        job.organization,
        job.department,
        _in_words(match.level),
        _in_words(match.status),
        match.score,
        "; ".join(why),
        lowest,
        highest,
        job.in_words.grade,
        nearest.LocationName if nearest else None,
        nearest.miles if nearest else None,
        _yes(job.remote),
        _day(job.published_at),
        _day(job.closes_at),
        match.first_seen_at.astimezone(UTC).date(),
        _yes(job.mark.applied),
        _yes(job.mark.saved),
        job.mark.note,
        job.PositionURI,
        _yes(match.is_register),
        match.score_in_words,
        job.in_words.outcome,
        *_facts(job.facts or Facts()),
        job.deadline.in_words,
        _in_words(job.deadline.urgency),
        *_state(job.mark),
    )


def _state(mark: Mark) -> tuple[Cell, ...]:
    return mark.state, mark.since, "; ".join(each.in_words for each in mark.history)


def _facts(facts: Facts) -> tuple[Cell, ...]:
    appointed = facts.appointment
    return (
        facts.cap,
        formatting.appointment(appointed.model_dump()) if appointed else None,
        facts.security_clearance,
        facts.travel.words if facts.travel else None,
        facts.promotion_potential,
    )


def _pay_ends(job: Job) -> tuple[float | None, float | None]:
    """Return the ends of the annual pay; one that isn't stated is an empty cell."""
    pay = job.annual_pay
    if pay is None:
        return None, None
    return stated_ends(pay.minimum, pay.maximum, job.PositionRemuneration)


def _in_words(code: str) -> str:
    return code.replace("_", " ")


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _day(moment: datetime | None) -> date | None:
    """Return the day in Eastern Time."""
    return eastern_day(moment) if moment else None
