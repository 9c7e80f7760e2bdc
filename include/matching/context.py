"""A search together with the values derived from it: coordinates, grade window and topic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from include.jobs.places import Coordinates, locate, miles_between, places
from include.jobs.position import Location, Position
from include.matching.grades import GradeWindow, grade_window
from include.matching.match_result import Nearest
from include.matching.topics import Topic, holds_every_word, topic_of
from include.searches.parameters import SearchParameters


class PlaceUnknownError(ValueError):
    """The search's location is not in the gazetteer."""


@dataclass(frozen=True)
class MatchContext:
    """What the rules need to know about a search, computed once for all positions."""

    search: SearchParameters
    centre: Coordinates
    topic: Topic

    @classmethod
    def of(cls, search: SearchParameters) -> MatchContext:
        """Return the context of a search.

        Raises:
            PlaceUnknownError: the gazetteer doesn't have the location.
        """
        centre = locate(search.location)
        if centre is None:
            raise PlaceUnknownError(
                f"Nobody knows where {search.location!r} is: it is not among the places in the "
                "United States with at least 500 people. Check its spelling, or enter the nearest "
                "larger place and a wider radius."
            )
        return cls(search, centre, topic_of(search.keyword))

    @cached_property
    def grades(self) -> GradeWindow:
        """The grades within reach."""
        return grade_window(self.search.years_of_experience)

    @cached_property
    def pay_place(self) -> tuple[Coordinates | None, str | None]:
        """The place by whose pay table grades and bands are compared, and its state."""
        return self.centre, _state(self.search.location)

    @cached_property
    def _states(self) -> frozenset[str]:
        """The states with a place inside the search's radius."""
        return frozenset(
            _state(place.name)
            for place in places()
            if miles_between(self.centre, place.coordinates) <= self.search.radius_miles
        )

    @property
    def series(self) -> frozenset[str]:
        """The occupational series in which the topic occurs; empty for all."""
        return self.topic.near

    def mentions_keyword(self, text: str) -> bool:
        """Return whether the Search API would find an announcement with this text."""
        return holds_every_word(self.search.keyword, text)

    def may_reach(self, position: Position) -> bool:
        """Return whether a position may be within the radius, as far as is known.

        A place that the gazetteer lacks (a base, a laboratory) may be if its state overlaps it.
        """
        if position.remote:
            return True
        for location in position.PositionLocation:
            miles = _miles(location, self)
            if miles is None and _state(location.LocationName) in self._states:
                return True
            if miles is not None and miles <= self.search.radius_miles:
                return True
        return False


def nearest_location(locations: Iterable[Location], context: MatchContext) -> Nearest | None:
    """Return the nearest place with a known distance, or None if there is none."""
    best: Nearest | None = None
    for location in locations:
        miles = _miles(location, context)
        if miles is not None and (best is None or miles < best.miles):
            best = Nearest(LocationName=location.LocationName, miles=miles)
    return best


def _miles(location: Location, context: MatchContext) -> float | None:
    if _same_place(location.LocationName, context.search.location):
        return 0.0
    coordinates = _coordinates(location) or locate(location.LocationName)
    return _distance(context.centre, coordinates) if coordinates else None


@lru_cache(maxsize=10_000)
def _distance(centre: Coordinates, place: Coordinates) -> float:
    return round(miles_between(centre, place), 1)


def _coordinates(location: Location) -> Coordinates | None:
    if location.Latitude is None or location.Longitude is None:
        return None
    return Coordinates(location.Latitude, location.Longitude)


def _same_place(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _state(name: str) -> str:
    return name.rpartition(", ")[2]
