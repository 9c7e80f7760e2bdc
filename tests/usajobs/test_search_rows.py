from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRowError
from include.usajobs.search_rows import read_control_number, read_row
from tests.support.rows import CHICAGO, ROW, pay, place, position, row
from tests.usajobs.test_values import JSON


def test_the_four_required_fields_keep_their_names_and_get_one_form() -> None:
    read = position(
        PositionTitle="  Data Engineer ",
        PositionURI="https://www.usajobs.gov:443/GetJob/ViewDetails/900000001",
        PositionLocation=[CHICAGO, dict(CHICAGO)],
        PositionRemuneration=pay("94199.0", "105,289", "Per Year"),
    )
    assert read.PositionTitle == "Data Engineer"
    assert read.PositionURI == "https://www.usajobs.gov/job/900000001"
    assert [place.model_dump() for place in read.PositionLocation] == [CHICAGO]
    assert [amount.model_dump() for amount in read.PositionRemuneration] == [
        {
            "MinimumRange": 94199.0,
            "MaximumRange": 105289.0,
            "RateIntervalCode": "PA",
            "Description": "Per Year",
        }
    ]


@pytest.mark.parametrize(
    "field",
    ["PositionTitle", "PositionLocation", "PositionRemuneration", "MatchedObjectDescriptor"],
)
def test_a_row_without_a_required_field_is_unreadable_and_says_which(field: str) -> None:
    broken = row(without=(field,))
    broken.pop(field, None)
    with pytest.raises(UnreadableRowError, match=field):
        read_row(broken, Drift())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PositionTitle": "   "}, "PositionTitle"),
        ({"PositionTitle": "\ud800"}, "PositionTitle"),
        ({"PositionTitle": 7}, "PositionTitle is int"),
        ({"PositionLocation": {}}, "PositionLocation is dict"),
        ({"PositionLocation": ["Chicago"]}, "PositionLocation holds str"),
        ({"PositionLocation": [{"LocationName": None}]}, "LocationName is missing"),
        ({"PositionLocation": [{"LocationName": "\udfff"}]}, "LocationName"),
        ({"PositionRemuneration": [None]}, "PositionRemuneration holds"),
        ({"PositionRemuneration": pay("lots", "1")}, "'lots' is not an amount"),
        ({"PositionRemuneration": pay("1", "2", "")}, "pay-rate interval"),
        ({"ApplicationCloseDate": "soon"}, "'soon' is not a date"),
        ({"PublicationStartDate": 5}, "5 is not a date"),
    ],
)
def test_a_row_whose_required_fields_cannot_be_read_says_why(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnreadableRowError, match=message):
        read_row(row(**changes), Drift())


@pytest.mark.parametrize("control_number", [None, "", "A1", "-5", True, 1.5, [], "²"])
def test_a_row_without_a_control_number_is_unreadable(control_number: object) -> None:
    with pytest.raises(UnreadableRowError, match="control number"):
        read_row(row(control_number), Drift())


@pytest.mark.parametrize("control_number", ["825914700", 825914700, " 825914700 "])
def test_a_control_number_may_be_text_or_a_number(control_number: object) -> None:
    assert read_control_number(row(control_number)) == "825914700"


def test_unknown_coordinates_become_null_and_a_name_for_nothing_too() -> None:
    negotiable = {
        "LocationName": " Location Negotiable After Selection, United States",
        "CountryCode": "United States",
        "CountrySubDivisionCode": "N/A",
        "Longitude": 0,
        "Latitude": 0.0,
    }
    (found,) = position(PositionLocation=[negotiable]).PositionLocation
    assert found.LocationName == "Location Negotiable After Selection, United States"
    assert (found.Longitude, found.Latitude) == (None, None)
    assert found.CountrySubDivisionCode is None


def test_the_order_of_places_series_and_paths_does_not_matter() -> None:
    places = [CHICAGO, place("Gary, Indiana", 41.59, -87.35)]
    series = [{"Code": "2210"}, {"Code": "1560"}]
    one = position(
        PositionLocation=places, JobCategory=series, details={"HiringPath": ["vet", "public"]}
    )
    other = position(
        PositionLocation=places[::-1],
        JobCategory=series[::-1],
        details={"HiringPath": ["public", "vet"]},
    )
    assert one == other


