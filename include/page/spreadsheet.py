"""The stored jobs as a table that spreadsheets open, one row per job.

Postings and notes are written by others. A spreadsheet runs what it takes for a formula, so no
text may look like one (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from itertools import chain

from include.documents import chunks
from include.page.answers import Job
from include.positions import Grade
from include.usajobs.values import EASTERN

Cell = str | int | float | None

BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel takes UTF-8 for the encoding of the user's country."""

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
)


def as_csv(jobs: Iterable[Job]) -> Iterator[str]:
    """Return the table in parts; the jobs of the first are taken now, the others as it is read."""
    parts = (_lines(map(_cells, chunk)) for chunk in chunks(jobs))
    first = BYTE_ORDER_MARK + _lines([HEADER]) + next(parts, "")
    return chain([first], parts)


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows([_safe(cell) for cell in row] for row in rows)
    return lines.getvalue()


def _cells(job: Job) -> tuple[Cell, ...]:
    match, pay, nearest = job.match, job.annual_pay, job.match.nearest
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
        pay.minimum if pay else None,
        pay.maximum if pay else None,
        _grade(job.grade),
        nearest.LocationName if nearest else None,
        nearest.miles if nearest else None,
        _yes(job.remote),
        _day(job.published_at, EASTERN),
        _day(job.closes_at, EASTERN),
        _day(match.first_seen_at, UTC),
        _yes(job.mark.applied),
        _yes(job.mark.saved),
        job.mark.note,
        job.PositionURI,
    )


def _safe(cell: Cell) -> Cell:
    """Return a text in one line and marked as text where it could be taken for a formula."""
    if not isinstance(cell, str):
        return cell
    text = CONTROL_CHARACTERS.sub(" ", cell)
    return f"'{text}" if _looks_like_formula(cell) else text


def _looks_like_formula(text: str) -> bool:
    """Tell whether the first visible character begins a formula, also in its full-width form."""
    if text[:1] in ("\t", "\r", "\n"):
        return True
    visible = (c for c in unicodedata.normalize("NFKC", text) if c.isprintable() and c != " ")
    return next(visible, " ") in FORMULA_SIGNS


def _in_words(code: str) -> str:
    return code.replace("_", " ")


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _grade(grade: Grade | None) -> str | None:
    if grade is None:
        return None
    ends = [str(end) for end in dict.fromkeys((grade.low, grade.high)) if end is not None]
    return "-".join([grade.plan, *([" to ".join(ends)] if ends else [])])


def _day(moment: datetime | None, zone: tzinfo) -> str | None:
    """Return the day in that zone; for the first and the last there are, the day in UTC."""
    if moment is None:
        return None
    try:
        return moment.astimezone(zone).date().isoformat()
    except OverflowError:
        return moment.date().isoformat()
