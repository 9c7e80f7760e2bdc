"""The rules that decide which positions a job-seeker should look at.

A position passes each of the five rules, and each wish that the search has, or fails it with a
reason code. A wish about what a posting doesn't say is passed. Without a failure it is a `match`,
with failures of exactly one cause a `near_miss`, and with more it is `rejected`. The topic
is a gate: what is off topic is rejected whatever else. `score` orders the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from include.jobs import limits
from include.jobs.position import Position
from include.matching.appointment_rule import appointment
from include.matching.clearance_rule import clearance
from include.matching.context import MatchContext, nearest_location
from include.matching.eligibility_rule import eligibility
from include.matching.exclusion_rule import exclusion
from include.matching.grade_rule import grade
from include.matching.match_result import KEPT_LEVELS, Level, MatchResult, Nearest
from include.matching.pay_rule import pay
from include.matching.place_rule import place
from include.matching.reasons import Reason
from include.matching.registers import is_register
from include.matching.rule_result import RuleResult
from include.matching.score import score_parts, total
from include.matching.telework_rule import telework
from include.matching.topic_rule import topic
from include.matching.travel_rule import travel

RULES = ("eligibility", "topic", "grade", "pay", "place")
"""The rules that every search has, in the order in which a result names what speaks for it."""

WISHES = (appointment, travel, clearance, telework, exclusion)
"""Rules that give None if the search has no such wish."""


def judge(position: Position, context: MatchContext) -> MatchResult:
    """Return how well a position matches a search."""
    nearest = nearest_location(position.PositionLocation, context)
    passed = (
        eligibility(position, context),
        topic(position, context),
        grade(position, context),
        pay(position, context),
        place(position, nearest, context),
    )
    results = dict(zip(RULES, passed, strict=True))
    wished = [result for wish in WISHES if (result := wish(position, context))]
    all_results = [*results.values(), *wished]
    failed = _one_of_each_cause(all_results)
    register = is_register(position)
    points = {rule: result.points for rule, result in results.items()}
    parts = score_parts(points, is_register=register)
    return MatchResult(
        level=_level(failed),
        reasons=[
            Reason(code=result.code, message=_cut(result.message))
            for result in failed
            if result.code
        ],
        fits=[_cut(result.message) for result in all_results if not result.code],
        score=total(parts),
        score_parts=parts,
        register=register,
        nearest=nearest and Nearest(LocationName=nearest.LocationName, miles=nearest.miles),
    )


def why_on_topic(fits: Sequence[str]) -> str:
    """Return what makes a match one of the topic, by all that speaks for it; empty if unknown.

    A match passes every rule, so each of them has a place in the list.
    """
    return fits[RULES.index("topic")] if len(fits) >= len(RULES) else ""


def _one_of_each_cause(results: Iterable[RuleResult]) -> list[RuleResult]:
    """Return the failed rules, of those with the same cause only the first."""
    failed: dict[str, RuleResult] = {}
    for result in results:
        if result.code:
            failed.setdefault(result.cause or result.code, result)
    return [*failed.values()]


def _level(failed: list[RuleResult]) -> Level:
    """Return the level by the failed rules, one of each cause."""
    if any(result.code == "off_topic" for result in failed):
        return "rejected"
    return KEPT_LEVELS[len(failed)] if len(failed) < len(KEPT_LEVELS) else "rejected"


def _cut(message: str) -> str:
    longest = limits.MAX_MESSAGE_CHARACTERS
    return message if len(message) <= longest else f"{message[:longest]}…"
