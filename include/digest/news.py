"""Finds what is new to a recipient of a search after a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

from pymongo.database import Database

from include.digest.notifications import OUTCOME_NEWS
from include.jobs import limits
from include.jobs.announced_again import Earlier, in_words
from include.jobs.application import ENDED
from include.jobs.deadline import Deadline
from include.store import collections
from include.store.announced_again import KEYS, find_earlier, keys_of
from include.store.applications import may_have_state
from include.store.damage import FACTS, OUTCOME, damaged_in, sort_out
from include.store.documents import Document, Receipt
from include.store.history import (
    Amendment,
    Listing,
    as_last_read,
    moment_of,
    noticed_amendments,
    status,
    unread,
)
from include.store.marks import states_of
from include.store.outcomes import HAS_STATUS, is_news, outcome_of

SHOWN_FIELDS = (
    *("PositionTitle", "PositionLocation.LocationName", "PositionRemuneration", "annual_pay"),
    *("grade", "remote", "organization", "department", "closes_at", "facts.closes_when"),
    OUTCOME,
)
"""The fields of a position that a digest shows."""

SHOWN = frozenset({"matches", *(field.partition(".")[0] for field in SHOWN_FIELDS)})

CHECKED = SHOWN - {OUTCOME, FACTS}
"""Those of them whose damage costs the position."""

OF_ENTRY = ("level", "score", "register", "last_seen_at", "reasons.code")
"""What of a match result decides what is new."""


class News(NamedTuple):
    """Something new about a position. `keys` identify it, so that it is sent only once.

    The position is as `NewsFinder` reads it, and as `Details` does if it is shown. `fields` are the
    amended ones, before and after. `again` says when the job was announced before.
    """

    position: Document
    keys: tuple[str, ...]
    deadline: Deadline
    fields: Mapping[str, tuple[Any, Any]] = {}
    again: str = ""

    @property
    def tells_cap(self) -> bool:
        """Whether it tells at how many applications the position closes, which is told once."""
        return any(key.startswith(f"{CAPPED}:") for key in self.keys)


CAPPED = "capped"
"""Begins the key of how many applications a position closes at."""


@dataclass(frozen=True)
class Digest:
    """What is new to one recipient, best first.

    `closing` has the positions of which a deadline is to be told and nothing else, the most urgent
    first. `again` has the new matches that were announced before. `outcomes` are news about what
    became of positions that the recipient saved or applied for. `saved` has the control numbers of
    the open positions that the recipient saved and that have a deadline, by urgency. `warnings`
    say why the run's response is suspicious.
    """

    matches: Sequence[News] = ()
    again: Sequence[News] = ()
    amended: Sequence[News] = ()
    closing: Sequence[News] = ()
    gone: Sequence[News] = ()
    outcomes: Sequence[News] = ()
    near_misses: Sequence[News] = ()
    saved: Sequence[str] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_worth_a_message(self) -> bool:
        """Whether to send it now: near misses alone wait for other news."""
        return bool(any(self._sections) or self.warnings)

    @property
    def _sections(self) -> tuple[Sequence[News], ...]:
        """All news but near misses."""
        jobs = (self.matches, self.again, self.amended, self.closing, self.gone)
        return (*jobs, self.outcomes)

    @property
    def keys(self) -> dict[str, str]:
        """All keys, with the control numbers that they are about."""
        news = chain(*self._sections, self.near_misses)
        about = {key: str(each.position["_id"]) for each in news for key in each.keys}
        return about | dict.fromkeys(self.warnings, WARNING)

    def only(self, keys: Mapping[str, object]) -> Digest:
        """Return the part of it with these keys."""
        some = self._with(
            lambda news: [each for each in news if any(key in keys for key in each.keys)]
        )
        warnings = {key: words for key, words in self.warnings.items() if key in keys}
        return replace(some, warnings=warnings)

    def without(self, numbers: Collection[str]) -> Digest:
        """Return it without the news about these control numbers."""
        return self._with(
            lambda news: [each for each in news if each.position["_id"] not in numbers]
        )

    def detailed(self, positions: Mapping[str, Document]) -> Digest:
        """Return it with these positions, by control number, in place of those that it has."""
        return self._with(
            lambda news: [
                each._replace(position=positions[each.position["_id"]])
                if each.position["_id"] in positions
                else each
                for each in news
            ]
        )

    def _with(self, change: Callable[[Sequence[News]], Sequence[News]]) -> Digest:
        return replace(
            self,
            matches=change(self.matches),
            again=change(self.again),
            amended=change(self.amended),
            closing=change(self.closing),
            gone=change(self.gone),
            outcomes=change(self.outcomes),
            near_misses=change(self.near_misses),
        )


NEVER = datetime.min.replace(tzinfo=UTC)

WARNING = "warning"
"""Takes the place of a control number in news about a run."""

Sent = Callable[[Sequence[str]], Mapping[str, datetime]]
"""Returns the keys of what was sent about control numbers, and when a run observed it."""

T = TypeVar("T")


class Remember(Protocol):
    """Returns a value by a key of all that it depends on, computed unless it is remembered."""

    def __call__(self, key: Hashable, compute: Callable[[], T], /) -> T:
        """Return it; nobody may change it."""


def compute_anew(key: Hashable, compute: Callable[[], T], /) -> T:
    """Return the value, of which nothing is remembered."""
    return compute()


class _Listed(NamedTuple):
    """What a run listed, by control number: what decides about it, and its announcements before."""

    positions: Mapping[str, Document]
    earlier: Mapping[str, Sequence[Earlier]]


class NewsFinder:
    """Finds what is new to a recipient after the run with this receipt.

    Positions that were hidden or applied for, by the `marks` that count, are left out, except for
    what became of them, which concerns who saved them or applied for them, until they are rejected
    or withdraw. So are those that all `users` whose marks count hid when they were announced
    before.
    """

    def __init__(
        self,
        database: Database[Document],
        receipt: Receipt,
        marks: Sequence[Document],
        users: Collection[str],
        sent: Sent,
        now: datetime,
        remember: Remember = compute_anew,
    ) -> None:
        self._database = database
        runs = collections.tz_aware(database[collections.RUNS])
        self._receipt = receipt = as_last_read(runs, receipt)
        self._search: str = receipt["search"]
        self._path = f"matches.{self._search}"
        self._details = Details(database, self._search)
        self._now = now
        self._deadlines: dict[str, Deadline] = {}
        self._saved = {mark["control_number"] for mark in marks if mark.get("saved")}
        done = {m["control_number"] for m in marks if m.get("hidden") or m.get("applied")}
        # What is stored of a row that the run could not read still holds.
        self._listed = {*receipt["matches"], *receipt["near_misses"]} | unread(receipt)
        # A suspicious response makes nothing gone.
        self._reliable = [self._search] if receipt["state"] == "complete" else []
        listed = self._what_is_listed(remember)
        others = self._with_earlier(self._find(self._saved - self._listed - done))
        found = chain(listed.positions.items(), others.positions.items())
        self._positions = self._best_first(each for number, each in found if number not in done)
        self._earlier = {
            number: each
            for number, each in chain(listed.earlier.items(), others.earlier.items())
            if number in self._positions
        }
        self._outcomes = self._best_first(self._followed(marks).values())
        self._marks = {(mark["control_number"], mark.get("user")): mark for mark in marks}
        for number in self._earlier.keys() - self._saved:
            if users and all(self._hid_before(number, user) for user in users):
                del self._positions[number]
        self._sent = sent([*{**self._positions, **self._outcomes}, WARNING])

    def _what_is_listed(self, remember: Remember) -> _Listed:
        """Return what the run listed, whoever has marked it.

        It may be remembered for a minute, unless it is much.
        """

        def find() -> _Listed:
            return self._with_earlier(self._find(self._listed))

        if len(self._listed) > limits.REMEMBERED_JOBS:
            return find()
        return remember(("listed", moment_of(self._receipt, self._now)), find)

    def _with_earlier(self, positions: Iterable[Document]) -> _Listed:
        found = {position["_id"]: position for position in positions}
        keys = keys_of(found.values())
        return _Listed(found, find_earlier(self._database, found, self._reliable, keys))

    def _followed(self, marks: Sequence[Document]) -> dict[str, Document]:
        """Return the positions of which a status was read and somebody awaits another one."""
        awaited = [mark for mark in marks if may_have_state(mark) and not mark.get("hidden")]
        found = self._details.of({mark["control_number"] for mark in awaited}, HAS_STATUS)
        ids = [mark["_id"] for mark in awaited if mark["control_number"] in found]
        states = states_of(self._database, ids)
        return {number: found[number] for number, state in states if state not in (None, *ENDED)}

    def _find(self, numbers: set[str]) -> list[Document]:
        """Return what decides about positions of the search.

        Damaged documents are left out, and logged.
        """
        found = [*self._sound(numbers)] if numbers else []
        # What MongoDB doesn't vouch for is looked at in detail: it may be another search's.
        others = numbers - {position["_id"] for position in found}
        return [*found, *self._details.of(others).values()]

    def _best_first(self, positions: Iterable[Document]) -> dict[str, Document]:
        """Return positions by control number, the best first."""
        best = sorted(positions, key=lambda each: (-self._entry(each)["score"], each["_id"]))
        return {position["_id"]: position for position in best}

    def _sound(self, numbers: set[str]) -> Iterator[Document]:
        """Yield the few fields of positions that decide what is new."""
        of_entry = [f"{self._path}.{name}" for name in OF_ENTRY]
        found = collections.tz_aware(self._database[collections.POSITIONS]).find(
            {
                "_id": {"$in": sorted(numbers)},
                f"{self._path}.level": {"$exists": True},
                "$nor": [damaged_in([self._search], CHECKED)],
            },
            dict.fromkeys((*of_entry, "closes_at", "facts.closes_when", KEYS), True),
            batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS,
        )
        for position in found:
            entry = self._entry(position)
            # The filter doesn't look into lists.
            entry["reasons"] = [each for each in entry["reasons"] if _has_code(each)]
            yield {"closes_at": None, FACTS: None, **position}

    def digest(self) -> Digest:
        """Return everything that is new; see `Details` for what is shown of it."""
        new = list(self._new("match"))
        mentioned = {news.position["_id"] for news in new}
        amended = list(self._amended())
        mentioned |= {news.position["_id"] for news in amended}
        saved = [p for number, p in self._positions.items() if number in self._saved]
        return Digest(
            matches=[news for news in new if not news.again],
            again=[news for news in new if news.again],
            amended=amended,
            closing=list(self._closing(mentioned)),
            gone=list(self._gone(saved)),
            outcomes=list(self._became()),
            near_misses=list(self._new("near_miss")),
            saved=[each["_id"] for each in self._by_urgency(filter(self._has_deadline, saved))],
            warnings=self._warnings(),
        )

    def _new(self, level: str) -> Iterator[News]:
        """Yield the open positions at this level that are new to the recipient."""
        for number, position in self._positions.items():
            key = f"{level}:{number}"
            if self._is_listed(position, level) and key not in self._sent:
                # Near misses are only counted, so their deadlines are still to be told.
                told = self._deadline_keys(position) if level == "match" else ()
                yield self._news(position, (key, *told), again=self._again(number))

    def _again(self, number: str) -> str:
        """Return when a position was announced before, and whether somebody applied then."""
        if not (earlier := self._earlier.get(number)):
            return ""
        applied = {control for (control, _), mark in self._marks.items() if mark.get("applied")}
        told = in_words(earlier, self._now)
        for each in earlier:
            if each.announcement.control_number in applied:
                last = each is earlier[0]
                when = "then" if last else f"when it was announced in {each.month(self._now)}"
                return f"{told}; you applied {when}"
        return told

    def _hid_before(self, number: str, user: str) -> bool:
        """Return whether a user hid a position when it was announced before, and not otherwise."""
        numbers = [number, *(each.announcement.control_number for each in self._earlier[number])]
        marks = (self._marks.get((each, user), {}) for each in numbers)
        return next((mark["hidden"] is True for mark in marks if "hidden" in mark), False)

    def _amended(self) -> Iterator[News]:
        """Yield the positions that were amended since the recipient was notified of them."""
        last_sent = {
            number: self._last_sent(number)
            for number, position in self._positions.items()
            if self._concerns(position) and self._last_sent(number) > NEVER
        }
        if not last_sent:
            return
        runs = collections.tz_aware(self._database[collections.RUNS])
        noticed = noticed_amendments(runs, last_sent, min(last_sent.values()))
        for number, amendments in noticed.items():
            unsent = {
                _amended(number, each): each.fields
                for each in amendments
                if each.observed_at > last_sent[number] and _amended(number, each) not in self._sent
            }
            if fields := _over_all(unsent.values()):
                position = self._positions[number]
                yield self._news(position, (*unsent, *self._deadline_keys(position)), fields)

    def _last_sent(self, number: str) -> datetime:
        """Return when the last news sent about a position was observed."""
        times = (self._sent.get(f"{level}:{number}") for level in ("match", "near_miss"))
        return max(filter(None, times), default=NEVER)

    def _closing(self, mentioned: Collection[str]) -> Iterator[News]:
        """Yield the others that close soon, or can close any hour, the most urgent first."""
        others = (p for number, p in self._positions.items() if number not in mentioned)
        concerning = [position for position in others if self._concerns(position)]
        for position in self._by_urgency(concerning):
            if keys := self._deadline_keys(position):
                yield self._news(position, keys)

    def _gone(self, saved: Sequence[Document]) -> Iterator[News]:
        """Yield the saved positions that are no longer listed before their deadline."""
        if self._receipt["state"] != "complete":
            return
        listing = Listing.of(self._receipt)
        for position in saved:
            stands = status(position, self._search, self._receipt, self._now, listing)
            key = f"gone:{position['_id']}:{self._entry(position)['last_seen_at']:%Y-%m-%d}"
            if stands == "gone" and key not in self._sent:
                yield self._news(position, (key,))

    def _became(self) -> Iterator[News]:
        """Yield the positions whose opening status has changed."""
        for number, position in self._outcomes.items():
            outcome = outcome_of(position)
            if outcome and is_news(outcome):
                key = f"{OUTCOME_NEWS}{number}:{outcome.status}"
                if key not in self._sent:
                    yield self._news(position, (key,))

    def _warnings(self) -> dict[str, str]:
        """Return why the response is suspicious; a lasting warning is sent once a week."""
        week = f"{self._receipt['observed_at']:%G-W%V}"
        warnings = {
            f"{WARNING}:{each['code']}:{week}": str(each["message"])
            for each in self._receipt.get("warnings", [])
        }
        return {key: words for key, words in warnings.items() if key not in self._sent}

    def _concerns(self, position: Document) -> bool:
        """Return whether changes to a position matter: it is a match, or was saved."""
        return self._is_listed(position, "match") or (
            position["_id"] in self._saved and self._is_open(position)
        )

    def _is_listed(self, position: Document, level: str) -> bool:
        """Return whether the run listed a position that is open and at this level."""
        is_there = position["_id"] in self._listed and self._is_open(position)
        return is_there and self._entry(position)["level"] == level

    def _is_open(self, position: Document) -> bool:
        return position["closes_at"] is None or position["closes_at"] > self._now

    def _news(
        self,
        position: Document,
        keys: tuple[str, ...],
        fields: Mapping[str, tuple[Any, Any]] = MappingProxyType({}),
        again: str = "",
    ) -> News:
        return News(position, keys, self._deadline(position), fields, again)

    def _deadline(self, position: Document) -> Deadline:
        number = position["_id"]
        if number not in self._deadlines:
            self._deadlines[number] = deadline_of(position, self._search, self._now)
        return self._deadlines[number]

    def _by_urgency(self, positions: Iterable[Document]) -> list[Document]:
        return sorted(positions, key=lambda each: self._deadline(each).sort_key)

    def _has_deadline(self, position: Document) -> bool:
        deadline = self._deadline(position)
        has_day = deadline.closes_at is not None and deadline.urgency != "closed"
        return has_day and not deadline.is_continuous

    def _deadline_keys(self, position: Document) -> tuple[str, ...]:
        """Return the keys of what is still to be told of a position's deadline now.

        That it closes at so many applications is told at once; the day, some days before.
        """
        deadline, number = self._deadline(position), position["_id"]
        keys = []
        if deadline.is_capped:
            keys.append(f"{CAPPED}:{number}:{deadline.applications}")
        if deadline.ends_within(limits.DEADLINE_NOTICE_DAYS):
            keys.append(f"closing:{number}:{deadline.closes_at:%Y-%m-%d}")
        return tuple(key for key in keys if key not in self._sent)

    def _entry(self, position: Document) -> Document:
        entry: Document = position["matches"][self._search]
        return entry


class Details:
    """Reads the positions of a search that a digest shows, each once.

    There may be hundreds of which it shows ten and counts the others.
    """

    def __init__(self, database: Database[Document], search: str) -> None:
        self._database = database
        self._search = search
        self._read: dict[str, Document] = {}

    def of(
        self, numbers: Collection[str], more: Mapping[str, Any] | None = None
    ) -> dict[str, Document]:
        """Return these positions by control number; damaged ones are left out, and logged.

        `more` are other conditions on them.
        """
        path = f"matches.{self._search}"
        if unread := sorted({*numbers} - self._read.keys()):
            found = collections.tz_aware(self._database[collections.POSITIONS]).find(
                {"_id": {"$in": unread}, f"{path}.level": {"$exists": True}, **(more or {})},
                dict.fromkeys((*SHOWN_FIELDS, path), True),
            )
            sound = sort_out(found, self._search, SHOWN).sound
            self._read |= {position["_id"]: position for position in sound}
        return {number: self._read[number] for number in numbers if number in self._read}


def deadline_of(position: Document, search: str, now: datetime) -> Deadline:
    """Return the deadline of a position that a search found."""
    is_register = position["matches"][search].get("register") is True
    return Deadline.of(position, now, is_register=is_register)


def _has_code(reason: object) -> bool:
    return isinstance(reason, dict) and isinstance(reason.get("code"), str)


def _amended(number: str, amendment: Amendment) -> str:
    return f"amended:{number}:{amendment.observed_at.isoformat()}"


def _over_all(
    amendments: Iterable[Mapping[str, tuple[Any, Any]]],
) -> dict[str, tuple[Any, Any]]:
    """Return the fields that several amendments changed, each with its first and last value.

    A field that was changed and changed back is left out. One that was changed once is not, even if
    its truncated values look alike.
    """
    found: dict[str, list[tuple[Any, Any]]] = {}
    for amended in amendments:
        for name, change in amended.items():
            found.setdefault(name, []).append(change)
    over_all = {name: (changes[0][0], changes[-1][1]) for name, changes in found.items()}
    return {
        name: (before, after)
        for name, (before, after) in over_all.items()
        if before != after or len(found[name]) == 1
    }
