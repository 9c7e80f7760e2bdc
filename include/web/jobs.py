"""The stored jobs from the point of view of a search: filtered pages, and single jobs."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor
from pymongo.database import Database

from include.jobs import formatting, limits
from include.jobs.announced_again import Earlier
from include.jobs.deadline import IN_ORDER, Deadline
from include.jobs.glossary import field_name
from include.jobs.position import PositionContent, position_uri
from include.jobs.unusual import unusual
from include.matching import registers, score
from include.matching.match_result import KEPT_LEVELS
from include.searches.parameters import SearchParameters
from include.store import collections
from include.store.announced_again import KEYS, find_earlier, keys_of
from include.store.damage import (
    ENTRY,
    FIRST,
    HEALS,
    position_damage,
    sort_out,
    sound_facts,
    sound_versions,
)
from include.store.documents import Document, Outcome, PositionDocument
from include.store.history import Amendment, amendments, has_json_form, noticed_amendments
from include.store.outcomes import (
    SelectionTime,
    is_news,
    outcome_of,
    selection_times,
    status_since,
)
from include.web.announced_again import announced_again, numbers_of
from include.web.counting import OF_DEADLINE
from include.web.marks import (
    UNMARKED,
    followed,
    in_state,
    marked,
    marks_of,
    with_selection_time,
)
from include.web.queries import (
    RAN_TO_ITS_END,
    Standpoint,
    at_level,
    changed_since,
    closing_within,
    has_run,
    not_closed,
    standing,
    standpoint,
)
from include.web.query_params import JobFilter, Sort
from include.web.remembered import Remembered
from include.web.schemas import (
    AnnouncedAgain,
    Change,
    ChangeInWords,
    FieldChange,
    FieldInWords,
    Job,
    JobDeadline,
    JobDetail,
    JobOutcome,
    JobPage,
    Mark,
    Match,
    Version,
)

log = logging.getLogger(__name__)

TEXT_FIELDS = (
    "PositionTitle",
    "organization",
    "department",
    "summary",
    "PositionLocation.LocationName",
)


_FIELDS = PositionDocument.model_fields.keys() - {"content_hash", "announcement_keys", "id"}
"""The fields of a position that are read."""


class DamagedJob(Exception):
    """A job can't be shown, because its document is damaged; the message says what to do."""

    def __init__(self, control_number: str, damage: Sequence[str]) -> None:
        super().__init__(
            f"The job {control_number} can't be shown, because its document is damaged: "
            f"{', '.join(damage)}. {HEALS}"
        )


def default_search(
    database: Database[Document], usual: str | None = SearchParameters().slug
) -> str | None:
    """Return the usual search if there is one that has run, or else the one that ran last."""
    if usual and has_run(database, usual):
        return usual
    newest = database[collections.RUNS].find_one(
        {**RAN_TO_ITS_END, "search": {"$type": "string"}},
        {"search": True},
        sort=[("observed_at", DESCENDING)],
    )
    return newest["search"] if newest else None


def job_page(
    database: Database[Document],
    search: str | None,
    wanted: JobFilter,
    user: str,
    now: datetime,
    *,
    page: int,
    per_page: int,
    remembered: Remembered | None = None,
    lists: Remembered | None = None,
) -> JobPage:
    """Return one page of the jobs that match a filter; a search that never ran has none."""
    counts, lists = remembered or Remembered(3), lists or Remembered(1)
    page_of = _read_page(
        database, search, wanted, user, now, counts, lists, page=page, per_page=per_page
    )
    return JobPage(**{**vars(page_of), "jobs": [*page_of.jobs]})


def job_page_json(
    database: Database[Document],
    search: str | None,
    wanted: JobFilter,
    user: str,
    now: datetime,
    *,
    page: int,
    per_page: int,
    remembered: Remembered,
    lists: Remembered,
) -> bytes:
    """Return the same as JSON.

    No more than one job exists at a time. With all of them, Python's garbage collector would look
    through everything in the process every few requests.
    """
    page_of = _read_page(
        database, search, wanted, user, now, remembered, lists, page=page, per_page=per_page
    )
    return READ_PAGE.dump_json(page_of, by_alias=True)


