"""Which positions a job-seeker should look at, and why the others not.

Five rules, each of which a position fits or fails with a reason code. None failed is a `match`,
exactly one a `near_miss`; more, and the position is `rejected`. `score` orders what is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from pydantic import BaseModel

from include.places import Coordinates, locate, miles_between, places
from include.positions import Location, Position
from include.searches import SearchParameters
from include.topics import Topic, topic_of
from include.usajobs.codes import (
    EXECUTIVE_PATHS,
    EXECUTIVE_PLANS,
    HIRING_PATHS,
    STUDENT_PATHS,
)

Level = Literal["match", "near_miss", "rejected"]


IN_WORDS = {
    "hiring_path": "not open to you",
    "students_only": "for students only",
    "executives_only": "for executives only",
    "hiring_path_unknown": "unclear who may apply",
    "off_topic": "off topic",
    "grade_too_high": "grade too high",
    "grade_too_low": "grade too low",
    "pay_too_low": "pay too low",
    "pay_unknown": "pay can't be compared",
    "too_far": "too far away",
    "place_unknown": "place not said",
}
"""What the reason codes say of a job; a reason's message says it of this one."""


class Reason(BaseModel):
    """Why a position fails a rule: a code for programs and a sentence for people."""

    code: str
    message: str


class Nearest(BaseModel):
    """The place of work nearest to the search's."""

    LocationName: str
    miles: float


class Verdict(BaseModel):
    """What a search makes of a position; `score` is 0 to 100, `fits` says what speaks for it."""

    level: Level
    reasons: list[Reason]
    fits: list[str]
    score: int
    nearest: Nearest | None


class PlaceUnknown(ValueError):
    """The search's location is not in the gazetteer."""


class Finding(NamedTuple):
    """What one rule says; `points` of 0 to 1 grow with how well the position fits."""

    message: str
    code: str | None = None
    points: float = 0.0


WEIGHTS = {"topic": 40, "grade": 25, "pay": 20, "place": 15, "eligibility": 0}
"""How much each rule's points count in the score, out of 100."""

# A year's work at one grade qualifies for the next (OPM, Group Coverage Qualification Standard),
# and careers climb 5, 7, 9, 11, 12. Above that a job has to fall vacant: three years a grade is
# an assumption.
LADDER = (5, 7, 9, 11, 12, 13, 14, 15)
YEARS_FOR_TARGET = (0, 2, 3, 4, 5, 8, 11, 14)

# General Schedule 2024 with Chicago's locality pay, top of each grade, in dollars a year. Other
# pay plans have bands that can't be compared with grades: above this they are out of reach.
TOP_PAY = {
    5: 57_435,
    7: 71_148,
    9: 87_024,
    11: 105_289,
    12: 126_198,
    13: 150_075,
    14: 177_341,
    15: 191_900,
}

UNPAID = "WC"

LONGEST_MESSAGE = 500
"""Characters of a message: a document has room for the verdicts of many searches."""


class GradeWindow(NamedTuple):
    """GS grades within reach: `low` is safe, `target` fits, `high` is a stretch."""

    low: int
    target: int
    high: int


def grade_window(years: int) -> GradeWindow:
    """Return the grades that so many years of relevant work make attainable: 5 gives 11 to 13."""
    rung = sum(years >= needed for needed in YEARS_FOR_TARGET) - 1
    return GradeWindow(
        LADDER[max(rung - 1, 0)], LADDER[rung], LADDER[min(rung + 1, len(LADDER) - 1)]
    )


