"""Renders postings as rows of the Search API, in the styles of recorded rows.

Each posting follows the style of one year, including the fields that rows of that year lack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from include.sample_api.occupations import (
    ABOUT_US,
    EDUCATION,
    EVALUATIONS,
    HOW_TO_APPLY,
    KEY_REQUIREMENTS,
    NEXT_STEPS,
    OTHER_INFORMATION,
    REQUIRED_DOCUMENTS,
    SERIES_NAMES,
)
from include.sample_api.postings import Place, Posting
from include.sample_api.terms import SCHEDULES, Terms, conditions

Row = dict[str, Any]

# The remuneration rate interval codes, and the names that rows had instead until 2022.
RATE_NAMES = {
    "PA": "Per Year",
    "PH": "Per Hour",
    "PD": "Per Day",
    "BW": "Bi-weekly",
    "WC": "Without Compensation",
    "FB": "Fee Basis",
    "SY": "School Year",
}


def _to_the_fraction(day: date, *, closing: bool) -> str:
    return f"{day}T{'23:59:59.9970' if closing else '00:00:00.0000'}"


def _plain(day: date, *, closing: bool) -> str:
    return str(day)


def _american(day: date, *, closing: bool) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _midnight(day: date, *, closing: bool) -> str:
    return f"{day}T00:00:00Z"


def _shortest(amount: float) -> str:
    return str(int(amount)) if amount == int(amount) else str(amount)


def _decimal(amount: float) -> str:
    return str(float(amount))


@dataclass(frozen=True)
class Style:
    """The style of one year's rows."""

    page: str
    written_date: Callable[..., str]
    amount: Callable[[float], str]
    rate_codes: bool = True
    absent_details: tuple[str, ...] = ()


_OLD_PAGE = "https://www.usajobs.gov:443/GetJob/ViewDetails/"

STYLES = {
    2025: Style("https://www.usajobs.gov:443/job/", _to_the_fraction, _shortest),
    2023: Style(_OLD_PAGE, _to_the_fraction, _decimal),
    2021: Style(_OLD_PAGE, _plain, _decimal, False, ("RemoteIndicator",)),
    2020: Style(_OLD_PAGE, _american, _decimal, False, ("RemoteIndicator", "TeleworkEligible")),
    2016: Style(_OLD_PAGE, _midnight, _shortest, rate_codes=False),
}
ANYWHERE = "Anywhere in the U.S. (remote job)"
# The only details that rows of 2016 had.
_DETAILS_OF_2016 = ("JobSummary", "WhoMayApply", "LowGrade", "HighGrade")


def search_row(posting: Posting) -> Row:
    """Return the posting as an item of `SearchResultItems`."""
    rng = Random(posting.control_number)
    style = STYLES[posting.style_year]
    terms = posting.terms
    number = str(posting.control_number)
    opens = style.written_date(posting.opens, closing=False)
    if posting.style_year == 2023:
        # Rows of that year have the time of publication.
        opens = f"{posting.opens}T{rng.randint(8, 17):02d}:57:20.9770"
    closes = style.written_date(posting.closes, closing=True)
    descriptor = {
        "PositionID": posting.announcement_number,
        "PositionTitle": posting.title,
        "PositionURI": style.page + number,
        "ApplyURI": [f"{style.page}{number}?PostingChannelID=RESTAPI"],
        "PositionLocationDisplay": _location_display(posting),
        "PositionLocation": [_location(place) for place in posting.places],
        "OrganizationName": posting.agency.organization,
        "DepartmentName": posting.agency.department,
        "SubAgency": posting.agency.organization,
        "JobCategory": [
            {"Name": SERIES_NAMES[series], "Code": series} for series in posting.series
        ],
        "JobGrade": [{"Code": posting.plan}],
        "PositionSchedule": [
            {"Name": rng.choice(("", SCHEDULES[terms.schedule])), "Code": terms.schedule}
        ],
        "PositionOfferingType": [{"Name": terms.appointment_in_words, "Code": terms.appointment}],
        "QualificationSummary": posting.qualifications,
        "PositionRemuneration": [_remuneration(posting, style)],
        "PositionStartDate": opens,
        "PositionEndDate": closes,
        "PublicationStartDate": opens,
        "ApplicationCloseDate": closes,
        "PositionFormattedDescription": [
            {
                "Label": "Dynamic Teaser",
                "LabelDescription": "Hit highlighting for keyword searches.",
            }
        ],
        "UserArea": {"Details": _shown_details(posting, style), "IsRadialSearch": False},
    }
    if posting.style_year == 2016:
        del descriptor["PositionLocationDisplay"]
    return {
        "MatchedObjectId": number,
        "MatchedObjectDescriptor": descriptor,
        "RelevanceRank": 0,
    }


