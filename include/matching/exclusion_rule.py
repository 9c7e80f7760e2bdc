"""The wish to see nothing of some agencies, series, or words in titles."""

from __future__ import annotations

import re
from functools import lru_cache

from include.jobs.agencies import folded_agency, holds
from include.jobs.position import Position
from include.jobs.series import series_names, without_groups
from include.matching.context import MatchContext
from include.matching.rule_result import RuleResult
from include.matching.word_forms import MAY_BE_BETWEEN, singular_or_plural
from include.searches.exclusions import Exclusion


def exclusion(position: Position, context: MatchContext) -> RuleResult | None:
    """Require that nothing excluded is said of agency, series or title.

    One of several series is enough to apply for, so all of them have to be excluded.
    """
    if not context.exclusions:
        return None
    why = (
        _agency(position, context.exclusions)
        or _series(position, context.exclusions)
        or _title(position, context.exclusions)
    )
    return RuleResult(why, "excluded") if why else RuleResult("nothing that you exclude")


def _agency(position: Position, exclusions: tuple[Exclusion, ...]) -> str | None:
    names = [*filter(None, (position.organization, position.department))]
    for each in exclusions:
        called = next((name for name in names if _is_called(name, each)), None)
        if called is None and _has_code(position, each.agency_code):
            called = next(iter(names), "not named")
        if called:
            return f"the agency is {called}, and you exclude “{each.text}”"
    return None


def _has_code(position: Position, excluded: str | None) -> bool:
    return excluded is not None and any(code.startswith(excluded) for code in position.agency_codes)


def _is_called(name: str, excluded: Exclusion) -> bool:
    whole, *parts = _folded(name)
    if excluded.called and excluded.called in (whole, *parts):
        return True
    return any(holds(whole, part) for part in excluded.agencies)


@lru_cache(maxsize=10_000)
def _folded(name: str) -> tuple[tuple[str, ...], ...]:
    """Return a folded name, and its parts: "Interior, Bureau of Indian Affairs" has two."""
    return tuple(map(folded_agency, (name, *re.split(r", | - ", name))))


def _series(position: Position, exclusions: tuple[Exclusion, ...]) -> str | None:
    excluded = {each.series for each in exclusions if each.series}
    stated = sorted(without_groups(position.series) or position.series)
    if not excluded or not stated:
        return None
    if not all(code in excluded or f"{code[:2]}00" in excluded for code in stated):
        return None
    named = " and ".join(f"{code} ({series_names().get(code, 'unnamed')})" for code in stated)
    return f"the series is {named}, which you exclude"


def _title(position: Position, exclusions: tuple[Exclusion, ...]) -> str | None:
    for each in exclusions:
        if each.title and (found := _words(each.title).search(position.PositionTitle)):
            return f"the title says “{found[0]}”, and you exclude “{each.text}”"
    return None


_IS_DENIED = r"(?<!non-)(?<!non )(?<!not )"


@lru_cache(maxsize=256)
def _words(phrase: str) -> re.Pattern[str]:
    """Return a pattern for a phrase as whole words, singular or plural: intern is not internal."""
    words = re.findall(r"[\w+#.]*[\w+#]", phrase.casefold())
    pattern = MAY_BE_BETWEEN.join(map(singular_or_plural, words))
    return re.compile(rf"(?<![\w]){_IS_DENIED}(?:{pattern})(?![\w+#])", re.IGNORECASE)
