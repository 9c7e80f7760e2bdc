"""The spellings of a place's name: what tells two places apart, and what doesn't."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from include.jobs.states import STATE_CODES, STATES

SPELLED_OUT = {
    "st": "saint",
    "ste": "sainte",
    "ft": "fort",
    "mt": "mount",
    "afb": "air force base",
    "sfb": "air force base",
    "afs": "air force station",
    "sfs": "air force station",
    "ang": "air national guard",
    "angb": "air national guard base",
    "jb": "joint base",
    "nas": "naval air station",
    "naws": "naval air weapons station",
    "navsta": "naval station",
    "nsa": "naval support activity",
    "mcas": "marine corps air station",
    "mcb": "marine corps base",
    "mclb": "marine corps logistics base",
    "mcrd": "marine corps recruit depot",
    "intl": "international",
}
"""Abbreviations; since 2020, bases of the Space Force that were the Air Force's are the same."""

_NAMED_LIKE_ITS_TOWN = re.compile(
    r"(?:naval (?:air )?station(?: joint reserve base)?"
    r"|naval (?:air )?(?:weapons station|facility)|naval support (?:activity|facility)"
    r"|naval (?:amphibious |submarine )?base|naval construction battalion center"
    r"|marine corps (?:base|air station|logistics base|recruit depot))"
)
ZIP_CODE = re.compile(r"\d{5}(-\d{4})?")
_WORDS_LIKE_CODES = frozenset({"as", "hi", "in", "me", "oh", "ok", "or"})
_COUNTRY = frozenset({"united states", "united states of america", "usa", "us"})


class PlaceName(NamedTuple):
    """A name in two parts; the region is a state, or else a country as it was written."""

    place: str
    region: str | None


def without_accents(text: str) -> str:
    """Return text in plain letters, as USAJOBS writes names: "Cañon City" is "Canon City"."""
    if text.isascii():
        return text
    # Hawaiian names have an okina, an opening quote, which USAJOBS leaves out.
    plain = re.sub("[\u2018\u02bb]", "", text).replace("\u2019", "'")
    letters = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def folded(text: str) -> str:
    """Return what spellings of a name share: case, accents, signs and abbreviations don't count."""
    plain = without_accents(text).casefold()
    if "." in plain:
        plain = re.sub(r"\b(st|ste|ft|mt)\.", r"\1 ", plain)
    plain = plain.replace(".", "").replace("'", "")
    words = [SPELLED_OUT.get(word, word) for word in re.findall(r"[a-z0-9]+", plain)]
    return " ".join(words).replace("space force ", "air force ")


_STATES = {folded(state): state for state in STATES}
_STATES |= {code.casefold(): state for code, state in STATE_CODES.items()}
_STATES |= {"us virgin islands": "Virgin Islands"}


def state_named(text: str) -> str | None:
    """Return the full name of a state, a territory or the district, or None if it is none."""
    return _STATES.get(re.sub(r"[^a-z]+", " ", text.casefold().replace(".", "")).strip())


def is_united_states(country: str) -> bool:
    """Return whether a country's name means the United States."""
    return folded(country) in _COUNTRY


def split_name(text: str) -> PlaceName:
    """Split "Chicago, IL" into "Chicago" and "Illinois"; the comma may be missing."""
    before, _, last = " ".join(text.split()).rpartition(" ")
    text = before if before and ZIP_CODE.fullmatch(last) else text
    parts = [part for each in text.split(",") if (part := each.strip())]
    if len(parts) > 1 and is_united_states(parts[-1]):
        parts.pop()
    if len(parts) > 1:
        return PlaceName(", ".join(parts[:-1]), state_named(parts[-1]) or parts[-1])
    words = " ".join(parts).split()
    if not state_named(" ".join(words)):
        for first in range(max(1, len(words) - 3), len(words)):
            tail = " ".join(words[first:])
            if tail not in _WORDS_LIKE_CODES and (state := state_named(tail)):
                return PlaceName(" ".join(words[:first]), state)
    return PlaceName(" ".join(words), None)


def town_of_base(place: str) -> str:
    """Return a name without words for a base: "Naval Station Great Lakes" is in Great Lakes.

    Other bases, such as Scott Air Force Base, are named after people.
    """
    words = _NAMED_LIKE_ITS_TOWN.sub(" ", folded(place))
    return " ".join(words.split())
