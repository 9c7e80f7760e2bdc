"""Rows and answers as the Historic JOA API writes them, for tests to vary."""

from __future__ import annotations

from typing import Any

ANNOUNCEMENT = {
    "usajobsControlNumber": 900000001,
    "summary": "You build what the bureau's analysts work with.",
    "duties": "Designs and runs data pipelines with other engineers.",
    "requirementsQualifications": "One year of specialized experience with data pipelines.",
}


def historic_row(control_number: object = 900000001, **changes: Any) -> dict[str, Any]:
    """Return the row of a posting that matches the default search."""
    return {
        "usajobsControlNumber": control_number,
        "hiringAgencyCode": "TR35",
        "hiringAgencyName": "Bureau of the Fiscal Service",
        "hiringDepartmentName": "Department of the Treasury",
        "positionTitle": "Data Engineer",
        "announcementNumber": "TR-26-1",
        "positionOpenDate": "2026-09-01",
        "positionCloseDate": "2026-09-15",
        "payScale": "GS",
        "minimumGrade": "12",
        "maximumGrade": "12",
        "promotionPotential": "None",
        "minimumSalary": 97079.0,
        "maximumSalary": 126198.0,
        "salaryType": "Per Year",
        "teleworkEligible": "Y",
        "jobCategories": [{"series": "2210"}],
        "positionLocations": [
            {"positionLocationCity": "Chicago", "positionLocationState": "Illinois"}
        ],
        "hiringPaths": [{"hiringPath": "The public"}],
        **changes,
    }


def historic_envelope(
    rows: list[Any], total: int | None = None, token: str | None = None
) -> dict[str, Any]:
    """Return an answer of the Historic JOA API with these rows."""
    following = f"/api/historicjoa?continuationtoken={token}" if token else None
    return {
        "paging": {
            "metadata": {
                "totalCount": len(rows) if total is None else total,
                "pageSize": 1000,
                "continuationToken": token,
            },
            "next": following,
        },
        "data": rows,
    }
