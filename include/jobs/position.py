"""A position: the content of a posting in one form, whichever source it came from.

The four required fields keep USAJOBS's names; the others are snake_case. Lists are sorted and
amounts are floats, so that the same posting always gives the same document and the same
`content_hash`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from include.jobs import limits
from include.jobs.codes import GENERAL_SCHEDULE_PLANS
from include.jobs.facts import Facts
from include.jobs.source import Source
from include.jobs.text_types import Name, Text

POSITION_PAGE = "https://www.usajobs.gov/job/"
ANYWHERE = "anywhere in the u.s."


class _Listed(BaseModel):
    """An entry of a list whose order carries no meaning."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Its fields in JSON form, shared by all who read them: nothing may change them."""
        return self.model_dump()

    @cached_property
    def canonical(self) -> str:
        """The entry as the content hash sees it."""
        return canonical_json(self.fields)

    @cached_property
    def text(self) -> str:
        """The entry as JSON text."""
        return self.model_dump_json()

    @cached_property
    def order(self) -> str:
        """What it is sorted by: its fields as texts, and what tells null from the text "None".

        No text of a posting contains NUL.
        """
        return "\0".join((*map(str, self.fields.values()), self.canonical))


L = TypeVar("L", bound=_Listed)


class Location(_Listed):
    """A place of work; coordinates are null if USAJOBS doesn't know them."""

    LocationName: Name = Field(description="city and state, or what USAJOBS has instead")
    CountryCode: Name | None = Field(default=None, description="the country's name")
    CountrySubDivisionCode: Name | None = Field(default=None, description="the state's name")
    CityName: Name | None = Field(default=None, description="city and state again")
    Longitude: FiniteFloat | None = Field(default=None, description="degrees east, to four digits")
    Latitude: FiniteFloat | None = Field(default=None, description="degrees north, to four digits")

    @cached_property
    def is_anywhere(self) -> bool:
        """Whether its name says that the job is remote."""
        return is_anywhere(self.LocationName)


class Remuneration(_Listed):
    """A pay range in dollars per `RateIntervalCode`."""

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

    def stored(self) -> dict[str, Any]:
        """Return the position in JSON form, without what is only judged.

        Positions share the objects of their places: nothing may change them.
        """
        others = self.model_dump(mode="json", exclude=_NOT_DUMPED)
        others["PositionLocation"] = [place.fields for place in self.PositionLocation]
        return {name: others[name] for name in type(self).model_fields if name in others}

    def content_hash(self, as_json: dict[str, Any]) -> str:
        """Return the digest of the fields that detect amendments.

        `as_json` is this position in JSON form; the hash is that of times in another form.
        """
        content = {name: as_json[name] for name in _COMPARED_BESIDE_PLACES}
        content |= {"published_at": self.published_at, "closes_at": self.closes_at}
        places = ",".join([place.canonical for place in self.PositionLocation])
        # No other name sorts before that of the places.
        return content_digest(f'{{"PositionLocation":[{places}],{canonical_json(content)[1:]}')

    def to_json(self) -> str:
        """Return the position as JSON text, from which `from_json` makes the same one."""
        others = self.model_dump_json(exclude={"PositionLocation"})
        places = ",".join([place.text for place in self.PositionLocation])
        return f'{{"PositionLocation":[{places}],{others[1:]}'

    @classmethod
    def from_json(cls, text: str) -> Position:
        """Return the position that was written as JSON.

        Raises:
            ValueError: the text is not that of a position.
        """
        values = msgspec.structs.asdict(_READER.decode(text))
        given = {name: value for name, value in values.items() if value is not msgspec.UNSET}
        given["PositionLocation"] = [_place(bytes(place)) for place in given["PositionLocation"]]
        return cls.model_validate(given)


ONLY_JUDGED = frozenset({"duties", "qualifications", "agency_codes"})
"""The fields of a position that the rules read, and that are not stored."""

_NOT_DUMPED = {"PositionLocation", *ONLY_JUDGED}
_BESIDE_PLACES = Position.model_fields.keys() - {"PositionLocation"}
_COMPARED_BESIDE_PLACES = PositionContent.model_fields.keys() - {"PositionLocation"}

_READER = msgspec.json.Decoder(
    msgspec.defstruct(
        "_Unread",
        [
            ("PositionLocation", list[msgspec.Raw]),
            *((name, Any, msgspec.UNSET) for name in _BESIDE_PLACES),
        ],
    )
)
"""Leaves the places of a position unread: half of its text, and most of them recur."""


@lru_cache(maxsize=limits.REMEMBERED_PLACES)
def _place(text: bytes) -> Location:
    return Location.model_validate_json(text)


def in_order(values: Sequence[L]) -> list[L]:
    """Return the distinct values sorted by their fields: a posting's order carries no meaning."""
    if len(values) == 1:  # as most are
        return [*values]
    distinct = {each.order: each for each in values}
    return [distinct[order] for order in sorted(distinct)]


def is_anywhere(place: str) -> bool:
    """Return whether the name of a place says that the job is remote."""
    return place.casefold().startswith(ANYWHERE)


canonical_json = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), default=datetime.isoformat
).encode
"""Writes an observation in the one form whose digest is stored."""


def content_digest(canonical: str) -> str:
    """Return the digest of an observation in canonical JSON."""
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:32]


def position_uri(control_number: str) -> str:
    """Return the canonical URL of a posting; USAJOBS has used several forms."""
    return POSITION_PAGE + control_number
