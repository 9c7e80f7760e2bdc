"""The history of a position, derived from its versions and the runs' receipts, never stored.

Whether a position is gone depends on all runs, so it is computed on every read; that way runs may
be loaded in any order.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from include.jobs import limits
from include.jobs.facts import Facts
from include.jobs.office_time import CLOSING_TIME, EASTERN, is_end_of_day
from include.jobs.source import SEARCH
from include.store import collections
from include.store.damage import RECEIPT, Shape, left_out
from include.store.documents import ENDED, ChangedPosition, Receipt

if TYPE_CHECKING:
    from bson.raw_bson import RawBSONDocument
    from pymongo.collection import Collection

log = logging.getLogger(__name__)

Document = Mapping[str, Any]

Status = Literal["open", "closed", "gone", "no_longer_fits"]

FIELDS_OF_BOTH_SOURCES = (
    "PositionTitle",
    "announcement_number",
    "annual_pay",
    "closes_at",
    "grade",
    "hiring_paths",
    "published_at",
    "series",
)
"""The fields that both APIs return in the same form; in other fields, a difference between the
APIs is not an amendment."""


FACTS_OF_BOTH_SOURCES = (
    "drug_test",
    "openings",
    "promotion_potential",
    "relocation",
    "security_clearance",
    "travel",
)
"""The same of the facts, where both APIs state one."""


class Amendment(NamedTuple):
    """Fields that an agency changed, before and after, and when that was first observed."""

    observed_at: datetime
    fields: dict[str, tuple[Any, Any]]

    def shortened(self) -> Amendment:
        """Return it with long values truncated, as in a receipt."""
        return Amendment(
            self.observed_at,
            {
                name: (shortened(before), shortened(after))
                for name, (before, after) in self.fields.items()
            },
        )


def amended_fields(
    before: Document, after: Document, *, same_source: bool
) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which two versions of a posting differ, with both values.

    A time of which earlier versions of the program took the zone for granted is the same time.
    """
    names = sorted(after) if same_source else FIELDS_OF_BOTH_SOURCES
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if name in after
        and before.get(name) != after.get(name)
        and not _is_same_day_read_anew(name, before.get(name), after.get(name))
    }


def _is_same_day_read_anew(name: str, before: Any, after: Any) -> bool:
    """Return whether a time differs because it was once read as UTC, and is a day in Washington."""
    if name not in ("published_at", "closes_at") or not isinstance(before, datetime):
        return False
    day = before.astimezone(UTC)
    time = CLOSING_TIME if name == "closes_at" else day.time()
    return is_end_of_day(day) and after == datetime.combine(day, time, EASTERN)


def amended_facts(
    before: Document, after: Document, *, same_source: bool
) -> dict[str, tuple[Any, Any]]:
    """Return the facts in which two observations of a posting differ, with both values.

    A fact that one of them lacks was not read by the program of its time. Of the experience, the
    value is its text: its grade is only read of that.
    """
    names = sorted(Facts.model_fields) if same_source else FACTS_OF_BOTH_SOURCES
    both = [name for name in names if name in before and name in after]
    values = {name: (_fact(before[name]), _fact(after[name])) for name in both}
    return {
        name: (old, new)
        for name, (old, new) in values.items()
        if old != new and (same_source or None not in (old, new))
    }


def _fact(value: Any) -> Any:
    return value["text"] if isinstance(value, dict) and "text" in value else value


def amendments(versions: Sequence[Document]) -> list[Amendment]:
    """Return the amendments of a position's content and of its facts, oldest first."""
    found: dict[datetime, dict[str, tuple[Any, Any]]] = defaultdict(dict)
    for amendment in (*_amendments_of_content(versions), *_amendments_of_facts(versions)):
        found[amendment.observed_at] |= amendment.fields
    return [Amendment(observed_at, fields) for observed_at, fields in sorted(found.items())]


