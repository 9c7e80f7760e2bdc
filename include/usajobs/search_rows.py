"""Reads rows of the Search API into positions.

A row whose required fields, control number or dates can't be read is quarantined as a whole. Any
other unreadable value becomes null and counts as drift. All forms recorded between 2016 and 2026
are supported.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from include.jobs.appointment_words import appointment
from include.jobs.codes import GENERAL_SCHEDULE_PLANS, HIRING_PATHS, RATE_INTERVALS, WHO_MAY_APPLY
from include.jobs.facts import Facts
from include.jobs.general_schedule import GRADES, grade_pay
from include.jobs.office_time import eastern_day
from include.jobs.pay import annual_pay, annual_range
from include.jobs.position import (
    Grade,
    Location,
    Position,
    Remuneration,
    in_order,
    is_anywhere,
    position_uri,
)
from include.jobs.source import SEARCH
from include.usajobs import fact_fields, fields
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRowError
from include.usajobs.search_places import read_places
from include.usajobs.values import read_amount, read_closing, read_opening


def read_row(row: object, drift: Drift) -> Position:
    """Return the position that a row describes; unknown codes and types are counted in `drift`.

    Raises:
        UnreadableRowError: a required field is missing or invalid.
    """
    descriptor = _descriptor(row)
    control_number = read_control_number(row)
    if control_number is None:
        raise UnreadableRowError("MatchedObjectId is not a control number")
    details = _details(descriptor)
    if not isinstance(details, dict):
        drift.unexpected_type("UserArea.Details", details)
        details = {}
    with fields.unreadable_row_errors():
        locations = read_places(descriptor, drift)
        pay = _remuneration(descriptor, drift)
        published_at = read_opening(descriptor.get("PublicationStartDate"))
        qualifications = _qualifications(descriptor, details, drift)
        return Position(
            control_number=control_number,
            PositionTitle=fields.required(descriptor, "PositionTitle", str).strip(),
            PositionURI=position_uri(control_number),
            PositionLocation=locations,
            PositionRemuneration=pay,
            annual_pay=annual_pay(pay),
            grade=_grade(descriptor, details, pay, published_at, drift),
            series=_series(descriptor, drift),
            hiring_paths=_hiring_paths(details, drift),
            remote=_remote(descriptor, details, locations, drift),
            telework=fields.flag(details, "TeleworkEligible", drift),
            organization=fields.text(descriptor, "OrganizationName", drift),
            department=fields.text(descriptor, "DepartmentName", drift),
            announcement_number=fields.text(descriptor, "PositionID", drift),
            summary=fields.text(details, "JobSummary", drift),
            published_at=published_at,
            closes_at=read_closing(descriptor.get("ApplicationCloseDate")),
            source=SEARCH,
            duties=_duties(details, drift),
            qualifications=qualifications,
            agency_codes=fields.agency_codes(details.get("OrganizationCodes")),
            facts=_facts(descriptor, details, qualifications, drift),
        )


def read_control_number(row: object) -> str | None:
    """Return `MatchedObjectId`, the control number, or None if there is none."""
    return fields.control_number(row.get("MatchedObjectId")) if isinstance(row, dict) else None


def _descriptor(row: object) -> dict[str, Any]:
    descriptor = row.get("MatchedObjectDescriptor") if isinstance(row, dict) else None
    if not isinstance(descriptor, dict):
        raise UnreadableRowError("MatchedObjectDescriptor is not an object")
    return descriptor


def _details(descriptor: dict[str, Any]) -> object:
    area = descriptor.get("UserArea")
    return area.get("Details") if isinstance(area, dict) else None


def _codes(mapping: dict[str, Any], name: str, drift: Drift) -> list[str]:
    codes = []
    for item in fields.items(mapping, name, dict, drift):
        code = fields.text(item, "Code", drift)
        if code:
            codes.append(code)
    return codes


def _remuneration(descriptor: dict[str, Any], drift: Drift) -> list[Remuneration]:
    ranges = []
    for entry in fields.required(descriptor, "PositionRemuneration", list):
        if not isinstance(entry, dict):
            raise UnreadableRowError(
                f"PositionRemuneration holds {fields.described(entry)}, not an object"
            )
        code = fields.rate_interval(entry.get("RateIntervalCode"), "RateIntervalCode", drift)
        interval = RATE_INTERVALS.get(code)
        for bound in ("MinimumRange", "MaximumRange"):
            if not isinstance(entry.get(bound), str | None):
                drift.unexpected_type(f"PositionRemuneration[].{bound}", entry[bound])
        ranges.append(
            Remuneration(
                MinimumRange=read_amount(entry.get("MinimumRange")),
                MaximumRange=read_amount(entry.get("MaximumRange")),
                RateIntervalCode=code,
                Description=fields.text(entry, "Description", drift)
                or (interval.name if interval else None),
            )
        )
    return in_order(ranges)


def _grade(
    descriptor: dict[str, Any],
    details: dict[str, Any],
    pay: list[Remuneration],
    published_at: datetime | None,
    drift: Drift,
) -> Grade | None:
    codes = _codes(descriptor, "JobGrade", drift)
    plans = [fields.known_plan(code.upper(), "JobGrade", drift) for code in codes]
    if not plans:
        return None
    low, high = (fields.grade(details, name, drift) for name in ("LowGrade", "HighGrade"))
    # Of several plans, the one with comparable grades is the most useful.
    plan = next((plan for plan in plans if plan in GENERAL_SCHEDULE_PLANS), plans[0])
    other = next((plan for plan in plans if plan not in GENERAL_SCHEDULE_PLANS), plan)
    if other != plan and _are_bands({low, high} - {None}, pay, published_at):
        plan = other
    return Grade(plan=plan, low=low, high=high)


BAND_PAY = 2.0
"""How many times as much a band pays at most as the grade of the same number, at least.

