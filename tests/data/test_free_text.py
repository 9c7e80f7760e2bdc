from __future__ import annotations

import re
from itertools import chain

import pytest

from tests.data.free_text import (
    KEPT_TERM,
    is_all_kept,
    made_up_names,
    rewritten,
    runs_of,
    words_of,
)
from tests.data.vocabulary import PUT_IN

NOTHING = frozenset[tuple[str, ...]]()

TEXT = (
    "  Our people build data pipelines &amp; a <b>data warehouse</b>.\n"
    "They don't use the database; IT specialists (GS-12) do, on the 2nd floor. "
)


def terms(text: str) -> list[str]:
    return [" ".join(found[0].split()) for found in KEPT_TERM.finditer(text)]


def between_words(text: str) -> list[str]:
    return re.split(r"[^\W\d_]+(?:'t)?", text)


def test_what_rules_look_at_stays_and_so_does_all_that_stands_between_words() -> None:
    text = rewritten(TEXT, NOTHING)

    assert terms(text) == terms(TEXT)
    kept = ["build", "data pipelines", "data warehouse", "use", "database"]
    assert terms(text)[:5] == kept
    assert between_words(text) == between_words(TEXT)


def test_every_other_word_is_replaced_by_one_of_like_length_and_case() -> None:
    text = rewritten("PERFORMS Miscellaneous clerical duties", NOTHING)

    assert re.fullmatch(r"[A-Z]{8} [A-Z][a-z]{12} [a-z]{8} [a-z]{6}", text)
    assert set(words_of(text)) <= set(chain(*map(str.split, PUT_IN.values())))


def test_no_run_of_words_that_is_forbidden_comes_about() -> None:
    once = rewritten(TEXT, NOTHING)
    forbidden = frozenset(runs_of(once))

    again = rewritten(TEXT, forbidden)

    assert forbidden
    assert forbidden.isdisjoint(runs_of(again))
    assert terms(again) == terms(TEXT)


def test_where_five_words_would_stay_in_a_row_another_one_comes_between_two_terms() -> None:
    text = "One year of specialized experience equivalent to GS-11: ETL, data pipelines, database"

    made = rewritten(text, NOTHING)

    assert terms(made) == terms(text)
    assert re.search(r"equivalent to GS-11: [a-z]{4} ETL, data pipelines, database", made)
    assert set(runs_of(text)).isdisjoint(runs_of(made))


@pytest.mark.parametrize(
    "text",
    ["IT Specialist (Data Management)", "Student Trainee (Information Technology Specialist)", ""],
)
def test_a_text_of_which_every_word_is_looked_at_stays(text: str) -> None:
    assert is_all_kept(text)
    assert rewritten(text, frozenset(runs_of(text))) == text


def test_a_sentence_becomes_the_same_wherever_it_stands() -> None:
    sentence = " Keeps the minutes of all meetings."

    assert rewritten(f"Buys stationery.{sentence}", NOTHING).endswith(rewritten(sentence, NOTHING))


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("https://www.opm.gov/1550/", "https://example.org/1550/"),
        ("http://data.opm.gov:443/1", "http://data.example.org:443/1"),
        ("www.usajobs.gov", "example.org"),
        ("jane.doe@agency.gov", "office@example.org"),
    ],
)
def test_addresses_are_made_up(text: str, becomes: str) -> None:
    assert rewritten(text, NOTHING) == becomes


def test_an_agency_has_one_made_up_name_of_its_own_in_whatever_case() -> None:
    real = [
        "Department Of Forests And Rivers",
        "Department of Forests and Rivers",
        "Forest Service",
    ]

    names = made_up_names([*real, ""])

    assert set(names) == {"department of forests and rivers", "forest service"}
    assert len(set(names.values())) == 2
    assert names["department of forests and rivers"].startswith("Department of ")
    assert all(abs(len(name) - len(made_up)) < 12 for name, made_up in names.items())


def test_agencies_have_different_names_however_many_they_are() -> None:
    names = made_up_names(f"Agency {number}" for number in range(2000))

    assert len(set(names.values())) == 2000


def test_no_word_that_is_put_in_is_one_that_rules_look_at() -> None:
    put_in = [word for words in PUT_IN.values() for word in words.split()]

    assert [word for word in put_in if KEPT_TERM.search(word)] == []
    assert [word for word in put_in if word.startswith(("data", "it", "nurs", "human"))] == []
    assert len(put_in) > 500


@pytest.mark.parametrize("ending", PUT_IN)
def test_no_word_stands_twice_among_those_that_are_formed_alike(ending: str) -> None:
    words = PUT_IN[ending].split()

    assert len(words) == len(set(words))
    assert [word for word in words if not word.endswith(ending)] == []
