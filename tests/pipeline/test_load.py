from __future__ import annotations

import itertools
import random
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from include.pipeline.receipt import counts
from include.store.collections import POSITIONS, VERSIONS
from include.store.documents import ENDED
from include.store.indexes import INDEXES
from include.store.upserts import StorageError
from include.usajobs.extract import iso
from tests.support.chain import stored as store
from tests.support.chain import transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, pay, place, row
from tests.usajobs.test_values import JSON, TEXT

START = datetime(2026, 11, 1, tzinfo=UTC)
SLUG = "data-engineering-chicago-illinois-50"
MongoDatabase = Database[dict[str, Any]]


def batch(*rows: object, day: int = 0, **search: Any) -> dict[str, Any]:
    """Return what a run on that day after November 1st hands to `load`."""
    return transformed(answer(*rows, at=iso(START + timedelta(days=day))), **search)


def past_day(*rows: object, day: int, read_on: int = 30, **search: Any) -> dict[str, Any]:
    """Return what a backfill of that day hands to `load`, run so many days after November 1st."""
    found = historic_answer(
        *({**entry, "text": ANNOUNCEMENT} for entry in rows),
        read_at=iso(START + timedelta(days=read_on, hours=9)),
        day=f"{START + timedelta(days=day):%Y-%m-%d}",
    )
    return transformed(found, **search)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def dump(database: MongoDatabase) -> dict[str, list[dict[str, Any]]]:
    """Return what guarantee 3 is about, in an order of its own."""
    return {
        name: sorted(database[name].find(), key=lambda document: document["_id"])
        for name in (POSITIONS, VERSIONS)
    }


def only_position(database: MongoDatabase) -> dict[str, Any]:
    (found,) = database.positions.find()
    return found


def test_a_position_is_stored_under_its_control_number_with_the_fields_of_the_posting(
    database: MongoDatabase,
) -> None:
    store(database, batch(row("900000001")))
    stored = only_position(database)
    assert stored["_id"] == "900000001"
    assert stored["PositionTitle"] == "Data Engineer"
    assert stored["PositionURI"] == "https://www.usajobs.gov/job/900000001"
    assert stored["PositionLocation"][0]["LocationName"] == "Chicago, Illinois"
    assert stored["PositionRemuneration"][0]["MaximumRange"] == 126198.0
    assert stored["annual_pay"] == {"minimum": 97079.0, "maximum": 126198.0, "basis": "PA"}
    assert stored["closes_at"] == datetime(2026, 12, 1, 4, 59, tzinfo=UTC)
    assert stored["first_seen_at"] == stored["last_seen_at"] == stored["observed_at"] == START
    assert stored["source"] == "search"
    entry = stored["matches"][SLUG]
    assert (entry["level"], entry["reasons"]) == ("match", [])
    assert entry["first_seen_at"] == entry["last_seen_at"] == START


def test_a_receipt_tells_inserted_changed_and_unchanged_apart(database: MongoDatabase) -> None:
    store(database, batch(row("1"), row("2"), row("3", PositionRemuneration=pay("1", "120000"))))
    receipt = store(
        database,
        batch(row("2"), row("3", PositionRemuneration=pay("1", "130000")), row("4"), day=1),
        "second",
    )
    assert receipt["inserted"] == ["4"]
    assert receipt["unchanged"] == ["2"]
    (change,) = receipt["changed"]
    assert change["control_number"] == "3"
    assert set(change["fields"]) == {"PositionRemuneration", "annual_pay"}
    assert change["fields"]["annual_pay"] == {
        "before": {"minimum": 1.0, "maximum": 120000.0, "basis": "PA"},
        "after": {"minimum": 1.0, "maximum": 130000.0, "basis": "PA"},
    }


def test_a_moved_deadline_is_a_change_with_both_times(database: MongoDatabase) -> None:
    store(database, batch(row()))
    (change,) = store(database, batch(row(ApplicationCloseDate="2026-12-07"), day=1))["changed"]
    assert change["fields"] == {
        "closes_at": {
            "before": "2026-12-01T04:59:00.000+00:00",
            "after": "2026-12-08T04:59:00.000+00:00",
        }
    }


