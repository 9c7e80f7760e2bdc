"""The score that orders matches and near misses, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

WEIGHTS = {"topic": 40, "grade": 25, "pay": 20, "place": 15}
"""The most that each rule adds to the score: together 100."""

REGISTER = -100
"""What a register loses, so that it comes after every job."""


class ScoreParts(TypedDict):
    """What a score is made of: whole points, whose sum it is."""

    topic: Annotated[int, Field(description=f"of {WEIGHTS['topic']}")]
    grade: Annotated[int, Field(description=f"of {WEIGHTS['grade']}")]
    pay: Annotated[int, Field(description=f"of {WEIGHTS['pay']}")]
    place: Annotated[int, Field(description=f"of {WEIGHTS['place']}")]
    register: Annotated[int, Field(description=f"{REGISTER} for a register, otherwise 0")]


def score_parts(points: Mapping[str, float], *, is_register: bool) -> ScoreParts:
    """Return what the score is made of, from the points of each rule, 0 to 1."""
    return ScoreParts(
        topic=_weighted("topic", points),
        grade=_weighted("grade", points),
        pay=_weighted("pay", points),
        place=_weighted("place", points),
        register=REGISTER if is_register else 0,
    )


def _weighted(rule: str, points: Mapping[str, float]) -> int:
    return round(WEIGHTS[rule] * points[rule])


def total(parts: ScoreParts) -> int:
    """Return the score, -100 to 100: below 1 for registers."""
    return parts["topic"] + parts["grade"] + parts["pay"] + parts["place"] + parts["register"]


def in_words(parts: ScoreParts) -> str:
    """Return what a score is made of: topic 40 of 40, grade 25 of 25, …."""
    given: Mapping[str, object] = parts
    made_of = [f"{rule} {given[rule]} of {most}" for rule, most in WEIGHTS.items()]
    if parts["register"]:
        made_of.append(f"register {parts['register']}")
    return ", ".join(made_of)
