"""Display names of position fields."""

from __future__ import annotations

FIELD_NAMES = {
    "PositionTitle": "title",
    "PositionURI": "address",
    "PositionLocation": "places of work",
    "PositionRemuneration": "pay as posted",
    "annual_pay": "pay",
    "announcement_number": "announcement",
    "apply_at": "apply at",
    "closes_at": "deadline",
    "closes_when": "closing",
    "hiring_paths": "open to",
    "organization": "agency",
    "published_at": "published",
}
"""The other fields are shown under their names in documents, without underscores."""


def field_name(name: str) -> str:
    """Return the display name of a field."""
    return FIELD_NAMES.get(name, name.replace("_", " "))
