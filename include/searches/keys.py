"""The keys of searches in documents: readable, and never the same for two searches."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from typing import NamedTuple

from include.jobs.place_aliases import OTHER_NAMES
from include.jobs.places import known_as, names_in_state, places, places_of_usajobs
from include.jobs.states import STATES


class Identity(NamedTuple):
    """What tells one search from another, in the same spelling whoever writes it."""

    keyword: str
    location: str
    radius_miles: int

    @classmethod
    def of(cls, keyword: str, location: str, radius_miles: int) -> Identity:
        """Return the identity of a search, whose places may be in any order.

        USAJOBS ignores case, and spaces around words.
        """
        words = unicodedata.normalize("NFC", keyword).casefold().split()
        places = sorted(folded_key(place) for place in location.split(";"))
        return cls(" ".join(words), ";".join(places), radius_miles)

    @property
    def folded(self) -> str:
        """The readable part of the key, which another search may share."""
        return folded_key(f"{self.keyword} {self.location} {self.radius_miles}")

    @property
    def key(self) -> str:
        """The key: `data-engineering-chicago-illinois-50`.

        Where that could be another search's as well, as with "C++ developer" and "C# developer",
        digits follow, so that these two differ.
        """
        return self.folded if self._is_plain else f"{self.folded}-{self._digits}"

    @property
    def _is_plain(self) -> bool:
        """Return whether keyword, location and radius can be told from the readable part."""
        if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", self.keyword):
            return False
        if not ONE_PLACE.fullmatch(self.location):
            return False
        words = self.keyword.split(" ")
        # "data west" in Chicago reads like "data" in West Chicago.
        longer = ("-".join([*words[first:], self.location]) for first in range(1, len(words)))
        if READS_LIKE_A_KEY.search(folded_key(self.keyword)):
            return False
        known = _first_places(self.location)
        if self.location not in known and self.location in _later_places():
            known |= _later_places()
            parts = self.location.split("-")
            if not known.isdisjoint("-".join(parts[first:]) for first in range(1, len(parts))):
                return False
        return known.isdisjoint(longer)

    @property
    def _digits(self) -> str:
        # No name of a file begins with a digit, so these are never taken for one.
        text = "\n".join(map(str, self))
        digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
        return f"{int.from_bytes(digest) % 10**8:08}"


def earlier_key(search: str, identity: Identity) -> str:
    """Return the key that versions up to 0.1.0 used for a search, also if others shared it.

    `search` is today's key, which may end with the name of the search's file.
    """
    return identity.folded + search.removeprefix(identity.key)


def folded_key(text: str) -> str:
    """Return text as part of a key: lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


_STATES = {folded_key(state): state for state in STATES}
_A_STATE = "|".join(_STATES)
READS_LIKE_A_KEY = re.compile(rf"({_A_STATE})-\d")
ONE_PLACE = re.compile(rf"[a-z0-9-]+-({_A_STATE})")
"""A place in the United States; others, several and none came later, and always get digits."""


def _first_places(location: str) -> frozenset[str]:
    """Return the places that earlier versions knew, of the state that a location ends with.

    The keys of searches near these never change.
    """
    # What ends with "-west-virginia" may also be in Virginia.
    ends = [end for end in _STATES if location.endswith(f"-{end}")]
    return frozenset[str]().union(*map(_first_places_in, ends))


@cache
def _first_places_in(folded_state: str) -> frozenset[str]:
    return frozenset(map(folded_key, names_in_state(_STATES[folded_state])))


@cache
def _later_places() -> frozenset[str]:
    later = [name for name, _ in places_of_usajobs()] + list(OTHER_NAMES)
    renamed = [name for place in places() if (name := known_as(place.name)) != place.name]
    return frozenset(map(folded_key, (*later, *renamed))) - {NEW_YORK}


NEW_YORK = "new-york-new-york"
"""Known from the first, though the gazetteer has it as New York City."""
