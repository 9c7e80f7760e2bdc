from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from include.jobs.position import Position
from include.pipeline import reprocess as reprocessing
from include.pipeline.reprocess import counts, reprocess
from include.store.collections import POSITIONS, VERSIONS
from include.usajobs import fields, search_rows
from include.usajobs.drift import Drift
from include.usajobs.extract import iso
from tests.support.chain import stored, transformed
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import answer, historic_answer, row

MongoDatabase = Database[dict[str, Any]]
START = datetime(2026, 11, 1, 7, tzinfo=UTC)
IN_GARY = {"location": "Gary, Indiana"}
NEW_TITLE = "Title2"


def retitled(number: str, title: str = "Data Engineer", **changes: Any) -> dict[str, Any]:
    """Return a row whose title has another name, which today's code doesn't know."""
    changed = row(number, **changes)
    fields_of_row = changed["MatchedObjectDescriptor"]
    del fields_of_row["PositionTitle"]
    return {**changed, "MatchedObjectDescriptor": {**fields_of_row, NEW_TITLE: title}}


def learn_in(patch: pytest.MonkeyPatch) -> None:
    """Teach the code to read such rows, as an update would."""
    read_row = search_rows.read_row

    def read_new_row(found: Any, drift: Drift) -> Position:
        said = found["MatchedObjectDescriptor"]
        if NEW_TITLE in said:
            said = {**said, "PositionTitle": said[NEW_TITLE]}
        return read_row({**found, "MatchedObjectDescriptor": said}, drift)

    patch.setattr(search_rows, "read_row", read_new_row)


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Teach the code to read such rows, once a test says so."""
    return lambda: learn_in(monkeypatch)


def run(database: MongoDatabase, *rows: object, day: float = 0, **search: Any) -> dict[str, Any]:
    at = iso(START + timedelta(days=day))
    slug = search.get("location", "Chicago")
    return stored(database, transformed(answer(*rows, at=at), **search), f"{day} {slug}")


def dump(database: MongoDatabase) -> Any:
    return {
        name: sorted(database[name].find(), key=lambda found: found["_id"])
        for name in (POSITIONS, VERSIONS)
    }


def test_a_row_that_can_be_read_now_is_stored_as_observed_when_it_came(
    database: MongoDatabase, learn: Any
) -> None:
    run(database, row("1"), retitled("2"))
    learn()
    outcome = reprocess(database)
    assert counts(outcome) == {
        **{"waiting": 1, "inserted": 1, "changed": 0, "unchanged": 0, "superseded": 0},
        **{"rejected": 0, "still_unread": 0},
    }
    position = database.positions.find_one({"_id": "2"})
    assert position
    for name in ("observed_at", "first_seen_at", "last_seen_at"):
        assert position[name] == START
    assert database.quarantine.count_documents({}) == 0


def test_a_row_that_still_cannot_be_read_stays_with_todays_reason(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, retitled("2"))
    before = database.quarantine.find_one()
    assert before
    monkeypatch.setattr(fields, "described", lambda value: "nowhere to be found")
    outcome = reprocess(database)
    reason = "PositionTitle is nowhere to be found, not str"
    assert outcome["still_unread"] == [
        {"row": before["_id"], "control_number": "2", "reason": reason}
    ]
    assert database.quarantine.find_one() == {**before, "reason": reason}
    assert database.positions.count_documents({}) == 0


def test_a_row_that_its_search_rejects_leaves_quarantine_and_is_not_stored(
    database: MongoDatabase, learn: Any
) -> None:
    run(database, retitled("2", "Cook", PositionLocation=[], details={"MajorDuties": []}))
    learn()
    assert reprocess(database)["rejected"] == ["2"]
    assert database.quarantine.count_documents({}) == 0
    assert database.positions.count_documents({}) == 0


def test_a_row_is_judged_with_the_wishes_of_the_run_that_found_it(
    database: MongoDatabase, learn: Any
) -> None:
    receipt = run(database, retitled("2"), exclude=["Treasury"], appointment="permanent")
    assert receipt["parameters"]["exclude"] == ["Treasury"]
    learn()
    assert reprocess(database)["inserted"] == ["2"]
    position = database.positions.find_one({"_id": "2"})
    assert position
    (entry,) = position["matches"].values()
    assert entry["level"] == "near_miss"
    assert [reason["code"] for reason in entry["reasons"]] == ["excluded"]
    assert "the kind of appointment is not said" in entry["fits"]


def test_something_newer_stays(database: MongoDatabase, learn: Any) -> None:
    run(database, row("2", PositionTitle="Data Engineer II"), day=1)
    run(database, retitled("2", "Data Engineer I"), day=2)
    learn()
    run(database, row("2", PositionTitle="Data Engineer III"), day=3)
    assert reprocess(database)["waiting"] == 0
    position = database.positions.find_one({"_id": "2"})
    assert position
    assert position["PositionTitle"] == "Data Engineer III"
    titles = [each["content"]["PositionTitle"] for each in database.position_versions.find()]
    assert sorted(titles) == ["Data Engineer I", "Data Engineer II", "Data Engineer III"]


def test_an_announcement_of_a_past_day_is_read_again_with_its_text(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced = {**historic_row(positionTitle=5), "text": ANNOUNCEMENT}
    found = historic_answer(announced, read_at=iso(START), day="2026-09-01")
    stored(database, transformed(found))
    assert database.quarantine.count_documents({}) == 1
    known = fields.required
    monkeypatch.setattr(
        fields,
        "required",
        lambda row, name, kind: (
            "Data Engineer" if name == "positionTitle" else known(row, name, kind)
        ),
    )
    (number,) = reprocess(database)["inserted"]
    position = database.positions.find_one({"_id": number})
    assert position
    assert position["first_seen_at"] == datetime(2026, 9, 1, tzinfo=UTC)
    assert position["summary"] == ANNOUNCEMENT["summary"]


def test_without_any_receipt_of_its_runs_a_row_stays(database: MongoDatabase, learn: Any) -> None:
    run(database, retitled("2"))
    database.runs.delete_many({})
    learn()
    (stays,) = reprocess(database)["still_unread"]
    assert "receipts of all runs that met it are gone" in stays["reason"]
    assert database.quarantine.count_documents({}) == 1


def test_one_receipt_that_is_left_is_enough(database: MongoDatabase, learn: Any) -> None:
    for day in range(2):
        run(database, retitled("2"), day=day)
    database.runs.delete_one({"observed_at": START})
    learn()
    assert reprocess(database)["inserted"] == ["2"]


def test_a_row_that_a_run_meets_meanwhile_is_not_lost(
    database: MongoDatabase, learn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, retitled("2"))
    write = reprocessing.write_observations

    def meet_and_write(*arguments: Any) -> None:
        database.quarantine.update_one({}, {"$addToSet": {"runs": "an older program's run"}})
        write(*arguments)

    monkeypatch.setattr(reprocessing, "write_observations", meet_and_write)
    learn()
    reprocess(database)
    assert database.quarantine.count_documents({}) == 1


def test_more_rows_than_are_held_at_once_are_read_too(
    database: MongoDatabase, learn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, *(retitled(str(number)) for number in range(7)))
    monkeypatch.setattr("include.jobs.limits.REPROCESS_BATCH_SIZE_ROWS", 3)
    learn()
    assert len(reprocess(database)["inserted"]) == 7


ROWS = st.dictionaries(
    st.sampled_from("123"), st.sampled_from(["Data Engineer", "Data Engineer II"]), min_size=1
)
SEARCHES: list[dict[str, Any]] = [{}, IN_GARY, {**IN_GARY, "exclude": ["Engineer II"]}]
RUNS = st.lists(
    st.tuples(
        ROWS,
        st.integers(0, 4),
        st.sampled_from(SEARCHES),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RUNS, st.integers(0, 4))
def test_rows_read_late_leave_what_they_would_have_left_read_at_once(
    database: MongoDatabase, runs: Any, learned_after: int
) -> None:
    dumps = []
    for unread in (False, True):
        for name in (POSITIONS, VERSIONS, "runs", "quarantine"):
            database[name].delete_many({})
        with pytest.MonkeyPatch.context() as patch:
            for number, (titles, day, search) in enumerate(runs):
                if number == learned_after:
                    learn_in(patch)
                make = retitled if unread and number < learned_after else readable
                rows = (make(key, title) for key, title in titles.items())
                run(database, *rows, day=day + number / 100, **search)
            if learned_after >= len(runs):
                learn_in(patch)
            reprocess(database)
            assert reprocess(database)["waiting"] == 0
        dumps.append(dump(database))
    assert dumps[0] == dumps[1]


def readable(number: str, title: str) -> dict[str, Any]:
    return row(number, PositionTitle=title)