class _ReadPage(JobPage):
    """A page whose jobs are made when they are asked for."""

    jobs: Iterable[Job]  # type: ignore[assignment]


READ_PAGE = TypeAdapter(_ReadPage)


def _read_page(
    database: Database[Document],
    search: str | None,
    wanted: JobFilter,
    user: str,
    now: datetime,
    remembered: Remembered,
    lists: Remembered,
    *,
    page: int,
    per_page: int,
) -> _ReadPage:
    total = 0
    jobs: Iterator[Job] = iter(())
    damaged: list[str] = []
    at = standpoint(database, search, now) if search else None
    ran = at is not None and at.has_run(database)
    if at and ran:
        selection = _Selection(database, wanted, at, user, remembered)
        skip = (page - 1) * per_page
        found, positions = selection.page(skip, per_page)
        keys = _taken_keys(positions)
        sound, damaged = sort_out(positions, at.search, _FIELDS)
        # They come last.
        lost = selection.lost
        total = found + len(lost)
        damaged += lost[max(skip - found, 0) :][: per_page - len(positions)]
        jobs = _jobs(database, sound, keys, at, user, lists)
    return _ReadPage.model_construct(
        search=search,
        has_run=ran,
        total=total,
        page=page,
        per_page=per_page,
        jobs=jobs,
        damaged=damaged,
    )


def all_jobs(
    database: Database[Document], search: str | None, wanted: JobFilter, user: str, now: datetime
) -> Iterator[Job]:
    """Yield the jobs of all pages, reading them on demand.

    Damaged documents are left out, and logged.
    """
    if search and (at := standpoint(database, search, now)).has_run(database):
        selection = _Selection(database, wanted, at, user, Remembered(3))
        for positions in collections.chunks(selection.all()):
            keys = _taken_keys(positions)
            sound = sort_out(positions, search, _FIELDS).sound
            yield from _jobs(database, sound, keys, at, user)
        _lost(database, wanted, at, selection.few)


def _taken_keys(positions: Iterable[Document]) -> dict[str, list[str]]:
    """Take the keys out of positions, of which damaged ones damage nothing else; return them."""
    keys = keys_of(positions)
    for position in positions:
        position.pop(KEYS, None)
    return keys


def job_detail(
    database: Database[Document],
    control_number: str,
    search: str | None,
    user: str,
    now: datetime,
) -> JobDetail | None:
    """Return a job with its history, or None if it is not stored.

    Its `match` is that of `search`, or if there is none, that of the search with the best score.
    Damaged entries and versions are left out.

    Raises:
        DamagedJob: nothing can be shown, because its document is damaged.
    """
    position = collections.tz_aware(database[collections.POSITIONS]).find_one(
        {"_id": control_number}, {"content_hash": False}
    )
    if position is None:
        return None
    keys = _taken_keys([position])
    damage = position_damage(position, [], _FIELDS)
    matches = [] if damage else _matches(database, position, now)
    if not matches and position.get("matches") == {}:
        return None
    if not matches:
        raise DamagedJob(control_number, damage or ["matches"])
    match = next((match for match in matches if match.search == search), matches[0])
    versions = sound_versions(
        collections.tz_aware(database[collections.VERSIONS]).find(
            {"control_number": control_number},
            sort=[("first_observed_at", ASCENDING), ("_id", ASCENDING)],
        )
    )
    # Users may have added anything to them.
    versions = [version for version in versions if has_json_form(version["content"])]
    earlier = find_earlier(database, [control_number], [each.search for each in matches], keys)
    marks = marks_of(database, user, [control_number, *numbers_of(earlier)], now)
    again = announced_again(position, earlier.get(control_number, []), marks, now)
    mark = marks.get(control_number, UNMARKED)
    times = _selection_times(database, [position], now)
    changes = _all_changes(versions, now)
    return JobDetail.model_validate(
        {
            **_fields(position, match, changes, mark, times, again, now),
            "matches": matches,
            "versions": [_version(version, now) for version in versions],
        }
    )


