"""The states of a user's applications, over the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.jobs import limits
from include.jobs.application import STATES
from include.jobs.codes import BY_APPLICATIONS
from include.store.outcomes import record
from include.web import marks
from include.web.app import create_app
from include.web.applications import board
from include.web.jobs import job_detail
from include.web.marks import Contended, ImpossibleDay, MarkChange, set_mark
from include.web.schemas import Board, Mark
from tests.support.rows import row
from tests.web.fake_host import FakeHost
from tests.web.stored import CHICAGO, NOW, MongoDatabase, closing, days, store
from tests.web.test_outcomes import REVIEWING, SELECTED, jobs, selected

ANN, BOB = "ann", "bob"
MARK = "/stored_jobs/1/mark"


def change(database: MongoDatabase, number: str = "1", user: str = ANN, **fields: Any) -> Mark:
    mark = set_mark(database, user, number, MarkChange(**fields), NOW)
    assert mark
    return mark


def states(mark: Mark) -> list[str | None]:
    return [each.state for each in mark.history]


@pytest.fixture
def client(database: MongoDatabase, folder: Path) -> TestClient:
    store(database, row("1"), row("2"))
    headers = {"Login": ANN, "Authorization": "Bearer token"}
    return TestClient(create_app(FakeHost(database), folder), headers=headers)


def test_a_state_is_patched_has_its_day_and_is_taken_back(client: TestClient) -> None:
    applied = client.patch(MARK, json={"state": "applied"}).json()
    assert (applied["state"], applied["saved"], applied["applied"]) == ("applied", False, True)
    assert applied["in_words"] in ("applied today", "applied yesterday")
    assert client.get("/stored_jobs/1").json()["mark"] == applied
    none = client.patch(MARK, json={"state": None}).json()
    assert (none["state"], none["since"], none["in_words"], none["applied"]) == (
        *(None, None, None),
        False,
    )
    assert [each["state"] for each in none["history"]] == ["applied", None]


def test_put_and_patch_do_the_same(client: TestClient) -> None:
    patched = client.patch(MARK, json={"state": "offer", "note": "call them"}).json()
    put = client.put("/stored_jobs/2/mark", json={"state": "offer", "note": "call them"}).json()
    for mark in (patched, put):
        del mark["updated_at"], mark["history"][0]["recorded_at"]
    assert patched == put
    assert client.patch("/stored_jobs/3/mark", json={"state": "saved"}).status_code == 404


def test_a_program_that_knows_only_flags_goes_on_working(client: TestClient) -> None:
    def put(**flags: bool) -> tuple[Any, ...]:
        mark = client.put(MARK, json=flags).json()
        return mark["saved"], mark["applied"], mark["state"]

    assert put(saved=True) == (True, False, "saved")
    assert put(applied=True) == (True, True, "applied")
    assert put(applied=False) == (True, False, "saved")
    assert put(saved=False) == (False, False, None)
    client.patch(MARK, json={"state": "interview"})
    assert put(applied=True) == (False, True, "interview")
    assert put(saved=True) == (True, True, "interview")
    assert put(saved=False) == (False, True, "interview")
    assert put(applied=False) == (False, False, None)


@pytest.mark.parametrize(
    ("since", "is_possible"), [(-22, True), (-23, False), (1, True), (2, False)]
)
def test_a_day_is_one_since_the_job_was_announced(
    database: MongoDatabase, since: int, is_possible: bool
) -> None:
    # Announced on Nov 2; where the user is, it may be a day earlier or later than in Washington.
    store(database, row("1"))
    day = (NOW + timedelta(days=since)).date()
    if is_possible:
        assert change(database, state="applied", since=day).since == day
    else:
        with pytest.raises(ImpossibleDay, match="from Nov 1, 2026, when the job was announced"):
            change(database, state="applied", since=day)
        assert database.marks.count_documents({}) == 0


def test_the_day_of_a_state_is_corrected_by_itself(client: TestClient) -> None:
    assert client.patch(MARK, json={"since": "2026-11-20"}).status_code == 422
    client.patch(MARK, json={"state": "applied"})
    corrected = client.patch(MARK, json={"since": "2026-11-20"}).json()
    assert (corrected["state"], corrected["since"]) == ("applied", "2026-11-20")
    assert len(corrected["history"]) == 2
    answer = client.patch(MARK, json={"since": "1999-01-01"})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == ["body", "since"]
    assert "when the job was announced" in problem["msg"]


def test_a_note_on_a_mark_of_an_earlier_version_keeps_the_day_of_its_state(
    database: MongoDatabase,
) -> None:
    store(database, row("1"))
    earlier = {"_id": "1/ann", "user": ANN, "control_number": "1", "saved": True}
    database.marks.insert_one({**earlier, "updated_at": days(-9)})
    assert marks.marks_of(database, ANN, ["1"], NOW)["1"].in_words == "saved at least 9 days ago"
    noted = change(database, note="call them")
    assert (noted.since, noted.in_words) == (date(2026, 11, 14), "saved at least 9 days ago")
    assert change(database, state="applied").history[0].in_words == "saved Nov 14 or before"


def test_of_changes_at_the_same_time_none_is_lost(database: MongoDatabase) -> None:
    store(database, row("1"))
    fields: list[dict[str, Any]] = [
        *({"state": state} for state in STATES),
        {"note": "call them"},
        {"hidden": True},
    ]
    with ThreadPoolExecutor(len(fields)) as threads:
        list(threads.map(lambda each: change(database, "1", **each), fields))
    mark = marks.marks_of(database, ANN, ["1"], NOW)["1"]
    assert (mark.note, mark.hidden, mark.state) == ("call them", True, states(mark)[-1])
    assert {*states(mark)} == {*STATES}


def test_a_flag_that_meets_a_state_is_decided_by_that_state(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, row("1"))
    change(database, state="applied")
    updated = marks._update

    def meeting_another(*args: Any) -> dict[str, Any]:
        monkeypatch.setattr(marks, "_update", updated)
        change(database, state="interview")
        return updated(*args)

    monkeypatch.setattr(marks, "_update", meeting_another)
    assert change(database, applied=True).state == "interview"


def test_a_mark_that_never_holds_still_is_given_up(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, row("1"))
    monkeypatch.setattr(marks, "_unchanged", lambda mark: {"never": {"$gt": 0}})
    change(database, state="saved")
    with pytest.raises(Contended, match="was changed by others 50 times"):
        change(database, state="applied")


def test_a_damaged_history_is_replaced_by_the_next_change(database: MongoDatabase) -> None:
    store(database, row("1"))
    mark = {"_id": "1/ann", "user": ANN, "control_number": "1", "saved": True, "history": 5}
    database.marks.insert_one(mark)
    assert states(change(database, note="call them")) == ["saved"]
    assert states(change(database, state="applied")) == ["saved", "applied"]


def test_only_the_latest_changes_are_stored_of_many(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STATE_CHANGES", 3)
    store(database, row("1"))
    for state in STATES:
        mark = change(database, state=state)
    assert states(mark) == ["offer", "rejected", "withdrawn"]


def test_jobs_are_filtered_by_state(client: TestClient) -> None:
    client.patch(MARK, json={"state": "interview"})
    client.patch("/stored_jobs/2/mark", json={"state": "applied", "hidden": True})

    def found(**asked: str) -> list[str]:
        listed = client.get("/stored_jobs", params={"status": "any", **asked}).json()["jobs"]
        return sorted(job["control_number"] for job in listed)

    assert found(state="interview") == ["1"]
    assert found(state="applied") == ["2"]
    assert found(state="saved") == []
    assert found(mark="applied") == ["1", "2"]
    assert found(mark="hidden", state="applied") == ["2"]
    assert found(mark="hidden", state="interview") == []
    assert found() == ["1"]


def test_who_applied_is_told_how_long_the_agency_takes_until_it_selects(
    database: MongoDatabase,
) -> None:
    selected(database, *"23456")
    store(database, row("1"), row("8", OrganizationName="National Park Service"))
    said = "applied 3 days ago; this agency's median from closing to selection is 42 days"
    applied = change(database, state="applied", since=days(-3).date())
    detail = job_detail(database, "1", CHICAGO, ANN, NOW)
    assert detail
    assert applied.in_words == jobs(database)["1"].mark.in_words == detail.mark.in_words == said
    assert change(database, "8", state="applied").in_words == "applied today"
    assert change(database, state="rejected").in_words == "rejected today"
    record(database, ["1"], {"1": SELECTED}, NOW)
    assert change(database, state="applied").in_words == "applied 3 days ago"


def columns(found: Board) -> dict[str, list[str]]:
    return {each.state: [job.control_number for job in each.jobs] for each in found.columns}


def test_the_board_has_each_users_applications_by_state_in_order(database: MongoDatabase) -> None:
    store(database, row("8", **closing("2026-11-10")), at=days(-20))
    later = {"ApplicationCloseDate": "2026-12-20"}
    store(database, *(row(number) for number in "12345"), row("6", **later), row("7", **later))
    capped = {"closes_when": {"type": BY_APPLICATIONS, "applications": 500}}
    database.positions.update_one({"_id": "7"}, {"$set": {"facts": capped}})
    for number in "678":
        change(database, number, state="saved")
    change(database, "5", state="saved", hidden=True)
    change(database, "1", state="applied", since=days(-3).date())
    change(database, "2", state="applied", since=days(-1).date())
    change(database, "3", state="saved")
    change(database, "3", state=None)
    change(database, "4", user=BOB, state="offer")
    found = board(database, ANN, NOW)
    assert columns(found) == {
        "saved": ["7", "5", "6", "8"],
        "applied": ["2", "1"],
        **{state: [] for state in STATES[2:]},
    }
    assert found.left_out == []
    assert columns(board(database, BOB, NOW))["offer"] == ["4"]


def test_a_card_says_what_became_of_the_job(database: MongoDatabase) -> None:
    store(database, row("1"))
    change(database, state="applied", since=days(-3).date())
    record(database, ["1"], {"1": REVIEWING}, NOW)
    (card,) = board(database, ANN, NOW).columns[1].jobs
    assert (card.PositionTitle, card.organization) == (
        "Data Engineer",
        "Bureau of the Fiscal Service",
    )
    assert card.mark.in_words == "applied 3 days ago"
    assert card.in_words.outcome == "reviewing applications (seen Nov 23)"
    assert card.in_words.deadline == "closes Nov 30, in 7 days"
    assert card.outcome
    assert card.outcome.status == REVIEWING


def test_a_column_shows_so_many_and_counts_all(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BOARD_CARDS", 1)
    store(database, row("1"), row("2"))
    for number in "12":
        change(database, number, state="offer")
    column = board(database, ANN, NOW).columns[STATES.index("offer")]
    assert (column.total, len(column.jobs)) == (2, 1)


def test_jobs_that_cannot_be_shown_are_named(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"))
    change(database, "1", state="applied")
    change(database, "2", state="applied")
    database.positions.update_one({"_id": "1"}, {"$set": {"PositionTitle": 5}})
    mark = {"user": ANN, "saved": True, "updated_at": NOW}
    database.marks.insert_one({"_id": "9/ann", "control_number": "9", **mark})
    database.marks.insert_one({"_id": "x/ann", "control_number": 5, **mark})
    found = board(database, ANN, NOW)
    assert found.left_out == ["1", "9"]
    assert columns(found)["applied"] == ["2"]