def _amendments_of_facts(versions: Iterable[Document]) -> Iterator[Amendment]:
    """Yield what differs between facts and those before, of the same API if there are any."""
    seen = [
        (facts["first_observed_at"], digest, facts)
        for version in versions
        for digest, facts in version.get("facts_seen", {}).items()
    ]
    latest: dict[str, Document] = {}
    for observed_at, _, after in sorted(seen, key=lambda each: each[:2]):
        source = after["source"]
        before = latest.get(source) or next(iter(latest.values()), after)
        if fields := amended_facts(
            before["facts"], after["facts"], same_source=source == before["source"]
        ):
            yield Amendment(observed_at, fields)
        latest[source] = after


def _amendments_of_content(versions: Iterable[Document]) -> list[Amendment]:
    """Return the amendments from each version's content to the next."""
    ordered = sorted(versions, key=lambda version: (version["first_observed_at"], version["_id"]))
    found = []
    for before, after in pairwise(ordered):
        fields = amended_fields(
            before["content"], after["content"], same_source=before["source"] == after["source"]
        )
        if fields:
            found.append(Amendment(after["first_observed_at"], fields))
    return found


def listed(receipt: Receipt) -> set[str]:
    """Return the control numbers of all rows that a run read, as far as they are known."""
    return judged(receipt) | unread(receipt)


def judged(receipt: Receipt) -> set[str]:
    """Return the control numbers of all rows that a run could read, kept or not."""
    kept = {*receipt["matches"], *receipt["near_misses"]}
    return kept.union(*receipt["rejected"].values())


def unread(receipt: Receipt) -> set[str]:
    """Return the control numbers, as far as they are known, of the rows that it could not read."""
    numbers = (row["control_number"] for row in receipt["quarantined"])
    return {number for number in numbers if number}


def status(
    position: Document,
    search: str,
    latest: Receipt | None,
    now: datetime,
    listing: Listing | None = None,
) -> Status:
    """Return the status of a position in a search.

    `latest` is `latest_complete_run`, of a run that lists open positions; without one nothing can
    be gone. A failed run leaves no complete receipt, so it makes nothing gone. A position whose row
    could not be read stays open: it is listed. `listing` is that of `latest`, if the caller has it
    already.
    """
    closes_at = position.get("closes_at")
    if closes_at is not None and closes_at <= now:
        return "closed"
    entry = position["matches"].get(search)
    if latest is None or entry is None or entry["last_seen_at"] >= latest["observed_at"]:
        return "open"
    listing = listing or Listing.of(latest)
    if position["_id"] in listing.unread:
        return "open"
    return "no_longer_fits" if position["_id"] in listing.judged else "gone"


class Listing(NamedTuple):
    """The control numbers of the rows that a run could read, and of those that it could not."""

    judged: Set[str]
    unread: Set[str]

    @classmethod
    def of(cls, receipt: Receipt | None) -> Listing:
        """Return the listing of a run; an empty one if there is none."""
        return cls(judged(receipt), unread(receipt)) if receipt else cls(frozenset(), frozenset())


def latest_complete_run(
    runs: Collection[dict[str, Any]], search: str, before: datetime | None = None
) -> Receipt | None:
    """Return the receipt of the search's latest complete run over the Search API, `as_last_read`.

    With `before`, only runs that observed earlier than that count.
    """
    wanted: dict[str, Any] = {"search": search, "source": SEARCH, "state": "complete"}
    if before is not None:
        wanted["observed_at"] = {"$lt": before}
    latest = _newest(runs, wanted, "observed_at")
    return latest and as_last_read(runs, latest)


def latest_complete_runs(
    runs: Collection[dict[str, Any]], searches: Sequence[str], now: datetime
) -> dict[str, Receipt]:
    """Return `latest_complete_run` of each search that has one."""
    found = newest_of_each(runs, searches, "observed_at", now, source=SEARCH, state="complete")
    return {search: as_last_read(runs, receipt) for search, receipt in found.items()}