def _lost(
    database: Database[Document], wanted: JobFilter, at: Standpoint, found: Iterable[Any]
) -> list[str]:
    """Return the control numbers of open jobs that can't be found, because they are damaged.

    The latest complete run lists them. What else a filter asks of them can't be known. Those that
    were `found` are not lost.
    """
    if at.latest is None or not _may_be_lost(wanted, at):
        return []
    levels = {"match": at.latest["matches"], "near_miss": at.latest["near_misses"]}
    listed = levels[wanted.level] if wanted.level else [*chain.from_iterable(levels.values())]
    numbers = {*listed} - {number for number in found if isinstance(number, str)}
    if not numbers:
        return []
    damage: list[Document] = [{at.entry("level"): {"$nin": list(KEPT_LEVELS)}}]
    if wanted.status == "open":
        no_date = {"$not": {"$type": "date"}}
        damage += [{at.entry("last_seen_at"): no_date}, {"last_seen_at": no_date}]
        # Of a list, MongoDB compares each element.
        damage += [{"closes_at": {"$lt": FIRST}}, {"closes_at": {"$type": "array", "$lte": at.now}}]
    positions = database[collections.POSITIONS]
    lost = sorted(positions.distinct("_id", {"_id": {"$in": sorted(numbers)}, "$or": damage}))
    if lost:
        log.warning("These positions are damaged and left out: %s. %s", ", ".join(lost), HEALS)
    return lost


def _may_be_lost(wanted: JobFilter, at: Standpoint) -> bool:
    is_of_open = wanted.status in ("open", "any")
    return at.latest is not None and is_of_open and not _asks_more(wanted)


def _asks_more(wanted: JobFilter) -> bool:
    """Return whether a filter asks for more than a level and a status."""
    return bool(wanted.model_dump(exclude_defaults=True).keys() - UNFILTERED)


_OF_THE_ANSWER = {"search", "page", "per_page", "format"}
"""The parts of a query that don't say which jobs are asked for."""

UNFILTERED = _OF_THE_ANSWER | {"level", "status", "sort"}
"""The parts of a query that don't ask for more than what the receipt of a run says."""