def test_a_long_value_is_cut_in_the_receipt_and_whole_in_the_versions(
    database: MongoDatabase,
) -> None:
    places = [place(f"Town {number}, Illinois", 41.8, -87.6) for number in range(300)]
    store(database, batch(row()))
    (change,) = store(database, batch(row(PositionLocation=places), day=1))["changed"]
    assert change["fields"]["PositionLocation"]["after"] == "300 entries"
    newest = max(database.position_versions.find(), key=lambda found: found["first_observed_at"])
    assert len(newest["content"]["PositionLocation"]) == 300


def test_a_receipt_holds_ids_reasons_and_drift_and_is_kept_in_runs(
    database: MongoDatabase,
) -> None:
    milwaukee = [place("Milwaukee, Wisconsin", 43.04, -87.91)]
    receipt = store(
        database,
        batch(
            row("1"),
            row("2", PositionLocation=milwaukee),
            row("3", PositionLocation=milwaukee, JobGrade=[{"Code": "QQ"}], PositionTitle="Cook",
                details={"MajorDuties": []}),
            row("4", PositionTitle=None),
        ),
    )  # fmt: skip
    assert receipt["matches"] == ["1"]
    assert receipt["near_misses"] == ["2"]
    assert receipt["rejected"] == {"off_topic": ["3"], "too_far": ["3"]}
    assert receipt["quarantined"] == [
        {"control_number": "4", "reason": "PositionTitle is missing, not str", "kept": True}
    ]
    assert receipt["drift"] == [
        {"field": "JobGrade", "problem": "unknown code", "value": "QQ", "count": 1}
    ]
    (kept,) = database.runs.find()
    assert kept["state"] == receipt["state"] == "complete"
    assert counts(kept) == counts(receipt) == {
        "api_total": 4, "rows": 4, "inserted": 2, "changed": 0, "unchanged": 0, "superseded": 0,
        "matches": 1, "near_misses": 1, "gone": 0, "closed": 0, "reopened": 0, "rejected": 1,
        "outside": 0, "quarantined": 1, "drift": 1, "warnings": 0,
    }  # fmt: skip
    assert {found["_id"] for found in database.positions.find()} == {"1", "2"}


def test_zero_positions_are_a_valid_answer_and_load_nothing(database: MongoDatabase) -> None:
    receipt = store(database, batch())
    assert receipt["state"] == "complete"
    assert not any(value for value in counts(receipt).values())
    assert database.positions.count_documents({}) == 0


def test_the_same_run_again_changes_no_document(database: MongoDatabase) -> None:
    found = batch(row("1"), row("2"))
    first = store(database, found)
    before = dump(database)
    assert store(database, found) == first
    assert dump(database) == before


def test_an_older_observation_moves_the_first_seen_date_and_nothing_else(
    database: MongoDatabase,
) -> None:
    store(database, batch(row(PositionTitle="Senior Data Engineer"), day=5), "newer")
    before = only_position(database)
    receipt = store(database, batch(row(PositionTitle="Data Engineer"), day=2), "older")
    after = only_position(database)
    assert after["first_seen_at"] == after["matches"][SLUG]["first_seen_at"] == day(2)
    assert after["last_seen_at"] == after["observed_at"] == day(5)
    after["first_seen_at"] = before["first_seen_at"]
    after["matches"][SLUG]["first_seen_at"] = before["matches"][SLUG]["first_seen_at"]
    assert after == before
    assert receipt["superseded"] == ["900000001"]


def test_a_search_updates_only_its_own_entry(database: MongoDatabase) -> None:
    store(database, batch(row(), day=0), "chicago")
    store(database, batch(row(), day=1, location="Gary, Indiana"), "gary")
    entries = only_position(database)["matches"]
    assert set(entries) == {SLUG, "data-engineering-gary-indiana-50"}
    assert entries[SLUG]["last_seen_at"] == day(0)


def test_an_older_run_of_another_search_still_adds_its_entry(database: MongoDatabase) -> None:
    store(database, batch(row(PositionTitle="Senior Data Engineer"), day=5), "chicago")
    store(database, batch(row(), day=1, location="Gary, Indiana"), "gary")
    stored = only_position(database)
    assert stored["PositionTitle"] == "Senior Data Engineer"
    assert stored["matches"]["data-engineering-gary-indiana-50"]["last_seen_at"] == day(1)


