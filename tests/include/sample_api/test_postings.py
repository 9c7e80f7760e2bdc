"""The sample world from outside: what its rows look like, and how they move from day to day."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.places import Coordinates, locate, miles_between
from include.sample_api.postings import Posting, open_on, opened_on
from include.sample_api.rows import Row, search_row

TODAY = date(2026, 11, 24)
CHICAGO = locate("Chicago, Illinois")
ON_TOPIC = re.compile(r"data engineer|data pipeline|\betl\b|data warehouse")

days = st.dates(date(2015, 1, 1), date(2045, 12, 31))
few_days = settings(max_examples=8, deadline=None)


def rows_of(day: date, seed: int = 1) -> dict[str, Row]:
    return {row["MatchedObjectId"]: row for row in map(search_row, open_on(day, seed))}


def descriptor(row: Row) -> dict[str, Any]:
    return row["MatchedObjectDescriptor"]


def details(row: Row) -> dict[str, Any]:
    return descriptor(row)["UserArea"]["Details"]


def is_in_reach(row: Row) -> bool:
    return any(
        miles_between(CHICAGO, Coordinates(entry["Latitude"], entry["Longitude"])) <= 50
        for entry in descriptor(row)["PositionLocation"]
    )


def is_on_topic(row: Row) -> bool:
    text = (descriptor(row)["PositionTitle"], *details(row).get("MajorDuties", ()))
    return bool(ON_TOPIC.search(" ".join(text).lower()))


def top_pay(row: Row) -> float:
    return float(descriptor(row)["PositionRemuneration"][0]["MaximumRange"])


def is_for_public(row: Row) -> bool:
    return "public" in details(row).get("HiringPath", ())


def is_at_level(row: Row) -> bool:
    grades = details(row)["LowGrade"], details(row)["HighGrade"]
    on_scale = descriptor(row)["JobGrade"] == [{"Code": "GS"}]
    return on_scale and int(grades[0]) >= 11 and int(grades[1]) <= 13


def misses(row: Row) -> tuple[str, ...]:
    checks: dict[str, Callable[[Row], bool]] = {
        "topic": is_on_topic,
        "place": is_in_reach,
        "public": is_for_public,
        "grade": is_at_level,
        "pay": lambda row: top_pay(row) >= 100_000,
    }
    return tuple(name for name, check in checks.items() if not check(row))


def data_engineering_near_chicago(day: date, seed: int = 1) -> list[Row]:
    # Rows are written only for what can be on topic: that keeps these tests quick.
    rows = (search_row(posting) for posting in open_on(day, seed) if "data" in posting.text)
    return [row for row in rows if is_on_topic(row) and is_in_reach(row)]


# --- days


def test_a_seed_and_a_day_always_give_the_same_rows() -> None:
    first = rows_of(TODAY)
    open_on.cache_clear()
    assert rows_of(TODAY) == first


def test_another_seed_gives_other_rows() -> None:
    assert rows_of(TODAY, seed=2) != rows_of(TODAY, seed=1)


def test_the_next_day_has_new_amended_and_closed_postings_and_keeps_most() -> None:
    before, after = rows_of(TODAY), rows_of(TODAY + timedelta(days=1))
    amended = [number for number in before.keys() & after.keys() if before[number] != after[number]]
    assert 50 < len(after.keys() - before.keys()) < 300
    assert 50 < len(before.keys() - after.keys()) < 300
    assert 5 < len(amended) < 100


@few_days
@given(days)
def test_every_day_has_news_for_a_data_engineer_in_chicago(day: date) -> None:
    before = {row["MatchedObjectId"]: row for row in data_engineering_near_chicago(day)}
    after = data_engineering_near_chicago(day + timedelta(days=1))
    assert any(row["MatchedObjectId"] not in before for row in after)
    assert any(row != before.get(row["MatchedObjectId"], row) for row in after)


@few_days
@given(days, st.integers(0, 5))
def test_a_few_thousand_postings_are_open_on_any_day_under_nine_digit_numbers(
    day: date, seed: int
) -> None:
    numbers = [posting.control_number for posting in open_on(day, seed)]
    assert 2_400 <= len(numbers) <= 3_600
    assert len(set(numbers)) == len(numbers)
    assert all(len(str(number)) == 9 for number in numbers)


def test_a_posting_is_open_from_its_opening_through_its_closing_day() -> None:
    posting = next(posting for posting in opened_on(TODAY, seed=1) if posting.amendment is None)
    numbers = {
        day: {open_posting.control_number for open_posting in open_on(day, seed=1)}
        for day in (
            TODAY - timedelta(days=1),
            TODAY,
            posting.closes,
            posting.closes + timedelta(days=1),
        )
    }
    assert [posting.control_number in found for found in numbers.values()] == [
        False,
        True,
        True,
        False,
    ]


def test_what_a_day_opened_is_open_on_that_day_in_its_first_form() -> None:
    opened = list(opened_on(TODAY, seed=1))
    assert opened == [posting for posting in open_on(TODAY, seed=1) if posting.opens == TODAY]


def test_an_amendment_changes_the_form_from_its_day_on_and_keeps_number_and_opening() -> None:
    posting = next(
        posting
        for posting in opened_on(TODAY, seed=1)
        if posting.amendment and posting.amendment.change == "pay"
    )
    assert posting.amendment
    day = posting.amendment.day
    assert posting.as_of(day - timedelta(days=1)) == posting
    assert posting.as_of(day).pay.maximum > posting.pay.maximum
    assert posting.as_of(day).control_number == posting.control_number
    assert posting.as_of(day).opens == TODAY


# --- who finds what


@few_days
@given(days, st.integers(0, 5))
def test_any_day_has_eight_postings_for_a_data_engineer_in_chicago(day: date, seed: int) -> None:
    near = data_engineering_near_chicago(day, seed)
    suitable = [row for row in near if not misses(row)]
    # Remote postings list Chicago among hundreds of cities.
    local = [row for row in near if len(descriptor(row)["PositionLocation"]) < 10]
    assert len(suitable) >= 8
    assert 13 <= len(local) <= 27


@pytest.mark.parametrize("miss", ["topic", "place", "public", "grade", "pay"])
def test_every_single_way_to_miss_is_among_the_open_postings(miss: str) -> None:
    assert any(misses(row) == (miss,) for row in rows_of(TODAY).values())


def test_some_data_engineering_is_remote_and_lists_hundreds_of_cities() -> None:
    remote = [
        row
        for row in data_engineering_near_chicago(TODAY)
        if details(row).get("RemoteIndicator") and len(descriptor(row)["PositionLocation"]) > 400
    ]
    assert 1 <= len(remote) <= 5


# --- the oddities of real rows

ROWS = [search_row(posting) for posting in open_on(TODAY, 1)]
LOCATIONS = [entry for row in ROWS for entry in descriptor(row)["PositionLocation"]]
PAYS = [pay for row in ROWS for pay in descriptor(row)["PositionRemuneration"]]
MODERN = [row for row in ROWS if "HiringPath" in details(row)]


def share(row_has: Callable[[Row], Any]) -> float:
    return sum(bool(row_has(row)) for row in ROWS) / len(ROWS)


def test_addresses_carry_the_port_in_both_forms() -> None:
    forms = Counter(re.sub(r"\d{9}$", "", descriptor(row)["PositionURI"]) for row in ROWS)
    assert set(forms) == {
        "https://www.usajobs.gov:443/job/",
        "https://www.usajobs.gov:443/GetJob/ViewDetails/",
    }


def test_the_address_ends_with_the_control_number() -> None:
    assert all(descriptor(row)["PositionURI"].endswith(row["MatchedObjectId"]) for row in ROWS)


def test_dates_come_in_four_forms() -> None:
    forms = (
        r"\d{4}-\d\d-\d\dT00:00:00Z",
        r"\d{4}-\d\d-\d\d",
        r"\d{1,2}/\d{1,2}/\d{4}",
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4}",
    )
    for name in ("PublicationStartDate", "ApplicationCloseDate"):
        dates = [descriptor(row)[name] for row in ROWS]
        assert all(any(re.fullmatch(form, text) for text in dates) for form in forms)
        assert all(any(re.fullmatch(form, text) for form in forms) for text in dates)


def test_pay_rates_come_as_codes_with_a_description_or_as_text_without() -> None:
    coded = {pay["RateIntervalCode"] for pay in PAYS if "Description" in pay}
    text = {pay["RateIntervalCode"] for pay in PAYS if "Description" not in pay}
    assert coded >= {"PA", "PH", "PD", "BW", "FB", "WC", "SY"}
    assert text >= {"Per Year", "Per Hour"}
    assert not coded & text


def test_amounts_are_strings_with_and_without_decimals() -> None:
    amounts = {pay["MaximumRange"] for pay in PAYS}
    assert all(re.fullmatch(r"\d+(\.\d+)?", amount) for amount in amounts)
    for form in (r"\d{5,6}", r"\d{5,6}\.0", r"\d\d\.\d+"):
        assert any(re.fullmatch(form, amount) for amount in amounts)


def test_unpaid_work_has_zero_amounts() -> None:
    unpaid = [pay for pay in PAYS if pay["RateIntervalCode"] in ("WC", "Without Compensation")]
    assert {float(pay["MaximumRange"]) for pay in unpaid} == {0.0}


def test_grades_are_padded_plain_lettered_zero_or_empty() -> None:
    grades = {details(row)["LowGrade"] for row in ROWS}
    assert grades >= {"07", "7", "12", "D", "00", ""}


def test_countries_are_names_and_the_subdivision_is_missing_abroad() -> None:
    abroad = [entry for entry in LOCATIONS if entry["CountryCode"] != "United States"]
    assert abroad
    assert not any("CountrySubDivisionCode" in entry for entry in abroad)


def test_unknown_coordinates_are_the_integer_zero() -> None:
    unknown = [entry for entry in LOCATIONS if entry["Latitude"] == 0]
    assert unknown
    assert all(type(entry["Latitude"]) is type(entry["Longitude"]) is int for entry in unknown)


@pytest.mark.parametrize(
    "name",
    [
        "West Chicago, Illinois",
        "North Chicago, Illinois",
        "Chicago Ridge, Illinois",
        "Location Negotiable After Selection, United States",
    ],
)
def test_names_that_mislead_are_among_the_places(name: str) -> None:
    assert any(entry["LocationName"] == name for entry in LOCATIONS)


def test_the_longest_list_of_places_has_1176_entries() -> None:
    assert max(len(descriptor(row)["PositionLocation"]) for row in ROWS) == 1_176


@pytest.mark.parametrize(
    ("row_has", "least", "most"),
    [
        (lambda row: "PositionLocationDisplay" not in descriptor(row), 0.01, 0.06),
        (lambda row: descriptor(row)["PositionTitle"][-1] == " ", 0.02, 0.08),
        (lambda row: descriptor(row)["PositionTitle"][0] == " ", 0.003, 0.03),
        (lambda row: descriptor(row)["DepartmentName"] == "", 0.01, 0.15),
        (lambda row: "HiringPath" not in details(row), 0.01, 0.06),
        (lambda row: "public" in details(row).get("HiringPath", ()), 0.5, 0.75),
        (lambda row: "RemoteIndicator" not in details(row), 0.03, 0.2),
        (lambda row: details(row).get("RemoteIndicator") is True, 0.01, 0.06),
        (lambda row: "TeleworkEligible" not in details(row), 0.01, 0.1),
        (lambda row: "&amp;" in descriptor(row)["QualificationSummary"], 0.1, 0.6),
        (lambda row: details(row).get("TotalOpenings") == "1", 0.1, 0.5),
        (lambda row: details(row).get("TotalOpenings") == "FEW", 0.02, 0.3),
        (lambda row: has_repeated_place(row), 0.1, 0.4),
        (lambda row: len(descriptor(row)["JobCategory"]) > 10, 0.002, 0.1),
    ],
)
def test_each_oddity_has_its_share(
    row_has: Callable[[Row], Any], least: float, most: float
) -> None:
    assert least <= share(row_has) <= most


def has_repeated_place(row: Row) -> bool:
    names = [entry["LocationName"] for entry in descriptor(row)["PositionLocation"]]
    return len(set(names)) < len(names)


def test_hiring_paths_are_lower_case_codes() -> None:
    assert all(path == path.lower() for row in MODERN for path in details(row)["HiringPath"])


def test_one_announcement_number_covers_up_to_three_rows() -> None:
    rows_per_number = Counter(descriptor(row)["PositionID"] for row in ROWS)
    assert max(rows_per_number.values()) == 3


def test_rows_of_the_oldest_style_have_four_details() -> None:
    old = [details(row) for row in ROWS if "HiringPath" not in details(row)]
    assert {tuple(sorted(found)) for found in old} == {
        ("HighGrade", "JobSummary", "LowGrade", "WhoMayApply")
    }


def test_a_row_of_today_weighs_several_kilobytes() -> None:
    assert all(len(str(row)) > 4_000 for row in MODERN)


def test_a_form_carries_its_own_closing_day() -> None:
    moved = next(
        posting
        for posting in opened_on(TODAY, seed=1)
        if posting.amendment and posting.amendment.change == "deadline"
    )
    assert moved.amendment
    assert closing_text(moved.as_of(moved.amendment.day)) != closing_text(moved)


def closing_text(posting: Posting) -> str:
    return descriptor(search_row(posting))["ApplicationCloseDate"]