NH-2 pays almost three times as much as GS-2. The same grade pays a quarter more in the dearest pay
area than in the cheapest one, which leaves room for special rates.
"""


def _are_bands(
    ends: set[int | str | None], pay: list[Remuneration], published_at: datetime | None
) -> bool:
    """Return whether a posting on the General Schedule and another plan gives the other's bands.

    Letters are bands, as are numbers whose grade pays far less than what is offered.
    """
    grades = [end for end in ends if isinstance(end, int) and end in GRADES]
    offered = annual_range(pay)
    if len(grades) < len(ends):
        return True
    if not grades or offered is None:
        return False
    year = eastern_day(published_at).year if published_at else None
    return offered.maximum > BAND_PAY * grade_pay(year, None, None).top(max(grades))


def _series(descriptor: dict[str, Any], drift: Drift) -> list[str]:
    return fields.known_series(_codes(descriptor, "JobCategory", drift), "JobCategory", drift)


def _hiring_paths(details: dict[str, Any], drift: Drift) -> list[str] | None:
    named = fields.items(details, "HiringPath", str, drift)
    paths = {path.strip().casefold() for path in named} - {""}
    for path in paths - HIRING_PATHS.keys():
        drift.unknown_code("HiringPath", path)
    return sorted(paths) or _paths_of_old_announcements(details)


def _paths_of_old_announcements(details: dict[str, Any]) -> list[str] | None:
    who = details.get("WhoMayApply")
    code = who.get("Code") if isinstance(who, dict) else None
    path = WHO_MAY_APPLY.get(code) if isinstance(code, str) else None
    return [path] if path else None


def _remote(
    descriptor: dict[str, Any], details: dict[str, Any], locations: list[Location], drift: Drift
) -> bool | None:
    """Return whether a job is remote; before the flag existed, its place said so."""
    display = fields.text(descriptor, "PositionLocationDisplay", drift)
    if is_anywhere(display or "") or any(place.is_anywhere for place in locations):
        return True
    return fields.flag(details, "RemoteIndicator", drift)


def _duties(details: dict[str, Any], drift: Drift) -> str:
    duties = details.get("MajorDuties")
    if isinstance(duties, str):
        return duties
    return "\n".join(fields.items(details, "MajorDuties", str, drift))


def _qualifications(descriptor: dict[str, Any], details: dict[str, Any], drift: Drift) -> str:
    """Return what one needs: agencies describe the experience in either field."""
    texts = (
        fields.text(details, "Requirements", drift),
        fields.text(descriptor, "QualificationSummary", drift),
    )
    return "\n".join(text for text in texts if text)


def _facts(
    descriptor: dict[str, Any], details: dict[str, Any], qualifications: str, drift: Drift
) -> Facts:
    title = str(descriptor["PositionTitle"])
    offered = _only(descriptor, "PositionOfferingType", drift)
    schedule = _only(descriptor, "PositionSchedule", drift)
    kind = fact_fields.appointment_kind(
        fields.text(offered, "Code", drift), "PositionOfferingType", drift
    )
    words = (fields.text(each, "Name", drift) for each in (offered, schedule))
    supervisory = fields.flag(details, "SupervisoryStatus", drift)
    return Facts(
        closes_when=fact_fields.closes_when(
            details, "AnnouncementClosingType", "AnnouncementClosingTypeOption", drift
        ),
        appointment=appointment(kind, [said for said in words if said], title),
        schedule=fact_fields.schedule(
            {"PositionSchedule": schedule.get("Code")}, "PositionSchedule", drift
        ),
        promotion_potential=fields.promotion_potential(details, "PromotionPotential", drift),
        supervisory=fact_fields.is_supervisory(title) if supervisory is None else supervisory,
        security_clearance=fact_fields.clearance(details, "SecurityClearance", drift),
        travel=fact_fields.travel(details, "TravelCode", drift),
        relocation=fields.flag(details, "Relocation", drift),
        drug_test=fields.flag(details, "DrugTestRequired", drift),
        openings=fact_fields.openings(details, "TotalOpenings", drift),
        direct_hire=fact_fields.is_direct_hire(title, fields.text(details, "JobSummary", drift)),
        specialized_experience=fact_fields.experience(qualifications),
        apply_at=_apply_at(descriptor, details, drift),
    )


def _only(descriptor: dict[str, Any], name: str, drift: Drift) -> dict[str, Any]:
    """Return the only code and name of a list; of several, none says what holds."""
    entries = fields.items(descriptor, name, dict, drift)
    return entries[0] if len(entries) == 1 else {}


def _apply_at(descriptor: dict[str, Any], details: dict[str, Any], drift: Drift) -> str | None:
    """Return where one applies online: with the agency, or else on the page of the posting."""
    pages = fields.items(descriptor, "ApplyURI", str, drift)
    for address in (fields.text(details, "ApplyOnlineUrl", drift), *pages):
        if found := fact_fields.apply_at(address):
            return found
    return None
