"""Renders postings as the Historic JOA endpoints do: as rows, and as announcement texts.

A row has the same content as the posting's Search row, in another form: no coordinates, names
instead of codes, Y and N.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Any

from include.jobs.codes import HIRING_PATHS
from include.sample_api.opening_statuses import opening_status
from include.sample_api.postings import Place, Posting
from include.sample_api.rows import ANYWHERE, RATE_NAMES, Row, details
from include.sample_api.terms import CLOSING_TYPES, SCHEDULES, appointment_type

_TRAVEL = {
    "0": "Not required",
    "1": "Occasional travel",
    "2": "25% or less",
    "5": "50% or less",
    "7": "75% or less",
    "8": "76% or greater",
}
_SERVICES = {"01": "Competitive", "02": "Excepted", "03": "Senior Executive"}
_LISTS = ("hiringPaths", "jobCategories", "positionLocations")


def historic_row(posting: Posting, today: date) -> Row:
    """Return the posting, as it stands on `today`, as a row of that day's history."""
    rng = Random(f"history {posting.control_number}")
    time = rng.choice(("", "", "", "", "T00:00:00"))
    detail, terms = details(posting), posting.terms
    row = {
        "usajobsControlNumber": posting.control_number,
        **_agency(posting),
        "appointmentType": appointment_type(terms),
        "workSchedule": SCHEDULES[terms.schedule],
        "payScale": posting.plan,
        "salaryType": RATE_NAMES[posting.pay.interval],
        "vendor": rng.choice(("USASTAFFING", "USASTAFFING", "MGS")),
        "travelRequirement": _TRAVEL[terms.travel],
        "teleworkEligible": _yes_or_no(terms.telework),
        "serviceType": _SERVICES[terms.service],
        "securityClearanceRequired": _yes_or_no(terms.clearance != "Not Required"),
        "securityClearance": terms.clearance,
        "whoMayApply": "United States Citizens" if "public" in posting.hiring_paths else "",
        "announcementClosingTypeCode": terms.closing_type,
        "announcementClosingTypeDescription": CLOSING_TYPES[terms.closing_type].format(
            terms.closing_option
        ),
        "positionOpenDate": f"{posting.opens}{time}",
        "positionCloseDate": f"{posting.closes}{time}",
        "positionExpireDate": rng.choice((None, f"{posting.closes}{time}")),
        "announcementNumber": posting.announcement_number,
        "hiringSubelementName": None,
        "positionTitle": posting.title,
        "minimumGrade": detail["LowGrade"],
        "maximumGrade": detail["HighGrade"],
        "promotionPotential": terms.promotion_potential,
        "minimumSalary": float(posting.pay.minimum),
        "maximumSalary": float(posting.pay.maximum),
        "supervisoryStatus": _yes_or_no("Supervisory" in posting.title),
        "drugTestRequired": _yes_or_no(terms.drug_test),
        "relocationExpensesReimbursed": _yes_or_no(terms.relocation),
        "totalOpenings": terms.openings,
        "disableApplyOnline": "N",
        "positionOpeningStatus": opening_status(posting, today),
        "hiringPaths": [{"hiringPath": HIRING_PATHS[path]} for path in posting.hiring_paths],
        "jobCategories": [{"series": series} for series in posting.series],
        "positionLocations": _locations(posting, with_country=rng.random() < 0.7),
    }
    # The real API has used two spellings for the names of the lists.
    return _in_small_letters(row, _LISTS) if rng.random() < 0.5 else row


def text_row(posting: Posting) -> Row:
    """Return the text of the posting's announcement."""
    detail = details(posting)
    return {
        "usajobsControlNumber": posting.control_number,
        "positionOpenDate": str(posting.opens),
        "positionCloseDate": str(posting.closes),
        "hiringAgencyCode": posting.agency.agency_code,
        "hiringDepartmentCode": posting.agency.department_code,
        "announcementNumber": posting.announcement_number,
        "summary": posting.summary,
        "duties": _listed(posting, posting.duties),
        "hiringPathExplanation": "",
        "majorDutiesList": "",
        "requirementsConditionsOfEmployment": _listed(posting, detail["KeyRequirements"]),
        "requirementsQualifications": posting.qualifications,
        "requirementsEducation": detail["Education"],
        "howToApply": detail["HowToApply"],
        "whatToExpectNext": detail["WhatToExpectNext"],
        "requiredDocuments": detail["RequiredDocuments"],
        "evaluations": detail["Evaluations"],
        "benefits": detail["Benefits"],
        "otherInformation": detail["OtherInformation"],
    }


def _agency(posting: Posting) -> dict[str, Any]:
    organization, department, _ = posting.agency
    return {
        "hiringAgencyCode": posting.agency.agency_code,
        "hiringAgencyName": organization,
        "hiringDepartmentCode": posting.agency.department_code,
        "hiringDepartmentName": department,
        "agencyLevel": 2 if department else 1,
        "agencyLevelSort": "\\".join(filter(None, (department, organization))),
    }


def _yes_or_no(answer: bool) -> str:
    return "Y" if answer else "N"


def _locations(posting: Posting, *, with_country: bool) -> list[dict[str, Any]]:
    if posting.remote:
        return [_location(Place(ANYWHERE, None), with_country=with_country)]
    return [_location(place, with_country=with_country) for place in posting.places]


def _location(place: Place, *, with_country: bool) -> dict[str, Any]:
    city, _, _ = place.name.rpartition(", ")
    location = {
        "positionLocationCity": city or place.name,
        "positionLocationState": place.subdivision,
    }
    if with_country or place.country != "United States":
        location["positionLocationCountry"] = place.country
    return location


def _in_small_letters(row: Row, names: Iterable[str]) -> Row:
    return {name.lower() if name in names else name: value for name, value in row.items()}


def _listed(posting: Posting, entries: Iterable[str]) -> str:
    """Return the entries as a list in the markup that the announcement uses."""
    if posting.control_number % 3 == 0:
        return "\n".join(entries)
    return "<ul>" + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>"
