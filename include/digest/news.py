"""What a recipient of a search has not been told yet, as things stand after a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pymongo.database import Database

from include import documents
from include.documents import Document
from include.history import Amendment, listed, noticed_amendments, status
from include.receipts import Receipt

SOON = timedelta(days=7)
"""How long before a position closes its deadline is announced."""

TOLD = (
    *("PositionTitle", "PositionLocation.LocationName", "PositionRemuneration", "annual_pay"),
    *("grade", "remote", "organization", "department", "closes_at"),
)
"""Fields of a position that a digest is made of."""


class News(NamedTuple):
    """Something to say of a position. `keys` name it, so that it is said once.

    `fields` are those that an agency amended, each before and after.
    """

    position: Document
    keys: tuple[str, ...]
    fields: Mapping[str, tuple[Any, Any]] = {}


@dataclass(frozen=True)
class Digest:
    """What there is to say to one recipient, best first.

    `saved` are the open positions that the recipient saved, soonest closing first. `warnings` say
    why the answer of the run looked wrong.
    """

    matches: Sequence[News] = ()
    amended: Sequence[News] = ()
    closing: Sequence[News] = ()
    gone: Sequence[News] = ()
    near_misses: Sequence[News] = ()
    saved: Sequence[Document] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_worth_a_message(self) -> bool:
        """Whether anything is to be said now: near misses alone wait for company."""
        return bool(self.matches or self.amended or self.closing or self.gone or self.warnings)

    @property
    def keys(self) -> dict[str, str]:
        """The key of everything that it says, with the control number that it is about."""
        news = (*self.matches, *self.amended, *self.closing, *self.gone, *self.near_misses)
        about = {key: str(each.position["_id"]) for each in news for key in each.keys}
        return about | dict.fromkeys(self.warnings, WARNING)

    def only(self, keys: Mapping[str, object]) -> Digest:
        """Return what of it has these keys."""

        def some(news: Sequence[News]) -> list[News]:
            return [each for each in news if any(key in keys for key in each.keys)]

        return replace(
            self,
            matches=some(self.matches),
            amended=some(self.amended),
            closing=some(self.closing),
            gone=some(self.gone),
            near_misses=some(self.near_misses),
            warnings={key: words for key, words in self.warnings.items() if key in keys},
        )


NEVER = datetime.min.replace(tzinfo=UTC)

WARNING = "warning"
"""Stands for the control number of what is said of a run."""

Said = Callable[[Sequence[str]], Mapping[str, datetime]]
"""Returns what has been said of control numbers: its keys, and when a run observed it."""


def digest(
    database: Database[Document],
    receipt: Receipt,
    users: Sequence[str] | None,
    said: Said,
    now: datetime,
) -> Digest:
    """Return what there is to say after a run whose receipt this is.

    What one of the `users` (None: anybody) hid or applied for is not mentioned.
    """
    return _Telling(database, receipt, users, said, now).digest()


class _Telling:
    """Finds what there is to say."""

    def __init__(
        self,
        database: Database[Document],
        receipt: Receipt,
        users: Sequence[str] | None,
        said: Said,
        now: datetime,
    ) -> None:
        self._database = database
        self._receipt = receipt
        self._search: str = receipt["search"]
        self._now = now
        marks = list(database[documents.MARKS].find({} if users is None else _among(users)))
        self._saved = {mark["control_number"] for mark in marks if mark.get("saved")}
        done = {m["control_number"] for m in marks if m.get("hidden") or m.get("applied")}
        kept = [*receipt["matches"], *receipt["near_misses"]]
        self._positions = self._find({*kept, *self._saved} - done)
        self._listed = set(kept)
        self._said = said([*self._positions, WARNING])

    def _find(self, numbers: set[str]) -> dict[str, Document]:
        """Return positions of the search, the best first."""
        path = f"matches.{self._search}"
        found = documents.utc(self._database[documents.POSITIONS]).find(
            {"_id": {"$in": sorted(numbers)}, f"{path}.level": {"$exists": True}},
            dict.fromkeys((*TOLD, path), True),
        )
        best_first = sorted(found, key=lambda each: (-self._entry(each)["score"], each["_id"]))
        return {position["_id"]: position for position in best_first}

    def digest(self) -> Digest:
        """Return what there is to say."""
        matches = list(self._new("match"))
        told = {news.position["_id"] for news in matches}
        amended = list(self._amended())
        told |= {news.position["_id"] for news in amended}
        saved = [p for number, p in self._positions.items() if number in self._saved]
        return Digest(
            matches=matches,
            amended=amended,
            closing=[news for news in self._closing() if news.position["_id"] not in told],
            gone=list(self._gone(saved)),
            near_misses=list(self._new("near_miss")),
            saved=sorted(
                (each for each in saved if each["closes_at"] and self._is_open(each)),
                key=lambda each: each["closes_at"],
            ),
            warnings=self._warnings(),
        )

    def _new(self, level: str) -> Iterator[News]:
        """Yield what is open, on this level, and new to the recipient."""
        for number, position in self._positions.items():
            key = f"{level}:{number}"
            if self._is_listed(position, level) and key not in self._said:
                yield News(position, (key, *self._deadline(position)))

    def _amended(self) -> Iterator[News]:
        """Yield what was amended since the recipient was told of it."""
        told = {
            number: self._last_told(number)
            for number, position in self._positions.items()
            if self._concerns(position) and self._last_told(number) > NEVER
        }
        if not told:
            return
        runs = documents.utc(self._database[documents.RUNS])
        noticed = noticed_amendments(runs, told, min(told.values()))
        for number, amendments in noticed.items():
            unsaid = {
                _amended(number, each): each.fields
                for each in amendments
                if each.observed_at > told[number] and _amended(number, each) not in self._said
            }
            if fields := _over_all(unsaid.values()):
                position = self._positions[number]
                yield News(position, (*unsaid, *self._deadline(position)), fields)

    def _last_told(self, number: str) -> datetime:
        """Return what the recipient was told last of a position: when that was observed."""
        times = (self._said.get(f"{level}:{number}") for level in ("match", "near_miss"))
        return max(filter(None, times), default=NEVER)

    def _closing(self) -> Iterator[News]:
        """Yield what closes soon."""
        closing = [p for p in self._positions.values() if self._concerns(p) and self._deadline(p)]
        for position in sorted(closing, key=lambda each: each["closes_at"]):
            keys = self._deadline(position)
            if not set(keys) <= self._said.keys():
                yield News(position, keys)

    def _gone(self, saved: Sequence[Document]) -> Iterator[News]:
        """Yield what was saved and is listed no more, though its deadline has not passed."""
        if self._receipt["state"] != "complete":
            return
        rows = listed(self._receipt)
        for position in saved:
            stands = status(position, self._search, self._receipt, self._now, rows)
            key = f"gone:{position['_id']}:{self._entry(position)['last_seen_at']:%Y-%m-%d}"
            if stands == "gone" and key not in self._said:
                yield News(position, (key,))

    def _warnings(self) -> dict[str, str]:
        """Return what looked wrong; what lasts is said once a week."""
        week = f"{self._receipt['observed_at']:%G-W%V}"
        warnings = {
            f"{WARNING}:{each['code']}:{week}": str(each["message"])
            for each in self._receipt.get("warnings", [])
        }
        return {key: words for key, words in warnings.items() if key not in self._said}

    def _concerns(self, position: Document) -> bool:
        """Tell whether changes of a position matter: those of a match, or of what was saved."""
        return self._is_listed(position, "match") or (
            position["_id"] in self._saved and self._is_open(position)
        )

    def _is_listed(self, position: Document, level: str) -> bool:
        """Tell whether the run listed a position that is open, and is on this level."""
        is_there = position["_id"] in self._listed and self._is_open(position)
        return is_there and self._entry(position)["level"] == level

    def _is_open(self, position: Document) -> bool:
        return position["closes_at"] is None or position["closes_at"] > self._now

    def _deadline(self, position: Document) -> tuple[str, ...]:
        """Return what names the deadline of a position that closes soon; nothing for others."""
        closes_at = position["closes_at"]
        if closes_at is None or not self._now < closes_at <= self._now + SOON:
            return ()
        return (f"closing:{position['_id']}:{closes_at:%Y-%m-%d}",)

    def _entry(self, position: Document) -> Document:
        entry: Document = position["matches"][self._search]
        return entry


def _among(users: Sequence[str]) -> Document:
    return {"user": {"$in": list(users)}}


def _amended(number: str, amendment: Amendment) -> str:
    return f"amended:{number}:{amendment.observed_at.isoformat()}"


def _over_all(
    amendments: Iterable[Mapping[str, tuple[Any, Any]]],
) -> dict[str, tuple[Any, Any]]:
    """Return the fields that several amendments changed, each from its first to its last value.

    What was changed there and back is not among them. What was changed once is, though both values
    may look alike, cut as they are.
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
