"""The known form of responses: which keys they have, with which types.

Learned from the recordings and the API's documentation; tests compare it with all recordings. Here
it only serves to name what is new in a response. What a row needs is decided where it is read, in
`search_rows` and `historic_rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from include.usajobs.drift import Drift

Shape: TypeAlias = "type | tuple[type, ...] | list[Shape] | Mapping[str, Shape]"
"""A type or several, a list of items of one shape, or an object by its keys.

`ANYTHING` is an object that is not looked into. Any value may be null, which is read as missing.
"""

ANYTHING = dict
NUMBER = (int, float)


class AnyCasing(dict[str, Shape]):
    """The keys of an object that the API has spelt in several ways, and that are read in any."""


CODE_AND_NAME: Shape = [{"Code": str, "Name": str}]

DETAILS: Shape = {
    "AdjudicationType": [str],
    "AgencyContactEmail": str,
    "AgencyContactPhone": str,
    "AgencyContactWebsite": str,
    "AgencyMarketingStatement": str,
    "AnnouncementClosingType": str,
    "AnnouncementClosingTypeOption": str,
    "ApplyOnlineUrl": str,
    "AppointmentExplanationText": str,
    "BargainingUnitStatus": bool,
    "BargainingUnitStatusAdditionalText": str,
    "Benefits": str,
    "BenefitsDisplayDefaultText": bool,
    "BenefitsUrl": str,
    "CommuteDistance": str,
    "DetailStatusUrl": str,
    "DrugTestRequired": str,
    "Education": str,
    "Evaluations": str,
    "FinancialDisclosure": bool,
    "HighGrade": str,
    "HiringPath": [str],
    "HowToApply": str,
    "JobSummary": str,
    "KeyRequirements": [str],
    "LowGrade": str,
    "MCOTags": [str],
    "MajorDuties": [str],
    "OrganizationCodes": str,
    "OtherInformation": str,
    "PositionSensitivitiy": str,
    "PreviewQuestionnaireurl": str,
    "PromotionPotential": str,
    "PromotionPotentialAdditionalText": str,
    "Relocation": str,
    "RemoteIndicator": bool,
    "RequiredDocuments": str,
    "Requirements": str,
    "SecurityClearance": str,
    "ServiceType": str,
    "SubAgencyName": str,
    "TeleworkEligible": bool,
    "TotalOpenings": str,
    "TravelCode": str,
    "WhatToExpectNext": str,
    "WhoMayApply": {"Code": str, "Name": str},
    "WithinArea": str,
}

SEARCH_ROW: Shape = {
    "MatchedObjectId": str,
    "MatchedObjectDescriptor": {
        "ApplicationCloseDate": str,
        "ApplyURI": [str],
        "DepartmentName": str,
        "JobCategory": CODE_AND_NAME,
        "JobGrade": [{"Code": str}],
        "OrganizationName": str,
        "PositionEndDate": str,
        "PositionFormattedDescription": [{"Content": str, "Label": str, "LabelDescription": str}],
        "PositionID": str,
        "PositionLocation": [
            {
                "CityName": str,
                "CountryCode": str,
                "CountrySubDivisionCode": str,
                "Latitude": NUMBER,
                "LocationName": str,
                "Longitude": NUMBER,
            }
        ],
        "PositionLocationDisplay": str,
        "PositionOfferingType": CODE_AND_NAME,
        "PositionRemuneration": [
            {
                "Description": str,
                "MaximumRange": str,
                "MinimumRange": str,
                "RateIntervalCode": str,
            }
        ],
        "PositionSchedule": CODE_AND_NAME,
        "PositionStartDate": str,
        "PositionTitle": str,
        "PositionURI": str,
        "PublicationStartDate": str,
        "QualificationSummary": str,
        "SubAgency": str,
        "UserArea": {"Details": DETAILS, "IsRadialSearch": bool},
    },
    "RelevanceRank": NUMBER,
    "$$hashKey": str,
}

SEARCH_RESPONSE: Shape = {
    "LanguageCode": str,
    "SearchParameters": ANYTHING,
    "SearchResult": {
        "SearchResultCount": int,
        "SearchResultCountAll": int,
        "SearchResultItems": [SEARCH_ROW],
        "UserArea": {
            "IsRadialSearch": bool,
            "NumberOfPages": str,
            "ResolvedLocation": [str],
        },
    },
}

PAGING: Shape = {
    "metadata": {"totalCount": int, "pageSize": int, "continuationToken": str},
    "next": str,
}

HISTORIC_ROW: Shape = AnyCasing(
    {
        "agencyLevel": int,
        "agencyLevelSort": str,
        "announcementClosingTypeCode": str,
        "announcementClosingTypeDescription": str,
        "announcementNumber": str,
        "appointmentType": str,
        "disableApplyOnline": str,
        "drugTestRequired": str,
        "hiringAgencyCode": str,
        "hiringAgencyName": str,
        "hiringDepartmentCode": str,
        "hiringDepartmentName": str,
        "hiringPaths": [{"hiringPath": str}],
        "hiringSubelementName": str,
        "jobCategories": [{"series": str}],
        "maximumGrade": str,
        "maximumSalary": NUMBER,
        "minimumGrade": str,
        "minimumSalary": NUMBER,
        "payScale": str,
        "positionCloseDate": str,
        "positionExpireDate": str,
        "positionLocations": [
            {
                "positionLocationCity": str,
                "positionLocationCountry": str,
                "positionLocationState": str,
            }
        ],
        "positionOpenDate": str,
        "positionOpeningStatus": str,
        "positionTitle": str,
        "promotionPotential": str,
        "relocationExpensesReimbursed": str,
        "salaryType": str,
        "securityClearance": str,
        "securityClearanceRequired": str,
        "serviceType": str,
        "supervisoryStatus": str,
        "teleworkEligible": str,
        "totalOpenings": str,
        "travelRequirement": str,
        "usajobsControlNumber": int,
        "vendor": str,
        "whoMayApply": str,
        "workSchedule": str,
    }
)

TEXT_ROW: Shape = {
    "announcementNumber": str,
    "benefits": str,
    "duties": str,
    "evaluations": str,
    "hiringAgencyCode": str,
    "hiringDepartmentCode": str,
    "hiringPathExplanation": str,
    "howToApply": str,
    "majorDutiesList": str,
    "otherInformation": str,
    "positionCloseDate": str,
    "positionOpenDate": str,
    "requiredDocuments": str,
    "requirementsConditionsOfEmployment": str,
    "requirementsEducation": str,
    "requirementsQualifications": str,
    "summary": str,
    "usajobsControlNumber": int,
    "whatToExpectNext": str,
}

HISTORIC_RESPONSE: Shape = {"paging": PAGING, "data": [HISTORIC_ROW]}
TEXT_RESPONSE: Shape = {"paging": PAGING, "data": [TEXT_ROW]}

SEARCH_KEYS_READ = frozenset(
    f"SearchResult.SearchResultItems[].{path}"
    for path in (
        "MatchedObjectId",
        "MatchedObjectDescriptor.ApplicationCloseDate",
        "MatchedObjectDescriptor.DepartmentName",
        "MatchedObjectDescriptor.JobCategory[].Code",
        "MatchedObjectDescriptor.JobGrade[].Code",
        "MatchedObjectDescriptor.OrganizationName",
        "MatchedObjectDescriptor.PositionID",
        "MatchedObjectDescriptor.PositionLocation[].Latitude",
        "MatchedObjectDescriptor.PositionLocation[].LocationName",
        "MatchedObjectDescriptor.PositionLocation[].Longitude",
        "MatchedObjectDescriptor.PositionOfferingType[].Code",
        "MatchedObjectDescriptor.PositionRemuneration[].MaximumRange",
        "MatchedObjectDescriptor.PositionRemuneration[].MinimumRange",
        "MatchedObjectDescriptor.PositionRemuneration[].RateIntervalCode",
        "MatchedObjectDescriptor.PositionSchedule[].Code",
        "MatchedObjectDescriptor.PositionTitle",
        "MatchedObjectDescriptor.PublicationStartDate",
        "MatchedObjectDescriptor.QualificationSummary",
        "MatchedObjectDescriptor.UserArea.Details.AnnouncementClosingType",
        "MatchedObjectDescriptor.UserArea.Details.DrugTestRequired",
        "MatchedObjectDescriptor.UserArea.Details.HighGrade",
        "MatchedObjectDescriptor.UserArea.Details.HiringPath",
        "MatchedObjectDescriptor.UserArea.Details.JobSummary",
        "MatchedObjectDescriptor.UserArea.Details.LowGrade",
        "MatchedObjectDescriptor.UserArea.Details.MajorDuties",
        "MatchedObjectDescriptor.UserArea.Details.PromotionPotential",
        "MatchedObjectDescriptor.UserArea.Details.Relocation",
        "MatchedObjectDescriptor.UserArea.Details.RemoteIndicator",
        "MatchedObjectDescriptor.UserArea.Details.SecurityClearance",
        "MatchedObjectDescriptor.UserArea.Details.TeleworkEligible",
        "MatchedObjectDescriptor.UserArea.Details.TotalOpenings",
        "MatchedObjectDescriptor.UserArea.Details.TravelCode",
    )
)
"""What rows of today have, and a position is made of: if no row has it any more, it was renamed."""

HISTORIC_KEYS_READ = frozenset(
    f"data[].{path}"
    for path in (
        "announcementNumber",
        "hiringAgencyName",
        "hiringDepartmentName",
        "hiringPaths[].hiringPath",
        "jobCategories[].series",
        "maximumGrade",
        "maximumSalary",
        "minimumGrade",
        "minimumSalary",
        "payScale",
        "positionCloseDate",
        "positionLocations[].positionLocationCity",
        "positionOpenDate",
        "positionTitle",
        "promotionPotential",
        "salaryType",
        "teleworkEligible",
        "usajobsControlNumber",
    )
)
"""The same for the Historic JOA API, whose casing of keys has varied."""


TEXT_KEYS_READ = frozenset(
    f"data[].{key}"
    for key in ("duties", "requirementsQualifications", "summary", "usajobsControlNumber")
)


def compare_search(response: dict[str, Any], drift: Drift) -> None:
    """Count how a response of the Search API differs from the known form."""
    _compare(
        response, SEARCH_RESPONSE, SEARCH_KEYS_READ, drift, row="SearchResult.SearchResultItems[]"
    )


def compare_historic(response: dict[str, Any], drift: Drift) -> None:
    """Count how a response of the Historic JOA API differs from the known form."""
    _compare(response, HISTORIC_RESPONSE, HISTORIC_KEYS_READ, drift, row="data[]")


def compare_texts(response: dict[str, Any], drift: Drift) -> None:
    """Count how a response with announcement texts differs from the known form."""
    _compare(response, TEXT_RESPONSE, TEXT_KEYS_READ, drift, row="data[]")


def _compare(
    response: dict[str, Any], shape: Shape, read: frozenset[str], drift: Drift, *, row: str
) -> None:
    found = {path.casefold() for path in _walk(response, shape, "", drift)}
    if row.casefold() in found:
        for path in sorted(path for path in read if path.casefold() not in found):
            drift.missing_key(path)


def _walk(value: object, shape: Shape, path: str, drift: Drift) -> Iterator[str]:
    """Yield the paths of all values, counting unknown keys and unexpected types."""
    if value is None:
        return
    yield path
    if isinstance(shape, list):
        yield from _walk_items(value, shape[0], path, drift)
    elif isinstance(shape, Mapping):
        yield from _walk_keys(value, shape, path, drift)
    elif not _has_type(value, shape):
        drift.unexpected_type(path, value)


def _walk_items(value: object, shape: Shape, path: str, drift: Drift) -> Iterator[str]:
    if not isinstance(value, list):
        drift.unexpected_type(path, value)
        return
    for item in value:
        yield from _walk(item, shape, f"{path}[]", drift)


def _walk_keys(value: object, shape: Mapping[str, Shape], path: str, drift: Drift) -> Iterator[str]:
    if not isinstance(value, dict):
        drift.unexpected_type(path, value)
        return
    known = {_spelling(key, shape): key for key in shape}
    for key, inner in value.items():
        inner_path = f"{path}.{key}" if path else str(key)
        name = known.get(_spelling(str(key), shape))
        if name is None:
            drift.unknown_key(inner_path, inner)
        else:
            yield from _walk(inner, shape[name], inner_path, drift)


def _spelling(key: str, shape: Mapping[str, Shape]) -> str:
    return key.casefold() if isinstance(shape, AnyCasing) else key


def _has_type(value: object, shape: type | tuple[type, ...]) -> bool:
    """Return whether a value has a type; a boolean is no number here."""
    types = shape if isinstance(shape, tuple) else (shape,)
    return isinstance(value, types) and (not isinstance(value, bool) or bool in types)