class _Selection:
    """The positions that match a filter, in its order.

    A run lists few positions, and most that are stored have closed. So of those that have not, all
    control numbers are read first: they are the count, the order, and what each page is read by.
    The closed ones come after them.

    MongoDB sorts missing values first. So in ascending order, positions without a value are queried
    separately, after the others.
    """

    def __init__(
        self,
        database: Database[Document],
        wanted: JobFilter,
        at: Standpoint,
        user: str,
        remembered: Remembered,
    ) -> None:
        self._database = database
        self._wanted = wanted
        self._remembered = remembered
        self._positions = collections.tz_aware(database[collections.POSITIONS])
        self._fields = {
            **dict.fromkeys(_FIELDS - {"matches"}, True),
            KEYS: True,
            "PositionLocation": {"$slice": limits.LIST_PLACES},
            f"matches.{at.search}": True,
        }
        self._at = at
        of_numbers = [*_of_numbers(database, wanted, user)]
        self._conditions = [*_of_search(wanted, at), *_of_posting(wanted, at), *of_numbers]
        # Whose marks these numbers are of makes no difference.
        self._asked = wanted.model_dump_json(exclude=_OF_THE_ANSWER), repr(of_numbers)
        self._all_of = _AllOf.asked_for(database, wanted, at, user)
        self._is_urgent_first = wanted.sort == "closing"
        self._with_closed = wanted.status in ("closed", "any")
        self._parts = [
            _Part({"$and": [*self._conditions, part]}, key, direction)
            for part, key, direction in _order(wanted, at)
        ]
        if self._is_urgent_first and wanted.status != "closed":
            self._not_closed = [self._parts.pop(0)]
        elif self._with_closed:
            self._not_closed = []
        else:
            self._not_closed, self._parts = self._parts, []

    @cached_property
    def few(self) -> Sequence[Any]:
        """The control numbers of those that come first, as far as they are read by these."""
        return self._of_this_minute("few", self._read_few) if self._not_closed else []

    @cached_property
    def lost(self) -> Sequence[str]:
        """The control numbers of those that can't be found, because they are damaged."""
        if not _may_be_lost(self._wanted, self._at):
            return []
        few = self.few
        return self._of_this_minute(
            "lost", lambda: _lost(self._database, self._wanted, self._at, few)
        )

    def _of_this_minute(self, what: str, read: Callable[[], list[Any]]) -> Sequence[Any]:
        if not self._at.lists_few:
            return read()
        return self._remembered.value((what, self._asked, self._at.moment), read)

    def _read_few(self) -> list[Any]:
        fields = dict.fromkeys(("_id", *OF_DEADLINE, self._at.entry("register")), True)
        if self._is_urgent_first:
            found = chain.from_iterable(self._find(part, fields) for part in self._not_closed)
            return [each["_id"] for each in sorted(found, key=self._urgency)]
        return [
            each["_id"] for part in self._not_closed for each in self._find(part, {"_id": True})
        ]

    def _urgency(self, position: Document) -> tuple[int, bool]:
        """Return what sorts positions by urgency that are sorted by their dates already.

        MongoDB sorts missing dates first; here they come last.
        """
        closes_at, entry = position.get("closes_at"), position["matches"][self._at.search]
        dated = closes_at if isinstance(closes_at, datetime) else None
        is_register = isinstance(entry, dict) and entry.get("register") is True
        deadline = Deadline.of(
            {**position, "closes_at": dated}, self._at.now, is_register=is_register
        )
        return IN_ORDER.index(deadline.urgency), dated is None

    def page(self, skip: int, limit: int) -> tuple[int, list[Document]]:
        """Return the total count, and `limit` positions after the first `skip`."""
        found = self._numbered(self.few[skip : skip + limit])
        if not self._with_closed:
            return len(self.few), found
        total = self._total()
        parts = self._parts if skip < total else []
        skip = max(skip - len(self.few), 0)
        for part in parts:
            if len(found) == limit:
                break
            more = [*self._find(part, self._fields).skip(skip).limit(limit - len(found))]
            skip = 0 if more else max(skip - self._count(part.filter), 0)
            found += more
        return total, found

    def _numbered(self, numbers: Sequence[Any]) -> list[Document]:
        """Return the positions with these control numbers, in their order."""
        if not numbers:
            return []
        place = {str(number): index for index, number in enumerate(numbers)}
        found = self._positions.find(
            {"_id": {"$in": [*numbers]}}, self._fields, batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS
        )
        return sorted(found, key=lambda position: place[str(position["_id"])])

    def _total(self) -> int:
        if self._all_of is None:
            return self._count(*self._conditions)
        levels, left_out = self._all_of

        def kept(level: str) -> int:
            key = ("kept", level, self._at.moment)
            return self._remembered.value(key, lambda: self._count(at_level(self._at, level)))

        of_levels = at_level(self._at, *levels)
        return sum(map(kept, levels)) - sum(self._count(of_levels, *each) for each in left_out)

    def _count(self, *conditions: Document) -> int:
        return self._positions.count_documents({"$and": [*conditions]})

    def all(self) -> Iterator[Document]:
        """Yield all positions."""
        for numbers in collections.chunks(self.few):
            yield from self._numbered(numbers)
        for part in self._parts:
            yield from self._find(part, self._fields)

    def _find(self, part: _Part, fields: Mapping[str, Any]) -> Cursor[Document]:
        # Finally by id, so that pages neither overlap nor skip positions.
        sort = [(part.key, part.direction), ("_id", ASCENDING)]
        return self._positions.find(
            part.filter, fields, sort=sort, batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS
        )


