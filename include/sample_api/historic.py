"""Which postings a query of the Historic JOA endpoints finds, and how the result is paged.

Parameter names are case-insensitive: the real API itself writes them in lower case in the URL of
the next page. Unknown and empty parameters are ignored.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlencode

from include.sample_api.postings import (
    DEFAULT_SEED,
    LONGEST_OPEN_DAYS,
    Posting,
    day_of_control_number,
    opened_on,
)

PATH = "/api/historicjoa"
TEXT_PATH = f"{PATH}/announcementtext"
DEFAULT_PAGE_SIZE = 1_000

# Names in lower case.
_DATES = ("startpositionopendate", "endpositionopendate")
_NUMBERS = "usajobscontrolnumbers"


class BadQuery(ValueError):
    """A query that the API rejects; the message says why."""


@dataclass(frozen=True)
class Query:
    """A query: parameters and dates by their names in lower case, and the requested page."""

    parameters: Mapping[str, str]
    dates: Mapping[str, date]
    page: int

    @property
    def opening_day(self) -> date | None:
        """The opening day, if the query asks for a single one."""
        first, last = map(self.dates.get, _DATES)
        return first if first == last else None


def read_query(given: Mapping[str, str]) -> Query:
    """Return the query in these parameters.

    Raises:
        BadQuery: required parameters are missing, or a value is not valid.
    """
    parameters = {name.casefold(): value.strip() for name, value in given.items() if value.strip()}
    if parameters.keys().isdisjoint((*_DATES, _NUMBERS)):
        raise BadQuery("A range of opening days or control numbers are required.")
    page = _page_of(parameters.pop("continuationtoken", ""))
    dates = {name: _day(parameters[name]) for name in _DATES if name in parameters}
    return Query(parameters, dates, page)


def find(query: Query, today: date, seed: int = DEFAULT_SEED) -> list[Posting]:
    """Return the matching postings that opened until `today`, as they stand on that day."""
    series = {code.zfill(4) for code in _values(query.parameters.get("positionseries", ""))}
    numbers = _values(query.parameters.get(_NUMBERS, ""))
    return [
        posting.as_of(today)
        for day in _opening_days(query, numbers, today)
        for posting in opened_on(day, seed)
        if not series or not series.isdisjoint(posting.series)
        if not numbers or str(posting.control_number) in numbers
    ]


# --- parameters


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadQuery(f"{text!r} is not a date (YYYY-MM-DD).") from None
    if str(day) != text:  # an ISO week date, or without hyphens
        raise BadQuery(f"{text!r} is not a date (YYYY-MM-DD).")
    return day


def _values(text: str) -> set[str]:
    return {value.strip() for value in text.split(";") if value.strip()}


def _opening_days(query: Query, numbers: set[str], today: date) -> Iterable[date]:
    """Return the opening days to search; as few as possible, as each day has to be generated."""
    if numbers:
        days = {day_of_control_number(number) for number in numbers}
        return sorted(day for day in days if day and day <= today)
    first, last = map(query.dates.get, _DATES)
    last = min(last or today, today)
    first = first or last - timedelta(days=LONGEST_OPEN_DAYS)
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


# --- pages


def envelope(
    items: Sequence[Posting],
    query: Query,
    size: int,
    path: str,
    as_row: Callable[[Posting], dict[str, Any]],
) -> dict[str, Any]:
    """Return the response body with the requested page of `items`."""
    first = (query.page - 1) * size
    more = first + size < len(items)
    token = _token(query.page + 1) if more else None
    others = urlencode(query.parameters)
    # The real API marks the last page in two ways.
    end = None if len(items) % 2 else ""
    return {
        "paging": {
            "metadata": {"totalCount": len(items), "pageSize": size, "continuationToken": token},
            "next": f"{path}?continuationtoken={token}&{others}" if more else end,
        },
        "data": [as_row(item) for item in items[first : first + size]],
    }


def _token(page: int) -> str:
    """Return the token of a page: opaque and URL-quoted, like the real one."""
    return quote(b64encode(f"page {page:011d}".encode()))


def _page_of(token: str) -> int:
    """Return the page of a token, quoted or not; without a token, the first page."""
    if not token:
        return 1
    try:
        found = re.fullmatch(r"page (\d{11})", b64decode(unquote(token), validate=True).decode())
    except ValueError:
        found = None
    if found is None:
        raise BadQuery("The continuation token is not valid.")
    return int(found[1])
