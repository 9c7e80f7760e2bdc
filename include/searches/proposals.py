"""Which places may be meant by a location that isn't understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from include.jobs.countries import country_named
from include.jobs.place_aliases import SHORT_NAMES
from include.jobs.place_names import ZIP_CODE, folded, is_united_states, split_name, state_named
from include.jobs.places import THE_DISTRICT, find_place, known_places, locate
from include.jobs.states import STATES

MOST_PROPOSALS = 4
LONGEST_MISSPELLING = 60
MOST_PARTS = 12
"""The parts of a text that are tried as several places."""

AS_IN = "write a city and its state, as in “Chicago, Illinois”"

AREAS = {
    "bay area": "San Francisco, California; Oakland, California; San Jose, California",
    "dfw": "Dallas, Texas; Fort Worth, Texas",
    "dmv": f"Washington, {THE_DISTRICT}",
    "hampton roads": "Norfolk, Virginia; Virginia Beach, Virginia; Hampton, Virginia",
    "metroplex": "Dallas, Texas; Fort Worth, Texas",
    "national capital region": f"Washington, {THE_DISTRICT}",
    "ncr": f"Washington, {THE_DISTRICT}",
    "northern virginia": "Arlington, Virginia; Fairfax, Virginia",
    "quad cities": "Davenport, Iowa; Rock Island, Illinois",
    "research triangle": "Raleigh, North Carolina; Durham, North Carolina",
    "silicon valley": "San Jose, California; Sunnyvale, California",
    "tidewater": "Norfolk, Virginia; Virginia Beach, Virginia; Hampton, Virginia",
    "twin cities": "Minneapolis, Minnesota; St. Paul, Minnesota",
}
"""What people call several places together."""

_JOINTS = (
    re.compile(r"[,/&+|]|\b(?:and|or)\b", re.I),
    re.compile(r"[,/&+|-]|\b(?:and|or)\b", re.I),
)
_JOINT_THAT_IS_NO_COMMA = re.compile(r"[/&+|]|\b(?:and|or)\b", re.I)

_IN_MANY_NAMES = frozenset(
    {
        *("air", "army", "base", "bay", "beach", "camp", "center", "city", "county", "downtown"),
        *("east", "force", "fort", "greater", "heights", "hill", "hills", "hospital", "island"),
        *("joint", "lake", "medical", "metro", "mountain", "national", "naval", "navy", "new"),
        *("north", "park", "point", "port", "river", "saint", "san", "south", "space", "springs"),
        *("station", "the", "town", "united", "valley", "village", "west"),
    }
)
"""Words that alone don't say which place is meant."""


def explained(text: str) -> str:
    """Return why a place is not known, and what may be meant."""
    if ZIP_CODE.fullmatch(text):
        return f"“{text}” is a ZIP code, and those are not known; {AS_IN}"
    if together := _area(text) or _several(text):
        return (
            f"{_quoted(text)} is not one known place; several are joined with “;”; "
            f"did you mean {'; '.join(together)}?"
        )
    why, proposed = _meant(text)
    if distinct := list(dict.fromkeys(proposed))[:MOST_PROPOSALS]:
        return f"{why}; did you mean {'; '.join(distinct)}?"
    return (
        f"{why}; {AS_IN}, and join several with “;”; for a place with fewer than 500 people, take "
        "the nearest larger one and a wider radius"
    )


def _quoted(text: str) -> str:
    cut = text if len(text) <= LONGEST_MISSPELLING else f"{text[:LONGEST_MISSPELLING]}…"
    return f"“{cut}”"


def _meant(text: str) -> tuple[str, list[str]]:
    """Return why a text is not a place, and the names that it may stand for."""
    place, region = split_name(text)
    unknown = f"{_quoted(text)} is not a known place"
    whole = f"{_quoted(text)} is a whole {{}}, and distances are measured from a place"
    if state := state_named(text):
        # Washington is a city, too, and LA is two places.
        names = [*_short(place), *_namesakes(place)[:1], *_names_in(state)]
        return whole.format("state"), names
    if is_united_states(text):
        return whole.format("country"), [found.name for found in known_places().values()]
    if len(text) > LONGEST_MISSPELLING:
        return unknown, []
    if region is None:
        if (country := country_named(place)) and (names := _names_in(country)):
            return whole.format("country"), [*names, *_namesakes(place)]
        if names := _short(place) or _namesakes(place):
            return f"{_quoted(text)} lacks its state", names
        place, region = _split_country(place)
    if region and region not in STATES and (country := country_named(region)):
        if names := _names_in(country):
            return unknown, [*_similar(place, _by_region()[country]), *names]
        return f"{unknown}, and none in {country} is known", []
    return unknown, _proposals(place, region)


