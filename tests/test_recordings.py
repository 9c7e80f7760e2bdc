"""The recorded answers of the real API, read by the real code, where they are at hand."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from include.usajobs import historic_api, historic_rows
from include.usajobs.asking import Reply
from include.usajobs.codes import HIRING_PATHS, PAY_PLANS, RATE_INTERVALS
from include.usajobs.drift import Drift
from include.usajobs.search_rows import project
from tests.chain import transformed
from tests.historic import historic_row
from tests.rows import answer

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "usajobs"

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason=f"no recorded answers in {RECORDINGS.parent.name}/"
)

OWN_QUERY = "search_2025-09-03_data-engineering_chicago_radius50_page1.json"
OTHERS = {
    "search_2016_page1_of_742.json": 500,
    "search_2016_webdeveloper.json": 8,
    "search_2021-08-31_flemington_radial.json": 25,
    "search_2023-10-10_woodbridge_radial.json": 10,
    "search_2023-09-19_no_hits.json": 0,
    "search_2023-10-10_no_hits_radial.json": 0,
}


@cache
def rows(name: str) -> list[dict[str, Any]]:
    recorded = json.loads((RECORDINGS / name).read_text())
    found: list[dict[str, Any]] = recorded["SearchResult"]["SearchResultItems"]
    return found


@cache
def batch(name: str) -> dict[str, Any]:
    """Return what is made of a recorded page, taken for a complete answer."""
    projected = [project(row) for row in rows(name)]
    return transformed(answer(*projected))


def rejected(found: dict[str, Any]) -> set[str]:
    return {number for numbers in found["rejected"].values() for number in numbers}


def test_the_projects_own_query_has_no_match_but_near_misses_that_are_off_topic_only() -> None:
    found = batch(OWN_QUERY)
    assert (found["rows"], found["quarantined"], found["drift"]) == (25, [], [])
    verdicts = [judged["verdict"] for judged in found["kept"]]
    assert {verdict["level"] for verdict in verdicts} == {"near_miss"}
    assert {verdict["reasons"][0]["code"] for verdict in verdicts} == {"off_topic"}
    assert len(verdicts) + len(rejected(found)) == 25


def test_the_reasons_of_the_own_query_are_what_the_rows_say() -> None:
    found = batch(OWN_QUERY)
    details = {
        row["MatchedObjectId"]: row["MatchedObjectDescriptor"]["UserArea"]["Details"]
        for row in rows(OWN_QUERY)
    }
    not_public = {number for number, said in details.items() if "public" not in said["HiringPath"]}
    student = {number for number in not_public if details[number]["HiringPath"] == ["student"]}
    assert set(found["rejected"]["hiring_path"]) == not_public - student
    assert set(found["rejected"]["students_only"]) == student
    assert set(found["rejected"]["grade_too_high"]) == {
        number for number, said in details.items() if said["LowGrade"] in ("14", "15")
    }
    assert set(found["rejected"]["pay_too_low"]) == {
        row["MatchedObjectId"]
        for row in rows(OWN_QUERY)
        if float(
            row["MatchedObjectDescriptor"]["PositionRemuneration"][0]["MaximumRange"]
        ) < 100_000
    }  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_every_recorded_row_is_read_and_none_is_lost(name: str) -> None:
    found = batch(name)
    assert found["rows"] == OTHERS[name]
    assert found["quarantined"] == []
    assert len(found["kept"]) + len(rejected(found)) == OTHERS[name]


@pytest.mark.parametrize("name", [OWN_QUERY, *OTHERS])
def test_recorded_rows_hold_no_code_or_type_that_is_unknown(name: str) -> None:
    assert batch(name)["drift"] == []


@pytest.mark.parametrize("name", [OWN_QUERY, *OTHERS])
def test_every_kept_position_has_the_four_fields_in_their_form(name: str) -> None:
    for judged in batch(name)["kept"]:
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
def test_the_code_lists_are_the_official_ones(file: str, codes: set[str]) -> None:
    official = json.loads((RECORDINGS / "codelists" / f"{file}.json").read_text())
    listed = Counter(entry["Code"] for entry in official["CodeList"][0]["ValidValue"])
    assert codes == set(listed)


def historic(name: str) -> Any:
    return json.loads((RECORDINGS / name).read_text())


def test_the_recorded_historic_row_is_read_with_nothing_unknown() -> None:
    (row,) = historic("historicjoa_2026_one_row.json")["data"]
    drift = Drift()
    projected: Any = historic_rows.project(row)
    read = historic_rows.read_row({**projected, "text": {}}, drift)
    assert drift.entries() == []
    assert read.control_number == str(row["usajobsControlNumber"])
    assert [place.LocationName for place in read.PositionLocation] == [
        "San Diego, California",
        "Washington, District of Columbia",
    ]
    assert read.annual_pay is not None
    assert (read.annual_pay.minimum, read.annual_pay.maximum) == (102_246, 158_062)


def test_the_documented_paging_is_followed() -> None:
    recorded = (RECORDINGS / "historicjoa_documented_paging_example.json").read_bytes()
    page = historic_api.read_page(Reply(200, {}, recorded), "The page", "usajobs")
    assert (page.total, page.token) == (20597, "WMwzNNcOmf1Uau6HUM03Nw==")


def test_every_recorded_name_of_a_hiring_path_is_known() -> None:
    rows = historic("historicjoa_derived_rows_gsa.json")
    names = {name for row in rows for name in row["hiring_paths"]}
    drift = Drift()
    paths = [{"hiringPath": name} for name in sorted(names)]
    projected: Any = historic_rows.project(historic_row(hiringPaths=paths))
    historic_rows.read_row({**projected, "text": {}}, drift)
    assert drift.entries() == []
    assert len(names) > 20
