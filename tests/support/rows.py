"""Rows and answers as the Search API writes them, for tests to vary."""

from __future__ import annotations

import copy
from typing import Any

from include.jobs.position import Position
from include.usajobs.drift import Drift
from include.usajobs.search_rows import read_row

CHICAGO = {
    "LocationName": "Chicago, Illinois",
    "CountryCode": "United States",
    "CountrySubDivisionCode": "Illinois",
    "CityName": "Chicago, Illinois",
    "Longitude": -87.6322,
    "Latitude": 41.8842,
}
ROW: dict[str, Any] = {
    "MatchedObjectId": "900000001",
    "MatchedObjectDescriptor": {
        "PositionID": "TR-26-1",
        "PositionTitle": "Data Engineer",
        "PositionURI": "https://www.usajobs.gov:443/job/900000001",
        "ApplyURI": ["https://www.usajobs.gov:443/job/900000001"],
        "PositionLocationDisplay": "Chicago, Illinois",
        "PositionLocation": [CHICAGO],
        "OrganizationName": "Bureau of the Fiscal Service",
        "DepartmentName": "Department of the Treasury",
        "JobCategory": [{"Name": "Information Technology Management", "Code": "2210"}],
        "JobGrade": [{"Code": "GS"}],
        "QualificationSummary": "One year at the next lower grade.",
        "PositionRemuneration": [
            {
                "MinimumRange": "97079",
                "MaximumRange": "126198.0",
                "RateIntervalCode": "PA",
                "Description": "Per Year",
            }
        ],
        "PublicationStartDate": "2026-11-02T00:00:00.0000",
        "ApplicationCloseDate": "2026-11-30T23:59:59.9970",
        "UserArea": {
            "Details": {
                "JobSummary": "You build what the bureau's analysts work with.",
                "WhoMayApply": {"Name": "", "Code": ""},
                "LowGrade": "12",
                "HighGrade": "12",
                "PromotionPotential": "None",
                "HiringPath": ["public"],
                "MajorDuties": ["Designs and runs data pipelines."],
                "TotalOpenings": "1",
                "RemoteIndicator": False,
                "TeleworkEligible": True,
            }
        },
    },
    "RelevanceRank": 0,
}


def row(
    control_number: object = "900000001",
    *,
    details: dict[str, Any] | None = None,
    without: tuple[str, ...] = (),
    **descriptor: Any,
) -> dict[str, Any]:
    """Return a row that matches the default search, with some of its fields changed."""
    changed = copy.deepcopy(ROW)
    changed["MatchedObjectId"] = control_number
    fields = changed["MatchedObjectDescriptor"]
    fields.update(descriptor)
    fields["UserArea"]["Details"].update(details or {})
    for name in without:
        fields.pop(name, None)
        fields["UserArea"]["Details"].pop(name, None)
    return changed


def position(*args: Any, **changes: Any) -> Position:
    """Return such a row as a position."""
    return read_row(row(*args, **changes), Drift())


def pay(low: object, high: object, code: str = "PA") -> list[dict[str, Any]]:
    """Return a `PositionRemuneration`."""
    return [{"MinimumRange": low, "MaximumRange": high, "RateIntervalCode": code}]


def place(name: str, latitude: float, longitude: float) -> dict[str, Any]:
    """Return an entry of `PositionLocation`."""
    return {**CHICAGO, "LocationName": name, "CityName": name} | {
        "Latitude": latitude,
        "Longitude": longitude,
    }


def answer(
    *rows: object, at: str = "2026-11-23T12:00:00.000+00:00", **changes: Any
) -> dict[str, Any]:
    """Return a complete reading of the Search API at that time, with its rows in it."""
    complete = {
        "source": "search",
        "read_at": at,
        "observed_at": at,
        "seen_at": at,
        "api_total": len(rows),
        "pages": 1,
        "rows": list(rows),
        "outside": {},
    }
    return complete | changes


def historic_answer(*rows: object, read_at: str, day: str) -> dict[str, Any]:
    """Return what was announced on a day, read at that time."""
    return answer(
        *rows,
        at=read_at,
        source="historicjoa",
        observed_at=f"{read_at[:10]}T00:00:00.000+00:00",
        seen_at=f"{day}T00:00:00.000+00:00",
        outside={"place": [], "keyword": []},
    )


def envelope(rows: list[Any], total: int | None = None) -> dict[str, Any]:
    """Return an answer of the Search API with these rows."""
    return {
        "LanguageCode": "EN",
        "SearchParameters": {},
        "SearchResult": {
            "SearchResultCount": len(rows),
            "SearchResultCountAll": len(rows) if total is None else total,
            "SearchResultItems": rows,
            "UserArea": {"NumberOfPages": "1", "IsRadialSearch": True},
        },
    }