def _location_display(posting: Posting) -> str:
    if posting.remote:
        return ANYWHERE
    names = {place.name for place in posting.places}
    return names.pop() if len(names) == 1 else "Multiple Locations"


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {"LocationName": place.name, "CountryCode": place.country}
    if place.subdivision:
        location["CountrySubDivisionCode"] = place.subdivision
    # Unknown coordinates are the integer zero.
    latitude, longitude = place.coordinates or (0, 0)
    return location | {"CityName": place.name, "Longitude": longitude, "Latitude": latitude}


def _remuneration(posting: Posting, style: Style) -> dict[str, str]:
    minimum, maximum, interval = posting.pay
    amounts = {"MinimumRange": style.amount(minimum), "MaximumRange": style.amount(maximum)}
    if not style.rate_codes:
        return amounts | {"RateIntervalCode": RATE_NAMES[interval]}
    return amounts | {"RateIntervalCode": interval, "Description": RATE_NAMES[interval]}


def _shown_details(posting: Posting, style: Style) -> dict[str, Any]:
    shown = details(posting)
    if posting.style_year == 2016:
        return {name: shown[name] for name in _DETAILS_OF_2016}
    return {name: value for name, value in shown.items() if name not in style.absent_details}


def details(posting: Posting) -> dict[str, Any]:
    """Return all details of a posting, whether or not rows of its year have them."""
    rng = Random(f"details {posting.control_number}")
    terms = posting.terms
    low, high = posting.grades
    if posting.plan == "GS" and rng.random() < 0.3:
        low, high = low.zfill(2), high.zfill(2)
    return {
        "JobSummary": posting.summary,
        "WhoMayApply": {"Name": "", "Code": ""},
        "LowGrade": low,
        "HighGrade": high,
        "PromotionPotential": terms.promotion_potential,
        "SubAgencyName": posting.agency.organization,
        "OrganizationCodes": posting.agency.code,
        "Relocation": str(terms.relocation),
        "HiringPath": list(posting.hiring_paths),
        "MCOTags": [],
        "TotalOpenings": terms.openings,
        "AgencyMarketingStatement": ABOUT_US.format(organization=posting.agency.organization),
        "TravelCode": terms.travel,
        "ApplyOnlineUrl": "https://apply.example.gov/Application/Apply",
        "DetailStatusUrl": "https://apply.example.gov/Application/ApplicationStatus",
        "MajorDuties": list(posting.duties),
        "Education": EDUCATION,
        "Requirements": "",
        "Evaluations": EVALUATIONS,
        "HowToApply": HOW_TO_APPLY,
        "WhatToExpectNext": NEXT_STEPS,
        "RequiredDocuments": REQUIRED_DOCUMENTS,
        "Benefits": "",
        "BenefitsUrl": "https://www.usajobs.gov/Help/working-in-government/",
        "BenefitsDisplayDefaultText": True,
        "OtherInformation": OTHER_INFORMATION,
        "KeyRequirements": [*KEY_REQUIREMENTS, *conditions(terms)],
        "WithinArea": "False",
        "CommuteDistance": "0",
        "ServiceType": terms.service,
        "AnnouncementClosingType": terms.closing_type,
        **_closing_option(terms),
        "AgencyContactEmail": "contact@example.gov",
        "AgencyContactPhone": "555-0100",
        "SecurityClearance": terms.clearance,
        "DrugTestRequired": str(terms.drug_test),
        "PositionSensitivitiy": "Non-sensitive (NS)/Low Risk",
        "AdjudicationType": ["Suitability/Fitness"],
        "TeleworkEligible": terms.telework,
        "RemoteIndicator": posting.remote,
        "FinancialDisclosure": False,
        "BargainingUnitStatus": rng.random() < 0.3,
    }


def _closing_option(terms: Terms) -> dict[str, str]:
    return {"AnnouncementClosingTypeOption": terms.closing_option} if terms.closing_option else {}
