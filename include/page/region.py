"""Where things lie on a map around a search's centre, worked out without asking anybody."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from include.places import Coordinates, Place, miles_between, places

MOST_SETTLEMENTS = 1_500

SMALLEST_MAP = 300
"""Pixels across, on a phone. What doesn't overlap there doesn't on a larger map."""

LETTER_WIDTH, LINE_HEIGHT = 6.6, 15
"""Pixels, in the size in which the pictures have their text."""

Side = Literal["middle right", "middle left", "top center", "bottom center"]

SIDES: dict[Side, tuple[int, int]] = {
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top center": (0, 1),
    "bottom center": (0, -1),
}
"""Where a label may stand beside its spot, as Plotly calls it: how far to the right and up."""


class Spot(NamedTuple):
    """Miles east and north of the map's centre."""

    east: float
    north: float


class Label(NamedTuple):
    """Text for a disc so many pixels across.

    An `optional` one's disc is drawn, and in the way of others, only if there is room for its text.
    """

    text: str
    at: Spot
    across: float
    sides: Sequence[Side] = tuple(SIDES)
    optional: bool = False


def spot(centre: Coordinates, place: Coordinates) -> Spot:
    """Return where a place lies: at its true distance, in its true direction, to 0.1 miles."""
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
    """Return the largest places of the gazetteer within so many miles, largest first."""
    within = (place for place in places() if miles_between(centre, place.coordinates) <= reach)
    return tuple(
        (place, spot(centre, place.coordinates)) for place in islice(within, MOST_SETTLEMENTS)
    )


def sides(labels: Sequence[Label], reach: float) -> list[Side | None]:
    """Return on which side each label has room, None where on none; the first go first.

    There it covers no other label, no other's disc and not the edge, on a map of `reach` miles to
    each side.
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
    # Plotly keeps text so far from a disc.
    gap = label.across / 2 / 0.8 + 1
    return _around(x + right * (gap + width / 2), y + up * (gap + height / 2), width, height)
