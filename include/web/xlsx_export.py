"""Exports the table of jobs as an Excel workbook.

Text stays text whatever it looks like, numbers and days can be calculated with.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from include.web.job_table import HEADER, Cell, cells
from include.web.schemas import Job

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MOST_CHARACTERS = 32_767
"""In a cell (Excel specifications and limits)."""

WIDTHS = {"title": 40, "organization": 30, "department": 30, "why": 60, "note": 40, "address": 40}
USUAL_WIDTH = 14
"""In characters."""


def as_xlsx(jobs: Iterable[Job]) -> bytes:
    """Return the workbook: one sheet with a header that stays, and a filter for each column."""
    file = BytesIO()
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as workbook:
        sheet = workbook.add_worksheet("jobs")
        for column, name in enumerate(HEADER):
            sheet.set_column(column, column, WIDTHS.get(name, USUAL_WIDTH))
        sheet.freeze_panes(1, 2)
        _write(sheet, 0, HEADER, workbook.add_format({"bold": True}))
        rows = 0
        for rows, job in enumerate(jobs, start=1):
            _write(sheet, rows, cells(job))
        sheet.autofilter(0, 0, rows, len(HEADER) - 1)
    return file.getvalue()


def _write(sheet: Worksheet, row: int, values: Iterable[Cell], style: Format | None = None) -> None:
    for column, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(row, column, value[:MOST_CHARACTERS], style)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value)
        elif value is not None:
            sheet.write_number(row, column, value)
