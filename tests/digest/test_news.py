"""What a digest says, and what it keeps to itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from include.searches.saved_searches import Entry, SavedSearch
from include.store.outcomes import record
from tests.digest.digest_runs import (
    ADA,
    MILWAUKEE,
    DigestRuns,
    MongoDatabase,
    day,
    in_section,
    match,
    near_miss,
)
from tests.support.rows import CHICAGO, pay, place, row


@pytest.fixture
def digest_runs(database: MongoDatabase) -> DigestRuns:
    return DigestRuns(database)


def test_the_first_digest_has_all_that_is_open(digest_runs: DigestRuns) -> None:
    texts = digest_runs.run_and_send(0, match("1"), match("2"))
    assert in_section(texts, "2 NEW MATCHES") == {"1", "2"}


def test_a_match_is_sent_once(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1"))
    assert digest_runs.run_and_send(1, match("1")) == []
    assert in_section(digest_runs.run_and_send(2, match("1"), match("2")), "1 NEW MATCH") == {"2"}


def test_what_no_run_sent_is_sent_by_the_next_one(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1"))
    digest_runs.run(1, match("1"), match("2"))
    assert in_section(
        digest_runs.run_and_send(2, match("1"), match("2"), match("3")), "2 NEW MATCHES"
    ) == {
        "2",
        "3",
    }


def test_a_near_miss_that_becomes_a_match_is_new(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1"), near_miss("2"))
    assert in_section(digest_runs.run_and_send(1, match("1"), match("2")), "1 NEW MATCH") == {"2"}


def test_near_misses_are_one_line_and_wait_for_company(digest_runs: DigestRuns) -> None:
    assert digest_runs.run_and_send(0, near_miss("1")) == []
    (text,) = digest_runs.run_and_send(1, near_miss("1"), near_miss("2"), match("3"))
    assert "2 new near misses: 2 too far away" in text.splitlines()
    assert digest_runs.run_and_send(2, near_miss("1"), near_miss("2"), match("3")) == []


def test_a_match_that_has_closed_meanwhile_is_not_sent(digest_runs: DigestRuns) -> None:
    digest_runs.run(0, match("1", closes="2026-11-03"), match("2"))
    assert in_section(digest_runs.send(1.5), "NEW") == {"2"}


def test_a_register_comes_last_and_says_what_it_is(digest_runs: DigestRuns) -> None:
    towns = [place(f"Town {n}, Iowa", 42 + n / 100, -93) for n in range(60)]
    weak = match("2", PositionTitle="IT Specialist")
    digest_runs.run(0, match("1", PositionLocation=[CHICAGO, *towns]), weak)
    (text,) = digest_runs.send(0)
    assert text.index("/job/2") < text.index("Register: collects") < text.index("/job/1")
    assert text.count("Register: collects") == 1


def test_an_amendment_is_sent_once_with_both_values(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-12-31"))
    texts = digest_runs.run_and_send(1, match("1", closes="2026-12-24"))
    assert in_section(texts, "1 AMENDED JOB") == {"1"}
    assert "deadline: Dec 31 → Dec 24" in texts[0].splitlines()
    assert digest_runs.run_and_send(2, match("1", closes="2026-12-24")) == []


def test_amended_pay_is_one_line_though_two_fields_say_it(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1"))
    (text,) = digest_runs.run_and_send(1, match("1", PositionRemuneration=pay("110000", "150000")))
    assert "pay: $97,079 to $126,198 a year → $110,000 to $150,000 a year" in text.splitlines()
    assert text.count("→") == 1


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (
            {"details": {"LowGrade": "12", "HighGrade": "12"}},
            {"details": {"LowGrade": "12", "HighGrade": "13"}},
            "grade: GS-12 → GS-12 to 13",
        ),
        (
            {"PositionLocation": [CHICAGO]},
            {"PositionLocation": [MILWAUKEE]},
            "places of work: Chicago, Illinois → Milwaukee, Wisconsin",
        ),
        (
            {"PositionRemuneration": pay("97079", "126198")},
            {"PositionRemuneration": []},
            "pay: $97,079 to $126,198 a year → not stated",
        ),
        (
            {"PositionRemuneration": pay("97079", "126198")},
            {"PositionRemuneration": pay("60000", "70000", "SY")},
            "pay: $97,079 to $126,198 a year → $60,000 to $70,000 a school year",
        ),
        (
            {"details": {"HiringPath": ["public"]}},
            {"details": {"HiringPath": ["public", "vet"]}},
            "open to: The public → The public; Veterans",
        ),
        (
            {"details": {"JobSummary": f"{'Long. ' * 50}Old."}},
            {"details": {"JobSummary": f"{'Long. ' * 50}New."}},
            f"summary changed: {'Long. ' * 9}Long.…",
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
def test_what_was_amended_is_said_in_words(
    digest_runs: DigestRuns, before: dict[str, Any], after: dict[str, Any], line: str
) -> None:
    digest_runs.run_and_send(0, match("1", **before))
    digest_runs.mark(["1"], saved=True)
    (text,) = digest_runs.run_and_send(1, match("1", **after))
    assert line in text.splitlines()


def test_what_was_amended_before_it_was_sent_is_not_sent_as_amended(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run(0, match("1", closes="2026-12-31"))
    digest_runs.run(1, match("1", closes="2026-12-24"))
    texts = digest_runs.send(1)
    assert in_section(texts, "1 NEW MATCH") == {"1"}
    assert "→" not in texts[0]
    assert digest_runs.run_and_send(2, match("1", closes="2026-12-24")) == []


def test_several_amendments_between_two_digests_are_sent_as_one(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-12-31"))
    digest_runs.run(1, match("1", closes="2026-12-24"))
    (text,) = digest_runs.run_and_send(2, match("1", closes="2026-12-23"))
    assert "deadline: Dec 31 → Dec 23" in text.splitlines()


def test_what_was_amended_there_and_back_is_not_sent(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-12-31"))
    digest_runs.run(1, match("1", closes="2026-12-24"))
    assert digest_runs.run_and_send(2, match("1", closes="2026-12-31")) == []


def test_an_amended_near_miss_is_sent_only_if_it_was_saved(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1"), near_miss("2"), near_miss("3"))
    digest_runs.mark(["2"], saved=True)
    later = [near_miss(number, closes="2026-12-24") for number in ("2", "3")]
    assert in_section(digest_runs.run_and_send(1, match("1"), *later), "AMENDED") == {"2"}


@pytest.mark.parametrize(("day", "sent"), [(2, True), (1.8, False)])
def test_what_closes_within_seven_days_is_sent(
    digest_runs: DigestRuns, day: float, sent: bool
) -> None:
    # The last day is day 9, and begins at 05:00 UTC.
    digest_runs.run_and_send(0, match("1", closes="2026-11-12"))
    assert in_section(
        digest_runs.run_and_send(day, match("1", closes="2026-11-12")), "1 CLOSING"
    ) == ({"1"} if sent else set())


def test_what_closes_soon_is_sent_once(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-11-12"))
    digest_runs.run_and_send(5, match("1", closes="2026-11-12"))
    assert digest_runs.run_and_send(6, match("1", closes="2026-11-12")) == []


def test_a_new_match_that_closes_soon_is_not_sent_again_as_closing(digest_runs: DigestRuns) -> None:
    texts = digest_runs.run_and_send(0, match("1", closes="2026-11-05"))
    assert in_section(texts, "NEW") == {"1"}
    assert in_section(texts, "CLOSING") == set()
    assert "closes Nov 5, in 2 days" in texts[0].splitlines()
    assert digest_runs.run_and_send(1, match("1", closes="2026-11-05")) == []


def test_a_deadline_that_moves_within_the_week_is_sent_as_amended_only(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-12-31"))
    texts = digest_runs.run_and_send(1, match("1", closes="2026-11-06"))
    assert in_section(texts, "AMENDED") == {"1"}
    assert in_section(texts, "CLOSING") == set()
    assert digest_runs.run_and_send(2, match("1", closes="2026-11-06")) == []


@pytest.mark.parametrize("saved", [True, False])
def test_what_is_gone_is_sent_to_whoever_saved_it(digest_runs: DigestRuns, saved: bool) -> None:
    digest_runs.run_and_send(0, match("1"), match("2"))
    digest_runs.mark(["1"], saved=saved)
    texts = digest_runs.run_and_send(1, match("2"))
    assert in_section(texts, "1 YOU SAVED, NO LONGER LISTED") == ({"1"} if saved else set())
    assert digest_runs.run_and_send(2, match("2")) == []


def test_a_saved_position_that_closed_is_not_gone(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-11-05"), match("2"))
    digest_runs.mark(["1"], saved=True)
    assert digest_runs.run_and_send(4, match("2")) == []


def test_a_suspicious_response_makes_nothing_gone_and_is_itself_sent(
    digest_runs: DigestRuns,
) -> None:
    rows = [match(str(number)) for number in range(1, 31)]
    digest_runs.run_and_send(0, *rows)
    digest_runs.mark(["1"], saved=True)
    (text,) = digest_runs.run_and_send(1, match("30"))
    assert "NO LONGER LISTED" not in text
    assert re.search(r"^! USAJOBS lists 1 posting", text, re.MULTILINE)
    assert digest_runs.run_and_send(1.5, match("30")) == []


@pytest.mark.parametrize("mark", ["hidden", "applied"])
@pytest.mark.parametrize("marked", [True, False])
def test_what_is_hidden_or_applied_for_is_not_mentioned(
    digest_runs: DigestRuns, mark: str, marked: bool
) -> None:
    digest_runs.run_and_send(0, match("1"), match("2"), match("3", closes="2026-11-14"))
    digest_runs.mark(["1", "2", "3"], saved=True, **{mark: marked})
    texts = digest_runs.run_and_send(
        6, match("1", closes="2026-12-01"), match("3", closes="2026-11-14")
    )
    assert bool(texts) is not marked
    assert in_section(texts, "") == (set() if marked else {"1", "2", "3"})


@pytest.mark.parametrize(
    ("users", "sent"), [(None, {"2"}), (["ada"], {"2"}), (["bob"], {"1", "2"}), ([], {"1", "2"})]
)
def test_the_marks_that_count_are_those_of_the_searchs_users(
    database: MongoDatabase, users: list[str] | None, sent: set[str]
) -> None:
    search = SavedSearch(entry=Entry(email=[ADA.address], users=users))
    digest_runs = DigestRuns(database, search)
    digest_runs.mark(["1"], user="ada", hidden=True)
    assert in_section(digest_runs.run_and_send(0, match("1"), match("2")), "NEW") == sent


def test_an_empty_response_sends_nothing(digest_runs: DigestRuns) -> None:
    assert digest_runs.run_and_send(0) == []


def test_what_is_stored_of_a_row_that_cannot_be_read_still_holds(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-11-12"), match("2"), match("3"))
    digest_runs.mark(["2"], saved=True)
    unreadable = (row(number, PositionTitle=None) for number in "12")
    (text,) = digest_runs.run_and_send(5, *unreadable, match("3"))
    assert in_section([text], "1 CLOSING") == {"1"}
    assert "NO LONGER LISTED" not in text


WHAT_BECAME = "WHAT BECAME OF IT"
REVIEWING, SELECTED = "reviewing applications", "candidate selected"


def became(digest_runs: DigestRuns, number: str, status: str, on: float) -> None:
    """Store that a position had this status on a day."""
    record(digest_runs.database, [number], {number: status}, day(on))


def test_what_became_of_a_position_is_sent_once(digest_runs: DigestRuns) -> None:
    rows = match("1"), match("2"), match("3")
    digest_runs.run_and_send(0, *rows)
    digest_runs.mark(["1"], saved=True)
    digest_runs.mark(["2"], applied=True)
    for number in "123":
        became(digest_runs, number, "accepting applications", 1)
    assert digest_runs.run_and_send(1, *rows) == []
    for number in "123":
        became(digest_runs, number, REVIEWING, 2)
    (text,) = digest_runs.run_and_send(2, *rows)
    assert in_section([text], WHAT_BECAME) == {"1", "2"}
    assert text.splitlines().count("reviewing applications (seen Nov 5)") == 2
    # The one that is sent may be read again, and more may be read about it.
    became(digest_runs, "1", REVIEWING, 3)
    assert digest_runs.run_and_send(3, *rows) == []
    became(digest_runs, "1", SELECTED, 4)
    assert in_section(digest_runs.run_and_send(4, *rows), WHAT_BECAME) == {"1"}


def test_who_was_rejected_or_withdrew_is_not_told_what_became_of_a_position(
    digest_runs: DigestRuns,
) -> None:
    rows = match("1"), match("2"), match("3")
    digest_runs.run_and_send(0, *rows)
    for number, state in (("1", "rejected"), ("2", "withdrawn"), ("3", "interview")):
        entry = {"state": state, "since": "2026-11-04", "recorded_at": day(1)}
        digest_runs.mark([number], applied=True, history=[entry])
        became(digest_runs, number, REVIEWING, 2)
    assert in_section(digest_runs.run_and_send(2, *rows), WHAT_BECAME) == {"3"}


def test_what_became_of_a_position_is_sent_long_after_it_closed(digest_runs: DigestRuns) -> None:
    digest_runs.run_and_send(0, match("1", closes="2026-11-04"), match("2"))
    digest_runs.mark(["1"], applied=True)
    became(digest_runs, "1", SELECTED, 70)
    (text,) = digest_runs.run_and_send(71, match("2"))
    assert in_section([text], WHAT_BECAME) == {"1"}
    assert "candidate selected (seen Jan 12)" in text.splitlines()
    assert "closed Nov 4, 2026" in text.splitlines()


def test_what_became_of_a_hidden_position_is_not_sent_unless_somebody_else_follows_it(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run_and_send(0, match("1"), match("2"))
    digest_runs.mark(["1", "2"], saved=True, hidden=True)
    digest_runs.mark(["2"], user="bob", applied=True)
    for number in "12":
        became(digest_runs, number, REVIEWING, 1)
    texts = digest_runs.run_and_send(1, match("1"), match("2"))
    assert in_section(texts, WHAT_BECAME) == {"2"}


def test_what_became_of_a_position_that_another_search_found_is_not_sent(
    digest_runs: DigestRuns,
) -> None:
    digest_runs.run_and_send(0, match("1"))
    digest_runs.mark(["1"], saved=True)
    rename = {f"matches.{digest_runs.search.slug}": "matches.elsewhere"}
    digest_runs.database.positions.update_one({"_id": "1"}, {"$rename": rename})
    became(digest_runs, "1", REVIEWING, 1)
    assert in_section(digest_runs.run_and_send(1, match("2")), WHAT_BECAME) == set()


def test_a_damaged_outcome_costs_no_other_news(digest_runs: DigestRuns) -> None:
    digest_runs.run(0, match("1"))
    digest_runs.mark(["1"], saved=True)
    digest_runs.database.positions.update_one({"_id": "1"}, {"$set": {"outcome": "closed"}})
    assert in_section(digest_runs.send(0), "1 NEW MATCH") == {"1"}
