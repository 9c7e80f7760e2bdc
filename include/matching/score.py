"""The score that orders matches and near misses."""

from __future__ import annotations

from collections.abc import Mapping

WEIGHTS = {"topic": 40, "grade": 25, "pay": 20, "place": 15, "eligibility": 0}
"""The maximum contribution of each rule to the score; they add up to 100."""


def score(points: Mapping[str, float]) -> int:
    """Return the score, 0 to 100, from each rule's points, 0 to 1."""
    return round(sum(WEIGHTS[rule] * each for rule, each in points.items()))
