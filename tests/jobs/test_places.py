from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs.places import Coordinates, cities, locate, miles_between, places
from include.jobs.states import STATES

CHICAGO = Coordinates(41.85, -87.65)


@pytest.mark.parametrize(
    "name",
    [
        "Chicago, Illinois",
        "chicago, ILLINOIS",
        "St. Louis, Missouri",
        "New York, New York",
        "Rosemont, Illinois",
    ],
)
def test_a_city_is_found_however_it_is_written(name: str) -> None:
    assert locate(name)


@pytest.mark.parametrize("name", ["Chicago, IL", "Chicgo, Illinois", "Remote", ""])
def test_what_is_no_city_is_not_found(name: str) -> None:
    assert locate(name) is None


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
