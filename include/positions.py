"""A position: what a posting says, in one form, whichever source it came from.

The four fields that USAJOBS names keep its names; the others are snake_case. Lists are sorted and
amounts are floats, so that the same posting always gives the same document and the same
`content_hash`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
)

from include.sources import Source
from include.usajobs.codes import GENERAL_SCHEDULE_PLANS, RATE_INTERVALS

M = TypeVar("M", bound=BaseModel)

LONGEST_NAME = 500
"""Characters of anything but a posting's text."""


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


# PostgreSQL, where Airflow may keep XComs, takes no NUL in JSON. A constraint makes pydantic refuse
# half characters (lone surrogates), which no database stores.
Text = Annotated[str, StringConstraints(strip_whitespace=True), BeforeValidator(_without_nul)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_NAME),
    BeforeValidator(_without_nul),
]

POSITION_PAGE = "https://www.usajobs.gov/job/"


class Location(BaseModel):
    """A place of work; coordinates are null where USAJOBS doesn't know them."""

    model_config = ConfigDict(frozen=True)

    LocationName: Name
    CountryCode: Name | None = None
    CountrySubDivisionCode: Name | None = None
    CityName: Name | None = None
    Longitude: float | None = None
    Latitude: float | None = None


class Remuneration(BaseModel):
    """A pay range in dollars per `RateIntervalCode`."""

    model_config = ConfigDict(frozen=True)

    MinimumRange: float | None = None
    MaximumRange: float | None = None
    RateIntervalCode: Name
    Description: Name | None = None


class AnnualPay(BaseModel):
    """Pay in dollars a year; `basis` is the rate-interval code it was computed from."""

    minimum: FiniteFloat
    maximum: FiniteFloat
    basis: str


class Grade(BaseModel):
    """Grades of one pay plan: numbers, letters of a band ("J"), or null where none is given."""

    plan: Name
    low: int | Name | None = None
    high: int | Name | None = None

    @property
    def on_general_schedule(self) -> bool:
        """Whether the grades can be compared with GS grades."""
        return self.plan in GENERAL_SCHEDULE_PLANS


class Position(BaseModel):
    """What a posting says. `control_number` is the document's `_id`."""

    control_number: str = Field(pattern=r"^[0-9]{1,20}$")
    PositionTitle: Name = Field(min_length=1)
    PositionURI: str
    PositionLocation: list[Location]
    PositionRemuneration: list[Remuneration]
    annual_pay: AnnualPay | None = None
    grade: Grade | None = None
    series: list[Name] = []
    hiring_paths: list[Name] | None = None
    remote: bool | None = None
    telework: bool | None = None
    organization: Name | None = None
    department: Name | None = None
    announcement_number: Name | None = None
    summary: Text | None = None
    published_at: datetime | None = None
    closes_at: datetime | None = None
    source: Source
    duties: Text = Field(default="", exclude=True)
    """Read for the topic check; too long to be kept."""

    def content(self) -> dict[str, Any]:
        """Return the fields that amendments are told by: all but the id and the source."""
        return self.model_dump(exclude={"control_number", "source"})


def in_order(values: Iterable[M]) -> list[M]:
    """Return the values once each, sorted by their fields: a posting's order is no content."""
    return sorted(set(values), key=lambda value: tuple(map(str, value.model_dump().values())))


def digest(observation: dict[str, Any]) -> tuple[str, int]:
    """Return a digest by which two observations are told apart, and the size.

    The size is that of the observation as JSON, in characters.
    """
    canonical = json.dumps(
        observation, sort_keys=True, separators=(",", ":"), default=datetime.isoformat
    )
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:32], len(canonical)


def position_uri(control_number: str) -> str:
    """Return the address of the posting's page: USAJOBS has written it in several ways."""
    return POSITION_PAGE + control_number


def annual_pay(remuneration: Iterable[Remuneration]) -> AnnualPay | None:
    """Return the yearly range over all comparable ranges, None where there is none.

    A top of 0 is how USAJOBS writes "not said", and a range with one end counts as that one
    amount.
    """
    ranges: list[tuple[float, float, str]] = []
    for pay in remuneration:
        interval = RATE_INTERVALS.get(pay.RateIntervalCode)
        low, high = pay.MinimumRange or 0.0, pay.MaximumRange or pay.MinimumRange or 0.0
        if interval is None or interval.per_year is None or not high:
            continue
        low, high = sorted((low or high, high))
        factor = interval.per_year
        ranges.append((round(low * factor, 2), round(high * factor, 2), pay.RateIntervalCode))
    if not ranges:
        return None
    # Where a posting gives several kinds of rate, the basis is that of the best-paid one.
    best = max(ranges, key=lambda pay_range: pay_range[1])
    return AnnualPay(minimum=min(low for low, _, _ in ranges), maximum=best[1], basis=best[2])
