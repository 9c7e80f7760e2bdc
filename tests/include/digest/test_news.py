"""What a digest says, and what it keeps to itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from include.saved_searches import Entry, SavedSearch
from tests.include.digest.mornings import (
    ADA,
    MILWAUKEE,
    MongoDatabase,
    Mornings,
    match,
    near_miss,
)
from tests.rows import CHICAGO, pay, place


@pytest.fixture
def mornings(database: MongoDatabase) -> Mornings:
    return Mornings(database)


def said(texts: list[str], heading: str) -> set[str]:
    """Return the numbers of the positions beneath a heading."""
    numbers: set[str] = set()
    for text in texts:
        beneath = re.split(r"^([A-Z0-9 ,]+)$", text, flags=re.MULTILINE)
        for title, words in zip(beneath[1::2], beneath[2::2], strict=True):
            if heading in title:
                numbers |= set(re.findall(r"usajobs\.gov/job/(\d+)", words))
    return numbers


def test_the_first_digest_tells_all_that_is_open(mornings: Mornings) -> None:
    texts = mornings.morning(0, match("1"), match("2"))
    assert said(texts, "2 NEW MATCHES") == {"1", "2"}


def test_a_match_is_told_once(mornings: Mornings) -> None:
    mornings.morning(0, match("1"))
    assert mornings.morning(1, match("1")) == []
    assert said(mornings.morning(2, match("1"), match("2")), "1 NEW MATCH") == {"2"}


def test_what_no_run_told_is_told_by_the_next_one(mornings: Mornings) -> None:
    mornings.morning(0, match("1"))
    mornings.run(1, match("1"), match("2"))
    assert said(mornings.morning(2, match("1"), match("2"), match("3")), "2 NEW MATCHES") == {
        "2",
        "3",
    }


def test_a_near_miss_that_becomes_a_match_is_new(mornings: Mornings) -> None:
    mornings.morning(0, match("1"), near_miss("2"))
    assert said(mornings.morning(1, match("1"), match("2")), "1 NEW MATCH") == {"2"}


def test_near_misses_are_one_line_and_wait_for_company(mornings: Mornings) -> None:
    assert mornings.morning(0, near_miss("1")) == []
    (text,) = mornings.morning(1, near_miss("1"), near_miss("2"), match("3"))
    assert "2 new near misses: 2 too far away" in text.splitlines()
    assert mornings.morning(2, near_miss("1"), near_miss("2"), match("3")) == []


def test_a_match_that_has_closed_meanwhile_is_not_told(mornings: Mornings) -> None:
    mornings.run(0, match("1", closes="2026-11-03"), match("2"))
    assert said(mornings.tell(1.5), "NEW") == {"2"}


def test_an_amendment_is_told_once_before_and_after(mornings: Mornings) -> None:
    mornings.morning(0, match("1", closes="2026-12-31"))
    texts = mornings.morning(1, match("1", closes="2026-12-24"))
    assert said(texts, "1 AMENDED MATCH") == {"1"}
    assert "closes: Thu, Dec 31 → Thu, Dec 24" in texts[0].splitlines()
    assert mornings.morning(2, match("1", closes="2026-12-24")) == []


def test_pay_is_told_once_though_two_fields_say_it(mornings: Mornings) -> None:
    mornings.morning(0, match("1"))
    (text,) = mornings.morning(1, match("1", PositionRemuneration=pay("110000", "150000")))
    assert "pay a year: $97,079 to $126,198 → $110,000 to $150,000" in text.splitlines()
    assert text.count("→") == 1


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (
            {"details": {"LowGrade": "12", "HighGrade": "12"}},
            {"details": {"LowGrade": "12", "HighGrade": "13"}},
            "grade: GS-12 → GS-12/13",
        ),
        (
            {"PositionLocation": [CHICAGO]},
            {"PositionLocation": [MILWAUKEE]},
            "places of work: Chicago, Illinois → Milwaukee, Wisconsin",
        ),
        (
            {"PositionRemuneration": pay("97079", "126198")},
            {"PositionRemuneration": []},
            "pay a year: $97,079 to $126,198 → nothing",
        ),
        (
            {"details": {"HiringPath": ["public"]}},
            {"details": {"HiringPath": ["public", "vet"]}},
            "open to: public → public, vet",
        ),
        (
            {"details": {"JobSummary": f"{'Long. ' * 50}Old."}},
            {"details": {"JobSummary": f"{'Long. ' * 50}New."}},
            f"summary changed: {'Long. ' * 10}…",
        ),
        (
            {"PositionLocation": [CHICAGO, *(place(f"Town {n}, Ohio", 40, -80) for n in range(9))]},
            {"PositionLocation": [CHICAGO, *(place(f"City {n}, Ohio", 40, -80) for n in range(9))]},
            "places of work changed: 10 entries",
        ),
        (
            {"details": {"JobSummary": '"Data" is all.'}},
            {"details": {"JobSummary": "Data is all."}},
            'summary: "Data" is all. → Data is all.',
        ),
    ],
    ids=lambda value: None if isinstance(value, dict) else value.split(":")[0],
)
def test_what_was_amended_is_told_in_words(
    mornings: Mornings, before: dict[str, Any], after: dict[str, Any], line: str
) -> None:
    mornings.morning(0, match("1", **before))
    mornings.mark(["1"], saved=True)
    (text,) = mornings.morning(1, match("1", **after))
    assert line in text.splitlines()


def test_what_was_amended_before_it_was_told_is_not_told(mornings: Mornings) -> None:
    mornings.run(0, match("1", closes="2026-12-31"))
    mornings.run(1, match("1", closes="2026-12-24"))
    texts = mornings.tell(1)
    assert said(texts, "1 NEW MATCH") == {"1"}
    assert "→" not in texts[0]
    assert mornings.morning(2, match("1", closes="2026-12-24")) == []


def test_several_amendments_between_two_digests_are_told_as_one(mornings: Mornings) -> None:
    mornings.morning(0, match("1", closes="2026-12-31"))
    mornings.run(1, match("1", closes="2026-12-24"))
    (text,) = mornings.morning(2, match("1", closes="2026-12-23"))
    assert "closes: Thu, Dec 31 → Wed, Dec 23" in text.splitlines()


def test_what_was_amended_there_and_back_is_not_told(mornings: Mornings) -> None:
    mornings.morning(0, match("1", closes="2026-12-31"))
    mornings.run(1, match("1", closes="2026-12-24"))
    assert mornings.morning(2, match("1", closes="2026-12-31")) == []


def test_an_amended_near_miss_is_told_only_if_it_was_saved(mornings: Mornings) -> None:
    mornings.morning(0, match("1"), near_miss("2"), near_miss("3"))
    mornings.mark(["2"], saved=True)
    later = [near_miss(number, closes="2026-12-24") for number in ("2", "3")]
    assert said(mornings.morning(1, match("1"), *later), "AMENDED") == {"2"}


@pytest.mark.parametrize(("day", "told"), [(3.1, True), (2.8, False)])
def test_what_closes_within_seven_days_is_told(mornings: Mornings, day: float, told: bool) -> None:
    # Day 10 is the last one, until 04:59 UTC of the next.
    mornings.morning(0, match("1", closes="2026-11-12"))
    assert said(mornings.morning(day, match("1", closes="2026-11-12")), "1 CLOSING") == (
        {"1"} if told else set()
    )


def test_what_closes_soon_is_told_once(mornings: Mornings) -> None:
    mornings.morning(0, match("1", closes="2026-11-12"))
    mornings.morning(5, match("1", closes="2026-11-12"))
    assert mornings.morning(6, match("1", closes="2026-11-12")) == []


def test_a_new_match_that_closes_soon_is_not_told_again_as_closing(mornings: Mornings) -> None:
    texts = mornings.morning(0, match("1", closes="2026-11-05"))
    assert said(texts, "NEW") == {"1"}
    assert said(texts, "CLOSING") == set()
    assert "closes in 2 days, Thu, Nov 5" in texts[0]
    assert mornings.morning(1, match("1", closes="2026-11-05")) == []


def test_a_deadline_that_moves_within_the_week_is_told_as_amended_only(
    mornings: Mornings,
) -> None:
    mornings.morning(0, match("1", closes="2026-12-31"))
    texts = mornings.morning(1, match("1", closes="2026-11-06"))
    assert said(texts, "AMENDED") == {"1"}
    assert said(texts, "CLOSING") == set()
    assert mornings.morning(2, match("1", closes="2026-11-06")) == []


@pytest.mark.parametrize("saved", [True, False])
def test_what_is_gone_is_told_to_who_saved_it(mornings: Mornings, saved: bool) -> None:
    mornings.morning(0, match("1"), match("2"))
    mornings.mark(["1"], saved=saved)
    texts = mornings.morning(1, match("2"))
    assert said(texts, "1 YOU SAVED, NO LONGER LISTED") == ({"1"} if saved else set())
    assert mornings.morning(2, match("2")) == []


def test_a_saved_position_that_closed_is_not_gone(mornings: Mornings) -> None:
    mornings.morning(0, match("1", closes="2026-11-05"), match("2"))
    mornings.mark(["1"], saved=True)
    assert mornings.morning(4, match("2")) == []


def test_a_suspicious_answer_makes_nothing_gone_and_is_told_itself(mornings: Mornings) -> None:
    rows = [match(str(number)) for number in range(1, 31)]
    mornings.morning(0, *rows)
    mornings.mark(["1"], saved=True)
    (text,) = mornings.morning(1, match("30"))
    assert "NO LONGER LISTED" not in text
    assert re.search(r"^! USAJOBS lists 1 posting", text, re.MULTILINE)
    assert mornings.morning(1.5, match("30")) == []


@pytest.mark.parametrize("mark", ["hidden", "applied"])
@pytest.mark.parametrize("marked", [True, False])
def test_what_is_hidden_or_applied_for_is_not_mentioned(
    mornings: Mornings, mark: str, marked: bool
) -> None:
    mornings.morning(0, match("1"), match("2"), match("3", closes="2026-11-14"))
    mornings.mark(["1", "2", "3"], saved=True, **{mark: marked})
    texts = mornings.morning(6, match("1", closes="2026-12-01"), match("3", closes="2026-11-14"))
    assert bool(texts) is not marked
    assert said(texts, "") == (set() if marked else {"1", "2", "3"})


@pytest.mark.parametrize(
    ("users", "told"), [(None, {"2"}), (["ada"], {"2"}), (["bob"], {"1", "2"}), ([], {"1", "2"})]
)
def test_the_marks_that_count_are_those_of_the_searchs_users(
    database: MongoDatabase, users: list[str] | None, told: set[str]
) -> None:
    search = SavedSearch(entry=Entry(email=[ADA.address], users=users))
    mornings = Mornings(database, search)
    mornings.mark(["1"], user="ada", hidden=True)
    assert said(mornings.morning(0, match("1"), match("2")), "NEW") == told


def test_an_empty_answer_says_nothing(mornings: Mornings) -> None:
    assert mornings.morning(0) == []
