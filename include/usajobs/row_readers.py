"""Reads each row of either API exactly once, and counts drift and unreadable rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from include.jobs import limits
from include.jobs.position import Position
from include.jobs.source import SEARCH, Source
from include.usajobs import historic_rows, search_rows
from include.usajobs.drift import Drift
from include.usajobs.extract import ExtractedRow, QuarantinedRow
from include.usajobs.fields import UnreadableRowError
from include.usajobs.json_text import json_values
from include.usajobs.search_text import RowText

TOO_LARGE = (
    f"the row has more than {limits.MAX_ROW_VALUES:,} values or "
    f"{limits.MAX_RAW_ROW_CHARACTERS:,} characters"
)


@dataclass
class RowCounts:
    """Counts over the rows that were read: all, the anomalous ones, and their drift."""

    rows: int = 0
    anomalous_rows: int = 0
    drift: Drift = field(default_factory=Drift)

    def add(self, row: ReadRow) -> ExtractedRow:
        """Count a row and return it in the form that is passed on."""
        handed_on = row.handed_on()
        self.rows += 1
        self.anomalous_rows += bool(row.drift.counts or row.reason)
        self.drift.update(row.drift)
        return handed_on


@dataclass
class ReadRow:
    """A row after reading.

    An unreadable row has no `position`; `reason` says why, and `kept` is what goes to quarantine.
    """

    kept: object
    control_number: str | None
    position: Position | None = None
    reason: str = ""
    drift: Drift = field(default_factory=Drift)

    def handed_on(self) -> ExtractedRow:
        """Return the row in JSON form; a posting too large for a document counts as unreadable."""
        if self.position:
            text = self.position.to_json()
            judged = len(self.position.duties) + len(self.position.qualifications)
            if len(text) - judged <= limits.MAX_CONTENT_CHARACTERS:
                return ExtractedRow(position=text, unreadable=None)
            self.reason = f"the posting has more than {limits.MAX_CONTENT_CHARACTERS:,} characters"
        unreadable = QuarantinedRow(
            control_number=self.control_number,
            reason=self.reason,
            raw="" if self.reason == TOO_LARGE else _raw(self.kept),
        )
        return ExtractedRow(position=None, unreadable=unreadable)

    def read(self, reader: Callable[[Drift], Position], *, is_small: bool = False) -> None:
        """Set the position that the reader returns, or the reason why it fails.

        A row that is known to be small is not measured.
        """
        if not is_small and _is_too_large(self.kept):
            self.position, self.reason = None, TOO_LARGE
            return
        try:
            self.position, self.reason = reader(self.drift), ""
        except UnreadableRowError as problem:
            self.position, self.reason = None, str(problem)


def read_search_row(row: object, *, is_small: bool = False) -> ReadRow:
    """Read a row of the Search API, given as a `RowText` or as its value.

    A small one is known to be within `are_small`.
    """
    value = row.read if isinstance(row, RowText) else row
    read = ReadRow(row, search_rows.read_control_number(value))
    read.read(lambda drift: search_rows.read_row(value, drift), is_small=is_small)
    return read


def read_historic_row(row: object) -> ReadRow:
    """Read a row of the Historic JOA API; `add_text` adds its text.

    An unreadable row is kept whole, so that it can be read again once the reader is fixed.
    """
    projected = historic_rows.project(row)
    read = ReadRow(projected, historic_rows.read_control_number(projected))
    read.read(lambda drift: historic_rows.read_row(projected, drift))
    if not read.position:
        read.kept = row
    return read


def add_text(read: ReadRow, text: object) -> None:
    """Add an announcement's text to a row of the Historic JOA API; None if there is no text."""
    if isinstance(text, dict) and isinstance(read.kept, dict):
        read.kept = {**read.kept, "text": historic_rows.project_text(text)}
    if position := read.position:
        read.read(lambda drift: historic_rows.read_text(position, text, drift))


def read_again(raw: str, source: Source) -> ReadRow:
    """Read a quarantined row again from its raw JSON text."""
    row = json.loads(raw)
    if source == SEARCH:
        return read_search_row(row)
    read = read_historic_row(row)
    add_text(read, row.get("text") if isinstance(row, dict) else None)
    return read


def are_small(size: int, values: int) -> bool:
    """Return whether no row is too large in a text of so many bytes, and at most so many values."""
    return size <= limits.MAX_RAW_ROW_CHARACTERS and values <= limits.MAX_ROW_VALUES


def _is_too_large(row: object) -> bool:
    """Return whether a row would take many times its size to read, or to write as text."""
    with suppress(ValueError, OverflowError, RecursionError):  # what can't be written is counted
        text = bytes(row.text) if isinstance(row, RowText) else msgspec.json.encode(row)
        if are_small(len(text), json_values(text)):
            return False
    values = characters = 0
    waiting = [_value(row)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, dict):
            values += len(value)
            characters += sum(map(len, value))
            waiting += value.values()
        elif isinstance(value, list):
            values += len(value)
            waiting += value
        if values > limits.MAX_ROW_VALUES or characters > limits.MAX_RAW_ROW_CHARACTERS:
            return True
    return False


def _value(row: object) -> object:
    return row.whole if isinstance(row, RowText) else row


def _raw(row: object) -> str:
    """Return the row as JSON text."""
    try:
        return json.dumps(_value(row))
    except RecursionError:
        return json.dumps("a row that is nested too deep to be written")
