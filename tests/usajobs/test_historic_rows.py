from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs.position import ONLY_JUDGED
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRowError
from include.usajobs.historic_rows import ROW_FIELDS, project, read_row, read_text
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.usajobs.test_values import JSON


def read(
    text: dict[str, Any] | None = ANNOUNCEMENT, drift: Drift | None = None, **changes: Any
) -> Any:
    drift = drift or Drift()
    position = read_row(project(historic_row(**changes)), drift)
    return read_text(position, text, drift)


def test_a_row_becomes_the_same_kind_of_position_with_null_where_the_api_is_silent() -> None:
    assert read().model_dump(exclude=ONLY_JUDGED | {"summary", "facts"}) == {
        "control_number": "900000001",
        "PositionTitle": "Data Engineer",
        "PositionURI": "https://www.usajobs.gov/job/900000001",
        "PositionLocation": [
            {
                "LocationName": "Chicago, Illinois",
                "CountryCode": None,
                "CountrySubDivisionCode": "Illinois",
                "CityName": "Chicago, Illinois",
                "Longitude": None,
                "Latitude": None,
            }
        ],
        "PositionRemuneration": [
            {
                "MinimumRange": 97079.0,
                "MaximumRange": 126198.0,
                "RateIntervalCode": "PA",
                "Description": "Per Year",
            }
        ],
        "annual_pay": {"minimum": 97079.0, "maximum": 126198.0, "basis": "PA"},
        "grade": {"plan": "GS", "low": 12, "high": 12},
        "series": ["2210"],
        "hiring_paths": ["public"],
        "remote": None,
        "telework": True,
        "organization": "Bureau of the Fiscal Service",
        "department": "Department of the Treasury",
        "announcement_number": "TR-26-1",
        "published_at": datetime(2026, 9, 1, 4, tzinfo=UTC),
        "closes_at": datetime(2026, 9, 16, 3, 59, tzinfo=UTC),
        "source": "historicjoa",
    }


def test_the_promotion_potential_is_read_in_any_casing() -> None:
    assert read(promotionPotential="12").facts.promotion_potential == 12
    assert read(promotionPotential=None, promotionpotential="11").facts.promotion_potential == 11


def test_the_texts_markup_is_read_past() -> None:
    found = read(
        {
            "summary": "<p>Builds &amp; runs</p>",
            "duties": "<ul><li>ETL</li><li>X</li></ul>",
            "requirementsQualifications": "<p>One&nbsp;year</p>",
        }
    )
    assert (found.summary, found.duties) == ("Builds & runs", "ETL X")
    assert found.qualifications == "One year"


@pytest.mark.parametrize("lower", [False, True])
def test_the_casing_of_keys_does_not_matter(lower: bool) -> None:
    row = historic_row()
    if lower:
        row = {name.lower(): value for name, value in row.items()}
    found = read_row(project(row), Drift())
    assert (found.hiring_paths, found.series) == (["public"], ["2210"])


def test_hiring_paths_are_named_by_their_codes() -> None:
    names = [{"hiringPath": "Land and base management"}, {"hiringPath": "The public"}]
    assert read(hiringPaths=names).hiring_paths == ["land", "public"]


@pytest.mark.parametrize(
    ("city", "remote"),
    [("Anywhere in the U.S. (remote job)", True), ("Location Negotiable After Selection", None)],
)
def test_a_remote_job_is_told_by_its_place(city: str, remote: bool | None) -> None:
    assert read(positionLocations=[{"positionLocationCity": city}]).remote is remote


def test_a_posting_without_pay_has_none() -> None:
    silent = read(minimumSalary=None, maximumSalary=None, salaryType=None)
    assert (silent.PositionRemuneration, silent.annual_pay) == ([], None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"usajobsControlNumber": None}, "usajobsControlNumber"),
        ({"positionTitle": None}, "positionTitle is missing"),
        ({"positionTitle": " "}, "PositionTitle"),
        ({"positionLocations": "Chicago"}, "positionLocations is str"),
        ({"positionLocations": [{}]}, "place without a name"),
        ({"minimumSalary": "lots"}, "'lots' is not an amount"),
        ({"salaryType": None}, "pay-rate interval"),
        ({"positionCloseDate": "soon"}, "'soon' is not a date"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UnreadableRowError, match=message):
        read(**changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"salaryType": "Per Fortnight"}, "salaryType"),
        ({"payScale": "QQ"}, "payScale"),
        ({"hiringPaths": [{"hiringPath": "Aliens"}]}, "hiringPaths"),
        ({"jobCategories": [{"series": "IT"}]}, "jobCategories"),
        ({"teleworkEligible": "Maybe"}, "teleworkEligible"),
        ({"announcementClosingTypeCode": "09"}, "announcementClosingTypeCode"),
        ({}, None),
    ],
)
def test_what_is_unknown_is_counted_and_the_row_is_read(
    changes: dict[str, Any], field: str | None
) -> None:
    drift = Drift()
    read(drift=drift, **changes)
    assert {name for name, _, _ in drift.counts} == ({field} if field else set())


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        (None, "Open Continuous", True),
        ("", "open continuous", True),
        (None, "Closing Date", False),
        ("01", "Open Continuous", False),
        ("02", "Closing Date", True),
        (None, None, False),
    ],
)
def test_without_a_code_the_description_of_the_closing_type_says_so(
    code: str | None, description: str | None, expected: bool
) -> None:
    row = {"announcementClosingTypeCode": code, "announcementClosingTypeDescription": description}
    assert read(**row).facts.is_open_continuous is expected


def test_a_missing_text_is_counted() -> None:
    drift = Drift()
    assert read(None, drift).summary is None
    assert {name for name, _, _ in drift.counts} == {"announcementtext"}


@given(st.dictionaries(st.sampled_from(ROW_FIELDS), JSON, max_size=5), JSON)
def test_a_row_with_any_values_is_a_position_or_unreadable(changes: Any, text: Any) -> None:
    with suppress(UnreadableRowError):
        read_row(project(historic_row(**changes)), Drift())
    with suppress(UnreadableRowError):
        read_text(read_row(project(historic_row()), Drift()), text, Drift())


@pytest.mark.parametrize(
    ("city", "state", "name"),
    [
        ("Chicago, Illinois", "Illinois", "Chicago, Illinois"),
        ("Chicago, IL", "Illinois", "Chicago, Illinois"),
        ("Chicago", "Illinois", "Chicago, Illinois"),
        ("Pentagon, Arlington", "Virginia", "Pentagon, Arlington, Virginia"),
        ("New York", "New York", "New York, New York"),
        ("Chicago, Illinois", "Wisconsin", "Chicago, Illinois, Wisconsin"),
    ],
)
def test_a_state_that_the_city_already_names_is_not_repeated(
    city: str, state: str, name: str
) -> None:
    found = read(positionLocations=[{"positionLocationCity": city, "positionLocationState": state}])
    assert [each.LocationName for each in found.PositionLocation] == [name]
