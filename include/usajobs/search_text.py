"""Rows of the Search API as text, decoded no further than they are read.

Half of a row are places of work, most of which recur in the same words, and a quarter is text that
nobody reads. Objects of Python for all of it would take most of the time of reading a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import Raw, Struct, json
from typing_extensions import TypedDict

from include.jobs import limits
from include.usajobs.json_text import is_deeper_than, json_levels, read_json

LEVELS_AROUND_A_ROW = 3
"""{"SearchResult": {"SearchResultItems": [row]}}"""


class _Details(TypedDict, total=False):
    AnnouncementClosingType: Any
    AnnouncementClosingTypeOption: Any
    ApplyOnlineUrl: Any
    DrugTestRequired: Any
    HighGrade: Any
    HiringPath: Any
    JobSummary: Any
    LowGrade: Any
    MajorDuties: Any
    OrganizationCodes: Any
    PromotionPotential: Any
    Relocation: Any
    RemoteIndicator: Any
    Requirements: Any
    SecurityClearance: Any
    SupervisoryStatus: Any
    TeleworkEligible: Any
    TotalOpenings: Any
    TravelCode: Any
    WhoMayApply: Any


class _UserArea(TypedDict, total=False):
    Details: _Details


class _Descriptor(TypedDict, total=False):
    ApplicationCloseDate: Any
    ApplyURI: Any
    DepartmentName: Any
    JobCategory: Any
    JobGrade: Any
    OrganizationName: Any
    PositionID: Any
    PositionLocation: list[Raw]
    PositionLocationDisplay: Any
    PositionOfferingType: Any
    PositionRemuneration: Any
    PositionSchedule: Any
    PositionTitle: Any
    PublicationStartDate: Any
    QualificationSummary: Any
    UserArea: _UserArea


class _Row(TypedDict, total=False):
    """What `search_rows` reads."""

    MatchedObjectDescriptor: _Descriptor
    MatchedObjectId: Any


class _Result(Struct):
    SearchResultCountAll: Any
    SearchResultItems: list[Raw]


class _Response(Struct):
    SearchResult: _Result


_RESPONSE = json.Decoder(_Response)
_ROW = json.Decoder(_Row)


@dataclass(frozen=True)
class RowText:
    """A row as text, and of its value what is read, in which each place of work is still text."""

    text: Raw
    read: _Row

    @property
    def whole(self) -> Any:
        """The row's value."""
        return read_json(bytes(self.text))

    @property
    def places(self) -> int:
        """How many places of work it names."""
        return len(self.read.get("MatchedObjectDescriptor", {}).get("PositionLocation", ()))


def rows_as_text(body: bytes) -> tuple[Any, list[Any]] | None:
    """Return the total and the rows in the body of a response, each a `RowText` or a value.

    None if only the value of the whole body shows whether it is a good answer.
    """
    try:
        if not body.isascii():
            body.decode()  # the bytes of a text that is left unread are not looked at otherwise
        result = _RESPONSE.decode(body).SearchResult
        levels = [*map(json_levels, result.SearchResultItems)]
        if json_levels(body) - sum(levels) >= limits.MAX_NESTING_LEVELS:
            return None
        return result.SearchResultCountAll, [*map(_row, result.SearchResultItems, levels)]
    except (ValueError, RecursionError):
        return None


def _row(text: Raw, levels: int) -> Any:
    """Return a row of no more than these levels.

    Raises:
        ValueError: it can't be read, or is nested too deep.
    """
    most = limits.MAX_NESTING_LEVELS - LEVELS_AROUND_A_ROW
    try:
        row = RowText(text, _ROW.decode(text))
    except ValueError:  # formed in another way, or not strictly JSON
        value = read_json(bytes(text))
        if is_deeper_than(most, value):
            raise ValueError("nested too deep") from None
        return value
    # One level may be in a place, and no place is in another.
    if levels - row.places + 1 >= most and is_deeper_than(most, row.whole):
        raise ValueError("nested too deep")
    return row
