"""What happened to a position: read from its versions and the runs' receipts, never stored.

Whether a position is gone depends on which runs there were, so it is worked out anew each time;
that way runs may come in any order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from include.sources import SEARCH

if TYPE_CHECKING:
    from pymongo.collection import Collection

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
"""What the Search and the Historic JOA API say in the same form; only there is a difference
between them an amendment."""


ENDED = ("complete", "warning")
"""The states of a receipt whose run went to its end; `warning` if the answer was suspicious."""

LONGEST_VALUE = 200
"""Characters of an amended field's value that are shown; `position_versions` has all of it."""


class Amendment(NamedTuple):
    """Fields that an agency changed, each before and after, and when that was first observed."""

    observed_at: datetime
    fields: dict[str, tuple[Any, Any]]


def amended_fields(
    before: Document, after: Document, *, same_source: bool
) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which two contents of a posting differ, with both values."""
    names = sorted(after) if same_source else FIELDS_OF_BOTH_SOURCES
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


def amendments(versions: Iterable[Document]) -> list[Amendment]:
    """Return what was amended from one version of a position to the next, oldest first."""
    ordered = sorted(versions, key=lambda version: (version["first_observed_at"], version["_id"]))
    found = []
    for before, after in pairwise(ordered):
        fields = amended_fields(
            before["content"], after["content"], same_source=before["source"] == after["source"]
        )
        if fields:
            found.append(Amendment(after["first_observed_at"], fields))
    return found


def listed(receipt: Document) -> set[str]:
    """Return the control numbers of all rows that a run read, kept or not."""
    quarantined = {row["control_number"] for row in receipt["quarantined"]}
    kept = {*receipt["matches"], *receipt["near_misses"]}
    return kept.union(quarantined, *receipt["rejected"].values()) - {None}


def status(
    position: Document,
    search: str,
    latest: Document | None,
    now: datetime,
    rows: Set[str] | None = None,
) -> Status:
    """Return how a position stands with a search.

    `latest` is the receipt of the search's latest complete run over the Search API, which lists
    what is open; without one nothing can be gone. A failed run leaves no complete receipt, so it
    makes nothing gone. `rows` is what `latest` lists, where a caller knows it already.
    """
    closes_at = position.get("closes_at")
    if closes_at is not None and closes_at <= now:
        return "closed"
    entry = position["matches"].get(search)
    if latest is None or entry is None or entry["last_seen_at"] >= latest["observed_at"]:
        return "open"
    rows = listed(latest) if rows is None else rows
    return "no_longer_fits" if position["_id"] in rows else "gone"


def latest_complete_run(
    runs: Collection[dict[str, Any]], search: str, before: datetime | None = None
) -> Document | None:
    """Return the receipt of the search's latest complete run over the Search API.

    With `before`, of those that observed earlier.
    """
    wanted: dict[str, Any] = {"search": search, "source": SEARCH, "state": "complete"}
    if before is not None:
        wanted["observed_at"] = {"$lt": before}
    return runs.find_one(wanted, sort=[("observed_at", -1)])


def newest_receipt(runs: Collection[dict[str, Any]], **of: str) -> dict[str, Any] | None:
    """Return the receipt with these values, as of a `search`, that ended and was read last."""
    return runs.find_one({**of, "state": {"$in": list(ENDED)}}, sort=[("read_at", -1)])


def noticed_amendments(
    runs: Collection[dict[str, Any]], control_numbers: Iterable[str], since: datetime
) -> dict[str, list[Amendment]]:
    """Return what runs of any search noticed since then to be amended, by position, oldest first.

    Values are cut as in a receipt.
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
        fields = {name: (each["before"], each["after"]) for name, each in changed["fields"].items()}
        earlier = noticed.setdefault(changed["control_number"], [])
        # Two searches that read at the same time may both notice the same.
        if not earlier or earlier[-1].fields != fields:
            earlier.append(Amendment(receipt["observed_at"], fields))
    return noticed


def shortened(value: Any) -> Any:
    """Return a value as a receipt or a terminal shows it: whole, or cut where it is long."""
    text = json.dumps(value, default=in_json, ensure_ascii=False)
    if len(text) <= LONGEST_VALUE:
        return value
    return f"{len(value)} entries" if isinstance(value, list) else text[:LONGEST_VALUE] + "…"


def in_json(value: object) -> str:
    """Return the JSON form of what MongoDB holds and JSON doesn't."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    raise TypeError(f"{type(value).__name__} has no JSON form")
