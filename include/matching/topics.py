"""Decides whether a posting is about a topic, or merely contains its words somewhere.

USAJOBS finds every announcement in which all the words occur: of 25 recorded hits for "data
engineering", none was a data engineering job. So the topic has to show in the title, the series, or
a phrase in the summary and duties.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from include.jobs.codes import DATA_SERIES
from include.jobs.position import Position

TITLE_SAYS_IT = 1.0
DUTIES_SAY_IT = 0.7
SERIES_SAYS_IT = 0.5


class Evidence(NamedTuple):
    """Evidence that a posting is about the topic; `strength` is 0 to 1."""

    message: str
    strength: float


@dataclass(frozen=True)
class Topic:
    """How a topic is recognised.

    It is enough if the `title` pattern matches the title, or the `phrase` pattern the text. So is
    one `related` phrase in a posting of the `near` series, or two different ones in any other. A
    posting with only the `own` series is always about the topic.
    """

    phrase: re.Pattern[str]
    title: re.Pattern[str]
    related: re.Pattern[str] | None = None
    own: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()

    def evidence(self, position: Position) -> Evidence | None:
        """Return the evidence in a posting for the topic, or None if there is none."""
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
        # Keyed by stems, so that "warehouse" and "warehouses" count as one phrase.
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
    """Strip an English suffix, so that "engineering" also finds "engineer" and "engineers"."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word


def _stems(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in re.findall(r"\w+", text.casefold()))


def _adjacent(stems: tuple[str, ...]) -> str:
    """Return a pattern for the words in this order, without punctuation marks between them."""
    return r"[^\w.,;:!?]{1,5}".join(rf"\b{re.escape(stem)}\w*" for stem in stems)


DATA_ENGINEERING = ("data", "engineer")

_data_engineering = Topic(
    phrase=re.compile(r"\bdata[\s/-]+engineer\w*", re.IGNORECASE),
    title=re.compile(
        r"\bdata(?:base)?[\s/-]+(?:engineer|architect|warehous|pipeline|platform|integration"
        r"|infrastructure|management)\w*"
        r"|\b(?:analytics|big data|etl|machine learning)[\s/-]+engineer\w*"
        # The abbreviation of the data management specialty in titles of series 2210.
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
    """Return the topic of a keyword.

    For data engineering it includes related phrases and series; for any other keyword only its
    words next to each other count.
    """
    stems = _stems(keyword)
    if stems == DATA_ENGINEERING:
        return _data_engineering
    together = re.compile(_adjacent(stems), re.IGNORECASE)
    return Topic(phrase=together, title=together)


def holds_every_word(keyword: str, text: str) -> bool:
    """Return whether the Search API would find an announcement with this text for a keyword.

    It finds every text that contains all the words, in any form and anywhere.
    """
    return all(re.search(rf"\b{re.escape(stem)}", text, re.IGNORECASE) for stem in _stems(keyword))
