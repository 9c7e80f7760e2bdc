from __future__ import annotations

from include.pipeline.receipt import as_json
from include.searches.saved_searches import DAG_ID
from include.store.quarantine import quarantine_size
from include.web.host import RunState
from include.web.runs import searches, update
from tests.support.rows import row
from tests.web.stored import (
    CHICAGO,
    GARY,
    IN_GARY,
    NOW,
    UNREADABLE,
    MongoDatabase,
    days,
    near_miss,
    store,
    store_past_day,
    store_suspicious,
)

RUNNING = RunState("running", {"extract": "success", "load": None}, NOW, NOW, None)


def address(dag_id: str, run_id: str) -> str:
    return f"/{dag_id}/runs/{run_id}"


def test_the_searches_that_have_run_are_listed_the_latest_first(database: MongoDatabase) -> None:
    store(database, row("1"), at=days(-2), run_id="first")
    store(database, row("1"), near_miss("2"), at=days(-1), run_id="second", minimum_pay=90_000)
    store(database, at=days(-1.5), run_id="gary", **IN_GARY)
    chicago, gary = searches(database, address)
    assert (chicago.search, chicago.run_id, chicago.run_address) == (
        CHICAGO,
        "second",
        "/job_tracker/runs/second",
    )
    assert chicago.parameters["minimum_pay"] == 90_000
    assert chicago.read_at == days(-1)
    assert (chicago.counts["matches"], chicago.counts["near_misses"]) == (1, 1)
    assert (gary.search, gary.counts["matches"]) == (GARY, 0)


def test_a_search_that_only_filled_past_days_is_listed(database: MongoDatabase) -> None:
    store_past_day(database, 1, 2, day=days(-80), run_id="older", read_at=days(-5))
    store_past_day(database, 3, day=days(-70), run_id="newer", read_at=days(-4))
    (search,) = searches(database, address)
    assert (search.search, search.run_id, search.counts["matches"]) == (CHICAGO, "newer", 1)


def test_the_latest_run_says_why_its_response_is_suspicious(database: MongoDatabase) -> None:
    store(database, row("1"), at=days(-2), run_id="first")
    receipt = store_suspicious(database, row("1"), at=days(-1), run_id="second")
    (search,) = searches(database, address)
    assert (search.run_id, search.read_at) == ("second", days(-1))
    assert [warning.model_dump() for warning in search.warnings] == receipt["warnings"] != []
    assert update(database, DAG_ID, "second", RUNNING, "").receipt == receipt
    store(database, row("1"), run_id="third")
    (search,) = searches(database, address)
    assert (search.run_id, search.warnings) == ("third", [])


def test_a_past_day_that_is_filled_does_not_hide_a_warning(database: MongoDatabase) -> None:
    store_suspicious(database, row("1"), at=days(-1), run_id="today")
    store_past_day(database, 1, day=days(-80), run_id="backfill")
    assert [(found.run_id, len(found.warnings)) for found in searches(database, address)] == [
        ("today", 1)
    ]


def test_receipts_of_older_versions_have_no_warnings(database: MongoDatabase) -> None:
    store(database, row("1"), run_id="old")
    database.runs.update_many({}, {"$unset": {"warnings": "", "quarantine_size": ""}})
    (search,) = searches(database, address)
    assert search.warnings == []
    assert update(database, DAG_ID, "old", RUNNING, "").counts == search.counts


def test_the_unreadable_rows_of_all_searches_are_counted_once_each(database: MongoDatabase) -> None:
    assert quarantine_size(database) == 0
    store_suspicious(database, at=days(-2))
    store_suspicious(database, at=days(-1), **IN_GARY)
    assert quarantine_size(database) == len(UNREADABLE)


def test_a_run_that_has_not_ended_is_not_a_searchs_latest(database: MongoDatabase) -> None:
    store(database, row("1"), at=days(-2), run_id="first")
    store(database, at=days(-1), run_id="second")
    store(database, at=days(-1), run_id="gary", **IN_GARY)
    unended = {"run_id": {"$in": ["second", "gary"]}}
    database.runs.update_many(unended, {"$set": {"state": "writing"}})
    assert [search.run_id for search in searches(database, address)] == ["first"]


def test_an_update_has_the_newest_receipt_of_its_run_once_it_is_complete(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), at=days(-2), run_id="other")
    assert update(database, DAG_ID, "run", RUNNING, "/runs/run").receipt is None
    store(database, row("1"), at=days(-1), run_id="run")
    receipt = store(database, row("1"), row("2"), run_id="run")
    found = update(database, DAG_ID, "run", RUNNING, "/runs/run")
    assert found.receipt == as_json(receipt)
    assert found.counts is not None
    assert (found.counts["inserted"], found.counts["unchanged"]) == (1, 1)
    assert found.titles == {"2": "Data Engineer"}
    assert (found.state, found.tasks["load"], found.ended_at) == ("running", None, None)
    database.runs.update_many({"run_id": "run"}, {"$set": {"state": "writing"}})
    unended = update(database, DAG_ID, "run", RUNNING, "/runs/run")
    assert (unended.receipt, unended.counts, unended.titles) == (None, None, {})