class _AllOf(NamedTuple):
    """How to count all that a search ever kept, or what of it has closed.

    That is nearly everything, of which MongoDB counts a single level about three times as fast as
    what a condition has to be checked for. So that is counted, and remembered, and the few others
    are counted each time and subtracted.
    """

    levels: Sequence[str]
    left_out: list[list[Document]]

    @classmethod
    def asked_for(
        cls, database: Database[Document], wanted: JobFilter, at: Standpoint, user: str
    ) -> _AllOf | None:
        """Return it if a filter asks for all of that, or else None."""
        if wanted.status not in ("any", "closed") or _asks_more(wanted):
            return None
        closed = [standing("closed", at)] if wanted.status == "closed" else []
        hidden = marked(database, user, "hidden")
        return cls(
            [wanted.level] if wanted.level else KEPT_LEVELS,
            [
                *([not_closed(at.now)] for _ in closed),
                *([{"_id": {"$in": hidden}}, *closed] for _ in hidden[:1]),
            ],
        )


class _Part(NamedTuple):
    """A part of a selection, and the field to sort it by."""

    filter: Document
    key: str
    direction: int


def _order(wanted: JobFilter, at: Standpoint) -> Iterator[tuple[Document, str, int]]:
    """Yield the condition of each part in turn, the field to sort it by, and the direction."""
    if wanted.sort == "closing":
        if wanted.status != "closed":
            yield not_closed(at.now), "closes_at", ASCENDING
        if wanted.status in ("closed", "any"):
            yield standing("closed", at), "closes_at", DESCENDING
        return
    orders: dict[Sort, tuple[str, int]] = {
        "score": (at.entry("score"), DESCENDING),
        "pay": ("annual_pay.maximum", DESCENDING),
        "published": ("published_at", DESCENDING),
        "new": (at.entry("first_seen_at"), DESCENDING),
        "distance": (at.entry("nearest.miles"), ASCENDING),
    }
    key, direction = orders[wanted.sort]
    missing_last: list[Document] = [{key: {"$ne": None}}, {key: None}]
    for part in missing_last if direction == ASCENDING else [{}]:
        yield part, key, direction


def _of_search(wanted: JobFilter, at: Standpoint) -> Iterator[Document]:
    """Yield the conditions on the match result."""
    yield at_level(at, *([wanted.level] if wanted.level else KEPT_LEVELS))
    if wanted.status != "any":
        yield standing(wanted.status, at)
    if wanted.new_since:
        yield {at.entry("first_seen_at"): {"$gte": wanted.new_since}}


def _of_posting(wanted: JobFilter, at: Standpoint) -> Iterator[Document]:
    """Yield the conditions on the posting's content."""
    if wanted.closing_within is not None:
        yield closing_within(wanted.closing_within, at)
    if wanted.minimum_pay:
        yield {"annual_pay.maximum": {"$gte": wanted.minimum_pay}}
    if wanted.remote is not None:
        yield {"remote": True if wanted.remote else {"$ne": True}}
    for word in (wanted.text or "").split():
        occurs = {"$regex": re.escape(word), "$options": "i"}
        yield {"$or": [{field: occurs} for field in TEXT_FIELDS]}


def _of_numbers(database: Database[Document], wanted: JobFilter, user: str) -> Iterator[Document]:
    """Yield the conditions on the control number, which other collections refer to."""
    if wanted.numbers:
        yield {"_id": {"$in": wanted.numbers.split(",")}}
    if wanted.changed_since:
        yield {"_id": {"$in": changed_since(database, wanted.changed_since)}}
    if wanted.mark == "mine":
        yield {"_id": {"$in": followed(database, user)}}
    elif wanted.mark:
        yield {"_id": {"$in": marked(database, user, wanted.mark)}}
    if wanted.state:
        yield {"_id": {"$in": in_state(database, user, wanted.state)}}
    elif not wanted.mark and (hidden := marked(database, user, "hidden")):
        yield {"_id": {"$nin": hidden}}


