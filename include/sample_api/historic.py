"""Which postings a query of the Historic JOA endpoints finds, and how the answer is paged.

The names of parameters count in any case: the real API itself writes them in small letters where
it tells of the next page. An unknown parameter is ignored, and so is one without a value.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, unquote, urlencode

from include.sample_api.postings import (
    DEFAULT_SEED,
    LONGEST_OPEN_DAYS,
    Posting,
    day_of_announcement,
    day_of_control_number,
    opened_on,
)

PATH = "/api/historicjoa"
TEXT_PATH = f"{PATH}/announcementtext"
DEFAULT_PAGE_SIZE = 1_000

Test = Callable[[Posting], bool]


class BadQuery(ValueError):
    """A query that the API refuses; the message says why."""


@dataclass(frozen=True)
class Query:
    """A query: parameters and dates by their names in small letters, and the page asked for."""

    parameters: Mapping[str, str]
    dates: Mapping[str, date]
    page: int

    @property
    def opening_day(self) -> date | None:
        """The opening day, where the query asks for a single one."""
        first = self.dates.get("startpositionopendate")
        return first if first == self.dates.get("endpositionopendate") else None


def read_query(given: Mapping[str, str]) -> Query:
    """Return the query that `given` parameters make; raise BadQuery for one that is refused."""
    parameters = {name.casefold(): value.strip() for name, value in given.items() if value.strip()}
    if parameters.keys().isdisjoint((*_DATE_TESTS, *_DAYS_OF)):
        raise BadQuery("A date range, control numbers or announcement numbers are required.")
    page = _page_of(parameters.pop("continuationtoken", ""))
    dates = {name: _day(parameters[name]) for name in _DATE_TESTS if name in parameters}
    return Query(parameters, dates, page)


def find(query: Query, today: date, seed: int = DEFAULT_SEED) -> list[Posting]:
    """Return what `query` finds of all that opened until `today`, in the form of that day."""
    tests = [_DATE_TESTS[name](day) for name, day in query.dates.items()]
    tests += [
        test(query.parameters[name]) for name, test in _TESTS.items() if name in query.parameters
    ]
    forms = (
        posting.as_of(today)
        for day in _opening_days(query, today)
        for posting in opened_on(day, seed)
    )
    return [posting for posting in forms if all(test(posting) for test in tests)]


# --- filters


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadQuery(f"{text!r} is no date: YYYY-MM-DD.") from None
    if str(day) != text:  # a week's day, or without dashes
        raise BadQuery(f"{text!r} is no date: YYYY-MM-DD.")
    return day


def _values(text: str) -> set[str]:
    return {value.strip().casefold() for value in re.split("[;,]", text)}


def _among(read: Callable[[Posting], str]) -> Callable[[str], Test]:
    def test(text: str) -> Test:
        wanted = _values(text)
        return lambda posting: read(posting).casefold() in wanted

    return test


def _in_series(text: str) -> Test:
    wanted = {code.zfill(4) for code in _values(text)}
    return lambda posting: not wanted.isdisjoint(posting.series)


_DATE_TESTS: dict[str, Callable[[date], Test]] = {
    "startpositionopendate": lambda day: lambda posting: posting.opens >= day,
    "endpositionopendate": lambda day: lambda posting: posting.opens <= day,
    "startpositionclosedate": lambda day: lambda posting: posting.closes >= day,
    "endpositionclosedate": lambda day: lambda posting: posting.closes <= day,
}
_TESTS: dict[str, Callable[[str], Test]] = {
    "positionseries": _in_series,
    "hiringagencycodes": _among(lambda posting: posting.agency.agency_code),
    "hiringdepartmentcodes": _among(lambda posting: posting.agency.department_code),
    "announcementnumbers": _among(lambda posting: posting.announcement_number),
    "usajobscontrolnumbers": _among(lambda posting: str(posting.control_number)),
}

# --- days

# What a number says about the day that its posting opened.
_DAYS_OF: dict[str, Callable[[str], date | None]] = {
    "usajobscontrolnumbers": day_of_control_number,
    "announcementnumbers": day_of_announcement,
}


def _opening_days(query: Query, today: date) -> Iterable[date]:
    """Return the days that can have opened what is asked for; few, as each has to be made up."""
    for name, day_of in _DAYS_OF.items():
        if name in query.parameters:
            days = {day_of(number) for number in _values(query.parameters[name])}
            return sorted(day for day in days if day and day <= today)
    first, last = _opening_window(query.dates, today)
    return map(date.fromordinal, range(max(first, 1), last + 1))


def _opening_window(dates: Mapping[str, date], today: date) -> tuple[int, int]:
    """Return the first and the last opening day.

    A window without a beginning reaches back as far as a posting lasts.
    """
    days = {name: day.toordinal() for name, day in dates.items()}
    ends = (days[name] for name in ("endpositionopendate", "endpositionclosedate") if name in days)
    last = min((today.toordinal(), *ends))
    closing = days.get("startpositionclosedate", last)
    return days.get("startpositionopendate", closing - LONGEST_OPEN_DAYS), last


# --- pages


def envelope(
    items: Sequence[Any], query: Query, size: int, path: str, as_row: Callable[[Any], Any]
) -> dict[str, Any]:
    """Return the answer with the page of `items` that the query asks for."""
    first = (query.page - 1) * size
    more = first + size < len(items)
    token = _token(query.page + 1) if more else None
    others = urlencode(query.parameters)
    # The end of the pages is written in two ways.
    end = None if len(items) % 2 else ""
    return {
        "paging": {
            "metadata": {"totalCount": len(items), "pageSize": size, "continuationToken": token},
            "next": f"{path}?continuationtoken={token}&{others}" if more else end,
        },
        "data": [as_row(item) for item in items[first : first + size]],
    }


def _token(page: int) -> str:
    """Return what stands for a page: opaque, and quoted for a URL, as the real one."""
    return quote(b64encode(f"page {page:011d}".encode()))


def _page_of(token: str) -> int:
    """Return the page that a token stands for, quoted or not; the first without one."""
    if not token:
        return 1
    try:
        found = re.fullmatch(r"page (\d{11})", b64decode(unquote(token), validate=True).decode())
    except ValueError:
        found = None
    if found is None:
        raise BadQuery("The continuation token is not valid.")
    return int(found[1])
