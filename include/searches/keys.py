"""The keys of searches in documents: readable, and never the same for two searches."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from typing import NamedTuple

from include.jobs.places import places
from include.jobs.states import STATES


class Identity(NamedTuple):
    """What tells one search from another, in the same spelling whoever writes it."""

    keyword: str
    location: str
    radius_miles: int

    @classmethod
    def of(cls, keyword: str, location: str, radius_miles: int) -> Identity:
        """Return the identity of a search; USAJOBS ignores case, and spaces around words."""
        words = unicodedata.normalize("NFC", keyword).casefold().split()
        return cls(" ".join(words), _folded(location), radius_miles)

    @property
    def folded(self) -> str:
        """The readable part of the key, which another search may share."""
        return _folded(f"{self.keyword} {self.location} {self.radius_miles}")

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
        words = self.keyword.split(" ")
        # "data west" in Chicago reads like "data" in West Chicago.
        longer = ("-".join([*words[first:], self.location]) for first in range(1, len(words)))
        if READS_LIKE_A_KEY.search(_folded(self.keyword)):
            return False
        return _known_places().isdisjoint(longer)

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


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


READS_LIKE_A_KEY = re.compile(rf"({'|'.join(map(_folded, STATES))})-\d")


@cache
def _known_places() -> frozenset[str]:
    return frozenset(_folded(place.name) for place in places())