@pytest.mark.parametrize(
    ("said", "potential", "drift"),
    [
        ("13", 13, []),
        ("NA", None, []),
        ("See the announcement", None, ["unreadable"]),
        (["12"], None, ["unreadable"]),
    ],
)
def test_a_promotion_potential_that_cannot_be_read_becomes_null_and_counts_as_drift(
    said: object, potential: object, drift: list[str]
) -> None:
    counted = Drift()
    found = read_row(row(details={"PromotionPotential": said}), counted)
    assert found.facts.promotion_potential == potential
    assert [entry["problem"] for entry in counted.entries()] == drift


@pytest.mark.parametrize(
    ("low", "high", "plan", "expected"),
    [
        ("07", "12", "GS", {"plan": "GS", "low": 7, "high": 12}),
        ("G", "K", "FV", {"plan": "FV", "low": "G", "high": "K"}),
        ("00", "", "ES", {"plan": "ES", "low": None, "high": None}),
    ],
)
def test_grades_are_read_with_their_plan(low: str, high: str, plan: str, expected: object) -> None:
    grade = position(JobGrade=[{"Code": plan}], details={"LowGrade": low, "HighGrade": high}).grade
    assert grade is not None
    assert grade.model_dump() == expected


@pytest.mark.parametrize(
    ("plans", "ends", "posted", "plan"),
    [
        (["NH", "GS"], ("03", "03"), pay("97079", "154682"), "NH"),
        (["GS", "NH"], ("03", "03"), pay("97079", "154682"), "NH"),
        (["GS", "NH"], ("03", ""), pay("60", "74", "PH"), "NH"),
        (["GS", "NH"], ("02", "03"), pay("43000", "154682"), "NH"),
        (["FV", "GS"], ("J", "J"), pay("97079", "154682"), "FV"),
        (["VN", "GS"], ("17", "17"), pay("97079", "154682"), "VN"),
        (["NH", "GS"], ("03", "03"), pay("36260", "47141"), "GS"),
        (["NH", "GS"], ("03", "12"), pay("36260", "126198"), "GS"),
        (["NH", "GS"], ("12", "12"), pay("97079", "126198"), "GS"),
        (["NH", "GS"], ("12", "12"), pay("110000", "170000"), "GS"),  # special rates
        (["NH", "GS"], ("03", "03"), pay("0", "0"), "GS"),
        (["NH", "GS"], ("00", ""), pay("97079", "154682"), "GS"),
        (["GG", "GS"], ("03", "03"), pay("97079", "154682"), "GG"),
        (["GS"], ("03", "03"), pay("97079", "154682"), "GS"),
        (["NH", "DB"], ("03", "03"), pay("97079", "154682"), "NH"),
    ],
)
def test_of_several_plans_the_pay_tells_whether_grades_or_bands_are_given(
    plans: list[str], ends: tuple[str, str], posted: list[dict[str, Any]], plan: str
) -> None:
    found = position(
        JobGrade=[{"Code": each} for each in plans],
        details=dict(zip(("LowGrade", "HighGrade"), ends, strict=True)),
        PositionRemuneration=posted,
    )
    assert found.grade
    assert found.grade.plan == plan


@pytest.mark.parametrize(
    ("code", "paths"),
    [("15669", ["public"]), ("15516", ["student"]), ("45575", None), (None, None)],
)
def test_an_announcement_from_before_hiring_paths_says_it_by_who_may_apply(
    code: str | None, paths: list[str] | None
) -> None:
    read = position(without=("HiringPath",), details={"WhoMayApply": {"Code": code}})
    assert read.hiring_paths == paths