@dataclass(frozen=True)
class Seeker:
    """A search with what follows from it, computed once for all positions."""

    search: SearchParameters
    centre: Coordinates
    topic: Topic

    @classmethod
    def of(cls, search: SearchParameters) -> Seeker:
        """Return who asks this; raises `PlaceUnknown`."""
        centre = locate(search.location)
        if centre is None:
            raise PlaceUnknown(
                f"Nobody knows where location {search.location!r} is: it is no place of the "
                "United States with 500 people. Check its spelling, or name the nearest larger "
                "place and a wider radius."
            )
        return cls(search, centre, topic_of(search.keyword))

    @cached_property
    def grades(self) -> GradeWindow:
        """The grades within reach."""
        return grade_window(self.search.years_of_experience)

    @cached_property
    def _states(self) -> frozenset[str]:
        """The states that reach into the search's radius."""
        return frozenset(
            _state(place.name)
            for place in places()
            if miles_between(self.centre, place.coordinates) <= self.search.radius_miles
        )

    def may_reach(self, position: Position) -> bool:
        """Tell whether a position may be within the radius, for all that is known.

        A place that no gazetteer has (a base, a laboratory) may be if its state reaches there.
        """
        if position.remote:
            return True
        for location in position.PositionLocation:
            miles = _miles(location, self)
            if miles is None and _state(location.LocationName) in self._states:
                return True
            if miles is not None and miles <= self.search.radius_miles:
                return True
        return False


def _state(name: str) -> str:
    return name.rpartition(", ")[2]


def judge(position: Position, seeker: Seeker) -> Verdict:
    """Return what the seeker's search makes of a position."""
    nearest = nearest_location(position.PositionLocation, seeker)
    findings = {
        "eligibility": _eligibility(position, seeker),
        "topic": _topic(position, seeker),
        "grade": _grade(position, seeker),
        "pay": _pay(position, seeker),
        "place": _place(position, nearest, seeker),
    }
    reasons = [Reason(code=f.code, message=_cut(f.message)) for f in findings.values() if f.code]
    levels: tuple[Level, Level] = ("match", "near_miss")
    return Verdict(
        level=levels[len(reasons)] if len(reasons) < len(levels) else "rejected",
        reasons=reasons,
        fits=[_cut(finding.message) for finding in findings.values() if not finding.code],
        score=round(sum(WEIGHTS[rule] * finding.points for rule, finding in findings.items())),
        nearest=nearest,
    )


