"""The rule about the topic."""

from __future__ import annotations

from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult


def topic(position: Position, context: MatchContext) -> RuleResult:
    """Require evidence that the posting is about the topic, and not only related to it.

    A gate: what is off topic is rejected, even if nothing else speaks against it.
    """
    outcome, strength, decisive = context.topic.assess(position)
    keyword = context.search.keyword
    if outcome == "off":
        return RuleResult(f"not about {keyword}", "off_topic", points=strength)
    if outcome == "related":
        message = f"related to {keyword}: {decisive}"
        return RuleResult(message, "related_topic", points=strength)
    return RuleResult(decisive, points=strength)