def test_fields_and_collections_of_others_survive(database: MongoDatabase) -> None:
    store(database, batch(row()))
    database.positions.update_one({}, {"$set": {"my_note": "call them", "matches.x": {"y": 1}}})
    database.marks.insert_one({"_id": "900000001", "state": "applied"})
    store(database, batch(row(PositionTitle="Data Engineer II"), day=1), "second")
    stored = only_position(database)
    assert stored["PositionTitle"] == "Data Engineer II"
    assert (stored["my_note"], stored["matches"]["x"]) == ("call them", {"y": 1})
    assert database.marks.count_documents({}) == 1


def test_a_collection_that_has_no_room_for_another_index_is_loaded_all_the_same(
    database: MongoDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(63):
        database[POSITIONS].create_index(f"field_{number}")
    assert store(database, batch(row("1")))["state"] == "complete"
    assert "no room for all of its own indexes" in caplog.text


def test_an_unreadable_row_is_kept_once_with_the_runs_that_met_it(database: MongoDatabase) -> None:
    broken = row("4", PositionTitle=None)
    first = store(database, batch(broken), "first")
    second = store(database, batch(broken, day=1), "second")
    (kept,) = database.quarantine.find()
    assert kept["control_number"] == "4"
    assert '"PositionTitle": null' in kept["raw"]
    assert kept["reason"] == "PositionTitle is missing, not str"
    assert set(kept["runs"]) == {first["_id"], second["_id"]}
    assert (kept["first_seen_at"], kept["last_seen_at"]) == (day(0), day(1))


def test_a_past_day_is_stored_as_seen_on_that_day(database: MongoDatabase) -> None:
    receipt = store(database, past_day(historic_row(1), day=-60))
    stored = only_position(database)
    assert stored["_id"] == "1"
    assert stored["source"] == "historicjoa"
    assert stored["first_seen_at"] == stored["last_seen_at"] == day(-60)
    assert stored["observed_at"] == day(30)
    assert stored["matches"][SLUG]["level"] == "match"
    assert receipt["inserted"] == ["1"]
    assert receipt["source"] == "historicjoa"


def test_a_past_day_changes_no_content_of_a_position_that_a_search_has_seen(
    database: MongoDatabase,
) -> None:
    store(database, batch(row("1"), day=0), "search")
    before = only_position(database)
    receipt = store(database, past_day(historic_row(1, positionTitle="Other"), day=-60), "past")
    after = only_position(database)
    assert receipt["superseded"] == ["1"]
    assert after.pop("first_seen_at") == day(-60)
    before.pop("first_seen_at")
    for entry in (before["matches"][SLUG], after["matches"][SLUG]):
        entry.pop("first_seen_at")
    assert after == before


def test_a_search_replaces_what_a_past_day_left_and_only_real_amendments_are_changes(
    database: MongoDatabase,
) -> None:
    dates = {"PublicationStartDate": "2026-09-01", "ApplicationCloseDate": "2026-09-15"}
    for number in ("1", "2"):
        store(database, past_day(historic_row(int(number)), day=-60), f"past {number}")
    receipt = store(
        database,
        batch(row("1", **dates), row("2", **dates | {"ApplicationCloseDate": "2026-09-20"})),
    )
    assert receipt["unchanged"] == ["1"]
    (change,) = receipt["changed"]
    assert (change["control_number"], list(change["fields"])) == ("2", ["closes_at"])
    assert {found["source"] for found in database.positions.find()} == {"search"}


def test_a_later_reading_of_a_past_day_brings_its_amendments(database: MongoDatabase) -> None:
    extended = historic_row(1, positionCloseDate="2026-09-20")
    store(database, past_day(historic_row(1), day=-60, read_on=1), "once")
    receipt = store(database, past_day(extended, day=-60, read_on=2), "again")
    assert [list(change["fields"]) for change in receipt["changed"]] == [["closes_at"]]
    store(database, past_day(historic_row(1), day=-60, read_on=1), "late")
    assert only_position(database)["closes_at"] == datetime(2026, 9, 21, 3, 59, tzinfo=UTC)


def test_what_a_complete_run_lists_no_more_is_gone_or_closed_and_may_be_reopened(
    database: MongoDatabase,
) -> None:
    closing = {"ApplicationCloseDate": "2026-11-01"}
    unfit = {"PositionTitle": "Cook", "details": {"MajorDuties": [], "HiringPath": ["vet"]}}
    store(database, batch(row("1"), row("2", **closing), row("3"), row("4")), "first")
    second = store(database, batch(row("3", **unfit), row("4"), day=2), "second")
    assert (second["gone"], second["closed"], second["reopened"]) == (["1"], ["2"], [])
    third = store(database, batch(row("1"), row("4"), day=3), "third")
    assert (third["gone"], third["closed"], third["reopened"]) == ([], [], ["1"])


def test_neither_a_past_day_nor_a_failed_run_nor_another_search_makes_anything_gone(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, batch(row("1"), row("2")), "first")
    assert store(database, past_day(historic_row(9), day=-3), "past")["gone"] == []
    other = batch(row("2"), day=1, location="Gary, Indiana")
    assert store(database, other, "other")["gone"] == []
    with monkeypatch.context() as patch:
        crash_after(patch, 1)
        with pytest.raises(Crash):
            store(database, batch(day=1), "crashed")
    assert store(database, batch(row("1"), row("2"), day=2), "next")["reopened"] == []


class Crash(BaseException):
    """Stands for a task that is killed."""


def crash_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """Let `load` be killed once it has sent so many writes."""
    left = itertools.count(writes, -1)
    for name in ("bulk_write", "replace_one", "update_one"):
        original = getattr(Collection, name)

        def counted(self: Any, *args: Any, _original: Any = original, **options: Any) -> Any:
            if next(left) <= 0:
                raise Crash
            return _original(self, *args, **options)

        monkeypatch.setattr(Collection, name, counted)


@pytest.mark.parametrize("writes", range(7))
def test_a_retry_after_a_crash_anywhere_gives_the_receipt_of_an_uninterrupted_run(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    yesterday = batch(row("1"), row("2"), row("9", PositionTitle=None))
    today = batch(
        row("1"), row("2", PositionTitle="Data Engineer II"), row("3"), row("8", PositionTitle=""),
        day=1,
    )  # fmt: skip
    twin = database.client[f"{database.name}_twin"]
    for target in (database, twin):
        store(target, yesterday, "yesterday")
    uninterrupted = store(twin, today, "today")

    monkeypatch.setattr("include.jobs.limits.WRITE_BATCH_SIZE_DOCUMENTS", 2)
    with monkeypatch.context() as patch:
        crash_after(patch, writes)
        with pytest.raises(Crash):
            store(database, today, "today")
    assert store(database, today, "today") == uninterrupted
    assert dump(database) == dump(twin)
    database.client.drop_database(twin)


def test_rows_transformed_anew_get_a_receipt_of_their_own(database: MongoDatabase) -> None:
    store(database, batch(row("1"), row("2", PositionTitle=None)))
    receipt = store(database, batch(row("1"), row("2")))
    assert receipt["inserted"] == ["2"]
    assert receipt["quarantined"] == []


def test_runs_of_both_sources_at_the_same_time_end_as_one_after_the_other(
    database: MongoDatabase,
) -> None:
    numbers = range(1, 41)
    searches = [
        batch(*(row(str(n), PositionTitle=f"Data Engineer {turn}") for n in numbers), day=turn)
        for turn in range(4)
    ]
    past_days = [
        past_day(*(historic_row(n) for n in numbers if n % 4 == turn), day=-turn, read_on=turn)
        for turn in range(4)
    ]
    batches = [*searches, *past_days]
    random.Random(7).shuffle(batches)
    expected = _dump_after(database, batches, [])
    for name in INDEXES:
        database[name].delete_many({})
    threads = [
        threading.Thread(target=store, args=(database, found, f"run-{number}"))
        for number, found in enumerate(batches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dump(database) == expected
    assert {found["PositionTitle"] for found in expected["positions"]} == {"Data Engineer 3"}
    assert len(expected["position_versions"]) == 40 * 5


TITLES = ["Data Engineer", "Data Architect"]
SAID = [(title, clearance) for title in TITLES for clearance in ("Secret", "Top Secret")]
"""Titles, which are part of the content, and clearances, which are among the facts."""

SEARCHES: list[dict[str, Any]] = [
    {},
    {"minimum_pay": 0},
    {"years_of_experience": 2},
    {"location": "Gary, Indiana"},
    {"clearance": "Secret", "appointment": "permanent"},
    {"exclude": ["architect"]},
]
RUNS = st.lists(
    st.tuples(
        st.sampled_from(["search", "historicjoa"]),
        st.integers(0, 2),  # the day, with ties
        st.sampled_from(SEARCHES),
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from(SAID)), max_size=3),
    ),
    min_size=1,
    max_size=5,
)
CRASHES = st.lists(st.integers(0, 4), max_size=6)


def _random_batch(source: str, number: int, search: dict[str, Any], rows: Any) -> dict[str, Any]:
    said = dict(rows)
    if source == "search":
        listed = (
            row(str(n), PositionTitle=title, details={"SecurityClearance": clearance})
            for n, (title, clearance) in said.items()
        )
        return batch(*listed, day=number, **search)
    announced = (
        historic_row(n, positionTitle=title, securityClearance=clearance)
        for n, (title, clearance) in said.items()
    )
    return past_day(*announced, day=number, read_on=number + len(said), **search)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=RUNS, order=st.randoms(use_true_random=False), crashes=CRASHES)
def test_runs_in_any_order_repeated_and_killed_leave_the_same_collections(
    database: MongoDatabase, runs: list[Any], order: random.Random, crashes: list[int]
) -> None:
    batches = [_random_batch(*run) for run in runs]
    shuffled = [*batches, *order.sample(batches, order.randint(0, len(batches)))]
    order.shuffle(shuffled)
    expected = _dump_after(database, batches, [])
    assert _dump_after(database, shuffled, crashes) == expected


def _dump_after(database: MongoDatabase, batches: list[dict[str, Any]], crashes: list[int]) -> Any:
    """Load the batches; before some, a first try is killed once it has sent so many writes."""
    for name in INDEXES:
        database[name].delete_many({})
    for number, found in enumerate(batches):
        if number < len(crashes):
            with pytest.MonkeyPatch.context() as patch, suppress(Crash):
                crash_after(patch, crashes[number])
                store(database, found, f"run-{number}")
        store(database, found, f"run-{number}")
    return dump(database)


ANY_ROW = JSON | st.builds(
    row,
    PositionTitle=JSON,
    OrganizationName=JSON,
    details=st.fixed_dictionaries({"HiringPath": st.lists(TEXT)}),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANY_ROW, max_size=4))
