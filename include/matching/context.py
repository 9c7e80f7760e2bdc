"""A search together with the values derived from it: coordinates, grade window and topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from include.jobs.place_names import is_united_states, split_name, state_named
from include.jobs.places import (
    MISPLACED_BY_USAJOBS,
    Coordinates,
    KnownPlace,
    known_name,
    locate,
    miles_between,
    places,
)
from include.jobs.position import Location, Position
from include.jobs.states import NEIGHBOURS, STATES
from include.matching.grades import GradeWindow, grade_window
from include.matching.topics import Topic, holds_every_word, topic_of
from include.searches.exclusions import Exclusion, read_exclusion
from include.searches.parameters import SearchParameters

MILES_A_DEGREE = 68
"""Of latitude, at least."""

MILES_TO_A_TOWN = 15
"""How much farther than the nearest of its land a state's nearest listed town may be.

Towns don't lie on the state line. Of 2,959 pairs of a small place and a city across a state line,
at most 75 miles apart, the place's state had no other town within that distance in 77. With 15
miles more, 9 are left.
"""


class Distance(NamedTuple):
    """How far a place of work is from the nearest of a search's places."""

    LocationName: str
    miles: float
    centre: str


@dataclass(frozen=True)
class MatchContext:
    """What the rules need to know about a search, computed once for all positions.

    `centres` are the places that distances are measured from, in the search's order; there are none
    in a search for remote jobs only.
    """

    search: SearchParameters
    centres: tuple[KnownPlace, ...]
    topic: Topic

    @classmethod
    def of(cls, search: SearchParameters) -> MatchContext:
        """Return the context of a search."""
        return cls(search, tuple(map(_centre, search.places)), topic_of(search.keyword))

    @cached_property
    def grades(self) -> GradeWindow:
        """The grades within reach."""
        return grade_window(self.search.years_of_experience)

    @cached_property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """What the seeker excludes."""
        return tuple(map(read_exclusion, self.search.exclude))

    @cached_property
    def pay_place(self) -> tuple[Coordinates | None, str | None]:
        """The place by whose pay table grades and bands are compared, and its state: the first."""
        if not self.centres:
            return None, None
        first = self.centres[0]
        return first.coordinates, _region(first.name)

    @cached_property
    def distance_of(self) -> Callable[[str, float | None, float | None], Distance | None]:
        """Return how far a place of work is, by name, latitude and longitude; None if not known.

        A posting may list a thousand places, and most of them recur.
        """
        return lru_cache(maxsize=10_000)(self._distance_of)

    def _distance_of(
        self, name: str, latitude: float | None, longitude: float | None
    ) -> Distance | None:
        coordinates, known = _coordinates(name, latitude, longitude), known_name(name)
        best: Distance | None = None
        for centre in self.centres:
            if known == known_name(centre.name):
                miles = 0.0
            elif coordinates:
                miles = round(miles_between(centre.coordinates, coordinates), 1)
            else:
                continue
            if best is None or miles < best.miles:
                best = Distance(name, miles, centre.name)
        return best

    @cached_property
    def _states(self) -> frozenset[str]:
        """The states that may have a place inside the search's radius."""
        own = {_region(centre.name) for centre in self.centres}
        return frozenset(own) | {
            _region(place.name)
            for place in places()
            if any(self._may_reach_past(centre, place.coordinates) for centre in self.centres)
        }

    @cached_property
    def _is_abroad(self) -> bool:
        return any(_region(centre.name) not in STATES for centre in self.centres)

    def _may_reach_past(self, centre: KnownPlace, town: Coordinates) -> bool:
        miles = self.search.radius_miles + MILES_TO_A_TOWN
        north = abs(town.latitude - centre.coordinates.latitude)
        # Most places are too far north or south: no need to compute how far.
        return north * MILES_A_DEGREE <= miles and miles_between(centre.coordinates, town) <= miles

    @property
    def series(self) -> frozenset[str]:
        """The occupational series in which the topic occurs; empty for all."""
        return self.topic.near

    def mentions_keyword(self, text: str) -> bool:
        """Return whether the Search API would find an announcement with this text."""
        return holds_every_word(self.search.keyword, text)

    def may_reach(self, position: Position) -> bool:
        """Return whether a position may be remote or within the radius, as far as is known."""
        if position.remote:
            return True
        nearest = nearest_location(position.PositionLocation, self)
        if nearest and nearest.miles <= self.search.radius_miles:
            return True
        return bool(self.unknown_places(position))

    def unknown_places(self, position: Position) -> list[str]:
        """Return the places of work that may be within the radius, but aren't known.

        An unknown place (a base, a laboratory) may be if its state is the search's own or has a
        town within the radius or little beyond, or if neither its state nor its country is said.
        """
        return [
            location.LocationName
            for location in position.PositionLocation
            if self.centres and coordinates_of(location) is None and self._may_be_near(location)
        ]

    def _may_be_near(self, location: Location) -> bool:
        region = region_of(location)
        if region in STATES:
            return region in self._states
        return region is None or region in NEIGHBOURS or self._is_abroad


def _centre(name: str) -> KnownPlace:
    coordinates = locate(name)
    if coordinates is None:
        raise LookupError(f"{name!r} was read as a location, and isn't among the places.")
    return KnownPlace(name, coordinates)


def region_of(location: Location) -> str | None:
    """Return the state of a place of work, or the country if it is abroad; None if not said."""
    region = split_name(location.LocationName).region
    state = state_named(location.CountrySubDivisionCode or "")
    if region in STATES or state:
        return region if region in STATES else state
    if state := state_named(location.LocationName):
        return state
    country = location.CountryCode or region
    return None if country is None or is_united_states(country) else country


def nearest_location(locations: Iterable[Location], context: MatchContext) -> Distance | None:
    """Return the nearest place with a known distance, or None if there is none."""
    best: Distance | None = None
    distance_of = context.distance_of
    for location in locations:
        found = distance_of(location.LocationName, location.Latitude, location.Longitude)
        if found and (best is None or found.miles < best.miles):
            best = found
            if not best.miles:
                break
    return best


def coordinates_of(location: Location) -> Coordinates | None:
    """Return where a place of work is: what the posting says, or if not or wrong, the gazetteer."""
    return _coordinates(location.LocationName, location.Latitude, location.Longitude)


def _coordinates(name: str, latitude: float | None, longitude: float | None) -> Coordinates | None:
    if latitude is None or longitude is None or known_name(name) in MISPLACED_BY_USAJOBS:
        return locate(name)
    return Coordinates(latitude, longitude)


def _region(name: str) -> str:
    return name.rpartition(", ")[2]
