"""What each rule costs: the jobs that fail it, and what to relax for how many more to match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pymongo.database import Database

from include.jobs import limits
from include.jobs.codes import HIRING_PATHS
from include.jobs.formatting import count, dollars
from include.jobs.position import Position
from include.jobs.source import SEARCH
from include.matching.context import MatchContext
from include.matching.relaxation import RELAXABLE, WISHES, Change, Relaxation
from include.searches.parameters import BadParameters, read_parameters
from include.searches.wishes import ANY
from include.store import collections
from include.store.documents import Document, Receipt
from include.web.counting import only
from include.web.schemas import Relaxed, RuleCost
from include.web.stored_position import stored_position

JUDGED = (
    *("PositionTitle", "PositionRemuneration", "grade", "series", "hiring_paths", "remote"),
    *("published_at", "closes_at", "source", "facts"),
)
"""The fields that decide, of what is stored beside the distance."""


def rule_costs(
    database: Database[Document], run: Receipt, jobs: Sequence[Document]
) -> list[RuleCost]:
    """Return the cost of each rule in a run; those that gain most when relaxed come first.

    `jobs` are the open ones, with the `codes` of their reasons and their `nearest` place.
    """
    if run["source"] != SEARCH:
        return []
    near_misses = only(jobs, "near_miss")
    # A near miss may fail two rules for one cause: relaxing one of them would not gain it.
    alone: dict[str, list[Document]] = {}
    for job in near_misses:
        if len(job["codes"]) == 1:
            alone.setdefault(job["codes"][0], []).append(job)
    failed = Counter({code: len(numbers) for code, numbers in run["rejected"].items()})
    failed.update(code for job in near_misses for code in job["codes"])
    relaxed = _relaxed(database, run["parameters"], alone, only(jobs, "match"))
    costs = (
        RuleCost(
            code=code, jobs=number, alone=len(alone.get(code, [])), relaxed=relaxed.get(code, [])
        )
        for code, number in failed.items()
    )
    return sorted(costs, key=lambda cost: (-cost.alone, -cost.jobs, cost.code))


def _relaxed(
    database: Database[Document],
    parameters: Mapping[str, object],
    alone: Mapping[str, Sequence[Document]],
    matches: Sequence[Document],
) -> dict[str, list[Relaxed]]:
    """Return what to relax for the jobs that fail a single rule, by its reason code."""
    try:
        relaxation = Relaxation(MatchContext.of(read_parameters(parameters)))
    except BadParameters:
        # Stored by a version that took others.
        return {}
    judged = [job["_id"] for code, jobs in alone.items() if code in RELAXABLE for job in jobs]
    positions = _positions(database, judged)
    found: dict[str, list[Gain]] = {}
    for code, jobs in alone.items():
        those = [positions[job["_id"]] for job in jobs if job["_id"] in positions]
        changes = [change for each in those for change in relaxation.changes(code, each)]
        if code == "too_far":
            distances = [job["nearest"]["miles"] for job in jobs if job.get("nearest")]
            changes = [each for miles in distances for each in relaxation.larger_radius(miles)]
        found[code] = gains(relaxation, changes, those)
    years = {int(gain.change.value) for each in found.values() for gain in each if gain.is_of_years}
    matching = _positions(database, [job["_id"] for job in matches] if years else [])
    lost = {
        each: sum(not relaxation.still_fits(position, each) for position in matching.values())
        for each in years
    }
    return {
        code: [
            Relaxed(
                parameter=gain.change.parameter,
                value=gain.change.value,
                more=gain.more,
                fewer=lost[int(gain.change.value)] if gain.is_of_years else 0,
                in_words=setting(gain.change),
            )
            for gain in each
        ]
        for code, each in found.items()
    }


CHOICES = {wish.parameter: wish.values for wish in WISHES.values()}


class Gain(NamedTuple):
    """How many more jobs match after a change."""

    change: Change
    more: int

    @property
    def is_of_years(self) -> bool:
        """Whether other grades come within reach, and some out of it."""
        return self.change.parameter == "years_of_experience"


def gains(
    relaxation: Relaxation, changes: Iterable[Change], positions: Sequence[Position]
) -> list[Gain]:
    """Return what each change gains that one of the `positions` needs; the smallest comes first.

    Less pay or more miles gain what a smaller change does. Of hiring paths, each is counted by
    itself, and the one that gains most comes first. If there are many, the last one is the largest
    change.
    """
    needed, search = Counter(changes), relaxation.context.search

    def size(change: Change) -> float:
        if change.parameter == "hiring_paths":
            return -needed[change]
        if change.parameter in CHOICES:
            return CHOICES[change.parameter].index(change.value)
        return abs(int(change.value) - int(getattr(search, change.parameter)))

    def more(change: Change) -> int:
        if change.parameter == "hiring_paths":
            return needed[change]
        if change.parameter == "years_of_experience":
            return sum(relaxation.still_fits(each, int(change.value)) for each in positions)
        return sum(number for each, number in needed.items() if size(each) <= size(change))

    in_order = sorted(needed, key=lambda change: (size(change), str(change.value)))
    most = limits.ANALYTICS_RELAXATIONS
    shown = in_order if len(in_order) <= most else [*in_order[: most - 1], in_order[-1]]
    return [Gain(change, more(change)) for change in shown]


def setting(change: Change) -> str:
    """Return a changed parameter as text: minimum pay $95,000."""
    match change:
        case ("minimum_pay", 0):
            return "any pay"
        case ("minimum_pay", amount):
            return f"minimum pay {dollars(float(amount))}"
        case ("radius_miles", miles):
            return f"radius {count(int(miles), 'mile')}"
        case ("years_of_experience", years):
            return f"{count(int(years), 'year')} of experience"
        case ("appointment", _):
            return "any appointment"
        case ("maximum_travel", most):
            return "any travel" if most == ANY else f"travel: {most}"
        case ("clearance", highest):
            return "any clearance" if highest == ANY else f"clearance: {highest}"
        case ("telework", _):
            return "no telework, too"
    return f"hiring path {HIRING_PATHS.get(str(change.value), change.value)}"


def _positions(database: Database[Document], numbers: Iterable[str]) -> dict[str, Position]:
    """Return what is stored of these positions, as far as it decides; without damaged ones."""
    stored = collections.tz_aware(database[collections.POSITIONS])
    found: dict[str, Position] = {}
    for chunk in collections.chunks(sorted(numbers)):
        for document in stored.find({"_id": {"$in": chunk}}, dict.fromkeys(JUDGED, True)):
            # Distances are known from the match result.
            if position := stored_position({**document, "PositionLocation": []}):
                found[position.control_number] = position
    return found