def test_whatever_the_rows_hold_can_be_stored(database: MongoDatabase, rows: list[object]) -> None:
    assert store(database, batch(*rows))["state"] in ENDED


def test_a_server_that_is_away_fails_with_what_to_check() -> None:
    client: MongoClient[Any] = MongoClient("127.0.0.1", 9, serverSelectionTimeoutMS=50)
    with client, pytest.raises(StorageError, match="connection `mongo`"):
        store(client.job_tracker, batch(row()))


def test_a_refused_write_says_what_the_server_said_and_keeps_the_rest(
    database: MongoDatabase,
) -> None:
    database.create_collection("positions", validator={"PositionTitle": {"$ne": "Data Engineer"}})
    with pytest.raises(StorageError, match=r"Document failed validation.*clear this task"):
        store(database, batch(row("1"), row("2", PositionTitle="Data Architect")))
    assert only_position(database)["_id"] == "2"


def test_every_collection_has_the_indexes_it_needs(database: MongoDatabase) -> None:
    store(database, batch(row()))
    for name, indexes in INDEXES.items():
        existing = set(database[name].index_information())
        assert {index.document["name"] for index in indexes} <= existing


def test_an_index_that_another_one_serves_for_is_dropped(database: MongoDatabase) -> None:
    database[POSITIONS].create_index("closes_at")
    database[POSITIONS].create_index("closes_at", name="mine", sparse=True)
    store(database, batch(row()))
    existing = database[POSITIONS].index_information()
    assert "closes_at_1" not in existing
    assert {"mine", "closes_at_-1__id_1"} <= existing.keys()


def test_a_login_that_may_drop_no_index_loads_all_the_same(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OperationFailure("not authorized", 13)

    database[POSITIONS].create_index("closes_at")
    monkeypatch.setattr(Collection, "drop_index", refuse)
    assert store(database, batch(row()))["state"] == "complete"
    assert "closes_at_1" in database[POSITIONS].index_information()


def test_an_index_of_ones_own_is_kept_though_it_has_the_name_of_an_earlier_one(
    database: MongoDatabase,
) -> None:
    database[POSITIONS].create_index("closes_at", unique=True, sparse=True)
    store(database, batch(row()))
    assert "closes_at_1" in database[POSITIONS].index_information()