def _cut(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…"


def _eligibility(position: Position, seeker: Seeker) -> Finding:
    """Open to one of the seeker's hiring paths, and neither for students nor executives only."""
    if position.hiring_paths is None:
        return Finding("the posting does not say who may apply", "hiring_path_unknown")
    paths, wanted = set(position.hiring_paths), set(seeker.search.hiring_paths)
    executive = paths <= EXECUTIVE_PATHS or (
        position.grade is not None and position.grade.plan in EXECUTIVE_PLANS
    )
    if executive and not wanted & EXECUTIVE_PATHS:
        return Finding("for senior executives", "executives_only")
    if (paths <= STUDENT_PATHS or _for_trainees(position)) and not wanted & STUDENT_PATHS:
        return Finding("for students and recent graduates", "students_only")
    if not paths & wanted:
        names = ", ".join(HIRING_PATHS.get(path, path) for path in sorted(paths))
        return Finding(f"open only to: {names}", "hiring_path")
    shared = ", ".join(HIRING_PATHS.get(path, path) for path in sorted(paths & wanted))
    return Finding(f"open to: {shared}")


def _for_trainees(position: Position) -> bool:
    """Student-trainee series end in 99 (OPM, Handbook of Occupational Groups and Families)."""
    return bool(position.series) and all(code.endswith("99") for code in position.series)


def _topic(position: Position, seeker: Seeker) -> Finding:
    evidence = seeker.topic.evidence(position)
    if evidence is None:
        return Finding(f"not about {seeker.search.keyword}", "off_topic")
    return Finding(evidence.message, points=evidence.strength)


def _grade(position: Position, seeker: Seeker) -> Finding:
    grade, window = position.grade, seeker.grades
    if grade is None or not grade.on_general_schedule:
        return _band(position, window)
    ends = [end for end in (grade.low, grade.high) if isinstance(end, int)]
    if not ends:
        return Finding("no grade given", points=0.4)
    low, high = min(ends), max(ends)
    years = seeker.search.years_of_experience
    if low > window.high:
        return Finding(
            f"{grade.plan}-{low} is out of reach with {years} years of experience "
            f"(GS-{window.high} is a stretch)",
            "grade_too_high",
        )
    if high < window.low:
        return Finding(
            f"{grade.plan}-{high} is below what {years} years of experience are worth "
            f"(GS-{window.low})",
            "grade_too_low",
        )
    return _reachable(grade.plan, low, high, window)


def _reachable(plan: str, low: int, high: int, window: GradeWindow) -> Finding:
    grades = f"{plan}-{low}" if low == high else f"{plan}-{low} to {high}"
    if low <= window.target <= high:
        return Finding(f"{grades} includes the target, GS-{window.target}", points=1.0)
    if low > window.target:
        return Finding(f"{grades} is a stretch above GS-{window.target}", points=0.5)
    return Finding(f"{grades} is safe, below GS-{window.target}", points=0.6)


def _band(position: Position, window: GradeWindow) -> Finding:
    """Judge a plan without GS grades by pay; whether it pays enough is the pay rule's matter."""
    plan = position.grade.plan if position.grade else "no pay plan"
    pay = position.annual_pay
    if pay and pay.minimum > TOP_PAY[window.high]:
        return Finding(
            f"{plan} pays from ${pay.minimum:,.0f}, more than the top of GS-{window.high} "
            f"(${TOP_PAY[window.high]:,})",
            "grade_too_high",
        )
    return Finding(f"{plan}: not graded like GS, judged by pay", points=0.5)


def _pay(position: Position, seeker: Seeker) -> Finding:
    wanted, pay = seeker.search.minimum_pay, position.annual_pay
    if not wanted:
        return Finding("any pay is accepted", points=0.5)
    if pay is None and any(p.RateIntervalCode == UNPAID for p in position.PositionRemuneration):
        return Finding("unpaid", "pay_too_low")
    if pay is None:
        return Finding("pay can't be compared with a yearly amount", "pay_unknown")
    if pay.maximum < wanted:
        return Finding(f"pays up to ${pay.maximum:,.0f}, less than ${wanted:,}", "pay_too_low")
    # Half the points for reaching the wanted pay, all for a top of one and a half times it.
    points = min(1.0, 0.5 + (pay.maximum / wanted - 1))
    return Finding(f"pays ${pay.minimum:,.0f} to ${pay.maximum:,.0f} a year", points=points)


def _place(position: Position, nearest: Nearest | None, seeker: Seeker) -> Finding:
    radius, location = seeker.search.radius_miles, seeker.search.location
    if nearest and nearest.miles <= radius:
        distance = f", {nearest.miles:.0f} miles from {location}" if nearest.miles else ""
        return Finding(
            f"in {nearest.LocationName}{distance}", points=1 - 0.5 * nearest.miles / radius
        )
    if position.remote:
        return Finding("remote", points=1.0)
    if nearest is None:
        return Finding("the place of work is not said", "place_unknown")
    return Finding(
        f"nearest place of work is {nearest.LocationName}, {nearest.miles:.0f} miles from "
        f"{location}",
        "too_far",
    )


def nearest_location(locations: Iterable[Location], seeker: Seeker) -> Nearest | None:
    """Return the nearest place whose distance can be told, None where there is none."""
    best: Nearest | None = None
    for location in locations:
        miles = _miles(location, seeker)
        if miles is not None and (best is None or miles < best.miles):
            best = Nearest(LocationName=location.LocationName, miles=miles)
    return best


def _miles(location: Location, seeker: Seeker) -> float | None:
    if _same_place(location.LocationName, seeker.search.location):
        return 0.0
    coordinates = _coordinates(location) or locate(location.LocationName)
    return _distance(seeker.centre, coordinates) if coordinates else None


@lru_cache(maxsize=10_000)
def _distance(centre: Coordinates, place: Coordinates) -> float:
    return round(miles_between(centre, place), 1)


def _coordinates(location: Location) -> Coordinates | None:
    if location.Latitude is None or location.Longitude is None:
        return None
    return Coordinates(location.Latitude, location.Longitude)


def _same_place(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
