"""Evidence that a posting is about a topic, and what all of it together shows.

Each piece speaks for the topic with a weight from 0 to 1, read as the share of such postings that
are about it. Pieces of different families are taken as independent witnesses: all of them together
leave as much doubt as the product of the doubt that each leaves. Of one family only the strongest
piece counts, so that a posting doesn't become more likely by repeating itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

Kind = Literal["title", "series", "experience", "duties", "summary"]
Outcome = Literal["on", "related", "off"]

ON_TOPIC = 0.6
RELATED = 0.35
"""The least strength of each outcome, chosen on labelled postings (`benchmarks.topics`)."""
AT_MOST_RELATED = 0.59
"""The limit of what can't be on topic, whatever speaks for it."""

_SAYINGS: dict[Kind, str] = {
    "title": "the title says {}",
    "series": "its series is {}",
    "experience": "the required experience is in {}",
    "duties": "the duties speak of {}",
    "summary": "the summary speaks of {}",
}


class Evidence(NamedTuple):
    """A piece of evidence: where it was found, for what, how much it weighs, and its words."""

    kind: Kind
    family: str
    weight: float
    words: str


class Assessment(NamedTuple):
    """What the evidence shows. `strength` is 0 to 1; `decisive` says what decided."""

    outcome: Outcome
    strength: float
    decisive: str


def assess(found: Iterable[Evidence], credibility: float = 1.0, limit: float = 1.0) -> Assessment:
    """Return what all evidence shows together.

    Args:
        found: all pieces.
        credibility: the share of their strength that is left by what speaks against the topic.
        limit: the greatest strength that is possible.
    """
    strongest: dict[str, Evidence] = {}
    for piece in sorted(found, key=lambda piece: -piece.weight):
        strongest.setdefault(piece.family, piece)
    pieces = list(strongest.values())

    def strength_of(some: list[Evidence]) -> float:
        return min(round(_combined(some) * credibility, 4), limit)

    strength = strength_of(pieces)
    outcome = _outcome(strength)
    return Assessment(outcome, strength, _said(_decisive(pieces, outcome, strength_of)))


def _combined(pieces: Iterable[Evidence]) -> float:
    return 1 - math.prod(1 - piece.weight for piece in pieces)


def _outcome(strength: float) -> Outcome:
    if strength >= ON_TOPIC:
        return "on"
    return "related" if strength >= RELATED else "off"


def _decisive(
    pieces: list[Evidence], outcome: Outcome, strength_of: Callable[[list[Evidence]], float]
) -> list[Evidence]:
    """Return the fewest pieces that lead to the outcome, strongest first; if it is off, all."""
    if outcome == "off":
        return pieces
    for count in range(len(pieces) + 1):
        if _outcome(strength_of(pieces[:count])) == outcome:
            return pieces[:count]
    return pieces


def _said(pieces: list[Evidence]) -> str:
    by_kind: dict[Kind, list[str]] = {}
    for piece in pieces:
        words = piece.words if piece.kind == "series" else f"“{piece.words}”"
        by_kind.setdefault(piece.kind, []).append(words)
    return " and ".join(
        _SAYINGS[kind].format(", ".join(dict.fromkeys(words))) for kind, words in by_kind.items()
    )


def quoted(text: str, lowered: str, start: int, end: int) -> str:
    """Return words of a text by their place in its lower-case form, in one line."""
    # A few letters have a lower case of another length.
    source = text if len(text) == len(lowered) else lowered
    return " ".join(source[start:end].split())
