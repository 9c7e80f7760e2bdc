"""Reads rows of the Historic JOA API into positions.

https://developer.usajobs.gov/api-reference/get-api-historicjoa documents the rows. What this API
lacks stays null: coordinates, and the remote flag unless the place implies it. An announcement's
text comes from a separate endpoint.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from include.jobs.appointment_words import appointment
from include.jobs.codes import CLEARANCES, HIRING_PATHS, OPEN_CONTINUOUS, RATE_INTERVALS
from include.jobs.facts import ClosesWhen, Facts
from include.jobs.pay import annual_pay
from include.jobs.place_names import folded, split_name, state_named
from include.jobs.position import (
    Grade,
    Location,
    Position,
    Remuneration,
    in_order,
    position_uri,
)
from include.jobs.source import HISTORIC
from include.jobs.text_types import Text
from include.usajobs import fact_fields, fields
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRowError
from include.usajobs.values import read_amount, read_closing, read_opening

NO_CLEARANCE = CLEARANCES["0"]
_CONTINUOUS = re.compile(r"\bcontinuous", re.IGNORECASE)
"""In "Open Continuous", the description of the closing type 02."""

ROW_FIELDS = (
    "usajobsControlNumber",
    "positionTitle",
    "hiringAgencyCode",
    "hiringAgencyName",
    "hiringDepartmentCode",
    "hiringDepartmentName",
    "positionOpenDate",
    "positionCloseDate",
    "payScale",
    "minimumGrade",
    "maximumGrade",
    "promotionPotential",
    "minimumSalary",
    "maximumSalary",
    "salaryType",
    "teleworkEligible",
    "announcementNumber",
    "jobCategories",
    "positionLocations",
    "hiringPaths",
    "announcementClosingTypeCode",
    "announcementClosingTypeDescription",
    "appointmentType",
    "workSchedule",
    "supervisoryStatus",
    "securityClearance",
    "securityClearanceRequired",
    "travelRequirement",
    "relocationExpensesReimbursed",
    "drugTestRequired",
    "totalOpenings",
)
TEXT_FIELDS = ("summary", "duties", "requirementsQualifications")

_CANONICAL = {name.casefold(): name for name in (*ROW_FIELDS, "text")}


class PostingText(BaseModel):
    """The fields of a position that come from its announcement's text."""

    summary: Text | None
    duties: Text
    qualifications: Text


def project(row: object) -> object:
    """Return the row with only the keys that are read, in a fixed casing: the API's has varied.

    An added `text` is kept.
    """
    if not isinstance(row, dict):
        return row
    names = ((_CANONICAL.get(str(name).casefold()), value) for name, value in row.items())
    return {name: value for name, value in names if name}


def project_text(text: dict[str, Any]) -> dict[str, Any]:
    """Return only the fields of an announcement's text that are read."""
    return {name: text[name] for name in TEXT_FIELDS if name in text}


def read_control_number(row: object) -> str | None:
    """Return `usajobsControlNumber`, which is the Search API's `MatchedObjectId`, if it is one."""
    return fields.control_number(row.get("usajobsControlNumber")) if isinstance(row, dict) else None


def read_row(row: object, drift: Drift) -> Position:
    """Return the position that a projected row describes, without its text.

    Raises:
        UnreadableRowError: a required field is missing or invalid.
    """
    control_number = read_control_number(row)
    if not isinstance(row, dict) or control_number is None:
        raise UnreadableRowError("usajobsControlNumber is not a control number")
    with fields.unreadable_row_errors():
        locations = _locations(row, drift)
        pay = _remuneration(row, drift)
        return Position(
            control_number=control_number,
            PositionTitle=fields.required(row, "positionTitle", str).strip(),
            PositionURI=position_uri(control_number),
            PositionLocation=locations,
            PositionRemuneration=pay,
            annual_pay=annual_pay(pay),
            grade=_grade(row, drift),
            series=fields.known_series(
                _named(row, "jobCategories", "series", drift), "jobCategories", drift
            ),
            hiring_paths=_hiring_paths(row, drift),
            remote=True if any(place.is_anywhere for place in locations) else None,
            telework=fields.flag(row, "teleworkEligible", drift),
            organization=fields.text(row, "hiringAgencyName", drift),
            department=fields.text(row, "hiringDepartmentName", drift),
            announcement_number=fields.text(row, "announcementNumber", drift),
            published_at=read_opening(row.get("positionOpenDate")),
            closes_at=read_closing(row.get("positionCloseDate")),
            source=HISTORIC,
            agency_codes=fields.agency_codes(
                row.get("hiringDepartmentCode"), row.get("hiringAgencyCode")
            ),
            facts=_facts(row, drift),
        )


def read_text(position: Position, text: object, drift: Drift) -> Position:
    """Return the position with the fields, and the facts, of its announcement's text.

    Raises:
        UnreadableRowError: a field is not valid text.
    """
    if not isinstance(text, dict):
        drift.unexpected_type("announcementtext", text)
        text = {}
    with fields.unreadable_row_errors():
        said = PostingText(
            summary=_plain(fields.text(text, "summary", drift)),
            duties=_plain(fields.text(text, "duties", drift)) or "",
            qualifications=_plain(fields.text(text, "requirementsQualifications", drift)) or "",
        )
        facts = {
            "direct_hire": fact_fields.is_direct_hire(position.PositionTitle, said.summary),
            "specialized_experience": fact_fields.experience(said.qualifications),
        }
    with_facts = position.facts.model_copy(update=facts)
    return position.model_copy(update={**dict(said), "facts": with_facts})


