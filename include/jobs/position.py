"""A position: the content of a posting in one form, whichever source it came from.

The four required fields keep USAJOBS's names; the others are snake_case. Lists are sorted and
amounts are floats, so that the same posting always gives the same document and the same
`content_hash`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from include.jobs.codes import GENERAL_SCHEDULE_PLANS
from include.jobs.facts import Facts
from include.jobs.source import Source
from include.jobs.text_types import Name, Text

M = TypeVar("M", bound=BaseModel)


POSITION_PAGE = "https://www.usajobs.gov/job/"


class Location(BaseModel):
    """A place of work; coordinates are null if USAJOBS doesn't know them."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    LocationName: Name = Field(description="city and state, or what USAJOBS has instead")
    CountryCode: Name | None = Field(default=None, description="the country's name")
    CountrySubDivisionCode: Name | None = Field(default=None, description="the state's name")
    CityName: Name | None = Field(default=None, description="city and state again")
    Longitude: FiniteFloat | None = Field(default=None, description="degrees east, to four digits")
    Latitude: FiniteFloat | None = Field(default=None, description="degrees north, to four digits")


class Remuneration(BaseModel):
    """A pay range in dollars per `RateIntervalCode`."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    MinimumRange: FiniteFloat | None = Field(default=None, description="dollars")
    MaximumRange: FiniteFloat | None = Field(default=None, description="dollars")
    RateIntervalCode: Name = Field(description="from USAJOBS's code list: PA a year, PH an hour, …")
    Description: Name | None = Field(default=None, description="the code's name")


class AnnualPay(BaseModel):
    """Pay in dollars a year."""

    minimum: FiniteFloat = Field(description="dollars a year; the maximum if it isn't stated")
    maximum: FiniteFloat = Field(description="dollars a year; the minimum if it isn't stated")
    basis: str = Field(description="the rate-interval code that it was computed from")


class Grade(BaseModel):
    """Grades of a pay plan: numbers, band letters ("J"), or null if none is given."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    plan: Name = Field(description="the pay plan, for example GS")
    low: int | Name | None = Field(default=None, description="the lowest grade offered")
    high: int | Name | None = Field(default=None, description="the highest grade offered")

    @property
    def on_general_schedule(self) -> bool:
        """Whether the grades can be compared with GS grades."""
        return self.plan in GENERAL_SCHEDULE_PLANS


class PositionContent(BaseModel):
    """The content of a posting: the fields that are compared to detect amendments."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    PositionTitle: Name = Field(min_length=1, description="the title, trimmed")
    PositionURI: str = Field(description="the posting's URL, in canonical form")
    PositionLocation: list[Location] = Field(description="places of work, without duplicates")
    PositionRemuneration: list[Remuneration] = Field(description="pay as posted")
    annual_pay: AnnualPay | None = Field(
        default=None, description="annual pay; null if it is not comparable"
    )
    grade: Grade | None = Field(default=None, description="pay plan and grades")
    series: list[Name] = Field(default=[], description="occupational series, four digits each")
    hiring_paths: list[Name] | None = Field(
        default=None, description="who may apply, from USAJOBS's code list; null if not stated"
    )
    remote: bool | None = Field(default=None, description="whether it is a remote job")
    telework: bool | None = Field(default=None, description="whether telework is possible")
    organization: Name | None = Field(default=None, description="the hiring agency")
    department: Name | None = Field(default=None, description="its department")
    announcement_number: Name | None = Field(
        default=None, description="the agency's own number; several postings may share it"
    )
    summary: Text | None = Field(default=None, description="the posting's summary")
    published_at: datetime | None = Field(default=None, description="when it opened")
    closes_at: datetime | None = Field(
        default=None, description="the deadline: 23:59 Eastern Time on its last day"
    )


class Position(PositionContent):
    """A posting as read from an API. `control_number` is the document's `_id`."""

    control_number: str = Field(pattern=r"^[0-9]{1,20}$", description="USAJOBS's control number")
    source: Source = Field(description="the API that it was read from")
    duties: Text = Field(default="", description="what one does there")
    qualifications: Text = Field(default="", description="what one needs to have done before")
    agency_codes: list[Name] = Field(
        default=[], description="USAJOBS's codes of the department and the hiring agency"
    )
    facts: Facts = Field(default=Facts(), description="what decides an application besides")

    def content(self, as_json: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that detect amendments, whose digest is the content hash.

        `as_json` is this position in JSON form; the hash is that of times in another form.
        """
        content = {name: as_json[name] for name in PositionContent.model_fields}
        return content | {"published_at": self.published_at, "closes_at": self.closes_at}


ONLY_JUDGED = frozenset({"duties", "qualifications", "agency_codes"})
"""The fields of a position that the rules read, and that are not stored."""


def in_order(values: Iterable[M]) -> list[M]:
    """Return the distinct values sorted by their fields: a posting's order carries no meaning."""
    return sorted(set(values), key=lambda value: tuple(map(str, value.model_dump().values())))


def content_digest(observation: dict[str, Any]) -> tuple[str, int]:
    """Return the digest of an observation, and its length as JSON in characters."""
    canonical = json.dumps(
        observation, sort_keys=True, separators=(",", ":"), default=datetime.isoformat
    )
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:32], len(canonical)


def position_uri(control_number: str) -> str:
    """Return the canonical URL of a posting; USAJOBS has used several forms."""
    return POSITION_PAGE + control_number
