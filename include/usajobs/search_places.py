"""Reads the places of work in rows of the Search API.

Half of a row are places, and most of them recur from row to row in the same words: what a place is
read from is remembered, so that it is read once.
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from include.jobs import limits
from include.jobs.position import Location, in_order
from include.usajobs import fields
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRowError
from include.usajobs.json_text import read_json
from include.usajobs.values import read_coordinate

ABSENT_NAMES = {"", "N/A"}

_remembered: dict[bytes, Location] = {}
"""Places by the text that they were read from."""


def read_places(descriptor: dict[str, Any], drift: Drift) -> list[Location]:
    """Return the distinct places of a row; each of them may still be JSON text.

    Raises:
        UnreadableRowError: a place, or its name, is missing or of another type.
        ValidationError: a name is not valid text.
    """
    entries = fields.required(descriptor, "PositionLocation", list)
    return in_order([_place(entry, drift) for entry in entries])


def forget_places() -> None:
    """Forget all places, so that each is read anew."""
    _remembered.clear()


def _place(entry: object, drift: Drift) -> Location:
    if not isinstance(entry, Raw):
        return _read(entry, drift)
    text = bytes(entry)
    if known := _remembered.get(text):
        return known
    anomalies = drift.counts.total()
    place = _read(read_json(text), drift)
    if drift.counts.total() == anomalies and len(text) <= limits.REMEMBERED_PLACE_CHARACTERS:
        if len(_remembered) >= limits.REMEMBERED_PLACES:
            forget_places()
        _remembered[text] = place
    return place


def _read(entry: object, drift: Drift) -> Location:
    if not isinstance(entry, dict):
        raise UnreadableRowError(f"PositionLocation holds {fields.described(entry)}, not an object")
    return Location(
        LocationName=fields.required(entry, "LocationName", str).strip(),
        CountryCode=_name(entry, "CountryCode", drift),
        CountrySubDivisionCode=_name(entry, "CountrySubDivisionCode", drift),
        CityName=_name(entry, "CityName", drift),
        Longitude=_coordinate(entry, "Longitude", 180, drift),
        Latitude=_coordinate(entry, "Latitude", 90, drift),
    )


def _name(entry: dict[str, Any], name: str, drift: Drift) -> str | None:
    text = fields.text(entry, name, drift)
    return None if text in ABSENT_NAMES else text


def _coordinate(entry: dict[str, Any], name: str, bound: int, drift: Drift) -> float | None:
    try:
        return read_coordinate(entry.get(name), bound)
    except ValueError:
        drift.unreadable(f"PositionLocation[].{name}", entry.get(name))
        return None
