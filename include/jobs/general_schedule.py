"""The General Schedule: what its grades pay, by year and locality pay area.

`pay_tables/` has a file per year; docs/matching.md says how to add the next.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from include.jobs.places import Coordinates, find_place, miles_between
from include.jobs.states import STATE_CODES, STATES

PAY_TABLES = Path(__file__).with_name("pay_tables")
KNOWN_PLACES = Path(__file__).with_name("pay_area_places.csv")

GRADES = range(1, 16)
STEPS = 10

REST_OF_US = "Rest of United States"
"""The area of all places that are in no other one."""

AREA_MILES = 60
"""How far a place may be from a city that an area is named for.

Areas are sets of counties (5 CFR 531.603), which the gazetteer doesn't have. This approximation
includes Fort Collins, which is 58 miles from Denver, and may be wrong at an area's edge.
`pay_area_places.csv` has places where it is wrong or close to it, with their counties.
"""


class PayTable(BaseModel):
    """A year's pay table, as its file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: list[str] = Field(min_length=1)
    cap: PositiveInt
    """No rate is higher: the pay of level IV of the Executive Schedule (5 U.S.C. 5304(g)(1))."""
    base_pay_by_grade: dict[int, list[PositiveInt]]
    """Dollars a year of steps 1 to 10."""
    locality_percent: dict[str, Decimal]
    """What is added to the base pay, by locality pay area."""

    @model_validator(mode="after")
    def _is_whole(self) -> PayTable:
        if [*self.base_pay_by_grade] != [*GRADES]:
            raise ValueError("base_pay_by_grade does not have the grades 1 to 15 in order")
        for grade, steps in self.base_pay_by_grade.items():
            if len(steps) != STEPS or not _ascends(steps):
                raise ValueError(f"grade {grade} does not have {STEPS} steps, each above the last")
        if not _ascends(steps[0] for steps in self.base_pay_by_grade.values()):
            raise ValueError("a grade begins below the one before it")
        if REST_OF_US not in self.locality_percent:
            raise ValueError(f"locality_percent does not have {REST_OF_US!r}")
        if not all(0 < percent < 100 for percent in self.locality_percent.values()):
            raise ValueError("locality_percent has a value that is not between 0 and 100")
        if self.cap < self.base_pay_by_grade[GRADES[-1]][-1]:
            raise ValueError("cap is below the base pay")
        return self

    def rate(self, grade: int, step: int, area: str) -> int:
        """Return the pay of a grade's step in an area, in dollars a year."""
        percent = 100 + self.locality_percent[area]
        pay = self.base_pay_by_grade[grade][step - 1] * percent / 100
        return min(self.cap, int(pay.quantize(Decimal(1), ROUND_HALF_UP)))


def _ascends(amounts: Iterable[int]) -> bool:
    return all(one < other for one, other in pairwise(amounts))


class GradePay(NamedTuple):
    """What grades pay by the table of a year, in one area."""

    year: int
    area: str
    rates: Mapping[int, tuple[int, int]]
    """The first and the last step of each grade."""

    def bottom(self, grade: int) -> int:
        """Return the pay of a grade's first step, in dollars a year."""
        return self.rates[grade][0]

    def top(self, grade: int) -> int:
        """Return the pay of a grade's last step, in dollars a year."""
        return self.rates[grade][1]


@lru_cache(maxsize=10_000)
def grade_pay(year: int | None, centre: Coordinates | None, state: str | None) -> GradePay:
    """Return what grades pay at a place in a year: by the nearest year's table if it has none.

    No year means the newest table. A place without coordinates is in the rest of the country.
    """
    nearest = nearest_year(year)
    area = locality_of(centre, state, tuple(pay_table(nearest).locality_percent))
    return GradePay(nearest, area, _rates(nearest, area))


@cache
def _rates(year: int, area: str) -> dict[int, tuple[int, int]]:
    table = pay_table(year)
    return {grade: (table.rate(grade, 1, area), table.rate(grade, STEPS, area)) for grade in GRADES}


