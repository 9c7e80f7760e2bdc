"""Whose status is read, and what is left of readings in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from include.jobs import limits
from include.store.documents import Outcome
from include.store.outcomes import (
    days_to_selection,
    followed,
    is_followed,
    is_news,
    merging,
    outcome_of,
    record,
    repair_outcomes,
    selection_times,
)
from include.store.upserts import bulk_write

MongoDatabase = Database[dict[str, Any]]

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
ACCEPTING, REVIEWING = "accepting applications", "reviewing applications"
SELECTED, COMPLETE, CANCELED = "candidate selected", "hiring complete", "job canceled"


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def outcome(*readings: tuple[str, datetime], asked_at: datetime | None = None) -> dict[str, Any]:
    """Return what is stored after these readings."""
    first_seen: dict[str, datetime] = {}
    for status, moment in readings:
        first_seen.setdefault(status, moment)
    status, read_at = readings[-1]
    return {
        "status": status,
        "read_at": read_at,
        "first_seen": first_seen,
        "asked_at": asked_at or read_at,
    }


def position(number: str = "1", **changes: Any) -> dict[str, Any]:
    return {
        "_id": number,
        "published_at": days(-30),
        "closes_at": days(-10),
        "last_seen_at": days(-11),
        "organization": "Bureau of the Fiscal Service",
        **changes,
    }


def mark(database: MongoDatabase, *numbers: str, user: str = "ada", **marks: Any) -> None:
    database.marks.insert_many(
        {"_id": f"{number}/{user}", "user": user, "control_number": number, **marks}
        for number in numbers
    )


# --- which positions


def test_a_closed_position_is_followed_for_a_year() -> None:
    longest = limits.OUTCOME_DAYS
    assert is_followed(position(closes_at=days(-longest + 1)), NOW)
    assert not is_followed(position(closes_at=days(-longest - 1)), NOW)


def test_a_position_is_followed_from_its_publication() -> None:
    assert is_followed(position(published_at=NOW, closes_at=days(20)), NOW)
    assert not is_followed(position(published_at=days(1), closes_at=days(20)), NOW)


def test_without_a_deadline_a_position_closed_when_it_was_last_listed() -> None:
    assert is_followed(position(closes_at=None, last_seen_at=days(-360)), NOW)
    assert not is_followed(position(closes_at=None, last_seen_at=days(-370)), NOW)
    assert not is_followed(position(closes_at=None, last_seen_at="yesterday"), NOW)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (ACCEPTING, True),
        ("job closed", True),
        (REVIEWING, True),
        (SELECTED, True),
        ("on hold", True),
        (COMPLETE, False),
        (CANCELED, False),
    ],
)
def test_a_position_is_followed_until_its_status_is_final(status: str, expected: bool) -> None:
    assert is_followed(position(outcome=outcome((status, days(-1)))), NOW) is expected


def test_a_position_that_is_listed_again_after_its_end_is_followed_again() -> None:
    ended = outcome((CANCELED, days(-5)))
    assert is_followed(position(outcome=ended, last_seen_at=days(-4)), NOW)
    assert not is_followed(position(outcome=ended, last_seen_at=days(-6)), NOW)


def test_who_saved_or_applied_follows_a_position_that_is_stored(database: MongoDatabase) -> None:
    database.positions.insert_many(position(number) for number in "12345")
    mark(database, "1", saved=True)
    mark(database, "2", applied=True, hidden=True)
    mark(database, "3", hidden=True, saved=False)
    mark(database, "4", note="Ask about telework")
    mark(database, "1", "9", user="bob", applied=True)
    database.marks.insert_one({"_id": "damaged", "saved": True, "control_number": 5})
    found = followed(database, NOW)
    assert [*found.positions] == ["1", "2"]
    assert found.not_stored == ["9"]


def test_those_not_asked_about_for_longest_come_first(database: MongoDatabase) -> None:
    database.positions.insert_many(
        [
            position("1", outcome=outcome((REVIEWING, days(-9)), asked_at=days(-1))),
            position("2", outcome={"asked_at": days(-3)}),
            position("3", outcome=outcome((REVIEWING, days(-2)))),
            position("5"),
            position("4", outcome="damaged"),
        ]
    )
    mark(database, *"12345", saved=True)
    found = followed(database, NOW)
    assert [*found.positions] == ["4", "5", "2", "3", "1"]
    assert found.answered_at == days(-1)


def test_before_the_first_answer_waiting_begins_with_the_last_mark(
    database: MongoDatabase,
) -> None:
    database.positions.insert_many(position(number) for number in "12")
    mark(database, "1", saved=True, updated_at=days(-400))
    assert followed(database, NOW).answered_at == days(-400)
    mark(database, "2", saved=True, updated_at=days(-3))
    assert followed(database, NOW).answered_at == days(-3)


def test_where_nobody_follows_anything_nothing_is_asked(database: MongoDatabase) -> None:
    assert followed(database, NOW) == ({}, [], None)


# --- what is stored


READINGS = st.lists(
    st.tuples(
        st.sampled_from([ACCEPTING, REVIEWING, SELECTED, "on hold", None]),
        st.integers(0, 6).map(days),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=READINGS, order=st.randoms(use_true_random=False))
def test_readings_in_any_order_and_repeated_leave_the_same(
    database: MongoDatabase, readings: list[tuple[str | None, datetime]], order: Any
) -> None:
    def after(some: list[tuple[str | None, datetime]]) -> dict[str, Any]:
        database.positions.delete_many({})
        database.positions.insert_one(position())
        for status, moment in some:
            record(database, ["1"], {"1": status} if status else {}, moment)
        found = database.positions.find_one()
        assert found
        return found

    shuffled = [*readings, *order.sample(readings, order.randint(0, len(readings)))]
    order.shuffle(shuffled)
    stored = after(shuffled)
    assert stored == after(readings)
    told = [(moment, status) for status, moment in readings if status]
    expected = Outcome.model_validate(stored["outcome"])
    assert expected.asked_at == max(moment for _, moment in readings)
    assert (expected.read_at, expected.status) == max(told, default=(None, None))
    assert expected.first_seen == {
        status: min(moment for moment, other in told if other == status) for _, status in told
    }


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=READINGS, split=st.integers(0, 6))
def test_outcomes_merge_into_each_other_as_their_readings_do(
    database: MongoDatabase, readings: list[tuple[str | None, datetime]], split: int
) -> None:
    def stored(*parts: list[tuple[str | None, datetime]]) -> Any:
        database.positions.delete_many({})
        database.positions.insert_many([position("1"), position("2")])
        for number, part in zip("12", parts, strict=False):
            for status, moment in part:
                record(database, [number], {number: status} if status else {}, moment)
        other = outcome_of(database.positions.find_one({"_id": "2"}) or {})
        bulk_write(database.positions, merging("1", other) if other else [])
        return (database.positions.find_one({"_id": "1"}) or {}).get("outcome")

    assert stored(readings[:split], readings[split:]) == stored(readings)


def test_a_reading_makes_no_position_and_leaves_its_other_fields(database: MongoDatabase) -> None:
    database.positions.insert_one(position("1", mine="a note"))
    record(database, ["1", "2"], {"1": REVIEWING, "2": REVIEWING}, NOW)
    (found,) = database.positions.find()
    assert found == {**position("1", mine="a note"), "outcome": outcome((REVIEWING, NOW))}


@pytest.mark.parametrize(
    "damaged",
    ["closed", None, {"asked_at": "now"}, {"asked_at": NOW, "first_seen": {REVIEWING: "now"}}],
)
def test_a_damaged_outcome_is_replaced_by_the_next_reading(
    database: MongoDatabase, damaged: Any
) -> None:
    database.positions.insert_many([position("1", outcome=damaged), position("2")])
    record(database, ["1", "2"], {"1": REVIEWING, "2": REVIEWING}, NOW)
    assert [found["outcome"] for found in database.positions.find()] == [
        outcome((REVIEWING, NOW))
    ] * 2


def test_a_sound_outcome_is_not_repaired(database: MongoDatabase) -> None:
    sound = position("1", outcome=outcome((REVIEWING, NOW)), mine=1)
    database.positions.insert_one(sound)
    repair_outcomes(database, ["1"])
    assert database.positions.find_one() == sound


# --- what it says


def test_it_is_news_that_the_status_is_another_than_at_the_beginning() -> None:
    def news(*readings: tuple[str, datetime]) -> bool:
        return is_news(Outcome.model_validate(outcome(*readings)))

    assert not news((ACCEPTING, days(-2)))
    assert news((REVIEWING, days(-2)))
    assert news((CANCELED, days(-3)), (ACCEPTING, days(-2)))
    assert not is_news(Outcome(asked_at=NOW))
    assert not is_news(None)


def selected(number: str, after: float, **changes: Any) -> dict[str, Any]:
    """Return a position of which it was seen that somebody was selected, days after it closed."""
    closed = days(-100)
    readings = (REVIEWING, closed + timedelta(days=1)), (SELECTED, closed + timedelta(days=after))
    return position(number, closes_at=closed, outcome=outcome(*readings), **changes)


def test_days_are_counted_from_closing_to_the_first_word_of_a_selection() -> None:
    assert days_to_selection(selected("1", 61)) == 61
    readings = (REVIEWING, days(-90)), (SELECTED, days(-39)), (COMPLETE, days(-20))
    assert days_to_selection(position(closes_at=days(-100), outcome=outcome(*readings))) == 61


@pytest.mark.parametrize(
    "readings",
    [
        # When somebody was selected can't be told, as nobody looked before.
        [(SELECTED, days(-5))],
        [(REVIEWING, days(-15)), (SELECTED, days(-11))],
        [(REVIEWING, days(-9)), (SELECTED, days(-5)), (CANCELED, days(-2))],
        [(REVIEWING, days(-9))],
    ],
)
def test_days_are_unknown_without_a_selection_that_was_seen_after_the_deadline(
    readings: list[tuple[str, datetime]],
) -> None:
    assert days_to_selection(position(outcome=outcome(*readings))) is None


def test_an_agencys_time_is_the_median_of_at_least_five(database: MongoDatabase) -> None:
    four = [selected(str(number), 40 + number) for number in range(4)]
    other = selected("other", 5, organization="National Park Service")
    database.positions.insert_many([*four, other, position("open", outcome="damaged")])
    agencies = {"Bureau of the Fiscal Service", "National Park Service"}
    assert selection_times(database, agencies, NOW) == {}
    database.positions.insert_one(selected("5", 90))
    assert selection_times(database, agencies, NOW) == {"Bureau of the Fiscal Service": (42, 5)}
    assert selection_times(database, set(), NOW) == {}
