"""A comparison of all searches, with the same counts as in their statistics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NotRequired

from pymongo.database import Database
from typing_extensions import TypedDict

from include.jobs import formatting
from include.jobs.position import AnnualPay, Remuneration
from include.store import collections
from include.store.damage import Shape
from include.store.documents import Document
from include.store.history import searches_of
from include.web.counting import counted, only, open_jobs, recently
from include.web.jobs import has_run
from include.web.marks import marked
from include.web.queries import changed_since, standpoint
from include.web.schemas import BestMatch, ComparedSearch, Comparison


def comparison(database: Database[Document], user: str, now: datetime) -> Comparison:
    """Return the searches with a finished run, without the jobs that the user has hidden.

    Only the counted fields of positions are read; the best matches are then read in full.
    """
    changed = set(changed_since(database, recently(now)))
    hidden = set(marked(database, user, "hidden"))
    jobs = {
        search: open_jobs(database, standpoint(database, search, now), hidden)
        for search in searches_of(database[collections.RUNS])
        if has_run(database, search)
    }
    best = {
        search: matches[0]["_id"]
        for search, found in jobs.items()
        if (matches := only(found, "match"))
    }
    shown = _shown(database, set(best.values()))
    return Comparison(
        searches=[
            ComparedSearch(
                search=search,
                counts=counted(found, changed, now),
                best=shown.get(best.get(search, "")),
            )
            for search, found in jobs.items()
        ]
    )


class Shown(TypedDict):
    """The fields of a position that are shown."""

    _id: str
    PositionTitle: str
    PositionRemuneration: list[Remuneration]
    annual_pay: NotRequired[AnnualPay | None]


SHOWN = Shape(Shown)


def _shown(database: Database[Document], numbers: Iterable[str]) -> dict[str, BestMatch]:
    """Return the shown fields of positions, by control number."""
    fields = dict.fromkeys(("PositionTitle", "PositionRemuneration", "annual_pay"), True)
    positions = collections.tz_aware(database[collections.POSITIONS])
    found = positions.find({"_id": {"$in": sorted(numbers)}}, fields)
    return {
        position["_id"]: BestMatch.model_validate(
            {
                "annual_pay": None,
                **position,
                "control_number": position["_id"],
                "pay": formatting.pay(position),
            }
        )
        for position in SHOWN.sound(found, "position")
    }