def _named(row: dict[str, Any], name: str, key: str, drift: Drift) -> list[str]:
    """Return the texts in a list of objects with a single key."""
    found = (fields.text(item, key, drift) for item in fields.items(row, name, dict, drift))
    return [text for text in found if text]


def _locations(row: dict[str, Any], drift: Drift) -> list[Location]:
    entries = fields.required(row, "positionLocations", list)
    return in_order([_location(entry, drift) for entry in entries])


def _location(entry: object, drift: Drift) -> Location:
    if not isinstance(entry, dict):
        raise UnreadableRowError(
            f"positionLocations holds {fields.described(entry)}, not an object"
        )
    city = fields.text(entry, "positionLocationCity", drift)
    state = fields.text(entry, "positionLocationState", drift)
    country = fields.text(entry, "positionLocationCountry", drift)
    name = _place_name(city, state or country)
    if not name:
        raise UnreadableRowError("positionLocations holds a place without a name")
    return Location(
        LocationName=name, CountryCode=country, CountrySubDivisionCode=state, CityName=name
    )


def _place_name(city: str | None, region: str | None) -> str:
    """Return "Chicago, Illinois", also of the city "Chicago, IL" in Illinois."""
    if city and region and "," in city:
        place, named = split_name(city)
        if named and folded(named) == folded(state_named(region) or region):
            city = place
    return ", ".join(part for part in (city, region) if part)


def _remuneration(row: dict[str, Any], drift: Drift) -> list[Remuneration]:
    low, high = read_amount(row.get("minimumSalary")), read_amount(row.get("maximumSalary"))
    if row.get("salaryType") is None and low is None and high is None:
        return []
    code = fields.rate_interval(row.get("salaryType"), "salaryType", drift)
    interval = RATE_INTERVALS.get(code)
    return [
        Remuneration(
            MinimumRange=low,
            MaximumRange=high,
            RateIntervalCode=code,
            Description=interval.name if interval else None,
        )
    ]


def _grade(row: dict[str, Any], drift: Drift) -> Grade | None:
    plan = fields.text(row, "payScale", drift)
    if plan is None:
        return None
    return Grade(
        plan=fields.known_plan(plan.upper(), "payScale", drift),
        low=fields.grade(row, "minimumGrade", drift),
        high=fields.grade(row, "maximumGrade", drift),
    )


def _folded(name: str) -> str:
    return name.casefold().replace("&", "and")


# Recorded rows also contain a name that the code list no longer has, and codes instead of names.
_PATHS_BY_NAME = (
    {code: code for code in HIRING_PATHS}
    | {_folded(name): code for code, name in HIRING_PATHS.items()}
    | {"internal to an agency": "fed-internal-search"}
)


def _hiring_paths(row: dict[str, Any], drift: Drift) -> list[str] | None:
    names = _named(row, "hiringPaths", "hiringPath", drift)
    for name in names:
        if _folded(name) not in _PATHS_BY_NAME:
            drift.unknown_code("hiringPaths", name)
    return sorted({_PATHS_BY_NAME.get(_folded(name), name.casefold()) for name in names}) or None


def _facts(row: dict[str, Any], drift: Drift) -> Facts:
    """Return the facts that a row states; the others come with its text."""
    title = str(row["positionTitle"])
    offered = fields.text(row, "appointmentType", drift)
    supervisory = fields.flag(row, "supervisoryStatus", drift)
    return Facts(
        closes_when=_closes_when(row, drift),
        appointment=appointment(None, [offered] if offered else [], title),
        schedule=fact_fields.schedule(row, "workSchedule", drift),
        promotion_potential=fields.promotion_potential(row, "promotionPotential", drift),
        supervisory=fact_fields.is_supervisory(title) if supervisory is None else supervisory,
        security_clearance=_clearance(row, drift),
        travel=fact_fields.travel(row, "travelRequirement", drift),
        relocation=fields.flag(row, "relocationExpensesReimbursed", drift),
        drug_test=fields.flag(row, "drugTestRequired", drift),
        openings=fact_fields.openings(row, "totalOpenings", drift),
        direct_hire=fact_fields.is_direct_hire(title, None),
    )


def _closes_when(row: dict[str, Any], drift: Drift) -> ClosesWhen | None:
    """Return how an announcement closes; without a code, its description may say continuously."""
    code, described = "announcementClosingTypeCode", "announcementClosingTypeDescription"
    if fields.text(row, code, drift) is not None:
        return fact_fields.closes_when(row, code, described, drift)
    is_continuous = _CONTINUOUS.search(fields.text(row, described, drift) or "")
    return ClosesWhen(type=OPEN_CONTINUOUS) if is_continuous else None


def _clearance(row: dict[str, Any], drift: Drift) -> str | None:
    """Return the clearance by name; that none is required may be said by the flag alone."""
    named = fact_fields.clearance(row, "securityClearance", drift)
    is_required = fields.flag(row, "securityClearanceRequired", drift)
    return NO_CLEARANCE if named is None and is_required is False else named


def _plain(text: str | None) -> str | None:
    """Return text without HTML tags and extra white space."""
    return " ".join(re.sub(r"<[^<>]*>", " ", text or "").split()) or None
