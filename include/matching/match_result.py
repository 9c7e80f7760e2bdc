"""The result of judging a position for a search."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, FiniteFloat

from include.matching.reasons import Reason

Level = Literal["match", "near_miss", "rejected"]

KEPT_LEVELS: tuple[Level, Level] = ("match", "near_miss")
"""The levels that are stored; rejected positions are only listed in the receipt."""


class Nearest(BaseModel):
    """The place of work nearest to the search's location."""

    LocationName: str = Field(description="its name in the position")
    miles: FiniteFloat = Field(description="its distance from the search's location")


class MatchResult(BaseModel):
    """How well a position matches a search, and why."""

    level: Level = Field(
        description="match: no rule fails; near_miss: one does, or several of one cause"
    )
    reasons: list[Reason] = Field(description="why it doesn't fit, one reason for each cause")
    fits: list[str] = Field(description="what speaks for the position, as text")
    score: int = Field(description="0 to 100; orders the matches")
    nearest: Nearest | None = Field(description="null if no distance is known")