def as_last_read(runs: Collection[dict[str, Any]], receipt: Receipt) -> Receipt:
    """Return a receipt that rejects rows it could not read if they were rejected when last read.

    The others of these rows stay unread: what is stored of them still holds. How far back the runs
    of the search are looked through is limited.
    """
    if not (waiting := unread(receipt)):
        return receipt
    rejected: dict[str, list[str]] = defaultdict(list, receipt["rejected"])
    for earlier in _runs_before(runs, receipt):
        waiting -= {*earlier["matches"], *earlier["near_misses"]}
        # Of a suspicious response it is not certain that a row no longer fits.
        if earlier["state"] == "complete":
            for code, numbers in earlier["rejected"].items():
                rejected[code] = [*rejected[code], *sorted(waiting & {*numbers})]
            waiting -= judged(earlier)
        if not waiting:
            break
    known = set[str]().union(*rejected.values())
    left = [row for row in receipt["quarantined"] if row["control_number"] not in known]
    return cast(Receipt, {**receipt, "rejected": {**rejected}, "quarantined": left})


def _runs_before(runs: Collection[dict[str, Any]], receipt: Receipt) -> Iterator[Receipt]:
    """Yield what the runs of a search over the Search API listed before this one, latest first."""
    earlier = collections.tz_aware(runs).find(
        {
            "search": receipt["search"],
            "source": SEARCH,
            "state": {"$in": list(ENDED)},
            "observed_at": {"$lt": receipt["observed_at"]},
        },
        dict.fromkeys(LISTS, True),
        sort=[("observed_at", -1)],
        limit=limits.UNREAD_LOOKBACK_RUNS,
    )
    for found in earlier:
        if not RECEIPT.damage(found, LISTS):
            yield cast(Receipt, found)


LISTS = ("state", "matches", "near_misses", "rejected")
"""The fields of a receipt that say which rows the run could read."""


def moment_of(run: Receipt | None, now: datetime) -> Hashable:
    """Return what the lists of a run are remembered by: a later run, or minute, has another."""
    return run and (run["_id"], run["batch_digest"]), f"{now:%Y-%m-%dT%H:%M}"


def newest_receipt(runs: Collection[dict[str, Any]], **of: str) -> Receipt | None:
    """Return the most recently read receipt of a finished run with these field values."""
    return _newest(runs, {**of, "state": {"$in": list(ENDED)}}, "read_at")


def newest_receipts(
    runs: Collection[dict[str, Any]], searches: Sequence[str], now: datetime, **of: Any
) -> dict[str, Receipt]:
    """Return `newest_receipt` of each search that has one."""
    return newest_of_each(runs, searches, "read_at", now, state={"$in": list(ENDED)}, **of)


def searches_of(runs: Collection[dict[str, Any]]) -> list[str]:
    """Return the searches that have receipts."""
    return [search for search in runs.distinct("search") if isinstance(search, str)]


def newest_partial_receipt(runs: Collection[dict[str, Any]], **of: str) -> Document | None:
    """Return the same, even if fields are missing."""
    return _newest(runs, {**of, "state": {"$in": list(ENDED)}}, "read_at", expected=())


def _newest(
    runs: Collection[dict[str, Any]],
    wanted: dict[str, Any],
    by: str,
    expected: Sequence[str] | None = None,
) -> Receipt | None:
    """Return the newest receipt by a date; damaged ones are passed over, and logged."""
    damaged: list[Any] = []
    stored = collections.undecoded(runs)
    # What is not decoded has no truth value without being so.
    while (
        found := stored.find_one(
            {**wanted, "_id": {"$nin": damaged}} if damaged else wanted, sort=[(by, -1)]
        )
    ) is not None:
        read = _read(found, None if expected is None else tuple(expected))
        if read.is_sound:
            return cast(Receipt, {**read.document})
        log.warning("%s", left_out("receipt", read.document, read.damage))
        damaged.append(read.document["_id"])
    return None


def newest_of_each(
    runs: Collection[dict[str, Any]],
    searches: Sequence[str],
    by: Literal["read_at", "observed_at"],
    now: datetime,
    **of: Any,
) -> dict[str, Receipt]:
    """Return the newest receipt by a date of each search that has one with these field values.

    Most searches have run lately, and what they have left is read at once.
    """
    lately = now - timedelta(hours=limits.RECENT_RUNS_HOURS)
    recent = collections.undecoded(runs).find(
        {**of, "search": {"$in": [*searches]}, by: {"$gte": lately}},
        batch_size=limits.WRITE_BATCH_SIZE_DOCUMENTS,
    )
    sound = []
    for read in (_read(each, None) for each in recent):
        if read.is_sound:
            sound.append(read.document)
        else:
            log.warning("%s", left_out("receipt", read.document, read.damage))
    found: dict[str, Receipt] = {}
    for receipt in sorted(sound, key=lambda receipt: receipt[by], reverse=True):
        found.setdefault(receipt["search"], cast(Receipt, {**receipt}))
    for search in searches:
        if search not in found and (newest := _newest(runs, {**of, "search": search}, by)):
            found[search] = newest
    return found


