"""The result of one rule."""

from __future__ import annotations

from typing import NamedTuple

LOW_LEVEL = "low level"
"""The cause of a low grade and of its pay."""


class RuleResult(NamedTuple):
    """What a rule says about a position.

    `code` is the reason code of a failed rule. `points` (0 to 1) say how well the position fits.
    Failed rules with the same `cause` count once: a low grade also pays little.
    """

    message: str
    code: str | None = None
    points: float = 0.0
    cause: str | None = None
