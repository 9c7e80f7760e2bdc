"""The location of a search: one or more places, or remote, in the spelling that all parts share."""

from __future__ import annotations

import re

from include.jobs.place_names import folded, state_named
from include.jobs.places import THE_DISTRICT, find_place
from include.jobs.states import STATES
from include.searches.keys import folded_key
from include.searches.proposals import AS_IN, explained

REMOTE = "remote"
"""The location of a search for nothing but remote jobs."""

MOST_PLACES = 5
MOST_CHARACTERS = 300

_THE_COUNTRY = r"(?:the )?(?:us|usa|united states(?: of america)?)"
_REMOTE = re.compile(
    r"(?:(?:only|fully|completely|100|100 percent) )*remote(?: (?:jobs?|only|work|positions?))*"
    rf"(?: (?:(?:anywhere )?(?:in|within) )?{_THE_COUNTRY})?"
    rf"|anywhere in {_THE_COUNTRY}(?: remote(?: jobs?)?)?"
    r"|(?:work(?:ing)? )?from home|wfh"
)
_LIKE_REMOTE = re.compile(
    r"\b(remote(ly)?|virtual|telework\w*|telecommut\w*|nationwide|anywhere|(from|at) home|wfh)\b"
)
_BESIDE_A_PLACE = re.compile(
    r"[,/&+]?\s*(?:\b(?:and|or)\b)?\s*\(?\bremote\b\)?\s*(?:\b(?:and|or)\b|[,/&+])?", re.I
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
        raise UnknownLocation(_refusal(text))
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


def _refusal(text: str) -> str:
    if _LIKE_REMOTE.search(folded(text)) and len(text) <= MOST_CHARACTERS:
        beside = find_place(_BESIDE_A_PLACE.sub(" ", text).strip(" ,"))
        meant = f"{beside.name}; {REMOTE}" if beside else REMOTE
        return f"“{text}” is not a known place; did you mean {meant}?"
    return explained(text)
