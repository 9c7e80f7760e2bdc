from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs.specialized_experience import MAX_PARAGRAPH_CHARACTERS, specialized_experience

BEFORE = "You must be a citizen. A transcript is required."
NAMED = "Specialized experience is experience equivalent to GS-11: planning feeds."
MORE = "It includes tests of loads."


@pytest.mark.parametrize(
    "after",
    [
        "Experience refers to paid and unpaid experience.",
        "Volunteer work counts.",
        "A bachelor's degree counts as well.",
        "You may substitute education for specialized experience.",
        "Time-in-grade has to be met.",
        "Your resume has to show this.",
    ],
)
def test_the_sentences_about_the_experience_are_found_and_not_those_around_them(
    after: str,
) -> None:
    text = f"{BEFORE} {NAMED} {MORE} {after} {MORE}"
    assert specialized_experience(text) == f"{NAMED} {MORE}"


def test_the_experience_for_each_grade_is_found() -> None:
    other = "For GS-13, specialised  experience is leading such work."
    text = f"{NAMED} Volunteer work counts. {other} Volunteer work counts."
    assert specialized_experience(text) == f"{NAMED} {other}"


@pytest.mark.parametrize(
    "named",
    [
        "You need one year of specialized work experience: planning feeds.",
        "You need one year of Specialized IT experience: planning feeds.",
        "You need one year of Specialized Exp.* that is planning feeds.",
    ],
)
def test_it_is_found_under_the_names_that_agencies_give_it(named: str) -> None:
    assert specialized_experience(f"{BEFORE} {named} Volunteer work counts.") == named


def test_sentences_may_run_together() -> None:
    text = (
        f"You can't substitute education for specialized experience.{NAMED}Volunteer work counts."
    )
    assert specialized_experience(text) == NAMED


def test_the_address_of_a_page_ends_a_sentence_and_is_not_about_the_experience() -> None:
    before = "Basic Requirement for Chemist: https://example.gov/chemist-series-1320/"
    after = "The standard: https://example.gov/standard Look there."
    assert specialized_experience(f"{before} {NAMED} {after}") == NAMED
    elsewhere = "Click on the link to view specialized experience: https://example.gov/1320 Skills."
    assert specialized_experience(elsewhere) == ""


def test_without_it_there_is_nothing() -> None:
    assert specialized_experience(f"{BEFORE} {MORE}") == ""
    assert specialized_experience("") == ""


@given(st.text(), st.integers(0, 200))
def test_any_text_has_a_short_one_or_none(text: str, times: int) -> None:
    found = specialized_experience(f"{text} specialized experience {text}. " * times)
    assert len(found) <= MAX_PARAGRAPH_CHARACTERS
