from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.places import Coordinates, cities, locate, miles_between, state_names

CHICAGO = Coordinates(41.85003, -87.65005)


@pytest.mark.parametrize(
    "name", ["Chicago, Illinois", "chicago, ILLINOIS", "St. Louis, Missouri", "New York, New York"]
)
def test_a_city_is_found_however_it_is_written(name: str) -> None:
    assert locate(name)


@pytest.mark.parametrize("name", ["Chicago, IL", "Chicgo, Illinois", "Remote", ""])
def test_what_is_no_city_is_not_found(name: str) -> None:
    assert locate(name) is None


def test_towns_whose_names_hold_a_citys_name_are_other_places() -> None:
    assert locate("Chicago, Illinois") == CHICAGO
    assert locate("West Chicago, Illinois") not in (None, CHICAGO)


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


def test_every_city_names_a_state_by_its_full_name() -> None:
    states = set(state_names())
    assert {city.name.rpartition(", ")[2] for city in cities()} <= states
    assert {"Illinois", "District of Columbia", "Puerto Rico"} <= states
