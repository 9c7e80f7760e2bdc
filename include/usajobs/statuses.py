"""Reads the opening status of announcements from the Historic JOA API, by control number.

The API needs no key, and knows announcements that the Search API no longer lists.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, NamedTuple

from include.jobs import limits
from include.jobs.opening_status import IN_ORDER, opening_status
from include.usajobs.client import Clock, MalformedResponseError
from include.usajobs.drift import Drift
from include.usajobs.historic_api import Fetch, opened_on, read_announcements
from include.usajobs.historic_rows import read_control_number

log = logging.getLogger(__name__)


class Statuses(NamedTuple):
    """What the API answered about some control numbers, when, and what was unknown in it.

    `found` has the statuses of those that it knows.
    """

    asked: list[str]
    found: dict[str, str]
    read_at: datetime
    drift: Drift


def read_statuses(
    fetch: Fetch,
    numbers: Sequence[str],
    *,
    connection: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Statuses]:
    """Yield the statuses of these announcements, in a few requests.

    No more than `OUTCOME_REQUESTS` are made, so the last announcements may be left out. One of
    them can spoil a whole response, so the halves of what can't be read are requested separately.

    Raises:
        FatalApiError: a retry can't help.
        RetriableApiError: USAJOBS or the network failed until the last attempt; if it is a
            MalformedResponseError, no answer could be read.
    """
    clock = Clock(now)
    waiting = deque(_batches(numbers))
    malformed: MalformedResponseError | None = None
    is_answered = False
    for _ in range(limits.OUTCOME_REQUESTS):
        if not waiting:
            break
        asked = waiting.popleft()
        drift = Drift()
        found: dict[str, str] = {}
        try:
            rows = read_announcements(fetch, asked, connection=connection, clock=clock)
            found = _statuses(rows, drift)
            is_answered = True
        except MalformedResponseError as problem:
            malformed = problem
            if len(asked) > 1:
                log.warning("%s Its halves are requested separately.", problem)
                half = len(asked) // 2
                waiting.extendleft((asked[half:], asked[:half]))
                continue
            log.warning("%s The status of %s can't be read.", problem, asked[0])
        yield Statuses(asked, found, clock.began, drift)
    if malformed and not is_answered:
        raise malformed


def _batches(numbers: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(numbers)
    while batch := list(islice(remaining, limits.OUTCOME_BATCH_SIZE)):
        yield batch


def _statuses(rows: Iterable[dict[str, Any]], drift: Drift) -> dict[str, str]:
    """Return the statuses in rows, by control number, and count unknown ones.

    If several rows are about the same announcement, that which opened last decides, and of those
    that opened together, that which is furthest.
    """
    found: dict[str, tuple[date, int, str]] = {}
    for row in rows:
        given = row.get("positionOpeningStatus")
        status = opening_status(given)
        if status is None:
            drift.unreadable("positionOpeningStatus", given)
            continue
        if status not in IN_ORDER:
            drift.unknown_code("positionOpeningStatus", given)
        place = IN_ORDER.index(status) if status in IN_ORDER else -1
        said = (opened_on(row) or date.min, place, status)
        number = str(read_control_number(row))
        found[number] = max(said, found.get(number, said))
    return {number: status for number, (_, _, status) in found.items()}
