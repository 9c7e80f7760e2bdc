"""Which postings a query finds, and in which order: the Search API's parameters and their quirks.

An unknown parameter, and a value that makes no sense, is ignored as the real API does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zlib import crc32

from include.places import Coordinates, locate, miles_between
from include.sample_api.occupations import Pay
from include.sample_api.postings import Posting
from include.states import STATES

DEFAULT_RADIUS_MILES = 25.0
# Where the real service measures from isn't documented. This one lets in what lies a little
# beyond, so that a client which trusts the radius shows it.
SLACK_MILES = 5.0

Test = Callable[[Posting], bool]


@dataclass(frozen=True)
class Found:
    """The postings that a query hits, best first, and how its location was understood."""

    postings: tuple[Posting, ...]
    resolved_locations: tuple[str, ...] = ()
    is_radial: bool = False


def find(postings: Iterable[Posting], parameters: Mapping[str, str], today: date) -> Found:
    """Return what `parameters` find among the postings that are open `today`."""
    tests = [
        TESTS[name](value, today)
        for name, value in parameters.items()
        if name in TESTS and value.strip()
    ]
    resolved: tuple[str, ...] = ()
    is_radial = False
    if parameters.get("LocationName", "").strip():
        resolved, is_radial, near = _location_test(parameters)
        tests.append(near)
    hits = [posting for posting in postings if all(test(posting) for test in tests)]
    return Found(tuple(_sorted(hits, parameters, today)), resolved, is_radial)


# --- words


def _word(word: str) -> re.Pattern[str]:
    """Match a word in its usual forms: "engineering" finds engineer, engineers and engineered."""
    stem = re.sub(r"(?<=\w{3})(?:ing|ed|s)$", "", word.casefold())
    return re.compile(rf"\b{re.escape(stem)}(?:ing|ed|s)?\b")


def _keyword(value: str, today: date) -> Test:
    words = [_word(word) for word in re.findall(r"\w+", value)]
    return lambda posting: all(word.search(posting.text) for word in words)


def _title(value: str, today: date) -> Test:
    if '"' in value:  # quotes are no syntax here, and no title holds them
        return lambda posting: False
    words = [_word(word) for word in re.findall(r"\w+", value)]
    return lambda posting: any(word.search(posting.title.casefold()) for word in words)


# --- numbers and codes


def _any(posting: Posting) -> bool:
    return True


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


_PERIODS_A_YEAR = {"PA": 1, "PH": 2087, "PD": 260, "BW": 26}


def _yearly(pay: Pay) -> tuple[float, float]:
    periods = _PERIODS_A_YEAR.get(pay.interval, 0)
    return pay.minimum * periods, pay.maximum * periods


def _pays_at_least(value: str, today: date) -> Test:
    amount = _number(value)
    return _any if amount is None else lambda posting: _yearly(posting.pay)[1] >= amount


def _pays_at_most(value: str, today: date) -> Test:
    amount = _number(value)
    return _any if amount is None else lambda posting: _yearly(posting.pay)[0] <= amount


def _grade_at_least(value: str, today: date) -> Test:
    grade = _number(value)
    return _any if grade is None else lambda posting: _grades(posting)[1] >= grade


def _grade_at_most(value: str, today: date) -> Test:
    grade = _number(value)
    return _any if grade is None else lambda posting: _grades(posting)[0] <= grade


def _grades(posting: Posting) -> tuple[float, float]:
    """Return the grades as numbers; those that are none fit no bound."""
    low, high = posting.grades
    return (
        float(low) if low.isdecimal() else float("inf"),
        float(high) if high.isdecimal() else float("-inf"),
    )


def _codes(value: str) -> set[str]:
    return {code.strip().casefold() for code in value.split(";")}


def _in_series(value: str, today: date) -> Test:
    wanted = {code.zfill(4) for code in _codes(value)}
    return lambda posting: not wanted.isdisjoint(posting.series)


def _of_plan(value: str, today: date) -> Test:
    wanted = _codes(value)
    return lambda posting: posting.plan.casefold() in wanted


def _open_to(value: str, today: date) -> Test:
    wanted = _codes(value)
    return lambda posting: not wanted.isdisjoint(posting.hiring_paths)


def _remote(value: str, today: date) -> Test:
    # Asking for remote work finds nothing, although rows say that they are remote.
    answers: dict[str, Test] = {
        "true": lambda posting: False,
        "false": lambda posting: not posting.remote,
    }
    return answers.get(value.casefold(), _any)


def _posted_within(value: str, today: date) -> Test:
    if not (value.isdecimal() and int(value) <= 60):
        return _any
    first = today - timedelta(days=int(value))
    return lambda posting: posting.opens >= first


TESTS: dict[str, Callable[[str, date], Test]] = {
    "Keyword": _keyword,
    "PositionTitle": _title,
    "RemunerationMinimumAmount": _pays_at_least,
    "RemunerationMaximumAmount": _pays_at_most,
    "PayGradeLow": _grade_at_least,
    "PayGradeHigh": _grade_at_most,
    "JobGradeCode": _of_plan,
    "JobCategoryCode": _in_series,
    "HiringPath": _open_to,
    "RemoteIndicator": _remote,
    "DatePosted": _posted_within,
}

# --- places


def _location_test(parameters: Mapping[str, str]) -> tuple[tuple[str, ...], bool, Test]:
    """Return the names that could be resolved, whether a radius applies, and the test.

    Only full names resolve: of a city with its state, or of a state alone. Nothing resolved
    means no hits.
    """
    names = [name.strip() for name in parameters["LocationName"].split(";")]
    centers = {name: center for name in names if (center := locate(name))}
    states = {name for name in names if name in STATES}
    radius = _number(parameters.get("Radius", "")) or DEFAULT_RADIUS_MILES

    def near(posting: Posting) -> bool:
        return any(
            place.subdivision in states or _within(place.coordinates, centers.values(), radius)
            for place in posting.places
        )

    resolved = tuple(name for name in names if name in centers or name in states)
    return resolved, bool(centers), near


def _within(coordinates: Coordinates | None, centers: Iterable[Coordinates], radius: float) -> bool:
    return coordinates is not None and any(
        miles_between(coordinates, center) <= radius + SLACK_MILES for center in centers
    )


# --- order

_SORT_KEYS: dict[str, Callable[[Posting], date | float | str]] = {
    "opendate": lambda posting: posting.opens,
    "closedate": lambda posting: posting.closes,
    "salarymin": lambda posting: posting.pay.minimum,
    "salarymax": lambda posting: posting.pay.maximum,
    "jobtitle": lambda posting: posting.title.strip().casefold(),
}


def _sorted(
    postings: Iterable[Posting], parameters: Mapping[str, str], today: date
) -> list[Posting]:
    # Relevance is unknown from outside: an order that is fixed for a day and says nothing.
    hits = sorted(postings, key=lambda posting: crc32(f"{today} {posting.control_number}".encode()))
    key = _SORT_KEYS.get(parameters.get("SortField", "").casefold())
    if key is None:
        return hits
    descending = parameters.get("SortDirection", "").casefold().startswith("desc")
    return sorted(hits, key=key, reverse=descending)
