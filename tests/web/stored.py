"""Positions and receipts for tests of the page, stored by the real `load` of transformed rows."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from include.pipeline.load import load
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import SavedSearch
from include.usajobs.extract import iso
from tests.support.chain import stored, transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, pay, place, row

MongoDatabase = Database[dict[str, Any]]

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""When the page is looked at; what `row` and `near_miss` give closes a week later."""

CHICAGO = SearchParameters().slug
GARY = "data-engineering-gary-indiana-50"
IN_GARY = {"location": "Gary, Indiana"}
"""The parameter that makes a search the one of Gary, which is 27 miles from Chicago."""

UNREADABLE = [row(number, PositionTitle=None) for number in ("7001", "7002", "7003")]
"""Rows that are quarantined, and enough of them to make a short response suspicious."""

MILWAUKEE = place("Milwaukee, Wisconsin", 43.0389, -87.9065)
EVANSTON = place("Evanston, Illinois", 42.0411, -87.69)


def days(number: float) -> datetime:
    """Return the time so many days from now; negative ones are past."""
    return NOW + timedelta(days=number)


def near_miss(number: str, **changes: Any) -> dict[str, Any]:
    """Return a row that both searches keep as a near miss: it is too far."""
    return row(number, **{"PositionLocation": [MILWAUKEE], **changes})


def unfit(number: str) -> dict[str, Any]:
    """Return a row that both searches reject: too far, and off the topic."""
    return near_miss(number, PositionTitle="Cook", details={"MajorDuties": []})


def closing(day: str) -> dict[str, Any]:
    """Return what makes a row close on that day, at 23:59 Eastern Time."""
    return {"ApplicationCloseDate": day}


def in_a_month() -> dict[str, Any]:
    """Return what makes a row close a month after the real now."""
    return closing(f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}")


def without_closing_date(number: str) -> dict[str, Any]:
    """Return a match that names no day on which it closes."""
    return row(number, ApplicationCloseDate="")


def store(
    database: MongoDatabase,
    *rows: object,
    at: datetime = NOW,
    run_id: str | None = None,
    **search: Any,
) -> dict[str, Any]:
    """Store what a run over the Search API read at that time, and return its receipt."""
    return _load(database, transformed(answer(*rows, at=iso(at)), **search), run_id)


def store_now(database: MongoDatabase, *rows: object) -> None:
    """Store what a run read an hour before the real now."""
    store(database, *rows, at=datetime.now(UTC) - timedelta(hours=1))


def store_saved(
    database: MongoDatabase,
    saved: SavedSearch,
    *rows: object,
    at: datetime = NOW,
    run_id: str = "scheduled",
) -> dict[str, Any]:
    """Store what a run of a saved search's DAG read at that time, and return its receipt."""
    found = transformed(answer(*rows, at=iso(at)), **saved.parameters.model_dump())
    result: Any = {**found, "search": saved.slug}
    return load(database, result, [result], saved.dag_id, run_id)


def store_suspicious(database: MongoDatabase, *rows: object, **asked: Any) -> dict[str, Any]:
    """Store these rows among so many unreadable ones that the response is suspicious."""
    receipt = store(database, *rows, *UNREADABLE, **asked)
    assert receipt["state"] == "warning"
    return receipt


def store_past_day(
    database: MongoDatabase,
    *numbers: int,
    day: datetime,
    read_at: datetime = NOW,
    run_id: str | None = None,
    **search: Any,
) -> dict[str, Any]:
    """Store what a backfill of that day read; its matches closed on 2026-09-15."""
    rows = [{**historic_row(number), "text": ANNOUNCEMENT} for number in numbers]
    found = historic_answer(*rows, read_at=iso(read_at), day=f"{day:%Y-%m-%d}")
    return _load(database, transformed(found, **search), run_id)


def _load(database: MongoDatabase, found: dict[str, Any], run_id: str | None) -> dict[str, Any]:
    return stored(database, found, run_id or f"{found['search']} {found['read_at']}")


def store_many(database: MongoDatabase, number: int) -> None:
    """Store so many positions of every kind, as three months of two searches leave them.

    The latest runs list every third, enough to be believed; the others are closed, gone or fit no
    longer.
    """
    rows = [_any_row(str(800_000_000 + each), random.Random(each)) for each in range(number)]
    open_now = [_reworded(each) if n % 3 == 0 else each for n, each in enumerate(rows[::3])]
    unfit_now = [unfit(each["MatchedObjectId"]) for each in rows[1::39]]
    for search in ({}, IN_GARY):
        store(database, *rows[: number // 3], at=days(-90), **search)
        store(database, *rows, at=days(-20), **search)
        store(database, *open_now, *unfit_now, at=days(-1), **search)
    store_past_day(database, *range(1, 50), day=days(-80))


def _any_row(number: str, chance: random.Random) -> dict[str, Any]:
    where = chance.choice([[MILWAUKEE], [EVANSTON], [EVANSTON, MILWAUKEE], []])
    closes = days(chance.randint(-60, 40))
    return row(
        number,
        PositionTitle=chance.choice(["Data Engineer", "Data Architect", "Senior Data Engineer"]),
        PositionRemuneration=pay("90000", str(chance.randrange(100_000, 190_000, 1000))),
        PublicationStartDate=f"{days(-chance.randint(60, 90)):%Y-%m-%d}",
        ApplicationCloseDate=chance.choice(["", *[f"{closes:%Y-%m-%d}"] * 9]),
        **({"PositionLocation": where} if where else {}),
        details={"RemoteIndicator": chance.random() < 0.3},
    )


def _reworded(found: dict[str, Any]) -> dict[str, Any]:
    fields = found["MatchedObjectDescriptor"]
    return {
        **found,
        "MatchedObjectDescriptor": {**fields, "PositionTitle": f"{fields['PositionTitle']} II"},
    }
