"""Which announcements are of the same job: agencies announce many again, under a new number.

Two are linked if they share one of their keys, and if the later one follows the earlier one. Those
that are open at the same time, such as one for the public and one for federal employees, don't
follow each other. docs/matching.md says how the criteria were found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from include.jobs import limits
from include.jobs.codes import PAY_PLANS
from include.jobs.formatting import day, seen_day
from include.jobs.office_time import eastern_day
from include.jobs.source import SEARCH

Document = Mapping[str, Any]

Ending = Literal["closed", "gone"]

JOB, NUMBER = "job:", "number:"
"""How the keys begin: those of the same job, and of the same announcement number."""

KEYED_FIELDS = (
    *("PositionTitle", "PositionLocation", "grade", "series"),
    *("organization", "department", "announcement_number"),
)
"""The fields of a position that its keys are made of."""

_PLAN = "|".join(sorted(PAY_PLANS)).lower()

_HIRING = r"de|deu|mp|mpp|dha|esep|oca|readv|cr"
_AT_THE_END = rf"[-,(]\ *({_HIRING})([-,/()\ ]+({_HIRING}))*[)\ ]*$"
_SUFFIX = re.compile(_AT_THE_END)
_WAY = re.compile(r"(?<![a-z])(de|deu|mp|mpp|dha)(?![a-z])")
"""How it hires: from the public, among federal employees, directly."""

NOT_OF_THE_JOB = re.compile(
    rf"""
      \b({_PLAN})-?\ ?\d{{1,4}}(/\d{{1,4}})*(-\d{{1,2}}(/\d{{1,2}})*)?\b  # GS-1529/1530-11/12
    | \bre-?\ ?(announce|advertise|post|open)(d|ment|ing)?\b | \bamended\b | \bextended\b
    | \bdirect\ hire(\ authority)?\b | \bmerit\ promotion\b | \bopen\ continuous\b
    | {_AT_THE_END}
    | \b(fy\ ?)?20\d\d\b | \bfy\ ?\d\d\b
    """,
    re.VERBOSE,
)
"""What the title of one announcement may say, and that of the next one may not."""


@lru_cache(maxsize=10_000)
def title_stem(title: str) -> str:
    """Return what a title says of the job, in lower case: without grades, years and hiring kinds.

    A title that says nothing else is returned whole.
    """
    folded = " ".join(title.casefold().split())
    return _words(NOT_OF_THE_JOB.sub(" ", folded)) or _words(folded)


def announcement_keys(content: Document) -> list[str]:
    """Return the keys that a posting shares with other announcements of the same job.

    One is made of agency, title stem, grade, series and places, if all are known. Others are made
    of the announcement number, agency, title stem, grade and each place: a number is not unique.
    A damaged posting has none.
    """
    try:
        return sorted(_keys(content))
    except (AttributeError, KeyError, TypeError):
        return []


def _keys(content: Document) -> Iterator[str]:
    agency = content.get("organization") or content.get("department")
    given = content.get("grade")
    grade = given and [given[end] for end in ("plan", "low", "high")]
    same = [agency and _words(agency.casefold()), title_stem(content["PositionTitle"]), grade]
    places = _places(content)
    if agency and grade and places and (series := content.get("series")):
        yield JOB + _digest(*same, *series, *places)
    if number := content.get("announcement_number"):
        for place in places or [""]:
            yield NUMBER + _digest(*same, _words(number.casefold()), place)


def _places(content: Document) -> list[str]:
    """Return the names of the places; the many of a register change from year to year."""
    names = {each["LocationName"] for each in content["PositionLocation"]}
    return sorted({*map(_place, names)}) if len(names) < limits.COMPARED_PLACES else ["many"]


@lru_cache(maxsize=10_000)
def _place(name: str) -> str:
    """Return a place's name; the APIs call the capital by three different ones."""
    city, _, state = _words(name.casefold()).rpartition(" district of columbia")
    return "district of columbia" if city and not state else _words(name.casefold())


@lru_cache(maxsize=10_000)
def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class Announcement:
    """What decides whether an announcement follows another one."""

    control_number: str
    announcement_number: str | None
    title: str
    keys: frozenset[str]
    opened_at: datetime
    closes_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    seen: Mapping[str, Document]
    """By search: source and dates of its entry."""
    outcome: str | None = None