@pytest.mark.parametrize(
    ("changes", "details", "remote"),
    [
        ({}, {"RemoteIndicator": True}, True),
        ({}, {"RemoteIndicator": False}, False),
        ({"PositionLocationDisplay": "Anywhere in the U.S. (remote job)"}, {}, True),
        ({"PositionLocationDisplay": None}, {"RemoteIndicator": None}, None),
    ],
)
def test_remote_is_what_the_flag_or_the_place_says(
    changes: dict[str, Any], details: dict[str, Any], remote: bool | None
) -> None:
    assert position(details=details, **changes).remote is remote


def test_a_missing_department_is_null() -> None:
    assert position(DepartmentName="").department is None
    assert position(DepartmentName="Treasury").department == "Treasury"


def test_html_entities_in_names_are_read() -> None:
    assert (
        position(OrganizationName="Medicare &amp; Medicaid").organization == "Medicare & Medicaid"
    )


def drift_of(**changes: Any) -> set[tuple[str, str, str]]:
    drift = Drift()
    read_row(row(**changes), drift)
    return set(drift.counts)


def test_a_usual_row_has_no_drift() -> None:
    assert drift_of() == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"PositionRemuneration": pay("1", "2", "XX")},
            ("RateIntervalCode", "unknown code", "XX"),
        ),
        ({"JobGrade": [{"Code": "QQ"}]}, ("JobGrade", "unknown code", "QQ")),
        ({"JobCategory": [{"Code": "22100"}]}, ("JobCategory", "unknown code", "22100")),
        ({"details": {"HiringPath": ["alien"]}}, ("HiringPath", "unknown code", "alien")),
        ({"details": {"HiringPath": "public"}}, ("HiringPath", "unexpected type", "str")),
        ({"details": {"LowGrade": "120"}}, ("LowGrade", "unreadable", "'120'")),
        ({"details": {"RemoteIndicator": "maybe"}}, ("RemoteIndicator", "unknown code", "maybe")),
        (
            {"details": {"AnnouncementClosingType": "09"}},
            ("AnnouncementClosingType", "unknown code", "09"),
        ),
        ({"OrganizationName": 5}, ("OrganizationName", "unexpected type", "int")),
        (
            {"PositionRemuneration": pay(1, "2")},
            ("PositionRemuneration[].MinimumRange", "unexpected type", "int"),
        ),
        (
            {"PositionLocation": [{**CHICAGO, "Latitude": "41.8"}]},
            ("PositionLocation[].Latitude", "unreadable", "'41.8'"),
        ),
    ],
)
def test_what_is_unknown_is_counted_and_the_row_is_read(
    changes: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    assert drift_of(**changes) == {expected}


FIELDS = st.sampled_from(
    sorted(ROW["MatchedObjectDescriptor"])
    + sorted(ROW["MatchedObjectDescriptor"]["UserArea"]["Details"])
)


@given(st.dictionaries(FIELDS, JSON, max_size=4))
def test_a_row_with_any_values_is_a_position_or_unreadable(changes: dict[str, Any]) -> None:
    details = {
        name: value for name, value in changes.items() if name not in ROW["MatchedObjectDescriptor"]
    }
    descriptor = {name: value for name, value in changes.items() if name not in details}
    changed = row(
        **{name: value for name, value in descriptor.items() if name != "UserArea"}, details=details
    )
    if "UserArea" in descriptor:
        changed["MatchedObjectDescriptor"]["UserArea"] = descriptor["UserArea"]
    with suppress(UnreadableRowError):
        assert read_row(changed, Drift()).control_number == "900000001"


@given(JSON)
def test_any_json_is_a_position_or_unreadable(value: object) -> None:
    with pytest.raises(UnreadableRowError):
        read_row(value, Drift())


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("DD/ARCE", ["DD", "ARCE"]),
        (" td / td03 ", ["TD", "TD03"]),
        ("TD", ["TD"]),
        ("", []),
        (None, []),
        (["DD"], []),
        ("x" * 10_000, []),
    ],
)
def test_an_agencys_codes_are_read_and_nothing_else_is_one(said: object, codes: list[str]) -> None:
    drift = Drift()
    read = read_row(row(details={"OrganizationCodes": said}), drift)
    assert (read.agency_codes, drift.entries()) == (codes, [])
