"""The layout of a map around a search's location, computed offline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from include.jobs.places import Coordinates, Place, miles_between, places

MOST_SETTLEMENTS = 1_500

SMALLEST_MAP = 300
"""Width in pixels on a phone. Labels that don't overlap there don't on larger maps either."""

LETTER_WIDTH, LINE_HEIGHT = 6.6, 15
"""Pixels, at the charts' font size."""

Side = Literal["middle right", "middle left", "top center", "bottom center"]

SIDES: dict[Side, tuple[int, int]] = {
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top center": (0, 1),
    "bottom center": (0, -1),
}
"""The positions of a label beside its spot, by Plotly's names: directions right and up."""


class Spot(NamedTuple):
    """Miles east and north of the map's centre."""

    east: float
    north: float


class Label(NamedTuple):
    """The label of a disc that is `across` pixels wide.

    The disc of an `optional` label is drawn, and blocks others, only if there is room for the text.
    """

    text: str
    at: Spot
    across: float
    sides: Sequence[Side] = tuple(SIDES)
    optional: bool = False


def middle(places: Sequence[Coordinates]) -> Coordinates:
    """Return the point between the outermost of some places."""
    north = [place.latitude for place in places]
    # Guam is west of Hawaii, across the line where degrees east jump.
    east = [place.longitude for place in places]
    if max(east) - min(east) > 180:
        east = [degrees % 360 for degrees in east]
    return Coordinates((min(north) + max(north)) / 2, (min(east) + max(east)) / 2)


def spot(centre: Coordinates, place: Coordinates) -> Spot:
    """Return the spot of a place, at its true distance and direction, to 0.1 miles."""
    north, place_north = math.radians(centre.latitude), math.radians(place.latitude)
    east = math.radians(place.longitude - centre.longitude)
    direction = math.atan2(
        math.sin(east) * math.cos(place_north),
        math.cos(north) * math.sin(place_north)
        - math.sin(north) * math.cos(place_north) * math.cos(east),
    )
    miles = miles_between(centre, place)
    return Spot(round(miles * math.sin(direction), 1), round(miles * math.cos(direction), 1))


@lru_cache(maxsize=64)
def settlements(centre: Coordinates, reach: float) -> tuple[tuple[Place, Spot], ...]:
    """Return the largest places of the gazetteer within `reach` miles, largest first."""
    within = (place for place in places() if miles_between(centre, place.coordinates) <= reach)
    return tuple(
        (place, spot(centre, place.coordinates)) for place in islice(within, MOST_SETTLEMENTS)
    )


def sides(labels: Sequence[Label], reach: float) -> list[Side | None]:
    """Return the side on which each label has room, or None; earlier labels take precedence.

    A label has room if it overlaps neither another label, nor another disc, nor the edge of a map
    that reaches `reach` miles to each side.
    """
    discs = [_disc(label, reach) for label in labels]
    firm = {number for number, label in enumerate(labels) if not label.optional}
    texts: list[_Box] = []
    found: list[Side | None] = []
    for number, label in enumerate(labels):
        taken = [*texts, *(discs[other] for other in firm - {number})]
        room = None
        for side in label.sides:
            box = _box(label, side, reach)
            if box.on_map() and not any(map(box.meets, taken)):
                room = side
                texts.append(box)
                firm.add(number)
                break
        found.append(room)
    return found


class _Box(NamedTuple):
    """Pixels from the centre of the smallest map."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def on_map(self) -> bool:
        return max(-self.left, -self.bottom, self.right, self.top) <= SMALLEST_MAP / 2


def _around(x: float, y: float, width: float, height: float) -> _Box:
    return _Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _pixels(at: Spot, reach: float) -> tuple[float, float]:
    scale = SMALLEST_MAP / (2 * reach)
    return at.east * scale, at.north * scale


def _disc(label: Label, reach: float) -> _Box:
    return _around(*_pixels(label.at, reach), label.across, label.across)


def _box(label: Label, side: Side, reach: float) -> _Box:
    x, y = _pixels(label.at, reach)
    right, up = SIDES[side]
    width, height = len(label.text) * LETTER_WIDTH, LINE_HEIGHT
    # The distance that Plotly keeps between a disc and its text.
    gap = label.across / 2 / 0.8 + 1
    return _around(x + right * (gap + width / 2), y + up * (gap + height / 2), width, height)
