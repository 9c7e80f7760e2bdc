"""Recorded answers of the real API, read by the real code: as recorded where they are at hand, and
as rewritten in `tests/data/` everywhere."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from include.jobs.codes import HIRING_PATHS, PAY_PLANS, RATE_INTERVALS
from include.usajobs import historic_api
from include.usajobs.client import HttpReply
from include.usajobs.drift import Drift
from tests.data.rewrite_recordings import CODE_LISTS, Recordings
from tests.support.chain import transformed
from tests.support.recordings import (
    HISTORIC_PAGING,
    HISTORIC_ROW,
    HISTORIC_TITLES,
    PRESENT,
    positions,
    search_items,
)
from tests.support.rows import answer

OWN_QUERY = "usajobs/search_2025-09-03_data-engineering_chicago_radius50_page1.json"
OTHERS = {
    "usajobs/search_2016_page1_of_742.json": 500,
    "usajobs/search_2016_webdeveloper.json": 8,
    "usajobs/search_2021-08-31_flemington_radial.json": 25,
    "usajobs/search_2023-10-10_woodbridge_radial.json": 10,
    "usajobs/search_2023-09-19_no_hits.json": 0,
    "usajobs/search_2023-10-10_no_hits_radial.json": 0,
}


@pytest.fixture(params=PRESENT, ids=str)
def recordings(request: pytest.FixtureRequest) -> Recordings:
    found: Recordings = request.param
    return found


@cache
def rows(recordings: Recordings, name: str) -> list[dict[str, Any]]:
    return search_items(recordings, name)


@cache
def batch(recordings: Recordings, name: str) -> dict[str, Any]:
    """Return what is made of a recorded page, taken for a complete answer."""
    return transformed(answer(*rows(recordings, name)))


def rejected(found: dict[str, Any]) -> set[str]:
    return {number for numbers in found["rejected"].values() for number in numbers}


def test_the_projects_own_query_has_no_posting_about_its_topic(recordings: Recordings) -> None:
    found = batch(recordings, OWN_QUERY)
    assert (found["rows"], found["quarantined"], found["drift"]) == (25, [], [])
    assert found["kept"] == []
    assert len(found["rejected"]["off_topic"]) == len(rejected(found)) == 25


def test_the_reasons_of_the_own_query_are_what_the_rows_say(recordings: Recordings) -> None:
    found = batch(recordings, OWN_QUERY)
    details = {
        row["MatchedObjectId"]: row["MatchedObjectDescriptor"]["UserArea"]["Details"]
        for row in rows(recordings, OWN_QUERY)
    }
    not_public = {number for number, said in details.items() if "public" not in said["HiringPath"]}
    student = {number for number in not_public if details[number]["HiringPath"] == ["student"]}
    assert set(found["rejected"]["hiring_path"]) == not_public - student
    assert set(found["rejected"]["students_only"]) == student
    assert set(found["rejected"]["grade_too_high"]) == {
        number for number, said in details.items() if said["LowGrade"] in ("14", "15")
    }
    # Only a student's job pays less than the minimum, because it is one.
    assert "pay_too_low" not in found["rejected"]


@pytest.mark.parametrize("name", OTHERS)
def test_every_recorded_row_is_read_and_none_is_lost(recordings: Recordings, name: str) -> None:
    found = batch(recordings, name)
    assert found["rows"] == OTHERS[name]
    assert found["quarantined"] == []
    assert len(found["kept"]) + len(rejected(found)) == OTHERS[name]


@pytest.mark.parametrize("name", [OWN_QUERY, *OTHERS])
def test_recorded_rows_hold_no_code_or_type_that_is_unknown(
    recordings: Recordings, name: str
) -> None:
    found = [(each["field"], each["value"]) for each in batch(recordings, name)["drift"]]
    # The only code that no list has, and which says nothing of how much one travels.
    assert found == ([("TravelCode", "-1")] if "woodbridge" in name else [])


@pytest.mark.parametrize("name", [OWN_QUERY, *OTHERS])
def test_every_kept_position_has_the_four_fields_in_their_form(
    recordings: Recordings, name: str
) -> None:
    for judged in batch(recordings, name)["kept"]:
        position = judged["position"]
        assert position["PositionTitle"] == position["PositionTitle"].strip() != ""
        assert position["PositionURI"] == (
            f"https://www.usajobs.gov/job/{position['control_number']}"
        )
        places = [tuple(place.items()) for place in position["PositionLocation"]]
        assert len(places) == len(set(places)) > 0
        for amount in position["PositionRemuneration"]:
            assert amount["RateIntervalCode"] in RATE_INTERVALS
            assert isinstance(amount["MaximumRange"], float)


@pytest.mark.parametrize(
    ("file", "codes"),
    [
        ("hiringpaths", {path.upper() for path in HIRING_PATHS}),
        ("payplans", PAY_PLANS),
        ("remunerationrateintervalcodes", set(RATE_INTERVALS)),
    ],
)
def test_the_code_lists_are_the_official_ones(
    recordings: Recordings, file: str, codes: set[str]
) -> None:
    official = recordings.read(f"{CODE_LISTS}/{file}.json")
    listed = Counter(entry["Code"] for entry in official["CodeList"][0]["ValidValue"])
    assert codes == set(listed)


def test_the_recorded_historic_row_is_read_with_nothing_unknown(recordings: Recordings) -> None:
    (row,) = recordings.read(HISTORIC_ROW)["data"]
    drift = Drift()
    (read,) = positions(recordings, HISTORIC_ROW, drift)
    assert drift.entries() == []
    assert read.control_number == str(row["usajobsControlNumber"])
    assert [place.LocationName for place in read.PositionLocation] == [
        "San Diego, California",
        "Washington, District of Columbia",
    ]
    assert read.annual_pay is not None
    assert (read.annual_pay.minimum, read.annual_pay.maximum) == (102_246, 158_062)


def test_the_documented_paging_is_followed(recordings: Recordings) -> None:
    recorded = json.dumps(recordings.read(HISTORIC_PAGING)).encode()
    page = historic_api.read_page(HttpReply(200, {}, recorded), "The page", "usajobs")
    assert (page.total, page.token) == (20597, "WMwzNNcOmf1Uau6HUM03Nw==")


def test_every_recorded_name_of_a_hiring_path_is_known(recordings: Recordings) -> None:
    names = {name for row in recordings.read(HISTORIC_TITLES) for name in row["hiring_paths"]}
    drift = Drift()
    assert len(positions(recordings, HISTORIC_TITLES, drift)) == 1824
    assert drift.entries() == []
    assert len(names) > 20
