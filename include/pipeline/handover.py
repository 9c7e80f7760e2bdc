"""Checks that what reaches a step is what the step before it handed on: no row more, none less."""

from __future__ import annotations

from include.jobs.source import HISTORIC
from include.usajobs.client import barely_misses
from include.usajobs.extract import Extract


class HandoverError(RuntimeError):
    """A step got something else than the step before it handed on; nothing of it may be stored."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was stored: clear the whole run, from `extract` on.")


def missing_rows(extract: Extract) -> int:
    """Return by how many rows USAJOBS's own count is larger than what was read."""
    outside = sum(map(len, extract["outside"].values()))
    return extract["api_total"] - extract["rows"] - outside


def check_rows(extract: Extract, rows: int) -> None:
    """Check that the rows that arrived are those that were read, and that these are complete.

    Raises:
        HandoverError: they are not.
    """
    if rows != extract["rows"]:
        raise HandoverError(f"{rows} rows arrived, but `extract` handed on {extract['rows']}.")
    total, missing = extract["api_total"], missing_rows(extract)
    # Each past day is a result of its own, on one page or more.
    results = extract["pages"] if extract["source"] == HISTORIC else 1
    if missing and not barely_misses(total - missing, total, results):
        raise HandoverError(
            f"`extract` handed on {extract['rows']} rows of the {total} that USAJOBS counts."
        )
