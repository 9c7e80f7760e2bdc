"""Reads what became of the positions that somebody saved or applied for."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field
from pymongo.database import Database
from typing_extensions import TypedDict

from include.jobs import limits
from include.store import collections
from include.store.documents import Document, Outcome
from include.store.indexes import ensure_indexes
from include.store.outcomes import followed, record
from include.store.upserts import storage_errors
from include.usajobs.client import ApiError, FatalApiError
from include.usajobs.drift import Drift, DriftEntry
from include.usajobs.historic_api import Fetch
from include.usajobs.statuses import Statuses, read_statuses

log = logging.getLogger(__name__)


class Outcomes(TypedDict):
    """What a run learned about the positions that somebody saved or applied for."""

    asked: Annotated[int, Field(description="positions whose status was requested")]
    unknown: Annotated[
        list[str], Field(description="control numbers of those that the API does not know")
    ]
    left: Annotated[int, Field(description="positions that wait for the next run")]
    not_stored: Annotated[
        list[str], Field(description="control numbers that are marked, but are no stored position")
    ]
    statuses: Annotated[dict[str, int], Field(description="positions by their status")]
    changed: Annotated[
        dict[str, str], Field(description="new statuses by control number, also first ones")
    ]
    drift: Annotated[list[DriftEntry], Field(description="unknown statuses")]


class NoAnswer(Exception):
    """USAJOBS did not answer all requests; the message says why, and what was stored.

    `may_pass` tells whether another attempt may help, `is_lasting` whether there has been no answer
    for days.
    """

    def __init__(self, message: str, *, may_pass: bool, is_lasting: bool) -> None:
        super().__init__(message)
        self.may_pass = may_pass
        self.is_lasting = is_lasting


def read_outcomes(
    database: Database[Document],
    fetch: Fetch,
    *,
    connection: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Outcomes:
    """Read the status of each position that somebody follows, and store it.

    What is read is stored after each request, so that a repetition goes on with the others.

    Raises:
        NoAnswer: USAJOBS did not answer, or refused the request.
        StorageError: MongoDB rejected a write, or can't be reached.
    """
    with storage_errors("clear this task to finish"):
        ensure_indexes(database, [])
        to_ask = followed(database, now())
        result = _Result(to_ask.positions)
        try:
            numbers = [*to_ask.positions]
            for read in read_statuses(fetch, numbers, connection=connection, now=now):
                record(database, read.asked, read.found, read.read_at)
                result.add(read)
        except ApiError as problem:
            since = to_ask.answered_at
            silent = since is not None and (now() - since).days >= limits.OUTCOME_SILENCE_DAYS
            raise NoAnswer(
                f"{problem} The status of {result.asked} of {len(numbers)} positions was stored; "
                "the next run begins with the others.",
                may_pass=not isinstance(problem, FatalApiError),
                is_lasting=silent and not result.asked,
            ) from None
    if to_ask.not_stored:
        log.warning("Marked, but not stored: %s", ", ".join(to_ask.not_stored))
    return result.outcomes(to_ask.not_stored)


class _Result:
    """Collects what is read about positions, of which this was known before."""

    def __init__(self, before: dict[str, Outcome | None]) -> None:
        self._before = before
        self._found: dict[str, str] = {}
        self._unknown: list[str] = []
        self._drift = Drift()
        self.asked = 0

    def add(self, read: Statuses) -> None:
        """Add what was read with one request."""
        self.asked += len(read.asked)
        self._found |= read.found
        self._unknown += [number for number in read.asked if number not in read.found]
        self._drift.update(read.drift)
        log.info("%d of %d positions read", self.asked, len(self._before))

    def outcomes(self, not_stored: list[str]) -> Outcomes:
        """Return the result as a whole."""
        known = {number: each.status if each else None for number, each in self._before.items()}
        return Outcomes(
            asked=self.asked,
            unknown=sorted(self._unknown),
            left=len(self._before) - self.asked,
            not_stored=not_stored,
            statuses=dict(Counter(self._found.values()).most_common()),
            changed={
                number: status
                for number, status in sorted(self._found.items())
                if status != known[number]
            },
            drift=self._drift.entries(),
        )


def counts_by_collection(outcomes: Outcomes) -> dict[str, dict[str, int]]:
    """Return what was written into each collection; `written` counts its documents."""
    changed = len(outcomes["changed"])
    return {collections.POSITIONS: {"written": outcomes["asked"], "changed": changed}}
