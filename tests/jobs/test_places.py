from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs.place_aliases import OTHER_NAMES, SHORT_NAMES
from include.jobs.places import (
    Coordinates,
    _names_of_usajobs,
    beginning_of,
    cities,
    find_place,
    known_name,
    locate,
    miles_between,
    name_to_ask,
    names_in_state,
    places,
    places_of_usajobs,
)
from include.jobs.states import STATES

CHICAGO = Coordinates(41.85, -87.65)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("chicago, ILLINOIS", "Chicago, Illinois"),
        (" Chicago,IL ", "Chicago, Illinois"),
        ("Chicago, Illinois, United States", "Chicago, Illinois"),
        ("Chicago, IL 60601", "Chicago, Illinois"),
        ("Saint Louis, Missouri", "St. Louis, Missouri"),
        ("St.Louis, MO", "St. Louis, Missouri"),
        ("Ft. Worth, Texas", "Fort Worth, Texas"),
        ("Mt. Vernon, Illinois", "Mount Vernon, Illinois"),
        ("New York City, NY", "New York, New York"),
        ("Washington DC", "Washington, District of Columbia"),
        ("Washington, D.C.", "Washington, District of Columbia"),
        ("District of Columbia, District of Columbia", "Washington, District of Columbia"),
        ("Winston Salem, North Carolina", "Winston-Salem, North Carolina"),
        ("De Kalb, Illinois", "DeKalb, Illinois"),
        ("LaPorte, Indiana", "La Porte, Indiana"),
        ("San José, California", "San Jose, California"),
        ("Mayaguez, Puerto Rico", "Mayagüez, Puerto Rico"),
        ("Kapaa, Hawaii", "Kapa\u2018a, Hawaii"),
        ("Coeur d\u2019Alene, Idaho", "Coeur d'Alene, Idaho"),
        ("OFallon, Illinois", "O'Fallon, Illinois"),
        ("Dededo, Guam", "Dededo Village, Guam"),
        ("Scott AFB, Illinois", "Scott Air Force Base, Illinois"),
        ("Buckley Space Force Base, Colorado", "Buckley AFB, Colorado"),
        ("NAVSTA Great Lakes, Illinois", "Great Lakes, Illinois"),
        ("MCB Camp Pendleton, California", "Camp Pendleton, California"),
        ("Fort Moore, Georgia", "Fort Benning, Georgia"),
        ("JBSA, Texas", "Fort Sam Houston, Texas"),
        ("Pentagon, VA", "Pentagon, Arlington, Virginia"),
        ("Oceana, Virginia", "Naval Air Station Oceana, Virginia"),
        ("Naval Air Weapons Station China Lake, CA", "China Lake, California"),
    ],
)
def test_a_place_is_found_however_it_is_written(spelling: str, name: str) -> None:
    assert locate(name)
    assert locate(spelling) == locate(name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Greenacres, California", "Green Acres, California"),
        ("Norfolk, Virginia", "Norfolk County, Virginia"),
        ("West Chicago, Illinois", "Chicago, Illinois"),
        ("Kansas City, Kansas", "Kansas City, Missouri"),
    ],
)
def test_other_places_stay_apart(name: str, other: str) -> None:
    assert locate(name)
    assert locate(other)
    assert locate(name) != locate(other)


@pytest.mark.parametrize(
    "name",
    [
        "Baltimore, District of Columbia",
        "Chicgo, Illinois",
        "Chicago",
        "Illinois",
        "Remote",
        "",
        ", ",
        "Camp X, Illinois",
        "60601",
    ],
)
def test_what_is_no_place_is_not_found(name: str) -> None:
    assert locate(name) is None


@pytest.mark.parametrize("city", ["Baltimore", "Chicago", "San Antonio"])
def test_another_states_city_is_not_in_the_district(city: str) -> None:
    assert locate(f"{city}, District of Columbia") is None


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Naval Observatory, District of Columbia", "Washington, District of Columbia"),
        ("District of Columbia", "Washington, District of Columbia"),
        ("Naval Weapons Laboratory, Dahlgren, Virginia", "Dahlgren, Virginia"),
        ("Fort Liberty/Bragg, North Carolina", "Fort Bragg, North Carolina"),
        ("Bethesda (Naval Hospital), Maryland", "Bethesda, Maryland"),
        ("Georgetown, District of Columbia", "Washington, District of Columbia"),
        ("Bethesda, District of Columbia", "Bethesda, Maryland"),
        ("Hines, Illinois", "Chicago, Illinois"),
        ("Harpers Ferry, West Virginia", "Frederick, Maryland"),
        ("Prince George's County, Maryland", "Washington, District of Columbia"),
        ("Stuttgart, Germany", "Ansbach, Germany"),
    ],
)
def test_a_place_of_work_is_located_by_what_its_name_says(name: str, near: str) -> None:
    here, there = locate(name), locate(near)
    assert here
    assert there
    assert miles_between(here, there) < 100