class Earlier(NamedTuple):
    """An earlier announcement, and how it ended: by its deadline, or before it."""

    announcement: Announcement
    ending: Ending

    @property
    def ended_at(self) -> datetime:
        """When it closed, or when it was last listed."""
        closes_at = self.announcement.closes_at
        if self.ending == "gone" or closes_at is None:
            return self.announcement.last_seen_at
        return closes_at

    @property
    def was_cancelled(self) -> bool:
        """Whether the agency says that it cancelled it."""
        return "cancel" in (self.announcement.outcome or "").casefold()

    def end_in_words(self, now: datetime) -> str:
        """Return how it ended: it closed on Mar 12."""
        if self.was_cancelled:
            return "it was cancelled"
        if self.ending == "gone":
            return f"it was taken down after {seen_day(self.ended_at, now)}"
        return f"it close{'s' if self.ended_at > now else 'd'} on {day(self.ended_at, now)}"

    def month(self, now: datetime) -> str:
        """Return the month in which it was announced: March, or March 2025 in another year."""
        on = eastern_day(self.announcement.opened_at)
        return f"{on:%B}" if on.year == eastern_day(now).year else f"{on:%B} {on.year}"


def ending(earlier: Announcement, later: Announcement) -> Ending | None:
    """Return how an announcement ended before another one came, or None if it did not.

    It closed before the other one opened, or at most some days after it, and after most of its own
    time. Or it was gone: a search that had listed it before its deadline found the other one
    without it. Two that hire in different ways may overlap, or open on one day, without that.
    """
    closes_at = earlier.closes_at
    is_other_way = _are_different_ways(earlier, later)
    if closes_at and earlier.opened_at < later.opened_at:
        longest = timedelta(days=0 if is_other_way else limits.ANNOUNCED_AGAIN_OVERLAP_DAYS)
        if closes_at - later.opened_at <= min(longest, (closes_at - earlier.opened_at) / 2):
            return "closed"
    if is_other_way and eastern_day(earlier.opened_at) == eastern_day(later.opened_at):
        return None
    if earlier.opened_at > later.opened_at or earlier.last_seen_at >= later.first_seen_at:
        return None
    if closes_at and closes_at <= later.first_seen_at:
        return None
    return "gone" if any(_left(earlier, later)) else None


def _are_different_ways(one: Announcement, other: Announcement) -> bool:
    """Return whether two announcements name different ways of hiring."""
    ways = (_ways(each.announcement_number or "", each.title) for each in (one, other))
    return next(ways) != next(ways)


@lru_cache(maxsize=10_000)
def _ways(announcement_number: str, title: str) -> frozenset[str]:
    """Return the ways of hiring that a number and the end of a title name."""
    suffix = _SUFFIX.search(title.casefold())
    texts = (announcement_number.casefold(), suffix[0] if suffix else "")
    return frozenset(way for text in texts for way in _WAY.findall(text))


def _left(earlier: Announcement, later: Announcement) -> Iterator[bool]:
    """Yield for each search of both whether it had listed the earlier one last before the later."""
    for search in earlier.seen.keys() & later.seen.keys():
        before, after = earlier.seen[search], later.seen[search]
        yield before["source"] == SEARCH and before["last_seen_at"] < after["first_seen_at"]


def earlier_announcements(later: Announcement, others: Iterable[Announcement]) -> list[Earlier]:
    """Return those announcements of the same job that one follows, the latest first.

    Between the end of one and the next, only so many days may have passed, unless both have the
    same announcement number.
    """
    ended = [Earlier(each, how) for each in others if (how := ending(each, later))]
    ended.sort(key=lambda each: (each.ended_at, each.announcement.control_number), reverse=True)
    found = []
    reach = later.opened_at
    for each in ended:
        announcement = each.announcement
        shared = announcement.keys & later.keys
        is_near = each.ended_at >= reach - timedelta(days=limits.ANNOUNCED_AGAIN_DAYS)
        if shared and (is_near or any(key.startswith(NUMBER) for key in shared)):
            found.append(each)
            reach = min(reach, announcement.opened_at)
    return found


def times_announced(earlier: Sequence[Earlier]) -> int:
    """Return how many times a job was announced; announcements at the same time count once."""
    times, first = 1, None
    announcements = [each.announcement for each in earlier]
    for each in sorted(announcements, key=lambda each: (each.opened_at, each.first_seen_at)):
        if first is None or ending(first, each):
            times, first = times + 1, each
    return times


TIMES = {3: "three times", 4: "four times", 5: "five times"}


def in_words(earlier: Sequence[Earlier], now: datetime) -> str:
    """Return it as text: Announced three times since March: last time it was cancelled."""
    times = times_announced(earlier)
    first = min(earlier, key=lambda each: each.announcement.opened_at)
    since = f"{TIMES.get(times, f'{times} times')} since {first.month(now)}"
    return f"Announced {'again' if times == 2 else since}: last time {earlier[0].end_in_words(now)}"
