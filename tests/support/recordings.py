"""The recordings that tests read, and what the project makes of them.

Those in `tests/data/` are always there. They were made of real ones, which lie beside the project
where somebody has them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.rules import judge
from include.searches.parameters import SearchParameters
from include.usajobs import search_rows
from include.usajobs.drift import Drift
from include.usajobs.row_readers import read_historic_row
from tests.data.rewrite_recordings import HERE, LABELS, SOURCE, Recordings
from tests.support import rows
from tests.support.historic_rows import historic_row

REWRITTEN, REAL = Recordings(HERE), Recordings(SOURCE)
PRESENT = [REWRITTEN, REAL] if REAL.names() else [REWRITTEN]

HISTORIC_ROW = "usajobs/historicjoa_2026_one_row.json"
HISTORIC_PAGING = "usajobs/historicjoa_documented_paging_example.json"
HISTORIC_TITLES = "usajobs/historicjoa_derived_rows_gsa.json"


def search_items(recordings: Recordings, name: str) -> list[dict[str, Any]]:
    """Return the rows of an answer of the Search API."""
    items: list[dict[str, Any]] = recordings.read(name)["SearchResult"]["SearchResultItems"]
    return items


def positions(recordings: Recordings, name: str, drift: Drift) -> list[Position]:
    """Return the positions of any recording, also of those that are no answers of an API."""
    if name == LABELS:
        return [rows.position(row["id"], **_labelled(row)) for row in recordings.read(name)]
    if name == HISTORIC_TITLES:
        return [_historic_position(_derived(row), drift) for row in recordings.read(name)]
    if name.startswith("usajobs/historicjoa"):
        return [_historic_position(row, drift) for row in recordings.read(name)["data"]]
    items = search_items(recordings, name)
    return [search_rows.read_row(item, drift) for item in items]


def match_result(position: Position, keyword: str) -> dict[str, Any]:
    """Return what the rules say of a position, for the default search or that of a keyword."""
    return judge(position, _context(keyword)).model_dump()


@cache
def _context(keyword: str) -> MatchContext:
    return MatchContext.of(SearchParameters(keyword=keyword))


def _labelled(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "PositionTitle": row["title"],
        "JobCategory": [{"Code": code} for code in row["series"]],
        "QualificationSummary": "",
        "details": {"JobSummary": row["summary"], "MajorDuties": [row["duties"]]},
    }


def _derived(row: dict[str, Any]) -> dict[str, Any]:
    return historic_row(
        row["control_number"],
        positionTitle=row["position_title"],
        positionOpenDate=row["open_date"],
        positionCloseDate=row["close_date"],
        jobCategories=[{"series": series[:4]} for series in row["occupation_series"]],
        hiringPaths=[{"hiringPath": path} for path in row["hiring_paths"]],
    )


def _historic_position(row: dict[str, Any], drift: Drift) -> Position:
    read = read_historic_row(row)
    drift.update(read.drift)
    assert read.position, read.reason
    return read.position
