"""By which change of a search's parameters a near miss would match.

The rules themselves decide that, by what is stored of the position. The topic isn't judged again:
its words aren't stored, and none of these parameters has to do with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from include.jobs.pay import annual_range
from include.jobs.position import Position
from include.matching.appointment_rule import appointment
from include.matching.clearance_rule import clearance
from include.matching.context import MatchContext
from include.matching.eligibility_rule import eligibility
from include.matching.grade_rule import grade
from include.matching.grades import YEARS_FOR_TARGET
from include.matching.pay_reach import reachable_top
from include.matching.pay_rule import pay
from include.matching.rule_result import RuleResult
from include.matching.telework_rule import telework
from include.matching.travel_rule import travel
from include.searches.parameters import trigger_form
from include.searches.wishes import ANY, APPOINTMENT_WISHES, CLEARANCE_WISHES, TRAVEL_WISHES


class Change(NamedTuple):
    """A parameter's other value; of `hiring_paths`, the path that is added."""

    parameter: str
    value: int | str


@dataclass(frozen=True)
class Relaxation:
    """The changes of one search's parameters."""

    context: MatchContext

    def changes(self, code: str, position: Position) -> list[Change]:
        """Return the smallest change by which a near miss would match, if there is one.

        It fails nothing but the rule with this reason code. Of hiring paths, each that would do is
        a change.
        """
        if code in WISHES:
            return [*self._lesser_wish(WISHES[code], position)]
        remedy = REMEDIES.get(code)
        return [*remedy(self, position)] if remedy else []

    def larger_radius(self, miles: float | None) -> list[Change]:
        """Return the same for one that is only too far, with its distance as far as it is known."""
        if miles is None or miles <= self.context.search.radius_miles:
            return []
        radius = math.ceil(miles)
        largest = trigger_form()["radius_miles"]["maximum"]
        return [Change("radius_miles", radius)] if radius <= largest else []

    def still_fits(self, position: Position, years: int) -> bool:
        """Return whether a position's grade and pay fit with other years of experience."""
        context = self._with_years[years]
        return not grade(position, context).code and not pay(position, context).code

    def _less_pay(self, position: Position) -> Iterator[Change]:
        offered, wanted = annual_range(position.PositionRemuneration), 0
        if offered:
            within_reach = reachable_top(position, offered, self.context)
            wanted = math.floor(offered.maximum if within_reach is None else within_reach)
        search = self.context.search
        if 0 <= wanted < search.minimum_pay:
            relaxed = search.model_copy(update={"minimum_pay": wanted})
            if not pay(position, replace(self.context, search=relaxed)).code:
                yield Change("minimum_pay", wanted)

    def _lesser_wish(self, wish: Wish, position: Position) -> Iterator[Change]:
        search = self.context.search
        now = getattr(search, wish.parameter)
        for value in wish.values[wish.values.index(now) + 1 :]:
            relaxed = search.model_copy(update={wish.parameter: value})
            result = wish.rule(position, replace(self.context, search=relaxed))
            if result is None or not result.code:
                yield Change(wish.parameter, value)
                return

    def _other_paths(self, position: Position) -> Iterator[Change]:
        search = self.context.search
        for path in sorted({*(position.hiring_paths or [])} - {*search.hiring_paths}):
            relaxed = search.model_copy(update={"hiring_paths": [*search.hiring_paths, path]})
            if not eligibility(position, replace(self.context, search=relaxed)).code:
                yield Change("hiring_paths", path)

    def _other_years(self, position: Position) -> Iterator[Change]:
        """Yield the nearest number of years with which the grade is within reach, and pays."""
        now = self.context.search.years_of_experience
        for years in sorted(self._with_years, key=lambda years: abs(years - now)):
            if self.still_fits(position, years):
                yield Change("years_of_experience", years)
                return

    @cached_property
    def _with_years(self) -> dict[int, MatchContext]:
        """The search with other years: of those with the same grades, the nearest to its own."""
        now, search = self.context.search.years_of_experience, self.context.search
        more = [years for years in YEARS_FOR_TARGET if years > now]
        fewer = [years - 1 for years in YEARS_FOR_TARGET if 0 < years <= now]
        return {
            years: replace(
                self.context, search=search.model_copy(update={"years_of_experience": years})
            )
            for years in (*more, *fewer)
        }


class Wish(NamedTuple):
    """A wish of a search: its rule, and its values, of which each admits what those before do."""

    parameter: str
    rule: Callable[[Position, MatchContext], RuleResult | None]
    values: tuple[str | bool, ...]


WISHES = {
    "not_permanent": Wish("appointment", appointment, APPOINTMENT_WISHES[::-1]),
    "too_much_travel": Wish("maximum_travel", travel, (*TRAVEL_WISHES[1:], ANY)),
    "clearance_too_high": Wish("clearance", clearance, (*CLEARANCE_WISHES[1:], ANY)),
    "no_telework": Wish("telework", telework, (True, False)),
}
"""The wishes that can be lessened, by the reason codes of their rules."""

Remedy = Callable[[Relaxation, Position], Iterator[Change]]

REMEDIES: dict[str, Remedy] = {
    "hiring_path": Relaxation._other_paths,
    "students_only": Relaxation._other_paths,
    "executives_only": Relaxation._other_paths,
    "grade_too_high": Relaxation._other_years,
    "grade_too_low": Relaxation._other_years,
    "career_ladder": Relaxation._other_years,
    "pay_too_low": Relaxation._less_pay,
    "pay_unknown": Relaxation._less_pay,
}
"""What helps against a rule, by its reason code; against `too_far`, a larger radius does.

Against the others nothing does: if a place is not known, or who may apply, no parameter helps.
"""

RELAXABLE = {*REMEDIES, *WISHES}
"""The reason codes of rules whose near misses are judged again."""
