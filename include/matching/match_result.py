"""The result of judging a position for a search."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from include.matching.reasons import Reason
from include.matching.score import ScoreParts

Level = Literal["match", "near_miss", "rejected"]

KEPT_LEVELS: tuple[Level, Level] = ("match", "near_miss")
"""The levels that are stored; rejected positions are only listed in the receipt."""


class Nearest(BaseModel):
    """The place of work nearest to the search's location."""

    LocationName: str = Field(description="its name in the position")
    miles: FiniteFloat = Field(description="its distance from the search's location")


class MatchResult(BaseModel):
    """How well a position matches a search, and why."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    level: Level = Field(
        description="match: no rule fails; near_miss: one does, or several of one cause"
    )
    reasons: list[Reason] = Field(description="why it doesn't fit, one reason for each cause")
    fits: list[str] = Field(description="what speaks for the position, as text")
    score: int = Field(description="0 to 100; registers have less; orders the matches")
    score_parts: ScoreParts | None = Field(
        default=None, description="what the score is made of; null if an earlier version judged it"
    )
    # Pydantic's models have a method `register`.
    is_register: bool = Field(
        default=False,
        alias="register",
        description="whether it collects applications for jobs that may come up",
    )
    nearest: Nearest | None = Field(description="null if no distance is known")
