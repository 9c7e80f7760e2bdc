"""Rows as heavy as recorded ones, all of which a search keeps, so that every step has work to do.

568 rows were recorded: half of their 18.5 KB on average are places of work, a quarter is text that
is kept. Rows of 2025, at the median, have 247 KB: those are `HEAVIEST`.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from include.jobs.places import cities
from include.jobs.source import SEARCH
from include.pipeline.transform import transform
from include.sample_api.occupations import HOW_TO_APPLY, NEXT_STEPS, REQUIRED_DOCUMENTS
from include.sample_api.postings import opened_on
from include.sample_api.rows import search_row
from include.searches.parameters import SearchParameters
from include.usajobs.extract import Extract
from include.usajobs.row_readers import RowCounts, read_search_row

if TYPE_CHECKING:
    from include.pipeline.judged import Batch, TransformResult

# How many places of work a row names: share of the recorded rows, and the number.
PLACES = [(0.67, 1), (0.12, 2), (0.09, 5), (0.05, 20), (0.015, 123), (0.03, 673), (0.025, 1176)]
HEAVIEST = [(1, 1230)]

SUMMARY, QUALIFICATIONS = 1_200, 4_000
"""Characters of a row's two texts that are kept."""

WORDS = f"{HOW_TO_APPLY} {NEXT_STEPS} {REQUIRED_DOCUMENTS}".split()
SEED = 568


def heavy_rows(count: int, places: list[tuple[float, int]] = PLACES) -> list[dict[str, Any]]:
    """Return so many rows of distinct postings, the same ones each time."""
    chance = random.Random(SEED)
    pool = [_place(city.name, *city.coordinates) for city in cities()[:1300]]
    first = date(2026, 1, 1)
    postings = (
        posting for day in range(3650) for posting in opened_on(first + timedelta(days=day))
    )
    return [
        _heavy(search_row(posting), _some(places, pool, chance), chance)
        for posting in islice(postings, count)
    ]


def transformed(
    rows: list[dict[str, Any]], read_at: datetime
) -> tuple[TransformResult, list[Batch]]:
    """Return what the default search makes of rows that the Search API answered then."""
    moment = read_at.isoformat(timespec="milliseconds")
    counts = RowCounts()
    extracted = [counts.add(read_search_row(row)) for row in rows]
    summary = Extract(
        source=SEARCH,
        read_at=moment,
        observed_at=moment,
        seen_at=moment,
        api_total=len(rows),
        pages=1,
        rows=counts.rows,
        outside={},
        drift=counts.drift.entries(),
        anomalous_rows=counts.anomalous_rows,
    )
    batches: list[Batch] = []
    return transform(summary, [extracted], SearchParameters(), batches), batches


def _place(name: str, latitude: float, longitude: float) -> dict[str, Any]:
    return {
        "LocationName": name,
        "CountryCode": "United States",
        "CountrySubDivisionCode": name.rpartition(", ")[2],
        "CityName": name,
        "Longitude": longitude,
        "Latitude": latitude,
    }


def _some(
    shares: list[tuple[float, int]], pool: list[dict[str, Any]], chance: random.Random
) -> list[dict[str, Any]]:
    """Return Chicago and as many other places as a row has."""
    number = chance.choices([n for _, n in shares], [share for share, _ in shares])[0]
    chicago = next(place for place in pool if place["LocationName"] == "Chicago, Illinois")
    return [chicago, *chance.sample(pool, number - 1)]


def _heavy(
    row: dict[str, Any], places: list[dict[str, Any]], chance: random.Random
) -> dict[str, Any]:
    """Let every rule pass."""
    posting = row["MatchedObjectDescriptor"]
    posting["PositionTitle"] = f"Data Engineer ({posting['PositionTitle']})"
    posting["PositionLocation"] = places
    posting["JobGrade"] = [{"Code": "GS"}]
    posting["JobCategory"] = [{"Name": "", "Code": "2210"}]
    posting["PositionRemuneration"] = [
        {"MinimumRange": "97079", "MaximumRange": "126198", "RateIntervalCode": "PA"}
    ]
    posting["QualificationSummary"] += _text(QUALIFICATIONS, chance)
    details = posting["UserArea"]["Details"]
    details.update({"LowGrade": "12", "HighGrade": "12", "HiringPath": ["public"]})
    details["JobSummary"] += _text(SUMMARY, chance)
    return row


def _text(length: int, chance: random.Random) -> str:
    """Return words in an order of their own, so that no two rows pack into one."""
    return " ".join(chance.choices(WORDS, k=length // 6))