class _Read(NamedTuple):
    """A receipt as it is stored, and which of its fields are damaged."""

    document: dict[str, Any]
    damage: Set[str]
    is_sound: bool


def _read(stored: RawBSONDocument, expected: tuple[str, ...] | None) -> _Read:
    raw = bytes(stored.raw)
    read = _remembered if len(raw) <= limits.REMEMBERED_RECEIPT_BYTES else _decoded
    return read(raw, expected)


def _decoded(raw: bytes, expected: tuple[str, ...] | None) -> _Read:
    import bson

    document = bson.decode(raw, codec_options=collections.tz_aware_options())
    # Who needs no field to be there needs no `_id` of ours either.
    needed = document if expected is None else {**document, "_id": ""}
    damage = {path[0] for path in RECEIPT.damage(needed, expected)}
    return _Read(document, damage, not damage and has_json_form(needed))


_remembered = lru_cache(maxsize=limits.REMEMBERED_RECEIPTS)(_decoded)
"""The same of what was read before: a receipt is the same as long as its bytes are."""


def last_good_reading(
    runs: Collection[dict[str, Any]], dag_id: str, latest: datetime, **of: str
) -> datetime | None:
    """Return when a finished run of a DAG, with these field values, last read the Search API.

    Times after `latest` are no times of a run, but of a wrong clock.
    """
    newest = runs.find_one(
        {
            **of,
            "dag_id": dag_id,
            "source": SEARCH,
            "state": {"$in": list(ENDED)},
            "read_at": {"$lte": latest},
        },
        {"read_at": True},
        sort=[("read_at", -1)],
    )
    return newest["read_at"] if newest else None


def noticed_amendments(
    runs: Collection[dict[str, Any]], control_numbers: Iterable[str], since: datetime
) -> dict[str, list[Amendment]]:
    """Return the amendments that runs of any search noticed since then, by position, oldest first.

    Long values are truncated, as in a receipt.
    """
    among = {"changed.control_number": {"$in": list(control_numbers)}}
    found = runs.aggregate(
        [
            {"$match": {"observed_at": {"$gte": since}, "state": {"$in": list(ENDED)}, **among}},
            {"$project": {"observed_at": True, "changed": True}},
            {"$unwind": "$changed"},
            {"$match": among},
            {"$sort": {"observed_at": 1, "_id": 1}},
        ]
    )
    noticed: dict[str, list[Amendment]] = {}
    for receipt in found:
        changed = receipt["changed"]
        if CHANGED.damage(changed) or not has_json_form(changed):
            continue
        fields = {name: (each["before"], each["after"]) for name, each in changed["fields"].items()}
        earlier = noticed.setdefault(changed["control_number"], [])
        # Two searches that read at the same time may both notice the same amendment.
        if not earlier or earlier[-1].fields != fields:
            earlier.append(Amendment(receipt["observed_at"], fields))
    return noticed


CHANGED = Shape(ChangedPosition)


def shortened(value: Any) -> Any:
    """Return a value, shortened if it is too long for a receipt or a terminal."""
    text = json.dumps(value, default=as_json_value, ensure_ascii=False)
    longest = limits.MAX_AMENDED_VALUE_CHARACTERS
    if len(text) <= longest:
        return value
    return f"{len(value)} entries" if isinstance(value, list) else text[:longest] + "…"


def has_json_form(value: object) -> bool:
    """Return whether a value can be sent to programs: it has no NaN, and only types of ours."""
    try:
        json.dumps(value, default=as_json_value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def as_json_value(value: object) -> str:
    """Return a datetime as ISO 8601 text: a `default` for `json.dumps`.

    Raises:
        TypeError: the value is of any other type.
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    raise TypeError(f"{type(value).__name__} has no JSON form")
