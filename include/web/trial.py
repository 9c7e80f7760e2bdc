"""Tries the parameters of a new search on what is stored, by the real rules.

Stored is what some search matched or just missed, without the texts that decide about the topic.
Where a search for the same words has read a posting, its verdict on the topic is stored and holds;
of others, title, series and summary have to tell.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import nlargest
from typing import Any, NamedTuple

from pymongo import DESCENDING
from pymongo.database import Database

from include.jobs import limits
from include.jobs.formatting import count
from include.jobs.position import Position, PositionContent
from include.matching.context import MatchContext
from include.matching.evidence import Assessment, Outcome
from include.matching.rules import judge
from include.matching.topics import Topic
from include.searches.keys import Identity
from include.searches.parameters import SearchParameters
from include.store import collections
from include.store.documents import Document
from include.store.history import newest_receipt, searches_of
from include.web.schemas import Trial, TriedJob
from include.web.stored_position import stored_position

BEST = 5

LIMITS = (
    "Only jobs that some search matched or just missed are stored, so USAJOBS may well have more. "
    "If no search has asked for these words yet, only title, series and summary are compared with "
    "them, because duties and required experience are not stored. A run reads everything."
)


class _Match(NamedTuple):
    score: int
    control_number: str
    title: str


def trial(database: Database[Document], parameters: SearchParameters, now: datetime) -> Trial:
    """Return what a search with these parameters would find among the stored, open jobs.

    At most `limits.TRIAL_POSITIONS` are judged, those that close last, for about
    `limits.TRIAL_SECONDS`.
    """
    is_open = {"closes_at": {"$not": {"$lte": now}}}
    positions = collections.tz_aware(database[collections.POSITIONS])
    same_words = _searches_for(database, parameters)
    read = positions.find(is_open, _judged_fields(same_words), sort=[("closes_at", DESCENDING)])
    topic = _TopicAsRead(MatchContext.of(parameters).topic)
    context = replace(MatchContext.of(parameters), topic=topic)
    judged = near_misses = 0
    matches: list[_Match] = []
    for document, position in _in_time(read.limit(limits.TRIAL_POSITIONS)):
        topic.verdicts[position.control_number] = _verdict(document.get("matches"))
        result = judge(position, context)
        judged += 1
        near_misses += result.level == "near_miss"
        if result.level == "match":
            matches.append(_Match(result.score, position.control_number, position.PositionTitle))
    stored = positions.count_documents(is_open)
    return Trial(
        stored=stored,
        judged=judged,
        matches=len(matches),
        near_misses=near_misses,
        best=[
            TriedJob(control_number=each.control_number, PositionTitle=each.title)
            for each in nlargest(BEST, matches)
        ],
        in_words=_in_words(stored, judged, len(matches), near_misses),
        limits=LIMITS,
    )


@dataclass
class _TopicAsRead:
    """A topic that knows what searches for the same words found when they read the whole text."""

    own: Topic
    verdicts: dict[str, Outcome | None] = field(default_factory=dict)

    @property
    def near(self) -> frozenset[str]:
        return self.own.near

    def assess(self, position: Position) -> Assessment:
        found, known = self.own.assess(position), self.verdicts.get(position.control_number)
        return found._replace(outcome=known) if known else found


def _verdict(entries: Any) -> Outcome | None:
    """Return the verdict on the topic by the match results of searches for the same words."""
    kept = [entry for entry in _values(entries) if _values(entry) and entry.get("level")]
    if not kept:
        return None
    related = {"code": "related_topic"}
    return "related" if any(related in entry.get("reasons", []) for entry in kept) else "on"


def _values(held: Any) -> list[Any]:
    """Return the values of an object, or none if something else stands in its place."""
    return [*held.values()] if isinstance(held, Mapping) else []


def _searches_for(database: Database[Document], parameters: SearchParameters) -> Sequence[str]:
    """Return the keys of the searches that have run with the same keyword."""
    runs = collections.tz_aware(database[collections.RUNS])
    words = parameters.identity.keyword
    latest = {search: newest_receipt(runs, search=search) for search in searches_of(runs)}
    return [
        search
        for search, receipt in latest.items()
        if receipt and _words(receipt["parameters"].get("keyword")) == words
    ]


def _words(keyword: object) -> str:
    return Identity.of(str(keyword), "", 0).keyword


def _judged_fields(searches: Iterable[str]) -> dict[str, bool]:
    names = [*PositionContent.model_fields, "source", "facts"]
    names += [f"matches.{each}.{name}" for each in searches for name in ("level", "reasons.code")]
    return dict.fromkeys(names, True)


def _in_time(documents: Iterable[Document]) -> Iterator[tuple[Document, Position]]:
    """Yield the documents that can be read, each with its position, until the time is up."""
    until = time.monotonic() + limits.TRIAL_SECONDS
    for document in documents:
        if time.monotonic() > until:
            return
        if position := stored_position(document):
            yield document, position


def _in_words(stored: int, judged: int, matches: int, near_misses: int) -> str:
    if not stored:
        return "No job is stored whose deadline has not passed, so there is nothing to try it on."
    among = f"the {count(stored, 'stored job')} whose deadline has not passed"
    if stored == 1:
        among = "the only stored job whose deadline has not passed"
    elif judged < stored:
        among = f"{judged:,} of {among} (more are not tried)"
    return f"Among {among}, it would match {matches:,} and just miss {near_misses:,}."
