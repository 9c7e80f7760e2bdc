"""Whether a posting is about a topic, or merely holds its words somewhere.

USAJOBS finds every announcement in which all the words occur: of 25 recorded hits for "data
engineering" none was a data-engineering job. So the title has to say it, or the series, or the
summary and duties in a phrase.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from include.positions import Position
from include.usajobs.codes import DATA_SERIES

TITLE_SAYS_IT = 1.0
DUTIES_SAY_IT = 0.7
SERIES_SAYS_IT = 0.5


class Evidence(NamedTuple):
    """What makes a posting be about the topic; `strength` is 0 to 1."""

    message: str
    strength: float


@dataclass(frozen=True)
class Topic:
    """How a topic is told.

    A `title` or `phrase` pattern is enough in the title or the text; of the `related` phrases one
    is enough in a posting of the `near` series and two different ones in any other. A posting of
    no other than the `own` series is about the topic whatever it says.
    """

    phrase: re.Pattern[str]
    title: re.Pattern[str]
    related: re.Pattern[str] | None = None
    own: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()

    def evidence(self, position: Position) -> Evidence | None:
        """Return what in the posting speaks of the topic, None where nothing does."""
        found = self.title.search(position.PositionTitle)
        if found:
            return Evidence(f"the title says “{_quoted(found[0])}”", TITLE_SAYS_IT)
        text = f"{position.summary or ''}\n{position.duties}"
        found = self.phrase.search(text)
        if found:
            return Evidence(f"the duties speak of “{_quoted(found[0])}”", DUTIES_SAY_IT)
        return self._related_evidence(position, text)

    def _related_evidence(self, position: Position, text: str) -> Evidence | None:
        series = set(position.series)
        # Keyed by stems, so that a warehouse and warehouses are one phrase.
        related = {_stems(found): _quoted(found) for found in self._related_phrases(text)}
        if len(related) >= (1 if series & self.near else 2):
            quoted = "”, “".join(list(related.values())[:2])
            return Evidence(f"the duties speak of “{quoted}”", DUTIES_SAY_IT)
        if series and series <= self.own:
            return Evidence(f"series {', '.join(sorted(series))}", SERIES_SAYS_IT)
        return None

    def _related_phrases(self, text: str) -> list[str]:
        return self.related.findall(text) if self.related else []


def _quoted(found: str) -> str:
    return " ".join(found.split())


SUFFIXES = ("ings", "ing", "s")


def _stem(word: str) -> str:
    """Cut an English ending, so that "engineering" also finds "engineer" and "engineers"."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word


def _stems(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in re.findall(r"\w+", text.casefold()))


def _adjacent(stems: tuple[str, ...]) -> str:
    """Return a pattern for the words in this order, with no punctuation of a sentence between."""
    return r"[^\w.,;:!?]{1,5}".join(rf"\b{re.escape(stem)}\w*" for stem in stems)


DATA_ENGINEERING = ("data", "engineer")

_data_engineering = Topic(
    phrase=re.compile(r"\bdata[\s/-]+engineer\w*", re.IGNORECASE),
    title=re.compile(
        r"\bdata(?:base)?[\s/-]+(?:engineer|architect|warehous|pipeline|platform|integration"
        r"|infrastructure|management)\w*"
        r"|\b(?:analytics|big data|etl|machine learning)[\s/-]+engineer\w*"
        # How federal titles abbreviate the data-management specialty of series 2210.
        r"|\bDATAMGT\b",
        re.IGNORECASE,
    ),
    related=re.compile(
        r"\bdata[\s/-]+(?:pipeline|warehous|lake|integration|ingestion|architect|model[l]?ing"
        r"|platform)\w*"
        r"|\bETL\b|\bextract,? transform,? (?:and )?load\w*",
        re.IGNORECASE,
    ),
    own=frozenset({"1560"}),  # data science
    near=frozenset(DATA_SERIES),
)


@lru_cache(maxsize=64)
def topic_of(keyword: str) -> Topic:
    """Return how to tell postings about a keyword.

    Data engineering has names and neighbours of its own; any other keyword is told by its words
    standing together.
    """
    stems = _stems(keyword)
    if stems == DATA_ENGINEERING:
        return _data_engineering
    together = re.compile(_adjacent(stems), re.IGNORECASE)
    return Topic(phrase=together, title=together)


def holds_every_word(keyword: str, text: str) -> bool:
    """Tell whether an announcement's text would be found for a keyword by the Search API.

    It finds what holds all the words, in any form and anywhere.
    """
    return all(re.search(rf"\b{re.escape(stem)}", text, re.IGNORECASE) for stem in _stems(keyword))
