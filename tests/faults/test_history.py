"""Every fault of the Historic JOA API, on a past day of the sample API.

`--requests N` tries N cases of each fault class instead of a few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from include.jobs import limits
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from tests.faults.campaign import FAULT_CLASSES, FaultClass, Recovery
from tests.faults.chain import Client, run
from tests.faults.oracle import check_adds_up, check_message, check_stored, restore, stored

pytestmark = pytest.mark.usefixtures("no_waiting")

DAY = date(2026, 9, 3)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE_SIZE = 3

ALSO_OF_THE_HISTORY = {
    "status 401, 403",
    "status 4xx",
    "status 5xx",
    "Retry-After in seconds",
    "Retry-After that is none",
    "Retry-After of hours and more",
    "redirect",
    "HTML",
    "empty body",
    "half of the JSON",
    "text that is no JSON",
    "JSON that is no object",
    "UTF-8 with BOM, UTF-16, UTF-32",
    "gzip that is none",
    "gzip bomb",
    "reset",
    "cut off",
    "cut off in chunks",
    "longer than it is",
    "shorter than it is",
    "page without rows",
    "page too short",
    "total that moves",
    "rows in another order",
    "clock off by minutes and more",
    "clock off by seconds",
}
"""Classes that strike both APIs alike: to the history status 204 is an answer without rows."""

CLASSES = [each for each in FAULT_CLASSES if each.name in ALSO_OF_THE_HISTORY]

MESSAGE = (
    r"(The announcements of 2026-09-03( and 2026-09-04)?|The texts)(, page \d+| are incomplete)|"
    r"This machine's clock"
)


class Past:
    """A past day, before and after a run that fills it."""

    def __init__(self, api: SampleApi, address: str, database: Any) -> None:
        self.api = api
        self.database = database
        self.read = Client(address, NOW).past_day(DAY)
        self.later = Client(address, NOW + timedelta(hours=1)).past_day(DAY)
        self.begin_again()
        run(self.read, database, "past")
        self.right = stored(database)
        run(self.later, database, "again")
        self.completed = stored(database)
        self.begin_again()
        run(self.later, database, "again")
        self.completed_alone = stored(database)

    def begin_again(self) -> None:
        restore(self.database, {})
        self.api.faults.inject()

    def check(self, fault: Fault, *, succeeds: bool | None) -> None:
        self.begin_again()
        self.api.faults.inject(fault)
        try:
            receipt = run(self.read, self.database, "past")
        except Exception as error:
            if succeeds:
                raise AssertionError("the run failed, which nothing obliged it to") from error
            check_message(error, MESSAGE)
            check_stored(self.database, {})
            completed = self.completed_alone
        else:
            assert succeeds is not False, "the run succeeded, in spite of the fault"
            check_adds_up(receipt)
            check_stored(self.database, self.right)
            completed = self.completed
        self.api.faults.inject()
        run(self.later, self.database, "again")
        check_stored(self.database, completed)


@pytest.fixture(scope="module")
def past(mongod_port: int) -> Iterator[Past]:
    api = create_app(today=NOW.date(), historic_page_size=PAGE_SIZE)
    with (
        MongoClient[dict[str, Any]]("127.0.0.1", mongod_port, tz_aware=True) as mongo,
        running(api) as address,
    ):
        yield Past(api, address, mongo["faults_of_the_past"])
        mongo.drop_database("faults_of_the_past")


def outcome(of: FaultClass, fault: Fault) -> bool | None:
    """Tell whether a run comes through: a day that stays unreadable is asked for in two ways."""
    if of.recovery is Recovery.NOTHING_NEEDED:
        return True
    if of.recovery is Recovery.NOTHING:
        return False
    if fault.times is None:
        return False
    return True if fault.times <= 2 else None


@pytest.mark.parametrize("fault_class", CLASSES, ids=lambda each: each.name)
def test_a_past_day_comes_through_a_fault_or_fails_with_a_true_message(
    past: Past,
    fault_class: FaultClass,
    cases: int,
    count: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_BODY_BYTES", 1_000_000)
    for number in range(cases):
        rng = Random(f"past {fault_class.name} {number}")
        drawn = {"page": rng.choice((1, 2, None)), "times": rng.choice((1, 2, 4, 5, None))}
        path = rng.choice(("/api/historicjoa", "/api/historicjoa/announcementtext"))
        fault = Fault(**{**drawn, **fault_class.draw(rng), "path": path})
        try:
            past.check(fault, succeeds=outcome(fault_class, fault))
        except AssertionError as violation:
            violation.add_note(f"case {number}: {fault.model_dump(exclude_unset=True)!s:.500}")
            raise
        count(f"history: {fault_class.name}")