def _split_country(place: str) -> tuple[str, str | None]:
    """Split "Naples Italy"; a town alone has no country."""
    words = place.split()
    for first in range(max(1, len(words) - 3), len(words)):
        if country_named(tail := " ".join(words[first:])):
            return " ".join(words[:first]), tail
    return place, None


def _area(text: str) -> list[str]:
    key = folded(split_name(text).place).removeprefix("the ")
    names = AREAS.get(key) or AREAS.get(key.removesuffix(" area"))
    return names.split("; ") if names else []


def _several(text: str) -> list[str]:
    """Return the places of "Chicago, IL and Milwaukee, WI", if all of at least two are known."""
    for joint in _JOINTS:
        parts = [part for each in joint.split(text) if (part := each.strip())]
        names = list(dict.fromkeys(_joined(parts, text))) if len(parts) <= MOST_PARTS else []
        if len(names) > 1 and None not in names:
            return [name for name in names if name]
    return []


def _joined(parts: Iterable[str], text: str) -> Iterator[str | None]:
    """Yield the place of each part, None if it is unknown; a state is that of those before it."""
    waiting: list[str] = []
    latest: list[str] = []
    for part in parts:
        region = state_named(part) or country_named(part)
        if region and not waiting and region == THE_DISTRICT:
            yield _known(f"Washington, {region}")
        # "Kansas City, MO/KS" is two places, but Washington may be one.
        elif region and (waiting or (latest and len(part) == 2)):
            latest, waiting = waiting or latest, []
            for town in latest:
                found = _known(f"{town}, {region}")
                yield found or (_by_name_alone(town, text) if region in STATES else None)
        elif split_name(part).region:
            yield _known(part)
        elif not is_united_states(part):
            waiting.append(part)
    for town in waiting:
        yield _by_name_alone(town, text)


def _known(name: str) -> str | None:
    return found.name if (found := find_place(name)) else None


def _by_name_alone(town: str, text: str) -> str | None:
    # With nothing but commas, the town may be a part of a name, or a county.
    if not _JOINT_THAT_IS_NO_COMMA.search(text):
        return None
    return next(iter([*_short(town), *_namesakes(town)]), None)


def _proposals(place: str, region: str | None) -> list[str]:
    """Return the names that a misspelt one may stand for, the likeliest first."""
    regions = _by_region()
    if region is None:
        return _alike(place, _everywhere())
    if region not in regions:
        region = _similar_region(region)
        if found := find_place(f"{place}, {region}"):
            return [found.name]
    within = _alike(place, regions.get(region, {}))
    if region == THE_DISTRICT:
        is_inside = locate(f"{place}, {THE_DISTRICT}") is not None
        elsewhere = [] if is_inside else [*_short(place), *_namesakes(place)[:1]]
        return [*within, *elsewhere, f"Washington, {THE_DISTRICT}"]
    # A comma too many, or the wrong state.
    return [*within, *_short(place), *_namesakes(f"{place} {region}"), *_namesakes(place)]


def _similar_region(region: str) -> str:
    by_key = {folded(name): name for name in _by_region()}
    close = get_close_matches(folded(region), by_key, 1, 0.7)
    return by_key[close[0]] if close else region


def _short(place: str) -> list[str]:
    """Return the places that have this short name, in any state."""
    return [
        known
        for name in SHORT_NAMES
        if folded(name.rpartition(", ")[0]) == folded(place) and (known := _known(name))
    ]


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


def _alike(place: str, names: Mapping[str, list[str]]) -> list[str]:
    """Return names with nearly the same letters, then those with the same words, then others."""
    key = folded(place)
    similar = _similar(place, names, 0.85)
    return [*similar, *_with_its_words(key, names), *_similar(place, names)]


def _similar(place: str, names: Mapping[str, list[str]], at_least: float = 0.75) -> list[str]:
    """Return the names whose key is close to that of a place, by how close."""
    key = folded(place)
    swapped = [each for each in names if len(each) == len(key) and sorted(each) == sorted(key)]
    close = get_close_matches(key, names, MOST_PROPOSALS, at_least)
    return [name for each in [*swapped, *close] for name in names[each]]


def _with_its_words(key: str, names: Mapping[str, list[str]]) -> list[str]:
    """Return the names in which a place's words are, or else the longest that are in these."""
    if key in _IN_MANY_NAMES or not key:
        return []
    if holding := [name for each in names if f" {key} " in f" {each} " for name in names[each]]:
        return holding
    words = key.split()
    for length in range(len(words) - 1, 0, -1):
        runs = [" ".join(words[at : at + length]) for at in range(len(words) - length + 1)]
        held = [run for run in runs if run in names and run not in _IN_MANY_NAMES]
        if held:
            return [name for run in reversed(held) for name in names[run]]
    return []


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


def _names_in(region: str | None) -> list[str]:
    """Return the names of a state's or country's places, the largest first."""
    return [name for names in _by_region().get(region or "", {}).values() for name in names]