@cache
def table_years() -> tuple[int, ...]:
    """Return the years that have a table, oldest first."""
    return tuple(sorted(int(file.stem) for file in PAY_TABLES.glob("[0-9]" * 4 + ".json")))


def nearest_year(year: int | None) -> int:
    """Return the year whose table holds for `year`: of two equally near ones, the later."""
    newest = table_years()[-1]
    if year is None:
        return newest
    return min(table_years(), key=lambda each: (abs(each - year), -each))


@cache
def pay_table(year: int) -> PayTable:
    """Return the table of a year.

    Raises:
        ValueError: the file is not a whole table; the message names it.
    """
    file = PAY_TABLES / f"{year}.json"
    try:
        return PayTable.model_validate_json(file.read_bytes())
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise ValueError(f"{file.name}: {where + ': ' if where else ''}{problem['msg']}") from None


def locality_of(centre: Coordinates | None, state: str | None, areas: tuple[str, ...]) -> str:
    """Return the locality pay area of a place.

    It is that of a place near by whose area is known, or else the nearest one in its state within
    `AREA_MILES`. `state` is a full name. Without coordinates, or with a state that isn't one of the
    United States, it is the rest of the country; without a state, areas of all states count.
    """
    whole_state = f"State of {state}"
    if whole_state in areas:
        return whole_state
    if centre is None or (state is not None and state not in STATES):
        return REST_OF_US
    if known := _known_area(centre, state):
        return next((area for area in areas if _first_city(area) == known), REST_OF_US)
    near = [
        (miles_between(centre, city), area)
        for area in areas
        if state is None or state in _states(area)
        for city in _cities(area)
    ]
    miles, area = min(near, default=(AREA_MILES + 1, REST_OF_US))
    return area if miles <= AREA_MILES else REST_OF_US


def _known_area(centre: Coordinates, state: str | None) -> str | None:
    """Return the first city of the area in which a place is known to be, or None."""
    near = [
        (miles, each.first_city)
        for each in _known_places()
        if state in (None, each.state)
        and (miles := miles_between(centre, each.coordinates)) <= each.miles
    ]
    return min(near)[1] if near else None


class _KnownPlace(NamedTuple):
    """A place whose surroundings, for so many miles in its state, are known to be in an area."""

    coordinates: Coordinates
    state: str
    first_city: str
    miles: float


@cache
def _known_places() -> tuple[_KnownPlace, ...]:
    with KNOWN_PLACES.open(encoding="utf-8", newline="") as file:
        return tuple(
            _KnownPlace(found.coordinates, row["state"], row["area"], float(row["miles"]))
            for row in csv.DictReader(file)
            if (found := find_place(f"{row['place']}, {row['state']}"))
        )


def _first_city(area: str) -> str:
    """Return the name by which tables of all years know an area, whatever else is in it."""
    return re.split("[-,]", area)[0]


def _states(area: str) -> list[str]:
    """Return the states of an area such as "Chicago-Naperville, IL-IN-WI", by their names."""
    codes = area.rpartition(", ")[2].split("-")
    return [STATE_CODES[code] for code in codes if code in STATE_CODES]


@cache
def _cities(area: str) -> tuple[Coordinates, ...]:
    """Return where the cities are that an area is named for.

    Of cities with the same name in several of its states, the one nearest to its first city counts:
    Newark is in New Jersey here, not in New York. A name that is there twice stands for two cities,
    as Kansas City does.
    """
    found: list[Coordinates] = []
    for city in re.split("-+", area.rpartition(", ")[0]):
        # Not `locate`, which takes any name in the District of Columbia for a place in Washington.
        named = (find_place(f"{city}, {state}") for state in _states(area))
        places = [place.coordinates for place in named if place and place.coordinates not in found]
        if places:
            found.append(min(places, key=lambda place: _miles_from_first(found, place)))
    return tuple(found)


def _miles_from_first(found: list[Coordinates], place: Coordinates) -> float:
    return miles_between(found[0], place) if found else 0.0
