"""Kinds of damage to a stored position: what somebody who edits a document by hand may do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bson import Decimal128, ObjectId
from bson.datetime_ms import DatetimeMS

from include.searches.parameters import SearchParameters

SEARCH = SearchParameters().slug
ENTRY = f"matches.{SEARCH}"

YEAR_20000 = DatetimeMS(568_971_820_800_000)


def replaced(field: str, value: Any) -> dict[str, Any]:
    return {"$set": {field: value}}


def removed(*fields: str) -> dict[str, Any]:
    return {"$unset": dict.fromkeys(fields, "")}


POSITION_DAMAGE: dict[str, dict[str, Any]] = {
    "title number": replaced("PositionTitle", 5),
    "title null": replaced("PositionTitle", None),
    "title empty": replaced("PositionTitle", ""),
    "title missing": removed("PositionTitle"),
    "title of another type": replaced("PositionTitle", ObjectId("65f0c0ffee0ddba11c0ffee0")),
    "address list": replaced("PositionURI", []),
    "closes_at text": replaced("closes_at", "soon"),
    "closes_at dates": replaced("closes_at", [datetime(2026, 12, 1, tzinfo=UTC)]),
    "closes_at in the year 20000": replaced("closes_at", YEAR_20000),
    "closes_at in the year 1": replaced("closes_at", datetime(1, 1, 1, tzinfo=UTC)),
    "published_at number": replaced("published_at", 20261123),
    "observed_at text": replaced("observed_at", "2026-11-25"),
    "observed_at in the year 20000": replaced("observed_at", YEAR_20000),
    "observed_at missing": removed("observed_at"),
    "source unknown": replaced("source", "zzz"),
    "source missing": removed("source"),
    "guard missing": removed("source", "content_hash", "observed_at"),
    "first_seen_at text": replaced("first_seen_at", "then"),
    "first_seen_at missing": removed("first_seen_at"),
    "last_seen_at true": replaced("last_seen_at", True),
    "last_seen_at in the year 20000": replaced("last_seen_at", YEAR_20000),
    "matches missing": removed("matches"),
    "matches list": replaced("matches", []),
    "matches text": replaced("matches", "x"),
    "entry text": replaced(ENTRY, "x"),
    "entry list": replaced(ENTRY, [1]),
    "level unknown": replaced(f"{ENTRY}.level", "maybe"),
    "reasons text": replaced(f"{ENTRY}.reasons", "none"),
    "score text": replaced(f"{ENTRY}.score", "best"),
    "score missing": removed(f"{ENTRY}.score"),
    "score NaN": replaced(f"{ENTRY}.score", float("nan")),
    "miles NaN": replaced(f"{ENTRY}.nearest.miles", float("nan")),
    "nearest text": replaced(f"{ENTRY}.nearest", "Chicago"),
    "entry's observed_at text": replaced(f"{ENTRY}.observed_at", "x"),
    "entry's source number": replaced(f"{ENTRY}.source", 1),
    "entry's first_seen_at missing": removed(f"{ENTRY}.first_seen_at"),
    "entry's first_seen_at text": replaced(f"{ENTRY}.first_seen_at", "then"),
    "entry's last_seen_at text": replaced(f"{ENTRY}.last_seen_at", "then"),
    "pay NaN": replaced("annual_pay.maximum", float("nan")),
    "pay infinite": replaced("annual_pay.maximum", float("inf")),
    "pay of another type": replaced("annual_pay.minimum", Decimal128("100000")),
    "pay text": replaced("annual_pay", "much"),
    "grade list": replaced("grade", ["GS", 12]),
    "location text": replaced("PositionLocation", "Chicago"),
    "location of numbers": replaced("PositionLocation", [5]),
    "coordinates NaN": replaced("PositionLocation.0.Longitude", float("nan")),
    "remuneration missing": removed("PositionRemuneration"),
    "remuneration of text": replaced("PositionRemuneration", ["PA"]),
}
"""Changes that damage a position stored by the default search, as updates of MongoDB."""

NOT_HIDDEN = {
    "content_hash missing": removed("content_hash"),
    "content_hash object": replaced("content_hash", {"a": 1}),
    "facts text": replaced("facts", "x"),
    "facts list": replaced("facts", [1]),
    "facts' clearance number": replaced("facts.security_clearance", 5),
    "facts' openings list": replaced("facts.openings", [1]),
    "facts' source missing": removed("facts.source"),
    "facts' observed_at text": replaced("facts.observed_at", "x"),
    "facts' observed_at in the year 20000": replaced("facts.observed_at", YEAR_20000),
}
"""Damage that the page shows the job in spite of."""
