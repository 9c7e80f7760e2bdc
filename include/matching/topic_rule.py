"""The rule about the topic."""

from __future__ import annotations

from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult


def topic(position: Position, context: MatchContext) -> RuleResult:
    """Require evidence that the posting is about the topic."""
    evidence = context.topic.evidence(position)
    if evidence is None:
        return RuleResult(f"not about {context.search.keyword}", "off_topic")
    return RuleResult(evidence.message, points=evidence.strength)
