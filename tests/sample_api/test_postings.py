"""The sample postings: what the default search makes of them, and how odd their rows are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sample_api.postings import open_on, opened_on
from include.sample_api.rows import Row, search_row
from include.sample_api.search import find
from tests.sample_api.sample_client import SEED, TODAY
from tests.support.chain import transformed
from tests.support.rows import answer

DAY = timedelta(days=1)
SEARCH = {"Keyword": "data engineering", "LocationName": "Chicago, Illinois", "Radius": "50"}

few_days = settings(max_examples=3, deadline=None)
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
