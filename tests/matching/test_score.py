"""The score says what it is made of, and orders jobs as a seeker would read them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.matching.context import MatchContext
from include.matching.match_result import MatchResult
from include.matching.rules import judge
from include.matching.score import WEIGHTS, in_words, score_parts, total
from include.searches.parameters import SearchParameters
from tests.support.rows import CHICAGO, pay, place, position

CONTEXT = MatchContext.of(SearchParameters())
EVANSTON = place("Evanston, Illinois", 42.04, -87.69)
MILWAUKEE = place("Milwaukee, Wisconsin", 43.04, -87.91)


def judged(**changes: Any) -> MatchResult:
    return judge(position(**changes), CONTEXT)


@given(
    st.sampled_from(["Data Engineer", "Data Scientist", "IT Specialist", "Cook", "Public Notice"]),
    st.lists(st.sampled_from([CHICAGO, EVANSTON, MILWAUKEE]), max_size=3),
    st.integers(0, 15),
    st.integers(0, 15),
    st.sampled_from(["0", "52998", "97079", "150076", "400000"]),
    st.sampled_from(["GS", "FV", "ES"]),
    st.booleans(),
    st.sampled_from(["2026-11-30", "2027-11-01"]),
)
def test_the_parts_of_any_score_are_whole_and_add_up_to_it(
    title: str,
    places: list[dict[str, Any]],
    low: int,
    high: int,
    amount: str,
    plan: str,
    remote: bool,
    closes: str,
) -> None:
    result = judged(
        PositionTitle=title,
        PositionLocation=places,
        PositionRemuneration=pay(amount, amount),
        JobGrade=[{"Code": plan}],
        ApplicationCloseDate=closes,
        details={"LowGrade": str(low), "HighGrade": str(high), "RemoteIndicator": remote},
    )
    parts = dict(result.score_parts or {})
    assert set(parts) == {*WEIGHTS, "register"}
    assert sum(parts.values()) == result.score
    assert all(0 <= parts[rule] <= most for rule, most in WEIGHTS.items())
    assert (result.score <= 0) if result.is_register else (0 <= result.score <= 100)


@given(st.fixed_dictionaries({rule: st.floats(0, 1) for rule in WEIGHTS}))
def test_no_register_reaches_a_job_that_has_any_point(points: dict[str, float]) -> None:
    register = total(score_parts(points, is_register=True))
    assert register == total(score_parts(points, is_register=False)) - 100 <= 0


def test_the_score_in_words_names_each_part_with_its_maximum() -> None:
    full = dict.fromkeys(WEIGHTS, 1.0)
    job = score_parts({**full, "pay": 0.63}, is_register=False)
    assert in_words(job) == "topic 40 of 40, grade 25 of 25, pay 13 of 20, place 15 of 15"
    assert in_words(score_parts(full, is_register=True)).endswith("place 15 of 15, register -100")


def test_a_plain_target_grade_comes_before_a_wide_range_and_before_weaker_evidence() -> None:
    plain = judged()
    notice = judged(PositionLocation=[CHICAGO, *many_towns(60)], details=grades("05", "15"))
    weaker = judged(PositionTitle="Data Scientist", JobCategory=[{"Code": "1560"}])
    assert plain.score > weaker.score > notice.score


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (("12", "12"), ("05", "15")),
        (("11", "13"), ("09", "13")),
        (("09", "12"), ("05", "15")),
        (("05", "15"), ("11", "11")),
        (("13", "13"), ("13", "15")),
        (("11", "11"), ("09", "11")),
    ],
)
def test_a_range_counts_more_the_more_of_it_lies_in_the_window(
    better: tuple[str, str], worse: tuple[str, str]
) -> None:
    assert judged(details=grades(*better)).score > judged(details=grades(*worse)).score


def test_a_range_inside_the_window_counts_as_much_as_the_target_alone() -> None:
    assert judged(details=grades("11", "13")).score == judged(details=grades("12", "12")).score


def grades(low: str, high: str) -> dict[str, str]:
    return {"LowGrade": low, "HighGrade": high}


def many_towns(number: int) -> list[dict[str, Any]]:
    return [place(f"Town {n}, Iowa", 42 + n / 100, -93) for n in range(number)]
