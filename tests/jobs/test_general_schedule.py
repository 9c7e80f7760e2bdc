"""Pay tables: each file is whole, rates are those that OPM publishes, places find their area."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs import general_schedule
from include.jobs.general_schedule import (
    AREA_MILES,
    GRADES,
    KNOWN_PLACES,
    PAY_TABLES,
    REST_OF_US,
    grade_pay,
    locality_of,
    nearest_year,
    pay_table,
    table_years,
)
from include.jobs.places import Coordinates, find_place, locate, miles_between
from include.jobs.states import STATES

AREAS = tuple(pay_table(2026).locality_percent)


def area_of(place: str) -> str:
    return locality_of(locate(place), place.rpartition(", ")[2], AREAS)


# --- the files


@pytest.mark.parametrize("year", table_years())
def test_every_table_is_whole_and_its_areas_can_be_located(year: int) -> None:
    table = pay_table(year)
    assert table.sources
    found = {
        area
        for area in table.locality_percent
        if area.startswith("State of ") or general_schedule._cities(area)
    }
    assert found == set(table.locality_percent) - {REST_OF_US}
    assert {area.removeprefix("State of ") for area in found if area.startswith("State of ")} <= {
        *STATES
    }
    for area in table.locality_percent:
        rates = [[table.rate(grade, step, area) for step in range(1, 11)] for grade in GRADES]
        assert all(steps == sorted(steps) for steps in [*rates, [each[0] for each in rates]])
        assert rates[-1][-1] <= table.cap


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"cap": 1}, "cap is below"),
        ({"locality_percent": {"Chicago-Naperville, IL-IN-WI": 30.86}}, REST_OF_US),
        ({"locality_percent": {REST_OF_US: 117.06}}, "not between 0 and 100"),
        ({"base_pay_by_grade": {"1": [1] * 10}}, "grades 1 to 15"),
        ({"base_pay_by_grade": {str(n): [*range(n, n + 9)] for n in GRADES}}, "grade 1 "),
        ({"base_pay_by_grade": {str(n): [n] * 10 for n in GRADES}}, "grade 1 "),
        ({"base_pay_by_grade": {str(n): [*range(16 - n, 26 - n)] for n in GRADES}}, "begins below"),
        ({"sources": []}, "sources"),
        ({"localities": {}}, "localities"),
    ],
)
def test_a_table_that_is_not_whole_is_refused_by_its_name(
    change: dict[str, Any], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = json.loads((PAY_TABLES / "2026.json").read_text())
    (tmp_path / "2031.json").write_text(json.dumps(whole | change))
    monkeypatch.setattr(general_schedule, "PAY_TABLES", tmp_path)
    with pytest.raises(ValueError, match=rf"2031\.json: .*{problem}"):
        pay_table.__wrapped__(2031)


# --- rates


@pytest.mark.parametrize(
    ("area", "grade", "step", "rate"),
    [
        ("Chicago-Naperville, IL-IN-WI", 9, 1, 68_999),
        ("Chicago-Naperville, IL-IN-WI", 13, 10, 154_682),
        ("Chicago-Naperville, IL-IN-WI", 14, 1, 140_604),
        ("Washington-Baltimore-Arlington, DC-MD-VA-WV-PA", 14, 1, 143_913),
        ("Washington-Baltimore-Arlington, DC-MD-VA-WV-PA", 15, 10, 197_200),
        ("San Jose-San Francisco-Oakland, CA", 15, 5, 197_200),
        (REST_OF_US, 15, 10, 192_331),
    ],
)
def test_a_rate_is_base_and_locality_pay_rounded_to_the_dollar_and_capped(
    area: str, grade: int, step: int, rate: int
) -> None:
    assert pay_table(2026).rate(grade, step, area) == rate


@pytest.mark.parametrize(
    ("years", "year", "nearest"),
    [
        ((2024, 2026), 2026, 2026),
        ((2024, 2026), 2024, 2024),
        ((2024, 2026), 2025, 2026),
        ((2024, 2026), 1999, 2024),
        ((2024, 2026), 2031, 2026),
        ((2024, 2026), None, 2026),
    ],
)
def test_the_nearest_years_table_holds_where_a_year_has_none(
    years: tuple[int, ...], year: int | None, nearest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(general_schedule, "table_years", lambda: years)
    assert nearest_year(year) == nearest


# --- areas


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ("Chicago, Illinois", "Chicago-Naperville, IL-IN-WI"),
        ("Gary, Indiana", "Chicago-Naperville, IL-IN-WI"),
        ("Kankakee, Illinois", "Chicago-Naperville, IL-IN-WI"),
        ("Milwaukee, Wisconsin", "Milwaukee-Racine-Waukesha, WI"),
        ("Peoria, Illinois", REST_OF_US),
        ("Washington, District of Columbia", "Washington-Baltimore-Arlington, DC-MD-VA-WV-PA"),
        ("Baltimore, Maryland", "Washington-Baltimore-Arlington, DC-MD-VA-WV-PA"),
        ("Washington, Pennsylvania", "Pittsburgh-New Castle-Weirton, PA-OH-WV"),
        ("Richmond, Virginia", "Richmond, VA"),
        ("San Antonio, Texas", "San Antonio-New Braunfels-Pearsall, TX"),
        ("Denver, Colorado", "Denver-Aurora, CO"),
        ("Colorado Springs, Colorado", "Colorado Springs, CO"),
        ("St. Louis, Missouri", "St. Louis-St. Charles-Farmington, MO-IL"),
        ("New York, New York", "New York-Newark, NY-NJ-CT-PA"),
        ("Newark, New York", "Rochester-Batavia-Seneca Falls, NY"),
        ("Anchorage, Alaska", "State of Alaska"),
        ("Honolulu, Hawaii", "State of Hawaii"),
        ("Miles City, Montana", REST_OF_US),
        ("San Juan, Puerto Rico", REST_OF_US),
    ],
)
def test_a_place_is_in_the_nearest_area_of_its_state(place: str, area: str) -> None:
    assert locate(place)
    assert area_of(place) == area


@pytest.mark.parametrize("year", table_years())
def test_every_city_that_an_area_is_named_for_is_found_once_and_in_its_states(year: int) -> None:
    for area in pay_table(year).locality_percent:
        if area == REST_OF_US or area.startswith("State of "):
            continue
        cities = general_schedule._cities(area)
        # "Athens-Clarke County" is one city.
        names = [name for name in re.split("-+", area.rpartition(", ")[0]) if "County" not in name]
        assert len(cities) == len({*cities}) == len(names), area
        for city, name in zip(cities, names, strict=True):
            states = general_schedule._states(area)
            assert city in {
                place.coordinates for state in states if (place := find_place(f"{name}, {state}"))
            }
            assert miles_between(city, cities[0]) <= 110, name  # Port St. Lucie, from Miami


@pytest.mark.parametrize(
    ("area", "cities"),
    [
        (
            "Washington-Baltimore-Arlington, DC-MD-VA-WV-PA",
            ["Washington, District of Columbia", "Baltimore, Maryland", "Arlington, Virginia"],
        ),
        (
            "Kansas City-Overland Park-Kansas City, MO-KS",
            ["Kansas City, Missouri", "Overland Park, Kansas", "Kansas City, Kansas"],
        ),
        ("New York-Newark, NY-NJ-CT-PA", ["New York, New York", "Newark, New Jersey"]),
    ],
)
def test_cities_are_those_that_the_name_means(area: str, cities: list[str]) -> None:
    assert [*general_schedule._cities(area)] == [locate(city) for city in cities]


WASHINGTON = "Washington-Baltimore-Arlington, DC-MD-VA-WV-PA"
PHILADELPHIA = "Philadelphia-Reading-Camden, PA-NJ-DE-MD"
LOS_ANGELES = "Los Angeles-Long Beach, CA"
BAY_AREA = "San Jose-San Francisco-Oakland, CA"
NEW_YORK = "New York-Newark, NY-NJ-CT-PA"


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ("Aberdeen Proving Ground, Maryland", WASHINGTON),
        ("Aberdeen, Maryland", WASHINGTON),
        ("Havre de Grace, Maryland", WASHINGTON),
        ("Perry Point, Maryland", PHILADELPHIA),  # across the river, in Cecil County
        ("Elkton, Maryland", PHILADELPHIA),
        ("Hagerstown, Maryland", WASHINGTON),
        ("York, Pennsylvania", WASHINGTON),
        ("Mechanicsburg, Pennsylvania", "Harrisburg-Lebanon, PA"),
        ("Edwards AFB, California", LOS_ANGELES),
        ("China Lake, California", LOS_ANGELES),
        ("Vandenberg SFB, California", LOS_ANGELES),
        ("Fort Irwin, California", LOS_ANGELES),
        ("Temecula, California", LOS_ANGELES),
        ("Fallbrook, California", "San Diego-Chula Vista-Carlsbad, CA"),
        ("Lemoore, California", "Fresno-Madera-Hanford, CA"),
        ("Travis AFB, California", BAY_AREA),
        ("Vacaville, California", BAY_AREA),
        ("Stockton, California", BAY_AREA),
        ("Davis, California", "Sacramento-Roseville, CA-NV"),
        ("Galt, California", "Sacramento-Roseville, CA-NV"),
        ("Joint Base McGuire-Dix-Lakehurst, New Jersey", NEW_YORK),
        ("Fort Dix, New Jersey", NEW_YORK),
        ("Lakehurst, New Jersey", NEW_YORK),
        ("Trenton, New Jersey", NEW_YORK),
        ("Mount Holly, New Jersey", PHILADELPHIA),
        ("New Haven, Connecticut", NEW_YORK),
        ("Middletown, Connecticut", "Hartford-East Hartford, CT-MA"),
        ("Portland, Maine", "Boston-Worcester-Providence, MA-RI-NH-CT-ME-VT"),
        ("Augusta, Maine", REST_OF_US),
        ("Orlando, Florida", REST_OF_US),
        ("Kissimmee, Florida", REST_OF_US),
        ("Titusville, Florida", "Palm Bay-Melbourne-Titusville, FL"),
        ("Madison, Wisconsin", REST_OF_US),
        ("Waukesha, Wisconsin", "Milwaukee-Racine-Waukesha, WI"),
        ("Kenosha, Wisconsin", "Chicago-Naperville, IL-IN-WI"),
        ("Racine, Wisconsin", "Milwaukee-Racine-Waukesha, WI"),
    ],
)
def test_what_is_known_of_a_place_counts_more_than_how_far_it_is(place: str, area: str) -> None:
    assert locate(place)
    assert area_of(place) == area


def known_places() -> list[dict[str, str]]:
    with KNOWN_PLACES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("year", table_years())
def test_every_known_place_is_found_and_in_an_area_of_the_table(year: int) -> None:
    areas = tuple(pay_table(year).locality_percent)
    for row in known_places():
        place = locate(f"{row['place']}, {row['state']}")
        assert place, row
        found = locality_of(place, row["state"], areas)
        assert general_schedule._first_city(found) == row["area"], row
        assert found == REST_OF_US or row["state"] in general_schedule._states(found), row
        assert 0 < float(row["miles"]) <= AREA_MILES
        assert row["county"]


def test_known_places_say_nothing_about_another_state() -> None:
    perryville = locate("Perryville, Maryland")
    assert locality_of(perryville, "Maryland", AREAS) == PHILADELPHIA
    assert locality_of(perryville, "Virginia", AREAS) == WASHINGTON
    assert locality_of(perryville, None, AREAS) == PHILADELPHIA


def test_an_area_ends_at_the_border_of_its_states() -> None:
    """Toledo, Ohio, is 43 miles from Ann Arbor, but Detroit's area is in Michigan only."""
    assert area_of("Toledo, Ohio") == REST_OF_US
    assert area_of("Monroe, Michigan") == "Detroit-Warren-Ann Arbor, MI"
    assert locality_of(locate("Toledo, Ohio"), None, AREAS) == "Detroit-Warren-Ann Arbor, MI"


def test_an_area_ends_sixty_miles_from_its_cities() -> None:
    assert area_of("Fort Collins, Colorado") == "Denver-Aurora, CO"
    assert area_of("Sterling, Colorado") == REST_OF_US


def test_without_a_place_it_is_the_rest_of_the_country() -> None:
    assert locality_of(None, None, AREAS) == REST_OF_US
    assert locality_of(None, "Hawaii", AREAS) == "State of Hawaii"
    assert locality_of(locate("Chicago, Illinois"), "Japan", AREAS) == REST_OF_US


@given(
    st.none() | st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180)),
    st.none() | st.sampled_from(STATES) | st.text(max_size=9),
    st.none() | st.integers(1, 9999),
)
def test_any_place_in_any_year_has_rates_that_rise_with_the_grade(
    centre: Coordinates | None, state: str | None, year: int | None
) -> None:
    local = grade_pay(year, centre, state)
    assert local.area in AREAS
    assert local.year in table_years()
    ends = [(local.bottom(grade), local.top(grade)) for grade in GRADES]
    assert ends == sorted(ends)
    assert all(low < high for low, high in ends)