def _jobs(
    database: Database[Document],
    positions: Sequence[Document],
    keys: Mapping[str, list[str]],
    at: Standpoint,
    user: str,
    lists: Remembered | None = None,
) -> Iterator[Job]:
    """Read what belongs to these positions, and return the jobs, each of which is made in turn."""
    numbers = [position["_id"] for position in positions]
    changes = _recent_changes(database, numbers, at.now)
    earlier = _earlier(database, numbers, keys, at, lists)
    marks = marks_of(database, user, [*numbers, *numbers_of(earlier)], at.now)
    times = _selection_times(database, positions, at.now)
    return (
        Job.model_validate(
            _fields(
                position,
                _match(position, at),
                changes.get(position["_id"], []),
                marks.get(position["_id"], UNMARKED),
                times,
                announced_again(position, earlier.get(position["_id"], []), marks, at.now),
                at.now,
                # So many were asked for, and there may be more.
                has_more_places=len(position["PositionLocation"]) == limits.LIST_PLACES,
            )
        )
        for position in positions
    )


def _earlier(
    database: Database[Document],
    numbers: Sequence[str],
    keys: Mapping[str, list[str]],
    at: Standpoint,
    lists: Remembered | None,
) -> Mapping[str, Sequence[Earlier]]:
    """Return the earlier announcements of these positions.

    Those of all that the latest run lists are remembered, so that each page of it has them.
    """
    if lists is None or not at.lists_few or not at.kept.issuperset(numbers):
        return find_earlier(database, numbers, [at.search], keys)
    of_all = lists.value(
        ("earlier", at.moment), lambda: find_earlier(database, sorted(at.kept), [at.search])
    )
    return {number: of_all[number] for number in numbers if number in of_all}


def _fields(
    position: Document,
    match: Match,
    changes: list[Change],
    mark: Mark,
    times: Mapping[str, SelectionTime],
    again: AnnouncedAgain | None,
    now: datetime,
    *,
    has_more_places: bool = False,
) -> dict[str, Any]:
    number = position["_id"]
    deadline = Deadline.of(position, now, is_register=match.is_register)
    facts = sound_facts(position)
    is_unusual = unusual(
        {**position, "facts": facts},
        is_register=match.is_register,
        times_announced=again.times if again else 1,
    )
    # To others it would tell that somebody follows the job, and marks are personal.
    outcome = outcome_of(position) if mark.saved or mark.applied else None
    return {
        # Missing fields are None; validation fails if a required one is missing.
        **MISSING,
        **position,
        "control_number": number,
        "PositionURI": position_uri(number),
        "facts": facts,
        "deadline": job_deadline(deadline),
        "match": match,
        "changes": changes,
        "mark": with_selection_time(mark, position, times),
        "outcome": told(outcome),
        "announced_again": again,
        "unusual": [each._asdict() for each in is_unusual],
        "in_words": _job_in_words(
            {**position, "facts": facts},
            match,
            deadline,
            outcome,
            times,
            now,
            has_more_places=has_more_places,
        ),
    }


MISSING = dict.fromkeys(PositionContent.model_fields)


def job_deadline(deadline: Deadline) -> JobDeadline:
    """Return a deadline as the API has it."""
    return JobDeadline(
        urgency=deadline.urgency,
        closes_on=deadline.closes_on,
        applications=deadline.applications,
        is_pressing=deadline.is_pressing,
        is_soon=deadline.is_within(limits.CLOSING_SOON_DAYS),
        in_words=deadline.words,
    )


def told(outcome: Outcome | None) -> JobOutcome | None:
    """Return what a user is told of the outcome of a job that they follow."""
    since = status_since(outcome)
    if outcome is None or since is None:
        return None
    return JobOutcome(status=since[0], since=since[1], asked_at=outcome.asked_at)


def _selection_times(
    database: Database[Document], positions: Sequence[Document], now: datetime
) -> dict[str, SelectionTime]:
    organizations = {position.get("organization") for position in positions}
    return selection_times(database, {name for name in organizations if name}, now)


