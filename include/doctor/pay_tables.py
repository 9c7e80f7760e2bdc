"""Checks the pay tables by which grades and bands are compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from include.doctor.findings import Finding, note, ok, problem
from include.jobs.general_schedule import pay_table, table_years
from include.jobs.office_time import eastern_day

HOW_TO = "docs/matching.md says under “Pay tables” how to add a year's."


def check_pay_tables(now: datetime) -> Iterator[Finding]:
    """Check that all pay tables are whole, and that this year has one."""
    for year in table_years():
        try:
            pay_table(year)
        except ValueError as error:
            yield problem(f"The pay table {error}.", HOW_TO)
    newest, this_year = table_years()[-1], eastern_day(now).year
    if newest < this_year:
        yield note(f"Pay of {this_year} is compared by the pay table of {newest}.", HOW_TO)
    else:
        yield ok(f"The newest pay table is that of {newest}.")
