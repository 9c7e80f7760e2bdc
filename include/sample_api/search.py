"""Which postings a query finds, and in which order: the parameters that this project sends.

Like the real API, it ignores unknown parameters and invalid values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from zlib import crc32

from include.jobs.place_names import state_named
from include.jobs.places import Coordinates, find_place, miles_between
from include.sample_api.postings import Posting

DEFAULT_RADIUS_MILES = 25.0
# Where the real service measures from isn't documented. This one also returns places slightly
# beyond the radius, which exposes clients that rely on it.
SLACK_MILES = 5.0


class Found(NamedTuple):
    """The postings that a query hits, and the location that it was understood to name."""

    postings: list[Posting]
    resolved_location: str | None = None


def find(postings: Iterable[Posting], parameters: Mapping[str, str], today: date) -> Found:
    """Return what `parameters` find among the postings that are open `today`."""
    words = [_word(word) for word in re.findall(r"\w+", parameters.get("Keyword", ""))]
    hits = [each for each in postings if all(word.search(each.text) for word in words)]
    # How relevance is computed isn't known, so the order is arbitrary, and fixed for a day.
    hits.sort(key=lambda posting: crc32(f"{today} {posting.control_number}".encode()))
    if parameters.get("SortField", "").casefold() == "opendate":
        hits.sort(key=lambda posting: posting.opens)
    location = parameters.get("LocationName", "").strip()
    if not location:
        return Found(hits)
    # Only cities with their state's full name are resolved. If none is, nothing is found.
    centers = [center for name in location.split(";") if (center := _resolve(name.strip()))]
    radius = _number(parameters.get("Radius", "")) or DEFAULT_RADIUS_MILES
    near = [each for each in hits if any(_is_near(each, center, radius) for center in centers)]
    return Found(near, location if centers else None)


def _resolve(name: str) -> Coordinates | None:
    _, comma, region = name.rpartition(", ")
    state = state_named(region)
    is_in_full = comma and (state is None or state.casefold() == region.casefold())
    spot = find_place(name) if is_in_full else None
    return spot.coordinates if spot else None


def _word(word: str) -> re.Pattern[str]:
    """Match a word in its inflected forms: "engineering" finds engineer, engineers, engineered."""
    stem = re.sub(r"(?<=\w{3})(?:ing|ed|s)$", "", word.casefold())
    return re.compile(rf"\b{re.escape(stem)}(?:ing|ed|s)?\b")


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _is_near(posting: Posting, center: Coordinates, radius: float) -> bool:
    return any(
        place.coordinates and miles_between(place.coordinates, center) <= radius + SLACK_MILES
        for place in posting.places
    )