def _job_in_words(
    position: Document,
    match: Match,
    deadline: Deadline,
    outcome: Outcome | None,
    times: Mapping[str, SelectionTime],
    now: datetime,
    *,
    has_more_places: bool,
) -> Document:
    """Return the fields of a `JobInWords`; `position` has sound facts or none."""

    def field(name: str) -> str:
        return formatting.value(name, position.get(name), now)

    pay, posted = formatting.pay(position), field("PositionRemuneration")
    since = status_since(outcome) if is_news(outcome) else None
    time = times.get(position.get("organization") or "") if match.status == "open" else None
    entry = position["matches"][match.search]
    return {
        "pay": pay,
        "pay_as_posted": posted if posted not in (pay, formatting.NOT_STATED) else None,
        "grade": formatting.grade(position),
        "place": formatting.place(position, entry, has_more_places=has_more_places),
        "deadline": deadline.words,
        "published": field("published_at"),
        "open_to": field("hiring_paths"),
        "remote": field("remote"),
        "telework": field("telework"),
        "facts": [
            {"name": name, "value": value}
            for name, value in formatting.facts(position["facts"] or {})
        ],
        "outcome": formatting.outcome(*since, now) if since else None,
        "selection_time": formatting.selection_time(*time) if time else None,
        "first_seen": formatting.seen_day(position["first_seen_at"], now),
        "last_seen": formatting.seen_day(position["last_seen_at"], now),
    }


def _match(position: Document, at: Standpoint) -> Match:
    entry = position["matches"][at.search]
    parts = entry.get("score_parts")
    first, last = (
        formatting.seen_day(entry[name], at.now) for name in ("first_seen_at", "last_seen_at")
    )
    return Match.model_validate(
        {
            **entry,
            "search": at.search,
            "status": at.status(position),
            "seen": first if first == last else f"{first} to {last}",
            "score_in_words": score.in_words(parts) if parts else None,
            "register_in_words": registers.IN_WORDS if entry.get("register") else None,
        }
    )


def _matches(database: Database[Document], position: Document, now: datetime) -> list[Match]:
    """Return the match results of a position, best first.

    Entries that are damaged, or that users added, are skipped.
    """
    searches = [
        search
        for search, entry in position["matches"].items()
        if not ENTRY.damage(entry) and entry["level"] in KEPT_LEVELS
    ]
    matches = (_match(position, standpoint(database, search, now)) for search in searches)
    return sorted(matches, key=lambda match: (-match.score, match.search))


def _recent_changes(
    database: Database[Document], numbers: Sequence[str], now: datetime
) -> dict[str, list[Change]]:
    """Return recent amendments of these positions, noticed by any search, newest first."""
    runs = collections.tz_aware(database[collections.RUNS])
    since = now - timedelta(days=limits.SHOWN_CHANGES_DAYS)
    return {
        number: [_change(amendment, now) for amendment in reversed(noticed)]
        for number, noticed in noticed_amendments(runs, numbers, since).items()
    }


def _all_changes(versions: Sequence[Document], now: datetime) -> list[Change]:
    """Return all amendments, newest first, with long values truncated as in a receipt."""
    return [_change(amendment.shortened(), now) for amendment in reversed(amendments(versions))]


def _change(amendment: Amendment, now: datetime) -> Change:
    return Change(
        observed_at=amendment.observed_at,
        fields={
            name: FieldChange(before=before, after=after)
            for name, (before, after) in amendment.fields.items()
        },
        in_words=in_words(amendment.fields, now),
    )


def in_words(
    fields: Mapping[str, tuple[Any, Any]], now: datetime | None = None
) -> list[ChangeInWords]:
    """Return amended fields as text."""
    return [
        ChangeInWords(**change._asdict(), looks_alike=change.looks_alike)
        for change in formatting.changes(fields, now)
    ]


def _version(version: Document, now: datetime) -> Version:
    content = {**version["content"], "PositionURI": position_uri(version["control_number"])}
    in_words = [
        FieldInWords(name=field_name(name), value=formatting.value(name, value, now))
        for name, value in content.items()
    ]
    return Version.model_validate({**version, "content": content, "in_words": in_words})
