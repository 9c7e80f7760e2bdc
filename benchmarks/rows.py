"""Rows as heavy as real ones, all of which a search keeps, so that every step has work to do."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from include.places import cities
from include.sample_api.postings import opened_on
from include.sample_api.rows import search_row
from include.searches import SearchParameters
from include.sources import SEARCH
from include.transform import Batch, transform
from include.usajobs.search_rows import project

# How many places of work a row names: share of 568 recorded rows, and the number.
PLACES = [(0.67, 1), (0.12, 2), (0.09, 5), (0.05, 20), (0.015, 123), (0.03, 673), (0.025, 1176)]
SEED = 568


def heavy_rows(count: int) -> list[dict[str, Any]]:
    """Return so many rows of distinct postings, the same ones each time."""
    chance = random.Random(SEED)
    pool = [_place(city.name, *city.coordinates) for city in cities()[:1300]]
    first = date(2026, 1, 1)
    postings = (
        posting for day in range(3650) for posting in opened_on(first + timedelta(days=day))
    )
    return [_heavy(search_row(posting), pool, chance) for posting in islice(postings, count)]


def batch_of(rows: list[dict[str, Any]], read_at: datetime) -> Batch:
    """Return what the default search makes of rows that the Search API answered then."""
    moment = read_at.isoformat(timespec="milliseconds")
    answer: Any = {
        "source": SEARCH,
        "read_at": moment,
        "observed_at": moment,
        "seen_at": moment,
        "api_total": len(rows),
        "pages": 1,
        "rows": [project(row) for row in rows],
        "outside": {},
    }
    return transform(answer, SearchParameters())


def _place(name: str, latitude: float, longitude: float) -> dict[str, Any]:
    return {
        "LocationName": name,
        "CountryCode": "United States",
        "CountrySubDivisionCode": name.rpartition(", ")[2],
        "CityName": name,
        "Longitude": longitude,
        "Latitude": latitude,
    }


def _heavy(
    row: dict[str, Any], pool: list[dict[str, Any]], chance: random.Random
) -> dict[str, Any]:
    """Let only the topic be able to fail: a match or a near miss."""
    number = chance.choices([n for _, n in PLACES], [share for share, _ in PLACES])[0]
    chicago = next(place for place in pool if place["LocationName"] == "Chicago, Illinois")
    posting = row["MatchedObjectDescriptor"]
    posting["PositionLocation"] = [chicago, *chance.sample(pool, number - 1)]
    posting["JobGrade"] = [{"Code": "GS"}]
    posting["JobCategory"] = [{"Name": "", "Code": "2210"}]
    posting["PositionRemuneration"] = [
        {"MinimumRange": "97079", "MaximumRange": "126198", "RateIntervalCode": "PA"}
    ]
    details = posting["UserArea"]["Details"]
    details.update({"LowGrade": "12", "HighGrade": "12", "HiringPath": ["public"]})
    return row
