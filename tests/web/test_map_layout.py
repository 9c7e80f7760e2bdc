from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.jobs.places import Coordinates, Place, locate, miles_between, places
from include.web.map_layout import MOST_SETTLEMENTS, Label, Spot, settlements, sides, spot

CHICAGO = Coordinates(41.85, -87.65)
REACH = 60.0


def label(east: float, north: float, text: str = "Chicago", **fields: Any) -> Label:
    return Label(text, Spot(east, north), across=10, **fields)


@settings(deadline=None)
@given(st.sampled_from(places()))
def test_a_spot_is_as_far_from_the_centre_as_the_place(place: Place) -> None:
    at = spot(CHICAGO, place.coordinates)
    assert math.hypot(*at) == pytest.approx(miles_between(CHICAGO, place.coordinates), abs=0.1)


@pytest.mark.parametrize(
    ("name", "east", "north"),
    [
        ("Milwaukee, Wisconsin", -14, 82),
        ("Gary, Indiana", 16, -18),
        ("Chicago, Illinois", 0, 0),
    ],
)
def test_north_is_up_and_east_is_right(name: str, east: int, north: int) -> None:
    place = locate(name)
    assert place is not None
    assert spot(CHICAGO, place) == pytest.approx((east, north), abs=1)


def test_settlements_are_the_largest_places_within_reach() -> None:
    found = settlements(CHICAGO, 60)
    names = [place.name for place, _ in found]
    assert names[:2] == ["Chicago, Illinois", "Aurora, Illinois"]
    assert "Kenosha, Wisconsin" in names
    assert "Milwaukee, Wisconsin" not in names


def test_settlements_are_no_more_than_a_map_can_show() -> None:
    found = settlements(CHICAGO, 600)
    assert len(found) == MOST_SETTLEMENTS
    populations = [place.population for place, _ in found]
    assert populations == sorted(populations, reverse=True)


def test_a_label_stands_right_of_its_disc_where_there_is_room() -> None:
    assert sides([label(0, 0), label(0, 30)], REACH) == ["middle right", "middle right"]


def test_a_label_gives_way_to_those_before_it_and_to_the_edge() -> None:
    assert sides([label(0, 0), label(8, 0)], REACH) == ["middle left", "middle right"]
    assert sides([label(55, 0)], REACH) == ["middle left"]


def test_a_label_without_room_is_left_out() -> None:
    assert sides([label(0, 0, text="A long name " * 10)], REACH) == [None]
    assert sides([label(0, 0, sides=["top center"]), label(0, 6)], REACH)[0] is None


def test_the_disc_of_an_optional_label_is_in_the_way_only_where_it_is_drawn() -> None:
    below = label(0, 0, sides=["top center"])
    without_room = label(0, 6, text="A long name " * 10)
    assert sides([without_room, below], REACH) == [None, None]
    assert sides([without_room._replace(optional=True), below], REACH) == [None, "top center"]
    assert sides([label(0, 6, optional=True), below], REACH) == ["middle right", None]
