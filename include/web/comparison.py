"""A comparison of all searches, with the same counts as in their statistics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pymongo.database import Database

from include.jobs import formatting
from include.jobs.deadline import Deadline
from include.store import collections
from include.store.documents import Document
from include.store.history import searches_of
from include.web.all_counts import all_counts
from include.web.counting import BRIEF_JOB, OF_DEADLINE, recently
from include.web.jobs import job_deadline
from include.web.marks import marked
from include.web.queries import changed_since, standpoints
from include.web.remembered import Remembered
from include.web.schemas import BestMatch, ComparedSearch, Comparison


def comparison(
    database: Database[Document], user: str, now: datetime, remembered: Remembered | None = None
) -> Comparison:
    """Return the searches with a finished run, without the jobs that the user has hidden.

    Only the shown fields of the best matches are read; the others are counted.
    """
    changed = set(changed_since(database, recently(now)))
    hidden = set(marked(database, user, "hidden"))
    searches = searches_of(database[collections.RUNS])
    ran = [at for at in standpoints(database, searches, now) if at.has_run(database)]
    moment = tuple(at.moment for at in ran), frozenset(hidden), frozenset(changed)
    found = (remembered or Remembered(1)).value(
        moment, lambda: all_counts(database, ran, hidden, changed, now)
    )
    best = {search: each.best for search, each in found.items() if each.best}
    shown = _shown(database, best, now)
    return Comparison(
        searches=[
            ComparedSearch(search=search, counts=each.counts, best=shown.get(search))
            for search, each in found.items()
        ]
    )


def _shown(
    database: Database[Document], best: Mapping[str, str], now: datetime
) -> dict[str, BestMatch]:
    """Return the shown fields of positions, by the search whose control number is given."""
    fields = ("PositionTitle", "PositionRemuneration", "annual_pay", *OF_DEADLINE)
    of_searches = (f"matches.{search}.register" for search in best)
    found = collections.tz_aware(database[collections.POSITIONS]).find(
        {"_id": {"$in": sorted(set(best.values()))}}, dict.fromkeys((*fields, *of_searches), True)
    )
    positions = {position["_id"]: position for position in BRIEF_JOB.sound(found, "position")}
    return {
        search: _best_match(positions[number], search, now)
        for search, number in best.items()
        if number in positions
    }


def _best_match(position: Document, search: str, now: datetime) -> BestMatch:
    is_register = position["matches"][search].get("register") is True
    deadline = Deadline.of(position, now, is_register=is_register)
    return BestMatch.model_validate(
        {
            "annual_pay": None,
            **position,
            "control_number": position["_id"],
            "pay": formatting.pay(position),
            "deadline": job_deadline(deadline),
        }
    )
