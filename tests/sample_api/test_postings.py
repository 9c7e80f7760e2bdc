"""The sample postings: what the default search makes of them, and how odd their rows are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.jobs.announced_again import (
    Announcement,
    announcement_keys,
    earlier_announcements,
    times_announced,
)
from include.sample_api.opening_statuses import opening_status
from include.sample_api.postings import Posting, open_on, opened_on
from include.sample_api.rows import Row, search_row
from include.sample_api.search import find
from include.usajobs.drift import Drift
from include.usajobs.search_rows import read_row
from tests.sample_api.sample_client import SEED, TODAY
from tests.support.chain import transformed
from tests.support.rows import answer

DAY = timedelta(days=1)
SEARCH = {"Keyword": "data engineering", "LocationName": "Chicago, Illinois", "Radius": "50"}

few_days = settings(max_examples=3)
days = st.dates(date(2015, 1, 1), date(2045, 12, 31))


def rows_of(day: date, **parameters: str) -> dict[str, Row]:
    found = find(open_on(day, SEED), parameters, day).postings
    return {row["MatchedObjectId"]: row for row in map(search_row, found)}


# --- days


def test_a_seed_and_a_day_always_give_the_same_rows() -> None:
    first = rows_of(TODAY)
    open_on.cache_clear()
    assert rows_of(TODAY) == first


@few_days
@given(days)
def test_any_day_has_news_and_matches_for_the_default_search(day: date) -> None:
    before, after = rows_of(day, **SEARCH), rows_of(day + DAY, **SEARCH)
    found = transformed(answer(*after.values()))
    assert len(found["matches"]) >= 8
    assert found["unreadable"] == found["quarantined"] == []
    assert after.keys() - before.keys()
    assert any(before[number] != after[number] for number in before.keys() & after.keys())


def test_every_rule_fails_some_posting() -> None:
    found = transformed(answer(*rows_of(TODAY, Keyword="data engineering").values()))
    results = [judged["match_result"] for judged in found["kept"]]
    alone = {result["reasons"][0]["code"] for result in results if result["reasons"]}
    low = {"grade_too_low", "career_ladder"}
    assert alone >= {"grade_too_high", "pay_too_low", "hiring_path", "too_far", "related_topic"}
    assert alone & low
    assert found["rejected"]["off_topic"]


def judged(rows: dict[str, Row]) -> list[tuple[Row, dict[str, Any]]]:
    """Return the descriptors of what the default search keeps, each with its result."""
    kept = transformed(answer(*rows.values()))["kept"]
    results = {each["position"]["control_number"]: each["match_result"] for each in kept}
    return [(rows[number]["MatchedObjectDescriptor"], results[number]) for number in results]


@few_days
@given(days)
def test_most_rows_are_no_match_and_matches_vary_in_title_agency_and_score(day: date) -> None:
    matches = [pair for pair in judged(rows_of(day, **SEARCH)) if pair[1]["level"] == "match"]
    assert 8 <= len(matches) <= 24
    assert len(matches) < len(rows_of(day, **SEARCH)) / 2
    assert len({row["PositionTitle"] for row, _ in matches}) > len(matches) / 2
    assert len({row["OrganizationName"] for row, _ in matches}) > len(matches) / 2
    assert len({result["score"] for _, result in matches}) >= 5


@few_days
@given(days)
def test_registers_match_on_every_day_and_come_last(day: date) -> None:
    matches = [result for _, result in judged(rows_of(day, **SEARCH)) if result["level"] == "match"]
    registers = [result["score"] for result in matches if result["register"]]
    assert registers
    assert max(registers) < min(each["score"] for each in matches if not each["register"])


@cache
def found_in_two_months() -> dict[str, Row]:
    """Return what the default search finds, on every sixth day."""
    sixth_days = (TODAY - days * DAY for days in range(0, 60, 6))
    return {number: row for day in sixth_days for number, row in rows_of(day, **SEARCH).items()}


@cache
def kept_in_two_months() -> list[tuple[Row, dict[str, Any]]]:
    return judged(found_in_two_months())


@pytest.mark.parametrize(
    "terms",
    [
        {"AnnouncementClosingType": "03", "AnnouncementClosingTypeOption": "500"},
        {"AnnouncementClosingType": "02", "TotalOpenings": "Many"},
        {"SecurityClearance": "Secret", "TravelCode": "8", "DrugTestRequired": "True"},
        {"TotalOpenings": "FEW"},
        {"Relocation": "True"},
        {"TeleworkEligible": True},
        {"RemoteIndicator": True},
    ],
)
def test_two_months_of_the_default_search_have_jobs_with_terms_that_decide(
    terms: dict[str, Any],
) -> None:
    matches = [details(row) for row, result in kept_in_two_months() if result["level"] == "match"]
    assert any(terms.items() <= match.items() for match in matches)
    assert not all(terms.items() <= match.items() for match in matches)


def test_two_months_of_the_default_search_have_a_career_ladder_from_gs_9_to_gs_12() -> None:
    ladders = (
        details(row)
        for row, result in kept_in_two_months()
        if [reason["code"] for reason in result["reasons"]] == ["career_ladder"]
    )
    assert any(
        (int(ladder["LowGrade"]), ladder["PromotionPotential"]) == (9, "12") for ladder in ladders
    )


@pytest.mark.parametrize(
    ("code", "words"), [("15317", ""), ("15319", "not to exceed 2"), ("15318", "not to exceed 1")]
)
def test_two_months_of_the_default_search_have_permanent_and_limited_jobs(
    code: str, words: str
) -> None:
    offered = [row["PositionOfferingType"][0] for row, _ in kept_in_two_months()]
    assert any(each["Code"] == code and words in each["Name"] for each in offered)


@pytest.mark.parametrize(
    "has_it",
    [
        lambda row: "Student Trainee" in row["PositionTitle"],
        lambda row: "Supervisory" in row["PositionTitle"],
        lambda row: "Direct Hire" in row["PositionTitle"],
        lambda row: row["JobGrade"][0]["Code"] in {"NH", "ZP", "CG"},
        lambda row: row["PositionRemuneration"][0]["MinimumRange"].startswith("98642"),
    ],
    ids=["students", "supervisory", "direct hire", "pay band", "special rate"],
)
def test_two_months_of_the_default_search_have_jobs_of_every_kind(
    has_it: Callable[[Row], Any],
) -> None:
    found = (row["MatchedObjectDescriptor"] for row in found_in_two_months().values())
    assert {bool(has_it(row)) for row in found} == {True, False}


def announcement(posting: Posting) -> Announcement:
    """Return a posting, as it stands at its end, as somebody who saw all of it knows it."""
    last = posting.as_of(date.max)
    position = read_row(search_row(last), Drift())
    assert position.published_at
    assert position.closes_at
    return Announcement(
        control_number=str(last.control_number),
        announcement_number=last.announcement_number,
        title=last.title,
        keys=frozenset(announcement_keys(position.model_dump(mode="json"))),
        opened_at=position.published_at,
        closes_at=position.closes_at,
        first_seen_at=position.published_at,
        last_seen_at=position.closes_at,
        seen={},
        outcome=opening_status(last, last.closes + 2 * DAY),
    )


def test_some_job_is_announced_three_times_and_cancelled_twice_under_other_numbers() -> None:
    opened = (posting for days in range(100) for posting in opened_on(TODAY - days * DAY, SEED))
    about_data = (each for each in opened if {"2210", "1560", "1550"} & {*each.series})
    announcements = [announcement(each) for each in about_data if " data " in each.text]
    chains = [earlier_announcements(each, announcements) for each in announcements]
    thrice = [chain for chain in chains if times_announced(chain) == 3 and len(chain) == 2]
    assert any(all(earlier.was_cancelled for earlier in chain) for chain in thrice)
    assert sum(map(bool, chains)) < len(chains) / 5


@few_days
@given(days)
def test_a_few_thousand_postings_are_open_under_nine_digit_numbers(day: date) -> None:
    numbers = {posting.control_number for posting in open_on(day, SEED)}
    assert 2_400 <= len(numbers) <= 3_600
    assert {len(str(number)) for number in numbers} == {9}


def test_a_posting_is_open_from_its_opening_through_its_closing_day() -> None:
    posting = next(posting for posting in opened_on(TODAY, SEED) if posting.amendment is None)
    moments = (TODAY - DAY, TODAY, posting.closes, posting.closes + DAY)
    assert [posting in open_on(day, SEED) for day in moments] == [False, True, True, False]


@pytest.mark.parametrize("change", ["deadline", "pay", "title", "duties"])
def test_an_amendment_changes_the_row_from_its_day_on_and_keeps_its_number(change: str) -> None:
    amended = ((each, each.amendment) for each in opened_on(TODAY, SEED) if each.amendment)
    posting, amendment = next(pair for pair in amended if pair[1].change == change)
    before, after = (posting.as_of(day) for day in (amendment.day - DAY, amendment.day))
    assert before == posting
    assert search_row(after) != search_row(before)
    assert (after.control_number, after.opens) == (posting.control_number, TODAY)


# --- the oddities of real rows

DESCRIPTORS = [search_row(posting)["MatchedObjectDescriptor"] for posting in open_on(TODAY, SEED)]


def details(row: Row) -> Any:
    return row["UserArea"]["Details"]


def any_place(**wanted: Any) -> Callable[[Row], Any]:
    return lambda row: any(wanted.items() <= place.items() for place in row["PositionLocation"])


def text(pattern: str, *path: Any) -> Callable[[Row], Any]:
    """Say whether the text that stands at a path has this form."""

    def has_it(row: Any) -> bool:
        for key in path:
            row = row.get(key, "") if isinstance(row, dict) else row[key]
        return re.fullmatch(pattern, row) is not None

    return has_it


CLOSES = "ApplicationCloseDate"
TOP_PAY = ("PositionRemuneration", 0, "MaximumRange")
RATE = ("PositionRemuneration", 0, "RateIntervalCode")
LOW_GRADE = ("UserArea", "Details", "LowGrade")


@pytest.mark.parametrize(
    "has_it",
    [
        text(r"https://www\.usajobs\.gov:443/job/\d{9}", "PositionURI"),
        *(text(rf"\d{{4}}-\d\d-\d\d{time}", CLOSES) for time in ("", "T00:00:00Z", r"T\S+\d{4}")),
        text(r"\d{1,2}/\d{1,2}/\d{4}", CLOSES),
        *(text(form, *TOP_PAY) for form in (r"\d{5,6}", r"\d{5,6}\.0", r"\d\d\.\d+", r"0(\.0)?")),
        *(text(code, *RATE) for code in ("PA", "PH", "PD", "BW", "FB", "WC", "SY", "Per Year")),
        *(text(grade, *LOW_GRADE) for grade in ("07", "7", "D", "00", "")),
        *(text(words, "UserArea", "Details", "TotalOpenings") for words in ("1", "FEW", "Many")),
        text(r" .+|.+ ", "PositionTitle"),
        text("", "DepartmentName"),
        text(r".*&amp;.*", "QualificationSummary"),
        any_place(Latitude=0, Longitude=0),
        any_place(CountryCode="Japan"),
        any_place(LocationName="West Chicago, Illinois"),
        any_place(LocationName="Location Negotiable After Selection, United States"),
        lambda row: len(row["PositionLocation"]) > 1_000,
        lambda row: (
            len({each["LocationName"] for each in row["PositionLocation"]}) * 20
            < len(row["PositionLocation"]) * 19
        ),
        lambda row: "Description" not in row["PositionRemuneration"][0],
        lambda row: "PositionLocationDisplay" not in row,
        lambda row: len(row["JobCategory"]) > 10,
        lambda row: "HiringPath" not in details(row),
        lambda row: "RemoteIndicator" not in details(row),
        lambda row: details(row).get("RemoteIndicator") is True,
        lambda row: "TeleworkEligible" not in details(row),
    ],
)
def test_some_rows_have_the_oddity_and_others_do_not(has_it: Callable[[Row], Any]) -> None:
    assert {bool(has_it(row)) for row in DESCRIPTORS} == {True, False}