@pytest.mark.parametrize(
    ("name", "town"),
    [
        ("NAS Patuxent River, Maryland", "Lexington Park, Maryland"),
        ("Andersen Air Base, Guam", "Yigo, Guam"),
        ("Mangilao, Guam", "Chalan Pago-Ordot, Guam"),
        ("Fifty-Six, Arkansas", "Mountain View, Arkansas"),
        ("Scott AFB, Illinois", "Shiloh, Illinois"),
    ],
)
def test_a_place_that_usajobs_had_elsewhere_is_beside_its_town(name: str, town: str) -> None:
    here, there = locate(name), locate(town)
    assert here
    assert there
    assert miles_between(here, there) < 9


def test_the_names_of_usajobs_lie_in_their_states() -> None:
    bounds: dict[str, list[Coordinates]] = {}
    for place in places():
        bounds.setdefault(place.name.rpartition(", ")[2], []).append(place.coordinates)
    for name, coordinates in places_of_usajobs():
        # Alaska is sparsely settled.
        if inside := bounds.get(name.rpartition(", ")[2]):
            nearest = min(miles_between(coordinates, each) for each in inside)
            assert nearest < 200, name


@pytest.mark.parametrize(("name", "other"), [*OTHER_NAMES.items(), *SHORT_NAMES.items()])
def test_another_name_is_that_of_a_place_which_the_data_have(name: str, other: str) -> None:
    here, there = locate(name), locate(other)
    assert here
    assert there
    assert miles_between(here, there) < 5


@given(st.text(max_size=40) | st.text("St. ,/(-IL'afb", max_size=40))
def test_any_text_is_a_place_or_none(text: str) -> None:
    locate(text)
    assert known_name(known_name(text)) == known_name(text)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("St. Louis, Missouri", "Saint Louis, Missouri"),
        ("DeKalb, Illinois", "De Kalb, Illinois"),
        ("Scott Air Force Base, Illinois", "Scott AFB, Illinois"),
        ("New York City, New York", "New York, New York"),
        ("Dededo Village, Guam", "Dededo, Guam"),
        ("Washington, District of Columbia", "Washington, District of Columbia"),
        ("Chicago, Illinois", "Chicago, Illinois"),
    ],
)
def test_usajobs_is_asked_for_a_place_by_its_own_name(name: str, asked: str) -> None:
    assert name_to_ask(name) == asked


def test_the_names_of_a_place_begin_alike_here_and_in_usajobs() -> None:
    differing = {here: there for here, there in _names_of_usajobs().items() if here != there}
    assert "Scott Air Force Base, Illinois" in differing
    assert [*map(beginning_of, differing)] == [*map(beginning_of, differing.values())]


def test_a_city_is_found_and_asked_for_without_reading_all_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read() -> None:
        raise AssertionError("each task would take longer")

    for name in ("places", "_places_by_name", "known_places", "_names_of_usajobs"):
        monkeypatch.setattr(f"include.jobs.places.{name}", read)
    for name in ("Chicago, Illinois", "Denver, Colorado"):
        assert find_place(name)
    assert name_to_ask("Chicago, Illinois") == "Chicago, Illinois"
    with pytest.raises(AssertionError):  # Cairo has fewer than 2,000 people.
        find_place("Cairo, Illinois")


@pytest.mark.parametrize("state", ["Virginia", "West Virginia", "Massachusetts", "Guam"])
def test_the_names_in_a_state_are_those_of_its_places(state: str) -> None:
    names = [place.name for place in places() if place.name.endswith(f", {state}")]
    assert names_in_state(state) == tuple(names)


def test_towns_whose_names_hold_a_citys_name_are_other_places() -> None:
    assert locate("Chicago, Illinois") == pytest.approx(CHICAGO, abs=0.001)
    assert locate("West Chicago, Illinois") != locate("Chicago, Illinois")
    assert locate("West Chicago, Illinois")


@pytest.mark.parametrize(
    ("name", "miles"), [("Milwaukee, Wisconsin", 81), ("New York, New York", 712)]
)
def test_distances_are_statute_miles(name: str, miles: float) -> None:
    there = locate(name)
    assert there
    assert miles_between(CHICAGO, there) == pytest.approx(miles, abs=3)


COORDINATES = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))


@given(COORDINATES, COORDINATES)
def test_a_distance_is_the_same_both_ways_and_at_most_half_the_globe(
    one: Coordinates, other: Coordinates
) -> None:
    distance = miles_between(one, other)
    assert distance == pytest.approx(miles_between(other, one), abs=1e-6)
    assert 0 <= distance <= 12_440


def test_every_place_names_a_state_by_its_full_name() -> None:
    assert {place.name.rpartition(", ")[2] for place in places()} == set(STATES)


def test_cities_are_the_places_with_15000_people_largest_first() -> None:
    populations = [city.population for city in cities()]
    assert populations == sorted(populations, reverse=True)
    assert populations[-1] >= 15_000 > places()[len(populations)].population
