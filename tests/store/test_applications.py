"""The states that marks record, also where earlier versions write or wrote them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.database import Database

from include.jobs.application import APPLIED, STATES, ApplicationState
from include.store.applications import Change, application_of, changed, joining_histories, state_of
from include.store.damage import LAST
from include.store.marks import take_over
from include.store.upserts import bulk_write

Mark = dict[str, Any]

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def entry(state: ApplicationState | None, since: str | None, hours: int = 0) -> dict[str, Any]:
    return {"state": state, "since": since, "recorded_at": NOW + timedelta(hours=hours)}


def set_state(
    mark: Mark, state: ApplicationState | None, day: date | None = None, at: datetime = NOW
) -> Mark:
    """Return the mark after this version has set a state."""
    flags, entries = changed(application_of(mark), state, day, at)
    history = [*mark.get("history", []), *entries]
    return {**mark, **flags, "history": history, "updated_at": at}


def set_flags(mark: Mark, at: datetime = NOW, **flags: bool) -> Mark:
    """Return the mark after an earlier version has set its flags."""
    return {**mark, **flags, "updated_at": at}


def states(mark: Mark) -> list[tuple[str | None, str | None]]:
    return [(each["state"], each["since"]) for each in application_of(mark).history]


@pytest.mark.parametrize(
    ("flags", "state"),
    [
        ({"saved": True}, "saved"),
        ({"applied": True}, "applied"),
        ({"saved": True, "applied": True}, "applied"),
        ({"saved": False, "applied": False}, None),
        ({"hidden": True, "note": "call them"}, None),
    ],
)
def test_the_flags_of_an_earlier_version_are_a_state_by_themselves(
    flags: Mark, state: str | None
) -> None:
    found = application_of({**flags, "updated_at": NOW - timedelta(days=34)})
    assert found.state == state
    assert found.since == (date(2026, 10, 20) if state else None)
    assert found.is_estimated is bool(state)


def test_without_a_date_of_its_change_a_mark_of_an_earlier_version_has_a_state_without_a_day() -> (
    None
):
    for odd in ({}, {"updated_at": "yesterday"}):
        found = application_of({"saved": True, **odd})
        assert (found.state, found.since) == ("saved", None)


def test_the_first_change_keeps_what_an_earlier_version_recorded() -> None:
    mark = set_flags({}, saved=True, at=NOW - timedelta(days=34))
    assert states(set_state(mark, "applied")) == [
        ("saved", "2026-10-20"),
        ("applied", "2026-11-23"),
    ]
    # So does a change of something else, after which the day would be lost.
    noted = {**set_state(mark, "saved"), "note": "call them"}
    assert application_of(noted) == application_of(mark)._replace(unrecorded=None)


def test_an_earlier_version_may_go_on_writing() -> None:
    mark = set_state(set_state({}, "saved"), "interview")
    taken_back = set_flags(mark, NOW + timedelta(days=1), applied=False)
    assert states(taken_back)[-1] == ("saved", "2026-11-24")
    assert state_of(set_flags(taken_back, saved=False)) is None
    # What it leaves alone, or sets to what it is, stays.
    assert state_of(set_flags(mark, applied=True)) == "interview"
    assert state_of(set_flags(mark, saved=False)) == "interview"


def test_a_state_that_holds_already_keeps_its_day() -> None:
    mark = set_state({}, "applied", date(2026, 11, 20))
    again = changed(application_of(mark), "applied", None, NOW)
    assert again == changed(application_of(mark), "applied", date(2026, 11, 20), NOW)
    assert again == Change({}, [])


def test_a_day_can_be_corrected_and_the_history_keeps_what_was() -> None:
    mark = set_state(set_state({}, "applied"), "applied", date(2026, 11, 20))
    assert application_of(mark).since == date(2026, 11, 20)
    assert states(mark) == [("applied", "2026-11-23"), ("applied", "2026-11-20")]
    estimated = set_flags({}, applied=True)
    exact = application_of(set_state(estimated, "applied", TODAY))
    assert (exact.since, exact.is_estimated) == (TODAY, False)


def test_whoever_takes_a_state_back_has_the_earlier_one_with_its_day() -> None:
    mark = set_flags({}, saved=True, at=NOW - timedelta(days=34))
    back = application_of(set_state(set_state(mark, "applied"), "saved"))
    assert (back.state, back.since, back.is_estimated) == ("saved", date(2026, 10, 20), True)
    assert [each["state"] for each in back.history] == ["saved", "applied", "saved"]
    # Another day may be given; and after there was no state, one begins anew.
    assert application_of(set_state(set_state(mark, "applied"), "saved", TODAY)).since == TODAY
    anew = set_state(set_state(set_state(mark, None), "applied"), "saved")
    assert application_of(anew).since == TODAY


def test_setting_a_state_answers_no_question_about_applying() -> None:
    assert "applied" not in set_state({}, "saved")
    assert set_state({}, "offer")["applied"] is True
    assert set_state(set_state({}, "offer"), "saved")["applied"] is False


def test_entries_and_flags_that_are_damaged_count_for_nothing() -> None:
    odd = [5, {}, entry("hired", "2026-11-20"), entry("saved", "2026-13-20")]  # type: ignore[arg-type]
    odd += [{**entry("saved", None), "recorded_at": "x"}, entry("saved", "23.11.2026")]
    mark = {"applied": True, "history": [*odd, entry("applied", "2026-11-20")]}
    assert states(mark) == [("applied", "2026-11-20")]
    assert states({"applied": True, "history": "x"}) == [("applied", None)]
    assert states({"applied": "yes", "saved": 1}) == []


def test_a_change_sorts_last_though_anothers_clock_is_ahead() -> None:
    for ahead in (timedelta(days=3), timedelta(days=365 * 7000)):
        mark = set_state({}, "saved", at=NOW + ahead)
        assert state_of(set_state(set_state(mark, "applied"), "interview")) == "interview"
    end = {"saved": True, "history": [{**entry("saved", None), "recorded_at": LAST}]}
    assert state_of(set_state(end, "applied")) == "applied"


@given(
    st.lists(
        st.sampled_from([None, *STATES])
        | st.fixed_dictionaries({}, optional={"saved": st.booleans(), "applied": st.booleans()})
    )
)
def test_whoever_writes_the_last_one_holds_and_nothing_recorded_is_lost(
    writes: list[ApplicationState | dict[str, bool] | None],
) -> None:
    mark: Mark = {}
    for hours, write in enumerate(writes):
        at = NOW + timedelta(hours=hours)
        before = application_of(mark)
        if isinstance(write, dict):
            mark = set_flags(mark, at, **write)
        else:
            mark = set_state(mark, write, at=at)
            assert state_of(mark) == write
        found = application_of(mark)
        stored = len(before.history) - bool(before.unrecorded and isinstance(write, dict))
        assert found.history[:stored] == before.history[:stored]
        assert (found.state in APPLIED) == (mark.get("applied") is True)
        assert bool(found.state) == bool(mark.get("applied") or mark.get("saved"))


MongoDatabase = Database[dict[str, Any]]


def test_histories_are_joined_and_joining_them_again_changes_nothing(
    database: MongoDatabase,
) -> None:
    mine, theirs = entry("saved", "2026-11-20"), entry("applied", "2026-11-23", 1)
    database.marks.insert_one({"_id": "1/ada", "applied": True, "history": [theirs]})
    for _ in range(2):
        bulk_write(database.marks, [*joining_histories("1/ada", [mine, theirs])])
    (mark,) = database.marks.find()
    assert states(mark) == [("saved", "2026-11-20"), ("applied", "2026-11-23")]
    assert joining_histories("1/ada", "x") == []
    database.marks.update_one({}, {"$set": {"history": "x"}})
    bulk_write(database.marks, [*joining_histories("1/ada", [mine])])


def test_a_history_is_taken_over_with_its_mark(database: MongoDatabase) -> None:
    mine, theirs = entry("saved", "2026-11-20"), entry("applied", "2026-11-23", 1)
    flags = {"saved": True, "control_number": "7"}
    name = {"_id": "7/ada", "user": "ada", "updated_at": NOW, **flags}
    account = {"_id": "7/1", "user": "1", "updated_at": NOW + timedelta(hours=1), **flags}
    database.marks.insert_many(
        [{**name, "history": [mine]}, {**account, "applied": True, "history": [theirs]}]
    )
    take_over(database, "1", "ada")
    (mark,) = database.marks.find()
    assert states(mark) == [("saved", "2026-11-20"), ("applied", "2026-11-23")]
