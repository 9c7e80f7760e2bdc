"""The location of a search: one or more places, or remote, in the spelling that all parts share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from include.jobs.place_names import ZIP_CODE, folded, split_name, state_named
from include.jobs.places import THE_DISTRICT, find_place, known_places
from include.jobs.states import STATES
from include.searches.keys import folded_key

REMOTE = "remote"
"""The location of a search for nothing but remote jobs."""

MOST_PLACES = 5
MOST_CHARACTERS = 300
MOST_PROPOSALS = 4
LONGEST_MISSPELLING = 60

AS_IN = "write a city and its state, as in “Chicago, Illinois”"

_REMOTE = re.compile(
    r"(?:only )?remote(?: (?:jobs?|only|work))?|anywhere in the us(?: remote job)?"
)

# What earlier versions took as a location, if they knew the place.
_TAKEN_EARLIER = re.compile(rf"[A-Z][A-Za-z.' -]*, ({'|'.join(STATES)})")


class UnknownLocation(ValueError):
    """A location can't be understood; the message proposes others."""


def read_location(text: str) -> str:
    """Return a location as it is known: "Chicago, Illinois; Milwaukee, Wisconsin", or "remote".

    Remote jobs are kept wherever a search looks, so "remote" beside a place adds nothing.

    Raises:
        UnknownLocation: a place is not known, or there are too many.
    """
    named = [name for each in text.split(";") if (name := " ".join(each.split()))]
    if not named:
        raise UnknownLocation(f"{AS_IN}, or “{REMOTE}”")
    found = list(dict.fromkeys(_read_place(name) for name in named if not _is_remote(name)))
    if len(found) > MOST_PLACES:
        raise UnknownLocation(f"a search has at most {MOST_PLACES} places")
    location = "; ".join(found) or REMOTE
    if len(location) > MOST_CHARACTERS:
        raise UnknownLocation(f"in full, it has more than {MOST_CHARACTERS} characters")
    return location


def places_of(location: str) -> list[str]:
    """Return the places of a location that was read; none for remote alone."""
    return [] if location == REMOTE else location.split("; ")


def near(location: str) -> str:
    """Return where a search looks, as part of a sentence: "near Chicago, Illinois"."""
    return "in remote jobs" if location == REMOTE else f"near {location}"


def _is_remote(name: str) -> bool:
    return _REMOTE.fullmatch(folded(name)) is not None


def _read_place(text: str) -> str:
    if state_named(text) == THE_DISTRICT:
        text = f"Washington, {THE_DISTRICT}"
    found = find_place(text)
    if found is None:
        raise UnknownLocation(_explain(text))
    return _as_stored(text, found.name)


def _as_stored(text: str, name: str) -> str:
    """Return the text instead of the name if earlier versions took it, and it has another key.

    What they stored of "Saint Louis, Missouri" stays that search's, and isn't St. Louis's.
    """
    taken = _TAKEN_EARLIER.fullmatch(text) and _as_compared_earlier(text) == _as_compared_earlier(
        name
    )
    return text if taken and folded_key(text) != folded_key(name) else name


def _as_compared_earlier(name: str) -> str:
    words = name.casefold().replace(".", "").split()
    spelled = " ".join({"st": "saint", "ft": "fort"}.get(word, word) for word in words)
    return re.sub(" (?:city|village), ", ", ", spelled)


def _explain(text: str) -> str:
    """Return why a place is not known, and what may be meant."""
    place, region = split_name(text)
    if ZIP_CODE.fullmatch(text):
        return f"“{text}” is a ZIP code, and those are not known; {AS_IN}"
    if state := state_named(text):
        # Washington is a city, too.
        proposed = [*_namesakes(place)[:1], *_names_in(state)]
        why = f"“{text}” is a whole state, and distances are measured from a place"
    elif len(text) > LONGEST_MISSPELLING:
        proposed, why = [], f"“{text[:LONGEST_MISSPELLING]}…” is not a known place"
    elif region is None and (proposed := _namesakes(place)):
        why = f"“{text}” lacks its state"
    else:
        proposed, why = _proposals(place, region), f"“{text}” is not a known place"
    distinct = list(dict.fromkeys(proposed))[:MOST_PROPOSALS]
    if distinct:
        return f"{why}; did you mean {'; '.join(distinct)}?"
    return (
        f"{why}; {AS_IN}, and join several with “;”; for a place with fewer than 500 people, take "
        "the nearest larger one and a wider radius"
    )


def _proposals(place: str, region: str | None) -> list[str]:
    """Return the names that a misspelt one may stand for, the likeliest first."""
    regions = _by_region()
    if region is None:
        return _similar(place, _everywhere())
    if region not in regions:
        region = _similar_region(region)
        if found := find_place(f"{place}, {region}"):
            return [found.name]
    within = _similar(place, regions.get(region, {}))
    if region in regions and region not in STATES:
        return [*within, *_names_in(region)]
    # A comma too many, or the wrong state.
    return [*within, *_namesakes(f"{place} {region}"), *_namesakes(place)]


def _similar_region(region: str) -> str:
    by_key = {folded(name): name for name in _by_region()}
    close = get_close_matches(folded(region), by_key, 1, 0.7)
    return by_key[close[0]] if close else region


def _namesakes(place: str) -> list[str]:
    """Return the places of that name in any state, the largest first."""
    key = folded(place).replace(" ", "")
    return [
        found.name
        for name, found in known_places().items()
        if name.replace(" ", "").startswith(f"{key},")
        # "Panama City" is also found as Panama, but isn't its namesake.
        and folded(found.name.rpartition(", ")[0]).replace(" ", "") == key
    ]


def _similar(place: str, names: Mapping[str, list[str]]) -> list[str]:
    """Return the names whose key is close to that of a place, by how close."""
    close = get_close_matches(folded(place), names, MOST_PROPOSALS, 0.75)
    return [name for key in close for name in names[key]]


@cache
def _by_region() -> dict[str, dict[str, list[str]]]:
    """Return the names of each state or country by the key of the place, the largest first."""
    regions: dict[str, dict[str, list[str]]] = {}
    for key, found in known_places().items():
        place, region = key.rpartition(", ")[0], found.name.rpartition(", ")[2]
        regions.setdefault(region, {}).setdefault(place, []).append(found.name)
    return regions


@cache
def _everywhere() -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    for key, found in known_places().items():
        by_key.setdefault(key.rpartition(", ")[0], []).append(found.name)
    return by_key


def _names_in(region: str) -> list[str]:
    """Return the names of a state's or country's places, the largest first."""
    return [name for names in _by_region().get(region, {}).values() for name in names]
