"""Occupational series: what the four digits of a posting's series stand for.

`series.csv` is USAJOBS's code list of July 2024, with the series that are no longer in use: old
postings still have them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

CODE_LIST = Path(__file__).with_suffix(".csv")


@cache
def series_names() -> dict[str, str]:
    """Return the official names by code, without what the list adds to some, as "(DHS Only)"."""
    with CODE_LIST.open(encoding="utf-8", newline="") as file:
        return {row["code"]: _bare(row["name"]) for row in csv.DictReader(file)}


def without_groups(codes: Iterable[str]) -> set[str]:
    """Return series without their groups, which some rows list as well, as 2200 beside 2210."""
    return {code for code in codes if not code.endswith("00")}


def _bare(name: str) -> str:
    return re.sub(r" *\([^)]*\)| Series$", "", name).strip()
