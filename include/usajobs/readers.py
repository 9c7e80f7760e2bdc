"""How the rows of each API are read, for code that serves both."""

from __future__ import annotations

from types import ModuleType

from include.sources import HISTORIC, SEARCH, Source
from include.usajobs import historic_rows, search_rows
from include.usajobs.drift import Drift
from include.usajobs.fields import UnreadableRow

READERS: dict[Source, ModuleType] = {SEARCH: search_rows, HISTORIC: historic_rows}


def without_unread_fields(row: object, source: Source) -> object:
    """Return the row with only the fields that are read, which is a tenth of it.

    A row that can't be read stays whole: whoever mends the reading needs all of it.
    """
    reader = READERS[source]
    projected: object = reader.project(row)
    try:
        reader.read_row(projected, Drift())
    except UnreadableRow:
        return row
    return projected
