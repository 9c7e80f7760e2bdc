"""When a position was last revised, for programs that keep a copy of it, such as calendars.

The time never goes back, also where an agency takes an amendment back or a position is listed
again, so that the copies follow. Times of versions only grow apart: what was observed first is a
minimum, and last a maximum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pymongo.database import Database

from include.store import collections
from include.store.damage import FACTS, FACTS_SEEN
from include.store.documents import ENDED, Document


class _Observed(NamedTuple):
    """What was observed of a position, by its digest, from when to when."""

    control_number: str
    digest: str
    first: datetime
    last: datetime


def revised_at(
    database: Database[Document], positions: Sequence[Mapping[str, Any]]
) -> dict[str, datetime]:
    """Return when each of these positions was last revised.

    That is when its content or its facts became what they are, or when it was listed again. The
    positions need `content_hash`, `facts` and `first_seen_at`.
    """
    numbers = [position["_id"] for position in positions]
    observed: dict[str, list[_Observed]] = defaultdict(list)
    for each in _observed(database, numbers):
        observed[each.control_number].append(each)
    again = _listed_again(database, numbers)
    return {
        position["_id"]: max(
            position["first_seen_at"],
            *_began(observed[position["_id"]], _digests(position)),
            *again[position["_id"]],
        )
        for position in positions
    }


def _digests(position: Mapping[str, Any]) -> set[object]:
    """Return the digests of the content and the facts that a position has now."""
    facts = position.get(FACTS)
    of_facts = facts.get("facts_hash") if isinstance(facts, Mapping) else None
    return {position.get("content_hash"), of_facts}


def _began(observed: Iterable[_Observed], current: set[object]) -> Iterator[datetime]:
    """Yield times of which the last is when the current observations took the place of others."""
    for each in observed:
        yield each.first if each.digest in current else each.last


def _observed(database: Database[Document], numbers: Sequence[str]) -> Iterator[_Observed]:
    """Yield the versions and the facts that were seen of positions, without what is damaged."""
    versions = collections.tz_aware(database[collections.VERSIONS])
    for version in versions.find({"control_number": {"$in": list(numbers)}}, {"content": False}):
        number, seen = version["control_number"], version.get(FACTS_SEEN)
        entries = seen.items() if isinstance(seen, dict) else ()
        for digest, each in ((version.get("content_hash"), version), *entries):
            times = [each.get(f"{name}_observed_at") for name in ("first", "last")]
            if isinstance(digest, str) and all(isinstance(time, datetime) for time in times):
                yield _Observed(number, digest, *times)


def _listed_again(
    database: Database[Document], numbers: Sequence[str]
) -> defaultdict[str, list[datetime]]:
    """Return when positions were listed again after they had not been, by control number."""
    wanted = {"reopened": {"$in": list(numbers)}, "state": {"$in": list(ENDED)}}
    runs = collections.tz_aware(database[collections.RUNS])
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for run in runs.find(wanted, {"reopened": True, "observed_at": True}):
        if isinstance(observed_at := run.get("observed_at"), datetime):
            for number in {*numbers}.intersection(run["reopened"]):
                found[number].append(observed_at)
    return found
