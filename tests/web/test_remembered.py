from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest

from include.web.analytics import analytics
from include.web.comparison import comparison
from include.web.jobs import job_page, job_page_json
from include.web.lanes import lanes
from include.web.marks import MarkChange, set_mark
from include.web.query_params import JobFilter
from include.web.remembered import Remembered
from tests.support.rows import row
from tests.web.stored import CHICAGO, NOW, MongoDatabase, days, store

EVERYTHING = JobFilter(status="any")


def test_a_value_is_computed_once_for_each_key() -> None:
    remembered, computed = Remembered(most=2), []

    def value(key: str) -> str:
        return remembered.value(key, lambda: computed.append(key) or key.upper())

    assert [value(key) for key in "abab"] == [*"ABAB"]
    assert computed == ["a", "b"]


def test_what_was_not_asked_for_lately_is_forgotten() -> None:
    remembered, computed = Remembered(most=2), []
    for key in "abacb":
        remembered.value(key, lambda key=key: computed.append(key))
    assert computed == ["a", "b", "c", "b"]


def test_who_asks_meanwhile_waits_for_the_same_value() -> None:
    remembered, begun, computed = Remembered(most=2), Event(), []
    asked = Barrier(3)

    def compute() -> int:
        begun.wait(60)
        computed.append(1)
        return 7

    def ask(_: int) -> int:
        asked.wait(60)
        return remembered.value("a", compute)

    with ThreadPoolExecutor(3) as pool:
        found = pool.map(ask, range(3))
        begun.set()
        assert [*found] == [7, 7, 7]
    assert computed == [1]


def test_an_error_is_raised_and_not_remembered() -> None:
    remembered = Remembered(most=2)
    with pytest.raises(ZeroDivisionError):
        remembered.value("a", lambda: 1 // 0)
    assert remembered.value("a", lambda: 2) == 2


def test_what_is_remembered_has_each_users_marks_at_once_and_each_run(
    database: MongoDatabase,
) -> None:
    remembered, lists = Remembered(most=10), Remembered(most=10)

    def counted(user: str) -> tuple[int, int]:
        asked = (database, CHICAGO, EVERYTHING, user, NOW)
        page = job_page(*asked, page=1, per_page=5, remembered=remembered, lists=lists)
        (compared,) = comparison(database, user, NOW, remembered).searches
        counts = lanes(database, CHICAGO, user, NOW, lists).counts
        charted = analytics(database, CHICAGO, user, NOW, remembered, lists).counts
        assert counts == charted == compared.counts
        return page.total, counts.matches

    store(database, row("1"), row("2"), at=days(-1))
    assert counted("ann") == counted("bob") == (2, 2)
    set_mark(database, "ann", "1", MarkChange(hidden=True), NOW)
    assert (counted("ann"), counted("bob")) == ((1, 1), (2, 2))
    store(database, row("1"), row("2"), row("3"), at=NOW - timedelta(hours=1))
    assert (counted("ann"), counted("bob")) == ((2, 2), (3, 3))


def test_a_page_is_the_same_as_json_and_as_a_model(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"), at=days(-1))
    set_mark(database, "ann", "1", MarkChange(state="applied"), NOW)
    asked = (database, CHICAGO, EVERYTHING, "ann", NOW)
    page = job_page(*asked, page=1, per_page=1)
    as_json = job_page_json(
        *asked, page=1, per_page=1, remembered=Remembered(most=2), lists=Remembered(most=2)
    )
    assert as_json.decode() == page.model_dump_json(by_alias=True)
    assert len(page.jobs) == 1
