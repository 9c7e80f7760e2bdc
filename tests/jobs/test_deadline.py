"""When a job closes, in words, and which one is more urgent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs import formatting
from include.jobs.deadline import IN_ORDER, Deadline
from include.jobs.office_time import EASTERN

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
CONTINUOUS = {"type": "02", "applications": None}


def capped(number: object) -> dict[str, Any]:
    return {"type": "03", "applications": number}


def last_minute(*day: int) -> datetime:
    return datetime(*day, 23, 59, tzinfo=EASTERN)  # type: ignore[arg-type,misc]


DEC_12 = last_minute(2026, 12, 12)
TODAY, TOMORROW = last_minute(2026, 11, 23), last_minute(2026, 11, 24)


def deadline(
    closes_at: datetime | None, closes_when: object = None, *, is_register: bool = False
) -> Deadline:
    position = {"closes_at": closes_at, "facts": {"closes_when": closes_when}}
    return Deadline.of(position, NOW, is_register=is_register)


@pytest.mark.parametrize(
    ("closes_at", "closes_when", "words"),
    [
        (DEC_12, capped(500), "closes at 500 applications, or Dec 12"),
        (DEC_12, capped(1), "closes at 1 application, or Dec 12"),
        (DEC_12, capped(2500), "closes at 2,500 applications, or Dec 12"),
        (last_minute(2027, 1, 4), capped(500), "closes at 500 applications, or Jan 4, 2027"),
        (TODAY, capped(500), "closes at 500 applications, or Nov 23, today"),
        (TOMORROW, capped(500), "closes at 500 applications, or Nov 24, tomorrow"),
        (None, capped(500), "closes at 500 applications"),
        (DEC_12, capped(None), "closes Dec 12, in 19 days"),
        (DEC_12, {"type": "01", "applications": None}, "closes Dec 12, in 19 days"),
        (DEC_12, None, "closes Dec 12, in 19 days"),
        (TODAY, None, "closes Nov 23, today"),
        (DEC_12, CONTINUOUS, "open continuously"),
        (None, CONTINUOUS, "open continuously"),
        (None, None, "no closing date"),
        (NOW, capped(500), "closed Nov 23"),
        (last_minute(2026, 11, 22), CONTINUOUS, "closed Nov 22"),
    ],
)
def test_a_deadline_says_what_ends_it(
    closes_at: datetime | None, closes_when: object, words: str
) -> None:
    assert deadline(closes_at, closes_when).words == words


def test_one_that_can_close_any_hour_advises_to_apply_early_and_others_do_not() -> None:
    assert deadline(DEC_12, capped(500)).advice == (
        "closes at 500 applications, or Dec 12: apply early"
    )
    assert deadline(DEC_12).advice == deadline(DEC_12).words
    assert deadline(NOW, capped(500)).advice == "closed Nov 23"
    assert deadline(DEC_12, capped(500), is_register=True).advice == (
        "closes at 500 applications, or Dec 12"
    )


def test_the_day_is_that_of_usajobs_clock() -> None:
    assert deadline(datetime(2026, 12, 1, 4, 59, tzinfo=UTC)).closes_on == date(2026, 11, 30)
    assert deadline(datetime(2026, 12, 1, 5, 1, tzinfo=UTC)).closes_on == date(2026, 12, 1)
    assert deadline(None).closes_on is None


MOST_URGENT_FIRST = [
    ("closes today", deadline(TODAY)),
    ("can close any hour, tomorrow at the latest", deadline(TOMORROW, capped(500))),
    ("can close any hour, in weeks at the latest", deadline(DEC_12, capped(500))),
    ("can close any hour, without a date", deadline(None, capped(1))),
    ("closes tomorrow", deadline(TOMORROW)),
    ("closes in weeks, the number is only the code", deadline(DEC_12, capped(None))),
    ("closes the day after", deadline(DEC_12 + timedelta(days=1))),
    ("has no date", deadline(None)),
    ("is a register that ends today", deadline(TODAY, is_register=True)),
    ("is open continuously until tomorrow", deadline(TOMORROW, CONTINUOUS)),
    ("is a register with a number", deadline(DEC_12, capped(500), is_register=True)),
    ("is open continuously without a date", deadline(None, CONTINUOUS)),
    ("has just closed", deadline(NOW, capped(500))),
    ("closed yesterday", deadline(NOW - timedelta(days=1))),
]


@pytest.mark.parametrize(("first", "second"), [*pairwise(MOST_URGENT_FIRST)], ids=lambda p: p[0])
def test_of_two_that_stand_beside_each_other_the_first_is_more_urgent(
    first: tuple[str, Deadline], second: tuple[str, Deadline]
) -> None:
    assert first[1].sort_key < second[1].sort_key


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (deadline(last_minute(2026, 11, 30)), True),
        (deadline(last_minute(2026, 12, 1)), False),
        (deadline(TODAY), True),
        (deadline(NOW), False),
        (deadline(None), False),
        (deadline(DEC_12, capped(500)), True),
        (deadline(None, capped(500)), True),
        (deadline(DEC_12, capped(None)), False),
        (deadline(NOW, capped(500)), False),
        (deadline(TOMORROW, CONTINUOUS), False),
        (deadline(TOMORROW, is_register=True), False),
        (deadline(TOMORROW, capped(500), is_register=True), False),
    ],
)
def test_within_a_week_closes_what_has_its_last_day_then_or_can_close_any_hour(
    one: Deadline, expected: bool
) -> None:
    assert one.is_within(7) is expected


def test_days_are_counted_as_its_words_count_them() -> None:
    # The last minute before midnight in Washington, in the week when the clocks are set back.
    now = datetime(2026, 10, 31, 3, 59, tzinfo=UTC)
    for days, words in ((0, "today"), (1, "tomorrow"), (7, "in 7 days")):
        closes_at = last_minute(2026, 10, 30) + timedelta(days=days)
        one = Deadline.of({"closes_at": closes_at}, now - timedelta(minutes=1))
        assert one.words.endswith(words)
        assert one.is_within(days)
        assert not one.is_within(days - 1)


@pytest.mark.parametrize(
    "facts", [None, "x", {}, {"closes_when": 3}, {"closes_when": capped("500")},
              {"closes_when": capped(True)}, {"closes_when": capped(-5)}]
)  # fmt: skip
def test_without_sound_facts_the_date_is_all_that_is_known(facts: object) -> None:
    one = Deadline.of({"closes_at": DEC_12, "facts": facts}, NOW)
    assert (one.urgency, one.words) == ("dated", formatting.deadline(DEC_12, NOW))
    assert Deadline.of({"closes_at": DEC_12}, NOW) == one


MOMENTS = st.datetimes(timezones=st.just(UTC))
ANY = st.builds(
    deadline,
    st.none() | st.sampled_from([TODAY, TOMORROW, NOW]) | MOMENTS,
    st.none()
    | st.fixed_dictionaries(
        {
            "type": st.sampled_from(["01", "02", "03", "x"]),
            "applications": st.none() | st.integers(),
        }
    ),
    is_register=st.booleans(),
)


@given(ANY, ANY)
def test_any_two_can_be_compared_and_the_more_urgent_kind_comes_first(
    one: Deadline, other: Deadline
) -> None:
    ranks = [IN_ORDER.index(each.urgency) for each in (one, other)]
    if ranks[0] != ranks[1]:
        assert (one.sort_key < other.sort_key) == (ranks[0] < ranks[1])
    assert (one.sort_key == other.sort_key) == (
        (one.urgency, one.closes_at) == (other.urgency, other.closes_at)
    )
    assert one.words
    assert not (one.is_within(7) and one.urgency in ("no_hurry", "closed"))
