"""Exports the table of jobs as CSV.

Postings and notes are untrusted. Spreadsheets execute text that looks like a formula, so none may
look like one (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain

from include.store.collections import chunks
from include.web.job_table import HEADER, Cell, cells
from include.web.schemas import Job

BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel assumes the local encoding instead of UTF-8."""

FORMULA_SIGNS = "=+-@|%"
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def as_csv(jobs: Iterable[Job]) -> Iterator[str]:
    """Return the table in chunks; the first is read at once, the others on demand."""
    parts = (_lines(map(cells, chunk)) for chunk in chunks(jobs))
    first = BYTE_ORDER_MARK + _lines([HEADER]) + next(parts, "")
    return chain([first], parts)


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows([_safe(cell) for cell in row] for row in rows)
    return lines.getvalue()


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
