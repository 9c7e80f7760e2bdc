"""Exports the stored jobs as CSV for spreadsheets, one row per job.

Postings and notes are untrusted. Spreadsheets execute text that looks like a formula, so none may
look like one (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

from include.jobs import formatting
from include.jobs.facts import Facts
from include.jobs.office_time import eastern_day
from include.jobs.pay import stated_ends
from include.store.collections import chunks
from include.web.schemas import Job, Mark

Cell = str | int | float | None

BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel assumes the local encoding instead of UTF-8."""

FORMULA_SIGNS = "=+-@|%"
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

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


def as_csv(jobs: Iterable[Job]) -> Iterator[str]:
    """Return the table in chunks; the first is read at once, the others on demand."""
    parts = (_lines(map(_cells, chunk)) for chunk in chunks(jobs))
    first = BYTE_ORDER_MARK + _lines([HEADER]) + next(parts, "")
    return chain([first], parts)


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows([_safe(cell) for cell in row] for row in rows)
    return lines.getvalue()


def _cells(job: Job) -> tuple[Cell, ...]:
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
        match.first_seen_at.astimezone(UTC).date().isoformat(),
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
    since = mark.since.isoformat() if mark.since else None
    return mark.state, since, "; ".join(each.in_words for each in mark.history)


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


def _safe(cell: Cell) -> Cell:
    """Return text on one line, with a quote before each part that could be taken for a formula.

    Where `;` separates cells, as in most of Europe, spreadsheets split the text at each one, even
    within quotes.
    """
    if not isinstance(cell, str):
        return cell
    text = ";".join(f"'{part}" if _looks_like_formula(part) else part for part in cell.split(";"))
    return CONTROL_CHARACTERS.sub(" ", text)


def _looks_like_formula(text: str) -> bool:
    """Return whether a formula's sign comes first, after spaces and quotes, even in full width."""
    if text[:1] in ("\t", "\r", "\n"):
        return True
    visible = (
        c for c in unicodedata.normalize("NFKC", text) if c.isprintable() and c not in " \"'"
    )
    return next(visible, " ") in FORMULA_SIGNS


def _in_words(code: str) -> str:
    return code.replace("_", " ")


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _day(moment: datetime | None) -> str | None:
    """Return the day in Eastern Time as YYYY-MM-DD, which all spreadsheets sort correctly."""
    return eastern_day(moment).isoformat() if moment else None
