"""Decides whether a posting is about a topic, or merely contains its words somewhere.

USAJOBS finds every announcement in which all the words occur: of 25 recorded hits for "data
engineering", none was a data engineering job.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from include.jobs.codes import DATA_SERIES
from include.jobs.position import Position
from include.matching.data_engineering import assess_data_engineering
from include.matching.evidence import Assessment
from include.matching.keyword_topic import KeywordTopic


class Topic(Protocol):
    """What a search is about."""

    @property
    def near(self) -> frozenset[str]:
        """The series in which the topic occurs; empty for all."""

    def assess(self, position: Position) -> Assessment:
        """Return whether a posting is about it, how strongly, and what decides it."""


class DataEngineering:
    """The topic of the default search."""

    near = frozenset(DATA_SERIES)

    def assess(self, position: Position) -> Assessment:
        """Return whether a posting is about it, how strongly, and what decides it."""
        return assess_data_engineering(position)


SUFFIXES = ("ings", "ing", "s")


def _stem(word: str) -> str:
    """Strip an English suffix, so that "engineering" also finds "engineer" and "engineers"."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word


def _stems(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in re.findall(r"\w+", text.casefold()))


DATA_ENGINEERING = ("data", "engineer")


@lru_cache(maxsize=64)
def topic_of(keyword: str) -> Topic:
    """Return the topic of a keyword.

    For data engineering it includes the vocabulary of the occupation; for any other keyword its
    words, in any form, and the series that they name.
    """
    return DataEngineering() if _stems(keyword) == DATA_ENGINEERING else KeywordTopic.of(keyword)


def holds_every_word(keyword: str, text: str) -> bool:
    """Return whether the Search API would find an announcement with this text for a keyword.

    It finds every text that contains all the words, in any form and anywhere.
    """
    return all(re.search(rf"\b{re.escape(stem)}", text, re.IGNORECASE) for stem in _stems(keyword))
